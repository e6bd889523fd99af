"""`watcher scan`: what pictures show, what that is worth, buy or skip."""

from __future__ import annotations

import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from watcher.cli.market_answer import age_sentence, ask_market, comps_sentence, refuse_early
from watcher.cli.printing import print_json, print_table, print_warnings, printable, say, say_coloured
from watcher.cli.rich_output import progress_bar
from watcher.cli.runner import EXIT_FAILED, Setup, json_command, with_app
from watcher.core.ai_answers import dollar_text
from watcher.core.errors import InvalidInput, WatcherError, error_view, user_sentence
from watcher.core.identification import Identification, Way
from watcher.core.listing import Condition
from watcher.core.plurals import count_of
from watcher.core.tokens import LOCAL
from watcher.scans.batch import run_batch
from watcher.scans.picture_input import MAX_DATA_BYTES
from watcher.scans.views import batch_counts, scan_view
from watcher.watches.import_rows import csv_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from watcher.core.watch import Inquiry
    from watcher.runtime import App
    from watcher.scans.appraiser import Appraisal, ScanRequest
    from watcher.watches.queries import WatchQueries

    Result = Appraisal | WatcherError

_WAYS = {
    Way.BARCODE: "by its barcode",
    Way.LIBRARY: "from an earlier scan",
    Way.EBAY: "by eBay's search by picture",
    Way.OPENAI: "by the vision model",
}
_CSV_COLUMNS = (
    *("file", "title", "query", "category", "way", "confidence", "costUsd", "n", "median", "maxPrice"),
    *("currency", "buy", "source", "warnings", "code", "error"),
)


class Scan(NamedTuple):
    """A picture as it was named, and what became of it."""

    source: str
    result: Result


@json_command()
@click.argument("pictures", metavar="FILE|URL…", nargs=-1, required=True)
@click.option("--category", metavar="C", default="", help="cards, shoes, watches, … or an eBay category id.")
@click.option(
    "--condition", metavar="C", default="", help="new, refurbished, used or any (the default): of the comps."
)
@click.option("--price", metavar="MONEY", default="", help="What is asked for the item: 50, '49.90 USD'.")
@click.option(
    "--csv",
    "csv_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results and errors there as CSV.",
)
def scan(
    setup: Setup, /, pictures: tuple[str, ...], csv_file: Path | None, as_json: bool, **typed: str
) -> int:
    """Show what is in a picture, what it is worth, and whether to buy it at a price.

    Several pictures make a table. Ends with 1 if one of them cannot be scanned.
    """
    price = typed.pop("price")

    async def work(app: App) -> list[Scan]:
        asked = app.scanning.pictures.read_request(LOCAL, price=price, **typed)
        if csv_file:  # one that cannot be written is refused before anything is charged
            _require_replaceable(csv_file)
            csv_file.open("a", encoding="utf-8").close()
        scans = await ask_market(app, lambda: _scan_all(app, pictures, asked), _message(len(pictures)))
        _show(app, scans, as_json=as_json)
        if csv_file:
            _write_csv(csv_file, scans)
        return scans

    refuse_early(setup, {"query": "any", **typed})
    return EXIT_FAILED if any(isinstance(s.result, WatcherError) for s in with_app(setup, work)) else 0


def _message(number: int) -> str:
    return "Looking at the picture …" if number == 1 else ""  # several have a progress bar


async def _scan_all(app: App, pictures: Sequence[str], asked: ScanRequest) -> list[Scan]:
    if len(pictures) == 1:
        results = await run_batch(pictures, lambda source: _scan_one(app, source, asked))
        return [Scan(pictures[0], results[0])]
    done = 0
    with progress_bar("Scanning", len(pictures)) as advance:

        async def one(source: str) -> Appraisal:
            nonlocal done
            try:
                return await _scan_one(app, source, asked)
            finally:
                done += 1
                advance(done)

        results = await run_batch(pictures, one)
    return [Scan(source, result) for source, result in zip(pictures, results, strict=True)]


async def _scan_one(app: App, source: str, asked: ScanRequest) -> Appraisal:
    scans = app.scanning.pictures
    if source.lower().startswith(("http://", "https://")):
        return await scans.scan(source, asked)
    return await scans.scan_content(_read_file(source), asked)


def _read_file(name: str) -> bytes:
    """Return a picture's bytes. Raises InvalidInput with a sentence."""
    path = Path(name)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InvalidInput("This is a directory; name the pictures in it.")
        if not stat.S_ISREG(mode):  # reading a device or a pipe may never end
            raise InvalidInput("This is not a file.")
        with path.open("rb") as file:
            content = file.read(MAX_DATA_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise InvalidInput(f"The file cannot be read: {reason}.") from None
    if len(content) > MAX_DATA_BYTES:
        raise InvalidInput(f"The picture has more than {MAX_DATA_BYTES // 10**6} MB. Send a smaller one.")
    if not content:
        raise InvalidInput("The file is empty.")
    return content


# --- output -------------------------------------------------------------------------------------


def _show(app: App, scans: Sequence[Scan], *, as_json: bool) -> None:
    queries = app.queries
    if as_json:
        print_json(_views(scans, queries))
    for source, result in scans:
        if isinstance(result, WatcherError):
            say(f"watcher: {source}: {user_sentence(result)}", err=True)
    if as_json:
        return
    if len(scans) > 1:
        _print_table(scans)
        return
    if not isinstance(result := scans[0].result, WatcherError):
        _print_scan(result, app.clock.now(), scan_view(result, queries)["warnings"])


def _views(scans: Sequence[Scan], queries: WatchQueries) -> dict[str, Any]:
    """Return what the API answers: of one picture its scan or its error, of several a batch with files."""
    views = [
        {"error": error_view(result)}
        if isinstance(result, WatcherError)
        else {"scan": scan_view(result, queries)}
        for _, result in scans
    ]
    if len(views) == 1:
        (view,) = views[0].values()
        return view
    rows = [{"index": n, "file": scans[n].source} | view for n, view in enumerate(views)]
    return {"results": rows, **batch_counts([s.result for s in scans])}


def _print_scan(scan: Appraisal, now: Any, warnings: Sequence[str]) -> None:
    item = scan.found.identification
    say(item.title or item.query)
    if details := _details(item):
        say(f"  {details}")
    say(f"  Identified {_WAYS[item.way]}, {_percent(item)} sure, {_cost(item)}.")
    say(f"  Searched for: {scan.inquiry.question.query}")
    print_warnings(warnings)
    say(comps_sentence(scan.answer, scan.comps))
    if scan.comps.statistics.interval:
        low, high = scan.comps.statistics.interval
        say(f"The median is between {low} and {high} (95 % confidence).")
    say(age_sentence(scan.answer, now))
    verdict = scan.verdict
    if verdict is None:
        return
    if verdict.buy is None:
        say_coloured(verdict.why, "cyan")
    else:
        say_coloured(
            f"{'Buy' if verdict.buy else 'Skip'}: {verdict.why}", "green" if verdict.buy else "yellow"
        )
    say(f"Watch it: {_watch_command(scan.inquiry, verdict.max_price.typed)}")


def _watch_command(inquiry: Inquiry, below: str) -> str:
    """Return the command that watches for what was scanned, at the most that it is worth."""
    question = inquiry.question
    words = ["watcher", "watch", "add", question.query, "--below", below]
    if inquiry.category:
        words += ["--category", inquiry.category]
    if question.condition is not Condition.ANY:
        words += ["--condition", str(question.condition)]
    return shlex.join(words)


def _details(item: Identification) -> str:
    known = {
        "brand": item.brand,
        "model": item.model,
        "grade": item.grade,
        "looks": item.condition,
        "category": item.category,
        "barcode": item.gtin,
    }
    return ", ".join(f"{name} {value}" for name, value in known.items() if value)


def _percent(item: Identification) -> str:
    return f"{item.confidence * 100:.0f} %"


def _cost(item: Identification) -> str:
    if item.cost is not None:
        return f"cost ${dollar_text(item.cost)}"
    return "cost unknown: [openai] has no prices" if item.way is Way.OPENAI else "free"


def _print_table(scans: Sequence[Scan]) -> None:
    columns = ("file", "item", "sure", "n", "median", "pay at most", "verdict")
    print_table("", columns, [_row(s) for s in scans], "sure n median")
    counts = batch_counts([s.result for s in scans])
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    say(f"{count_of(counts['succeeded'], 'picture')} scanned{failed}.")


def _row(scan: Scan) -> tuple[object, ...]:
    name = scan.source if "://" in scan.source else Path(scan.source).name
    if isinstance(result := scan.result, WatcherError):
        return (name, "", "", "", "", "", "failed")
    item, verdict = result.found.identification, result.verdict
    sure = _percent(item)
    if verdict is None:
        return (name, item.title or item.query, sure, 0, "", "", "no comps")
    word = {True: "buy", False: "skip", None: ""}[verdict.buy]
    return (name, item.title or item.query, sure, verdict.n, verdict.expected, verdict.max_price, word)


def _require_replaceable(file: Path) -> None:
    """Raise InvalidInput for a file that is no earlier result: `--csv *.jpg` names a photo."""
    header = csv_line(_CSV_COLUMNS).encode()
    if not file.is_file():
        return
    with file.open("rb") as existing:
        start = existing.read(len(header))
    if start not in (b"", header):
        raise InvalidInput(
            f"{file} exists and is not a CSV of scans, so it is not replaced. Name a new file after --csv."
        )


def _write_csv(file: Path, scans: Sequence[Scan]) -> None:
    lines = [csv_line(_CSV_COLUMNS)]
    for one in scans:
        fields = {"file": printable(one.source), **_csv_fields(one.result)}
        lines.append(csv_line([str(fields.get(name, "")) for name in _CSV_COLUMNS]))
    file.write_text("".join(lines), encoding="utf-8")


def _csv_fields(result: Result) -> dict[str, object]:
    if isinstance(result, WatcherError):
        return {"code": result.code, "error": user_sentence(result)}
    item, verdict = result.found.identification, result.verdict
    fields: dict[str, object] = {
        "title": item.title,
        "query": result.inquiry.question.query,
        "category": result.inquiry.category,
        "way": item.way,
        "confidence": item.confidence,
        "costUsd": "" if item.cost is None else dollar_text(item.cost),
        "n": result.comps.statistics.n,
        "source": "stale" if result.answer.stale else result.answer.source,
        "warnings": " ".join(result.warnings),
    }
    if verdict:
        buy = {True: "yes", False: "no", None: ""}[verdict.buy]
        fields |= {"median": verdict.expected.amount, "maxPrice": verdict.max_price.amount}
        fields |= {"currency": verdict.expected.currency, "buy": buy}
    return fields
