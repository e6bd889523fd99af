"""The page on which a file of watches is checked and imported, and on which the caller's are exported."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from watcher.core.errors import InvalidInput, WatcherError, error_view, public_error, status_of
from watcher.core.plan_limits import LimitReached
from watcher.core.plurals import count_of, plural_of
from watcher.core.typed_text import quoted
from watcher.watches.import_rows import decode_import
from watcher.watches.importing import import_error
from watcher.web.access.auth import User
from watcher.web.access.forms import FORM_TOKEN, form_fields, form_files, require_form
from watcher.web.dependencies import Web
from watcher.web.endpoints.transfer import import_text
from watcher.web.pages.layout import DONE, Message, render_own, see_other
from watcher.web.pages.views.watch_import import ImportForm, ImportReport, report_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_form)])

_IMPORTED, _NUMBER = "imported", "number"
_FIELDS = {"rows", "keep_going", "do", FORM_TOKEN}
_MAX_DIGITS = 6  # of a number of watches
_LARGEST_SHOWN = 200_000  # characters that come back in the form; a larger file is chosen again
_OK = 200


@router.head("/watches/import")
@router.get("/watches/import")
async def import_page(request: Request, web: Web, who: User) -> Response:
    """Show the form of an import."""
    return _show(request, web, who, ImportForm(), message=_message_of(request))


@router.post("/watches/import")
async def import_from_page(request: Request, web: Web, who: User) -> Response:
    """Check the rows of the form, or register their watches."""
    fields, files = form_fields(request.scope), form_files(request.scope)
    for name in (*fields, *files):
        if name not in _FIELDS | {"file"}:
            raise InvalidInput(f"There is no field {quoted(name)}.")
    form = ImportForm(fields.get("rows", ""), bool(fields.get("keep_going")))
    is_check = fields.get("do") == "check"
    try:
        chosen = files.get("file", ())
        if len(chosen) > 1:
            raise InvalidInput("Choose one file.")
        text = decode_import(chosen[0].content, "The file") if chosen else form.rows
        form = ImportForm(text if len(text) <= _LARGEST_SHOWN else "", form.keep_going)
        if not text.strip():
            raise InvalidInput("Choose a file, or paste its rows.")
        done = await import_text(web, who, text, keep_going=form.keep_going, dry_run=is_check)
    except WatcherError as error:
        shown = public_error(error)
        is_limit = isinstance(shown, LimitReached)
        failed = ImportForm(form.rows, form.keep_going, _sentence_of(shown), is_limit)
        return _show(request, web, who, failed, status=status_of(shown))
    if is_check or done.is_refused:
        report = report_of(done.read, done.doubts, is_refused=done.is_refused)
        return _show(
            request,
            web,
            who,
            form,
            report=report,
            status=status_of(import_error(done.read)) if done.is_refused else _OK,
        )
    return see_other(request, f"watches/import?{_NUMBER}={done.registered}", _IMPORTED)


def _message_of(request: Request) -> Message | None:
    """Return what an import did. Raises InvalidInput for other parameters of the address."""
    given = dict(request.query_params)
    done, number = given.pop(DONE, ""), given.pop(_NUMBER, "")
    for name in given:
        raise InvalidInput(f"There is no field {quoted(name)}.")
    if done != _IMPORTED or not (number.isdecimal() and number.isascii() and len(number) <= _MAX_DIGITS):
        return None
    n = int(number)
    return Message(
        f"{count_of(n, 'watch')} {plural_of(n, 'was', 'were')} imported. Their first polls are spread out."
    )


def _sentence_of(error: WatcherError) -> str:
    return str(error) if isinstance(error, InvalidInput) else str(error_view(error)["message"])


def _show(
    request: Request,
    web: Web,
    who: User,
    form: ImportForm,
    *,
    report: ImportReport | None = None,
    message: Message | None = None,
    status: int = _OK,
) -> Response:
    return render_own(
        request,
        web,
        who,
        "watch_import.html",
        section="Watches",
        message=message,
        status=status,
        form=form,
        report=report,
    )
