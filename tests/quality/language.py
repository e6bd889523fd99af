"""`python -m tests.quality.language [PATH…]`: refuse bad English in comments, messages, docs and test names.

The patterns (each with its reason in `PATTERNS`):

- who-clause       a sentence that starts with "Who …" and is not a question
- so-quantity      "So many calls", "for so long", "so many seconds later"; "so many that …" passes
- told             "told", "is said"; "told apart" and "is said to" pass
- person           nobody, somebody, everybody, whoever
- for-because      ", for it is", ", for the database does"
- is-no            "is no JSON"; "there is no", "is no longer" and the like pass
- archaic          heed, lest, anew, whence, wherefrom, want of, …
- of-inversion     a sentence that starts with "Of several silences …"
- that-clause      a sentence that starts with "That there is …", "That the …"
- where-condition  "Where nothing is kept, …" instead of "If"
- riddle           a test name that starts with what, who, where, that, of or so
- long-test-name   a test name of more than 70 characters
- name             a name such as `_told`, `casebook`, `so_many`, `aisle`

Python files are parsed: comments, docstrings, string literals of three words or more, and names that are
defined. Markdown is read by paragraph, other text by comment or line. Data files are skipped.
A line that must keep such a word (a quotation) carries `language: keep` in a comment.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SKIPPED_NAMES = {"CHANGELOG.md", "LICENSE", "language.py", "test_language.py"}
SKIPPED_SUFFIXES = {".tsv", ".sql", ".txt", ".json", ".png", ".jpg", ".ico", ".svg", ".woff2", ".lock"}
MAX_TEST_NAME = 70  # characters, `test_` included
KEEP = "language: keep"
SNIPPET_CHARACTERS = 70  # on each side of a match

PROSE, TEST, NAME = "prose", "test name", "name"
_START = r"(?:^|(?<=[.:;!] ))"
_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|WITH|LOCK|TRUNCATE)\b")
_VERB = r"(?:is|are|was|were|has|have|had|would|will|can|cannot|could|may|might|must|does|do|did)"


class Pattern(NamedTuple):
    """A bad pattern: where it applies, and what to write instead."""

    name: str
    kinds: tuple[str, ...]
    regex: re.Pattern[str]
    reason: str


def _pattern(name: str, kinds: str, regex: str, reason: str) -> Pattern:
    return Pattern(name, tuple(kinds.split(", ")), re.compile(regex), reason)


PATTERNS = (
    _pattern(
        "who-clause",
        PROSE,
        rf"{_START}Who [a-z]+[^?]{{0,200}}?(?:\.|$)|(?<=; )who [a-z]+",
        "programs are not persons, and a clause is no subject: name the client, process or caller",
    ),
    _pattern(
        "so-quantity",
        "prose, test name",
        rf"{_START}So (?:long|many|often|much|few|little|soon|late|old|large)\b"
        r"|\bso (?:long|many|much|often)\b(?! as\b)(?! \w+er\b)(?![^.;]*\bthat\b)",
        "numbers are nouns: the timeout, the interval, the maximum number of …",
    ),
    _pattern(
        "told",
        "prose, test name",
        r"\b[Tt]old\b(?! apart)|\b(?:is|are|was|were|be|been) said\b(?! to\b)",
        "things are sent, reported, recorded, returned or logged",
    ),
    _pattern(
        "person",
        "prose, test name",
        r"\b(?:[Nn]obody|[Ss]omebody|[Ee]verybody|[Ww]hoever)\b",
        "name the client, process, user or operator",
    ),
    _pattern(
        "for-because",
        "prose, test name",
        rf"[,;] for (?:it|they|there|he|she|we|you|this|that|these|nothing|who) {_VERB}\b"
        rf"|[,;] for (?:the|a|an|its|their|our|such|no|only|each|every) [\w-]+ {_VERB}\b"
        rf"|(?:^|(?<=\. ))For (?:it|they|there|nothing) {_VERB}\b",
        "write because, as or since",
    ),
    _pattern(
        "is-no",
        "prose, test name",
        r"(?<!here )(?<!here, )\b(?:is|are|was|were) no (?!longer|more|less|fewer|other|one|better|worse"
        r"|later|earlier|larger|smaller|higher|lower|greater|need|such|way|guarantee|exception|different)",
        "write is not a …, or say what it is",
    ),
    _pattern(
        "archaic",
        "prose, test name",
        r"\b(?:heed(?:s|ed|ing)?|lest|anew|whence|thence|wherefrom|wherewith|whereto|therefrom|hitherto"
        r"|henceforth|naught|betimes|for want of|the want of)\b",
        "archaic: write obey, so that … not, again, from which, until now, lack of",
    ),
    _pattern(
        "of-inversion",
        "prose",
        r"(?:^|(?<=\. ))"
        r"Of (?:several|many|few|two|every|each|all|too|what|other|one|those|these|the|an?|\w+s) ",
        "inversion: put the subject first",
    ),
    _pattern(
        "that-clause",
        "prose",
        r"(?:^|(?<=[.;] ))That (?:there|it|they|nothing|an?|the|no|each)\b",
        "inversion: put the subject first, or write 'the fact that'",
    ),
    _pattern(
        "where-condition",
        "prose",
        r"(?:^|(?<=\. ))"
        r"Where (?:an?|no|neither|either|both|nothing|there|it|this|not|only|several|such|another)"
        r" [^.?]{2,80}, (?!(?:so|and|or|in|with|as|which|found|if|up|from|to|at|on|by|of|until)\b)[a-z]",
        "write if or when",
    ),
    _pattern(
        "riddle",
        TEST,
        r"^(?:what|whatever|who|where|that|of|so|all that) ",
        "put the subject first: test_cancelling_one_waiter_does_not_affect_the_others",
    ),
    _pattern(
        "long-test-name",
        TEST,
        rf"^.{{{MAX_TEST_NAME - len('test_') + 1},}}",
        f"at most {MAX_TEST_NAME} characters",
    ),
    _pattern(
        "name",
        NAME,
        r"^(?:_told|_said|casebook|doorway|doors)$|_told$|(?:^|_)(?:wish|wishes|aisles?|shelf|shelves|casebook"
        r"|doorway|nobody|somebody|whoever|wherefrom|so_(?:long|many|often|much))(?:$|_)",
        "a metaphor or a riddle: use the glossary's word, object and action",
    ),
)


class Text(NamedTuple):
    """A piece of text: its lines joined by spaces, and at which offset each line of the file starts."""

    kind: str
    text: str
    offsets: tuple[int, ...]
    lines: tuple[int, ...]

    def line_at(self, offset: int) -> int:
        """Return the line of the file for an offset into `text`."""
        return self.lines[bisect_right(self.offsets, offset) - 1]


class Finding(NamedTuple):
    """One match."""

    path: str
    line: int
    pattern: Pattern
    snippet: str


def join_lines(kind: str, numbered: Sequence[tuple[int, str]]) -> Text:
    """Return numbered lines as one text with single spaces."""
    parts, offsets, lines, length = [], [], [], 0
    for line, raw in numbered:
        part = " ".join(raw.split())
        if not part:
            continue
        parts.append(part)
        offsets.append(length)
        lines.append(line)
        length += len(part) + 1
    return Text(kind, " ".join(parts), tuple(offsets) or (0,), tuple(lines) or (0,))


def read_python(source: str) -> Iterator[Text]:
    """Yield the comments, strings and defined names of a module."""
    block: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, own_line = token.start[0], not token.line[: token.start[1]].strip()
        if block and (block[-1][0] != line - 1 or not own_line):
            yield join_lines(PROSE, block)
            block = []
        block.append((line, token.string.lstrip("#: ")))
    if block:
        yield join_lines(PROSE, block)
    yield from _read_tree(ast.parse(source))


def _read_tree(tree: ast.AST) -> Iterator[Text]:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield from _read_string(node.lineno, node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield from _read_string(node.lineno, "".join(parts))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_test = node.name.startswith("test_")
            text = node.name.removeprefix("test_").replace("_", " ") if is_test else node.name
            yield Text(TEST if is_test else NAME, text, (0,), (node.lineno,))
        elif isinstance(node, ast.arg):
            yield Text(NAME, node.arg, (0,), (node.lineno,))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Text(NAME, node.id, (0,), (node.lineno,))


def _read_string(line: int, value: str) -> Iterator[Text]:
    if value.strip().count(" ") >= 2 and not _SQL.match(value):
        yield join_lines(PROSE, list(enumerate(value.split("\n"), start=line)))


def read_markdown(source: str) -> Iterator[Text]:
    """Yield paragraphs, list items and table rows, without fenced code."""
    block: list[tuple[int, str]] = []
    fenced = False
    for number, line in enumerate(source.split("\n"), start=1):
        starts_item = re.match(r"\s*([-*#|]|\d+\.)", line)
        if block and (starts_item or not line.strip() or line.startswith("```")):
            yield join_lines(PROSE, block)
            block = []
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and line.strip():
            block.append((number, re.sub(r"^\s*([-*#|]+|\d+\.)\s*|\*\*", "", line)))
    if block:
        yield join_lines(PROSE, block)


def read_lines(source: str, *, comments_only: bool) -> Iterator[Text]:
    """Yield blocks of `#` comments and, unless `comments_only`, each other line."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(source.split("\n"), start=1):
        code, hash_sign, comment = line.partition("#")
        if hash_sign and not code.strip():
            block.append((number, comment.lstrip("# ")))
            continue
        if block:
            yield join_lines(PROSE, block)
            block = []
        if hash_sign and code[-1:].isspace():
            yield join_lines(PROSE, [(number, comment.lstrip("# "))])
        if code.strip() and not comments_only:
            yield join_lines(PROSE, [(number, code)])
    if block:
        yield join_lines(PROSE, block)


def read_texts(path: Path) -> Iterator[Text]:
    """Yield what people read in a file. Raises OSError and SyntaxError."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from read_python(source)
    elif path.suffix == ".md":
        yield from read_markdown(source)
    else:
        yield from read_lines(source, comments_only=path.suffix == ".toml")


def find_in(path: str, source_lines: Sequence[str], texts: Iterator[Text]) -> Iterator[Finding]:
    """Yield the matches in the texts of one file, except on lines that say `language: keep`."""
    for text in texts:
        for pattern in PATTERNS:
            if text.kind not in pattern.kinds:
                continue
            for match in pattern.regex.finditer(text.text):
                line = text.line_at(match.start())
                if KEEP in source_lines[line - 1]:
                    continue
                start = max(0, match.start() - SNIPPET_CHARACTERS)
                yield Finding(path, line, pattern, text.text[start : match.end() + SNIPPET_CHARACTERS])


def list_files(paths: Sequence[str]) -> list[Path]:
    """Return the files that are tracked or about to be, below `paths`, without data."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [
        ROOT / name
        for name in sorted({*listed} - {""})
        if Path(name).suffix not in SKIPPED_SUFFIXES
        and Path(name).name not in SKIPPED_NAMES
        and not name.startswith("requirements/")
        and (ROOT / name).is_file()
    ]


def main(paths: Sequence[str]) -> int:
    """Print each match as `file:line: pattern: text (reason)`; return 1 if there is any."""
    counts: Counter[str] = Counter()
    for path in list_files([str(Path(path).resolve()) for path in paths]):
        name = str(path.relative_to(ROOT))
        source_lines = path.read_text(encoding="utf-8").split("\n")
        for finding in sorted(find_in(name, source_lines, read_texts(path)), key=lambda found: found.line):
            counts[finding.pattern.name] += 1
            print(f"{name}:{finding.line}: {finding.pattern.name}: {finding.snippet}")
            print(f"    {finding.pattern.reason}")
    for pattern, count in counts.most_common():
        print(f"{count:5} {pattern}", file=sys.stderr)
    return 1 if counts else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
