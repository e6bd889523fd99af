"""The answers about incidents, silences and dead letters."""

from __future__ import annotations

from typing import Literal

from watcher.web.answers.base import AnswerBody, Time, shown

_HEADLINE = "eBay has not answered for 12 minutes"


class IncidentView(AnswerBody):
    """An incident: trouble with a service, or with watcher itself."""

    id: str = shown("k7m2q9x4ab", "The incident's id.")
    api: str = shown("ebay", "The service, or `watcher`.")
    symptom: str = shown("outage", "outage, failure-rate, latency, quota, disk, …")
    state: str = shown("firing", "firing, flapping, …, or resolved.")
    open: bool = shown(True)
    since: Time
    fired_at: Time
    ended_at: Time | None = shown(None)
    duration_seconds: int | None = shown(None, "null while it is open.", ge=0)
    last_told_at: Time | None = shown(about="When its last message was written.")
    headline: str = shown(_HEADLINE)
    acked_at: Time | None = shown(None)
    acked_by: str | None = shown(None)
    silenced: bool = shown(about="Whether a silence holds back its message.")
    revision: int = shown(2, "Grows with each change; events name it.", ge=0)


class FactView(AnswerBody):
    """A number behind an incident."""

    name: str = shown("Calls")
    value: str = shown("14, all of them failed")


class NoticeView(AnswerBody):
    """A message about an incident."""

    phase: Literal["firing", "reminder", "resolved"]
    at: Time
    headline: str = shown(_HEADLINE)
    facts: list[FactView]
    advice: str | None = shown("Check https://developer.ebay.com/support/api-status.")
    state: Literal["pending", "sent", "dead"] = shown("sent")
    sent_at: Time | None
    error: str | None = shown(None, "Why it is not sent.")


class IncidentDetailView(IncidentView):
    """An incident with its messages."""

    messages: list[NoticeView]


class IncidentsView(AnswerBody):
    """A page of incidents."""

    incidents: list[IncidentView]
    next: str | None = shown("k7m2q9x4ab", "The `after` of the next page; null on the last.")


class AckedView(AnswerBody):
    """What was acknowledged by whom."""

    id: str = shown("k7m2q9x4ab")
    acked_by: str = shown("operator")


class SilenceView(AnswerBody):
    """A silence, which holds back messages."""

    id: str = shown("s4h8w2")
    api: str | None = shown("ebay", "null: every service.")
    symptom: str | None = shown("outage", "null: every symptom.")
    watch: int | None = shown(None, "The watch whose price alerts it holds back; null: operators' messages.")
    starts_at: Time
    ends_at: Time
    every: str | None = shown(None, "The interval at which it repeats.")
    author: str = shown("operator")
    reason: str = shown("eBay announced maintenance")
    holds: bool = shown(True, "Whether it holds messages back now.")


class SilencesView(AnswerBody):
    """A page of silences."""

    silences: list[SilenceView]
    next: str | None = shown(None, "The `after` of the next page; null on the last.")


class EndedSilenceView(AnswerBody):
    """A silence that was ended."""

    id: str = shown("s4h8w2")
    ended: Literal[True]


class DeadLetterView(AnswerBody):
    """A message that was refused for good, without its content."""

    id: str = shown("a3f19c0b77de4512", "The id of its alert or incident.")
    kind: str = shown("alert", "alert or incident.")
    to: str = shown("slack", "The destination's name.")
    why: str = shown("channel_not_found", "Why it was refused.")
    code: str | None = shown("SLACK_REFUSED")
    attempts: int = shown(5, ge=0)
    at: Time = shown(about="When it was given up.")


class DeadLettersView(AnswerBody):
    """A page of dead letters."""

    dead_letters: list[DeadLetterView]
    next: int | None = shown(None, "The `after` of the next page; null on the last.")


class ResentView(AnswerBody):
    """What will be sent once more."""

    id: str = shown("a3f19c0b77de4512")
    to: list[str] = shown(["slack"], "The destinations.")
    warnings: list[str] = shown([])
