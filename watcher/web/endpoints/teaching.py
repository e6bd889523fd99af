"""A watch asks the caller about listings that may or may not be the item, and learns from the answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from watcher.core.taught import MAX_TAUGHT
from watcher.core.teaching import Teaching
from watcher.watches.teaching import questions_view, teach
from watcher.web.access.auth import User
from watcher.web.answers.base import answers
from watcher.web.answers.teaching import LearnedView, QuestionsView
from watcher.web.dependencies import Web
from watcher.web.endpoints.bodies import StrictBody
from watcher.web.endpoints.own_watches import Number, admit_own, own_watch
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.endpoints.watch_bodies import ANY_ITEM, described

router = APIRouter(prefix="/api/watches", tags=["watches"], dependencies=[Depends(known_parameters)])

_Item = Annotated[str, described(ANY_ITEM), Field(max_length=500)]
_Items = Annotated[list[_Item], Field(max_length=MAX_TAUGHT)]
_NAME = {"type": "string", "pattern": "^(?:all|#[a-z2-7]{16})$"}
_Answered = Annotated[str, described(ANY_ITEM, _NAME), Field(max_length=500)]
_AllAnswered = Annotated[list[_Answered], Field(max_length=MAX_TAUGHT)]


class AnswersBody(StrictBody):
    """What is the wanted item, what is something else, and which answers to take back."""

    same: _Items = Field(default=[], description="Items that are what the watch looks for.")
    different: _Items = Field(default=[], description="Items that are something else.")
    forget: _AllAnswered = Field(
        default=[], description="Items, or their hashes, whose answers are taken back; `all`: every answer."
    )


@router.get(
    "/{number:watch}/questions",
    name="askAboutWatch",
    **answers(QuestionsView, "The listings to ask about, and what was learned."),
)
async def questions(web: Web, caller: User, number: Number) -> dict[str, Any]:
    """Return up to three listings whose answer would decide most, and what earlier answers taught."""
    return questions_view(web.queries, own_watch(web, caller, number))


@router.post(
    "/{number:watch}/answers",
    name="teachWatch",
    **answers(LearnedView, "What it changed.", errors=(412,), body={"forget": ["all"]}),
)
async def answer(web: Web, caller: User, number: Number, body: AnswersBody) -> dict[str, Any]:
    """Say which listings are the wanted item; that becomes evidence of this watch alone."""
    own_watch(web, caller, number)
    given = Teaching(body.same, body.different, body.forget)
    return await teach(web.registry, web.queries, number, given, admit_own(caller))
