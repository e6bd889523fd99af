"""The language check: each pattern finds its kind of sentence and lets standard English pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quality.language import find_in, main, read_lines, read_markdown, read_python


def find_patterns(source: str) -> list[tuple[int, str]]:
    found = find_in("module.py", source.split("\n"), read_python(source))
    return sorted((finding.line, finding.pattern.name) for finding in found)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("who-clause", "Who cannot tell us now is asked again in an hour."),
        ("so-quantity", "So often, a tenth of a second apart."),
        ("so-quantity", "It is quiet for so long before it ends."),
        ("told", "A wait that does not fit is told and not waited."),
        ("told", "Free shipping is said in the line."),
        ("person", "A closed stream disturbs nobody."),
        ("for-because", "It is not repeated, for it may repeat the key."),
        ("for-because", "Nothing is polled, for the daemon does not run."),
        ("is-no", "A 429 is no outage."),
        ("archaic", "The dispatcher heeds them."),
        ("of-inversion", "Of several silences the longest counts."),
        ("that-clause", "That there is nothing to do is believed only while fresh."),
        ("where-condition", "Where no history is kept, the offers are used."),
    ],
)
def test_each_pattern_finds_its_sentence(pattern: str, sentence: str) -> None:
    assert find_patterns(f'"""{sentence}"""\n') == [(1, pattern)]
    assert find_patterns(f"x = 1\n# {sentence}\n") == [(2, pattern)]
    assert find_patterns(f"log.info('{sentence}')\n") == [(1, pattern)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Who may read this page?",
        "There is no answer, and it is no longer needed.",
        "It sends so many requests that the server refuses them.",
        "So far, two rules exist.",
        "Titles that words tell apart; it is said to be fast.",
        "Wait for the server, for an hour at most, and for example for a day.",
        "Of course a poll can fail.",
        "That one is newer.",
        "Where the listings come from, and where they go.",
        "Where a title names a model, up to `end`.",
        "`watcher token`: who may use the API.",
    ],
)
def test_standard_english_passes(sentence: str) -> None:
    assert find_patterns(f'"""{sentence}"""\n') == []


def test_test_names_start_with_a_subject_and_are_short() -> None:
    assert find_patterns("def test_what_is_old_goes(): ...") == [(1, "riddle")]
    assert find_patterns(f"def test_{'x' * 65}(): ...") == []
    assert find_patterns(f"def test_{'x' * 66}(): ...") == [(1, "long-test-name")]


def test_defined_names_are_checked_and_used_names_are_not() -> None:
    assert find_patterns("def _told(wish): ...") == [(1, "name"), (1, "name")]
    assert find_patterns("print(row.told, casebook.open)") == []


def test_a_match_is_reported_on_its_own_line() -> None:
    docstring = '"""Return it.\n\n    A long explanation, after\n    which nobody waits.\n    """\n'
    assert find_patterns(docstring) == [(4, "person")]


def test_sql_and_kept_lines_are_skipped() -> None:
    assert find_patterns('"UPDATE incidents SET told = 1"') == []
    assert find_patterns("x = 1  # It is told. language: keep") == []


def test_markdown_is_read_by_paragraph_without_code() -> None:
    text = "# Title\n\nThe caller\nis told.\n\n```\nit is told here\n```\n- item one\n- nobody waits\n"
    found = find_in("a.md", text.split("\n"), read_markdown(text))
    assert [(finding.line, finding.pattern.name) for finding in found] == [(4, "told"), (10, "person")]


def test_only_comments_of_toml_are_read() -> None:
    text = 'who = "it is told"  # nobody knows\n# it is\n# told\n'
    found = find_in("a.toml", text.split("\n"), read_lines(text, comments_only=True))
    assert [(finding.line, finding.pattern.name) for finding in found] == [(1, "person"), (3, "told")]


def test_the_exit_code_reports_matches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(Path(__file__).parent / "no_such_file.py")]) == 0
    assert capsys.readouterr().out == ""
