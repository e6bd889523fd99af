"""The page on which pictures become prices: what each shows, what that is worth, and the watch of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from watcher.core.errors import (
    InvalidInput,
    MissingInput,
    WatcherError,
)
from watcher.core.tokens import Caller
from watcher.core.typed_text import quoted
from watcher.scans.appraiser import ScanRequest
from watcher.scans.batch import MAX_BATCH, run_batch
from watcher.web.access.auth import User
from watcher.web.access.forms import FORM_TOKEN, FormFile, form_fields, form_files, form_of, require_form
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.asking import while_connected
from watcher.web.endpoints.scans import admit_of
from watcher.web.pages.layout import render_own
from watcher.web.pages.views.scan import (
    SCAN_FIELDS,
    RowOrigin,
    ScanForm,
    ScanRow,
    failed_row,
    name_of,
    scanned_row,
    tally_of,
    unconfirmed_row,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_form)])

_OK = 200
_KNOWN = frozenset((*SCAN_FIELDS, "row", "of", FORM_TOKEN))
_ROW = re.compile(r"scan-([0-9]{1,4})")
_Confirmed = Annotated[
    Mapping[str, str], Depends(form_of("session", "candidate", "query", "price", "row", "name"))
]


@dataclass(frozen=True, slots=True)
class _Page:
    """Whose page it is, and what was typed about the things in the pictures."""

    request: Request
    web: WebDependencies
    who: Caller
    fields: Mapping[str, str]

    def read(self) -> ScanRequest:
        """Return what was typed. Raises InvalidInput."""
        typed = {name: self.fields[name] for name in SCAN_FIELDS}
        return self.web.open_scans().read_request(self.who.user, **typed)

    def errors(self) -> dict[str, str]:
        """Return why each field at fault is refused."""
        found = {}
        for name in SCAN_FIELDS:
            try:
                self.web.open_scans().read_request(self.who.user, **{name: self.fields[name]})
            except InvalidInput as error:
                found[name] = str(error)
        return found


@router.head("/scan")
@router.get("/scan")
async def scan_page(request: Request, web: Web, who: User) -> Response:
    """Show the form for pictures."""
    for name in request.query_params:
        raise _unknown(name)
    return _show(_Page(request, web, who, dict.fromkeys(SCAN_FIELDS, "")))


@router.post("/scan")
async def scan_from_page(request: Request, web: Web, who: User) -> Response:
    """Show what each picture of the form is and what it is worth, or why that is unknown."""
    fields, files = form_fields(request.scope), form_files(request.scope)
    for name in (*fields.keys() - _KNOWN, *files.keys() - {"picture"}):
        raise _unknown(name)
    page = _Page(request, web, who, {name: fields.get(name, "") for name in SCAN_FIELDS})
    first = _row_number(fields.get("row", ""))
    pictures = files.get("picture", ())
    errors = page.errors()
    if not pictures:
        errors["picture"] = "Choose a picture."
    elif len(pictures) > MAX_BATCH:
        errors["picture"] = f"Choose at most {MAX_BATCH} pictures at once, not {len(pictures)}."
    numbered = list(enumerate(pictures, first))
    if errors:
        # A script that names a row replaces it alone, so the form stays as it was typed.
        why = InvalidInput(" ".join(errors.values()))
        refused = [failed_row(RowOrigin(number, name_of(picture.name)), why) for number, picture in numbered]
        return _show(page, refused if "row" in fields else (), errors=errors, status=400)
    asked = page.read()
    results = await while_connected(request, run_batch(numbered, lambda one: _look(page, asked, *one)))
    rows = [
        failed_row(RowOrigin(number, name_of(picture.name)), result)
        if isinstance(result, WatcherError)
        else result
        for (number, picture), result in zip(numbered, results, strict=True)
    ]
    is_alone = len(rows) == 1
    return _show(
        page,
        [replace(row, is_unfolded=is_alone and fields.get("of", "1") == "1") for row in rows],
        status=rows[0].status if is_alone else _OK,
    )


@router.post("/scan/confirm")
async def confirm_from_page(request: Request, web: Web, who: User, fields: _Confirmed) -> Response:
    """Show what the chosen or corrected thing is worth, and remember it for the person."""
    scans, typed = web.open_scans(), fields["query"].strip()
    opened = scans.find(fields["session"], who.user)
    page = _Page(request, web, who, dict.fromkeys(SCAN_FIELDS, "") | {"price": fields["price"]})
    origin = RowOrigin(
        _row_number(fields["row"]),
        name_of(fields["name"]),
        fields["price"],
        fields["session"],
        opened.candidates,
    )
    try:
        if not typed and not fields["candidate"]:
            raise MissingInput("Type what it is.")
        chosen = scans.choose(fields["session"], who.user, candidate=fields["candidate"], query=typed)
    except InvalidInput as refused:
        return _show(page, [unconfirmed_row(origin, fields["query"], str(refused))], status=400)
    admit = admit_of(web, who)
    scan = await while_connected(request, scans.confirm(chosen, fields["price"], admit))
    return _show(page, [replace(scanned_row(origin, scan, web.clock.now()), is_confirmed=True)])


async def _look(page: _Page, asked: ScanRequest, number: int, picture: FormFile) -> ScanRow:
    """Return the row of a picture. Raises WatcherError if nothing is recognised in it."""
    scans, admit, price = page.web.open_scans(), admit_of(page.web, page.who), page.fields["price"]
    found, session = await scans.look(picture.content, asked.asked, admit)
    origin = RowOrigin(number, name_of(picture.name), price, session.id, session.candidates)
    try:
        return scanned_row(origin, await scans.appraise(found, asked, admit), page.web.clock.now())
    except WatcherError as failure:  # what was recognised is worth knowing by itself
        return failed_row(origin, failure, found.identification)


def _row_number(typed: str) -> int:
    """Return the number in the id of a row, which a script gives to the picture that it sends."""
    found = _ROW.fullmatch(typed or "scan-1")
    if found is None:
        raise InvalidInput("The id of the row is not valid.")
    return int(found[1])


def _unknown(name: str) -> InvalidInput:
    return InvalidInput(f"There is no field {quoted(name)}.")


def _show(
    page: _Page, rows: Sequence[ScanRow] = (), *, errors: Mapping[str, str] = {}, status: int = _OK
) -> Response:
    form = ScanForm(page.fields, dict.fromkeys((*SCAN_FIELDS, "picture"), "") | dict(errors))
    return render_own(
        page.request,
        page.web,
        page.who,
        "scan.html",
        section="Watches",
        status=status,
        form=form,
        rows=rows,
        tally=tally_of(rows),
    )
