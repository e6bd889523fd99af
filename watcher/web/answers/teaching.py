"""The answers about what a watch asks its user, and learns."""

from __future__ import annotations

from watcher.web.answers.base import AnswerBody, MoneyText, shown
from watcher.web.answers.watches import TaughtView


class QuestionView(AnswerBody):
    """A listing that may or may not be the wanted item."""

    item_id: str = shown("v1|256012345678|0")
    title: str = shown("Omega Speedmaster Reduced 3510.50")
    total: MoneyText | None = shown("1650.00", "Price plus shipping; null if the shipping is unknown.")
    price: MoneyText | None = shown("1630.00")
    condition: str = shown("Pre-Owned")
    url: str = shown("https://www.ebay.com/itm/256012345678")
    kept: bool = shown(about="Whether the watch keeps it now.")
    why: str = shown('the title has no "3570.50"', "What leaves the verdict open.")
    stands_for: int = shown(4, "How many listings an answer would decide, as far as one can tell.", ge=1)


class QuestionsView(AnswerBody):
    """What to ask about a watch now, and what was learned."""

    watch: int = shown(7)
    name: str = shown("Speedmaster")
    questions: list[QuestionView]
    note: str | None = shown(None, "Why nothing can be asked; null if it can.")
    taught: list[TaughtView]


class LearnedView(QuestionsView):
    """What answers changed, and what to ask next."""

    kept: int | None = shown(21, "The comps that are kept now; null if no answer is stored.", ge=0)
    added: int = shown(1, "Comps that were not kept before.", ge=0)
    removed: int = shown(4, "Comps that are no longer kept.", ge=0)
    median: MoneyText | None = shown("3150.00")
    median_before: MoneyText | None = shown("3100.00")
    currency: str | None = shown("USD")
    changed: bool = shown(about="Whether the watch learned something.")
