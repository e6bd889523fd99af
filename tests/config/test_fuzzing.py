"""Any input is either accepted or refused with printable sentences."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.config.reading import outcome
from watcher.config.sources import CONFIG_KEYS

TEXTS = ["", "x", "1m", "0s", "http://x", "EBAY_US", "sqlite:///x", '"']
NUMBERS = ["0", "1", "-1", "9" * 20, "1.5", "nan", "-inf", "true", "1979-05-27", "07:32:00"]
NESTS = ["[]", "[1]", "{}", "{a=1}", "{a='1m'}", "{''='x'}", "{a={b=1}}"]
ANY_VALUE = st.sampled_from([*(f"'{t}'" for t in TEXTS), '"a\\n\\u001b"', *NUMBERS, *NESTS])


@given(
    st.text()
    | st.tuples(st.sampled_from(sorted(CONFIG_KEYS)), ANY_VALUE).map(
        lambda kv: f"{'.'.join(kv[0])} = {kv[1]}"
    )
)
def test_any_file_is_accepted_or_refused_with_messages(text: str) -> None:
    path = Path("any.toml")
    path.write_text(text, encoding="utf-8", errors="replace")
    settings, problems = outcome(path, {})
    assert bool(settings) is not bool(problems)
    assert all(p.isprintable() for p in problems)


@given(st.sampled_from(sorted(CONFIG_KEYS)), st.text() | ANY_VALUE)
def test_any_variable_is_accepted_or_refused_with_messages(key: tuple[str, ...], value: str) -> None:
    settings, problems = outcome(Path("none.toml"), {"WATCHER_" + "__".join(key).upper(): value})
    assert bool(settings) is not bool(problems)
    assert all(p.isprintable() for p in problems)
