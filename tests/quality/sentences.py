"""`python -m tests.quality.sentences [SEED [COUNT]]`: draw texts for a reader who has not seen the project.

Comments, docstrings, messages, test names and documentation are drawn with equal probability. The aim is at
most one stumble in fifty.
"""

from __future__ import annotations

import random
import sys

from tests.quality.language import PROSE, ROOT, TEST, list_files, read_texts

MIN_WORDS = 4
MAX_CHARACTERS = 400


def draw(seed: int, count: int) -> list[str]:
    """Return `count` texts of tracked files as `file:line: text`, the same ones for each seed."""
    texts = [
        f"{path.relative_to(ROOT)}:{text.lines[0]}: {text.text[:MAX_CHARACTERS]}"
        for path in list_files([str(ROOT)])
        for text in read_texts(path)
        if text.kind in {PROSE, TEST}
        and len(text.text.split()) >= MIN_WORDS
        and not text.text.startswith(("noqa", "type: ignore"))
    ]
    return random.Random(seed).sample(texts, count)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    arguments = [int(argument) for argument in sys.argv[1:]]
    print("\n".join(draw(*(arguments + [1, 50][len(arguments) :]))))
