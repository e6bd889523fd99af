"""Messages that were refused for good: the facts of their delivery, and one more attempt. Only for admins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from watcher.monitoring.dead_letters import dead_letter_view, resend_dead_letter
from watcher.web.access.auth import Admin
from watcher.web.answers.base import answers
from watcher.web.answers.incidents import DeadLettersView, ResentView
from watcher.web.dependencies import Web
from watcher.web.endpoints.bodies import NoBody
from watcher.web.endpoints.parameters import MAX_ID, PageLimit, known_parameters

router = APIRouter(
    prefix="/api/dead-letters", tags=["dead letters"], dependencies=[Depends(known_parameters)]
)

LetterId = Annotated[str, Path(max_length=100, description="The id of its alert or incident.")]


@router.get("", name="listDeadLetters", **answers(DeadLettersView, "A page of dead letters."))
async def dead_letters(
    web: Web,
    _caller: Admin,
    after: Annotated[int, Query(ge=0, le=MAX_ID, description="The `next` of the page before.")] = 0,
    limit: PageLimit = 50,
) -> dict[str, Any]:
    """List dead letters, the newest first, without the content of the messages.

    `id` is that of the alert or incident; `next` is the `after` of the next page, or null.
    """
    page = web.stores.dead_letters.page(limit, after)
    return {"deadLetters": [dead_letter_view(letter) for letter in page.letters], "next": page.next}


@router.post(
    "/{letter}/resend", name="resendDeadLetter", **answers(ResentView, "What will be sent.", errors=(409,))
)
async def resend(web: Web, _caller: Admin, letter: LetterId, _body: NoBody | None = None) -> dict[str, Any]:
    """Send the dead letters about an alert or incident once more, at the daemon's next round."""
    return await resend_dead_letter(web.stores, web.queries.is_destination, letter, web.clock.now())
