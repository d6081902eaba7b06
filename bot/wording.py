"""Wording: what an alert, an edit, a digest, a question to the reviewers and a notice say, for every chat alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from bot.channel import Message
from treaties.alerts import decode
from treaties.model import Alert, Event, Mention, Precision, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.outbox import Delivery
    from treaties.registry import Knowledge

STAGE_WORDS: Final[dict[Stage, str]] = {
    Stage.CONSIDERED: "taken up, not decided",
    Stage.ANNOUNCED: "announced",
    Stage.GOVERNMENT_APPROVED: "approved by the government",
    Stage.BILL_SUBMITTED: "bill before parliament",
    Stage.LOWER_HOUSE_PASSED: "passed by the lower house",
    Stage.UPPER_HOUSE_PASSED: "passed by the upper house",
    Stage.PARLIAMENT_PASSED: "passed by parliament",
    Stage.SIGNED_INTO_LAW: "signed into law",
    Stage.NOTIFIED_DEPOSITARY: "depositary notified",
    Stage.IN_EFFECT: "in effect",
    Stage.SUSPENDED: "suspended",
    Stage.RETURNED: "returned to parliament",
    Stage.REJECTED: "rejected",
    Stage.POSTPONED: "postponed",
    Stage.STRUCK_DOWN: "struck down by a court",
    Stage.RESCINDED: "notification withdrawn",
    Stage.REJOINED: "rejoined",
}

_KINDS: Final = {
    VerdictKind.NEW_CASE: "New case",
    VerdictKind.NEW_DEVELOPMENT: "New development",
    VerdictKind.REVERSAL: "Reversal",
}
_BAR: Final = (
    (Stage.GOVERNMENT_APPROVED, "government"),
    (Stage.BILL_SUBMITTED, "bill"),
    (Stage.LOWER_HOUSE_PASSED, "lower house"),
    (Stage.UPPER_HOUSE_PASSED, "upper house"),
    (Stage.SIGNED_INTO_LAW, "signed"),
    (Stage.NOTIFIED_DEPOSITARY, "notified"),
    (Stage.IN_EFFECT, "in effect"),
)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MENTIONS_SHOWN: Final = 10


def say(delivery: Delivery, knowledge: Knowledge) -> Message:
    """What a row of the outbox says.

    Raises:
        KeyError, ValueError: the row's payload is not of its kind.
    """
    match delivery.kind:
        case "alert" | "edit":
            return alert_message(decode(delivery.payload), knowledge, edited=delivery.kind == "edit")
        case "digest":
            return Message("digest", delivery.payload["headline"], tuple(delivery.payload["lines"]))
        case "review":
            return review_message(delivery.payload, knowledge)
        case _:
            return Message("notice", delivery.payload["headline"], tuple(delivery.payload["lines"]))


def day(when: When | None) -> str:
    """A date as people write it: 29 September 2025, September 2025, or 2025."""
    if when is None:
        return "day not given"
    month = f"{_MONTHS[when.day.month - 1]} {when.day.year}"
    return {Precision.DAY: f"{when.day.day} {month}", Precision.MONTH: month, Precision.YEAR: str(when.day.year)}[
        when.precision
    ]


def case_title(state: str, treaty: str, knowledge: Knowledge) -> str:
    """`Russia – European Convention for the Prevention of Torture (ETS No. 126)`."""
    found = knowledge.treaties.get(treaty)
    number = f" ({found.series})" if found and found.series else ""
    return f"{knowledge.state_name(state)} – {knowledge.treaty_name(treaty)}{number}"


def alert_message(alert: Alert, knowledge: Knowledge, *, edited: bool = False) -> Message:
    """An alert, or the same alert after its coverage has grown."""
    event = Event(alert.key, alert.state, alert.treaty, alert.stage, alert.when, alert.sources)
    lines = [
        f"{_KINDS[alert.kind]}: {STAGE_WORDS[alert.stage]}, {day(alert.when)}",
        stage_bar({stage for stage, _ in alert.done} | {alert.stage}, alert.stage),
        f"“{alert.title}”",
        coverage_line(event),
    ]
    lines += disputed_lines(event)
    lines += [f"Next: {line}" for line in [next_step(alert, knowledge)] if line]
    headline = case_title(alert.state, alert.treaty, knowledge)
    return Message(
        "edit" if edited else "alert", headline, tuple(line for line in lines if line), alert.url, alert.outlet
    )


def stage_bar(reached: set[Stage], now: Stage) -> str:
    """Every step of the way out: done ●, now ◉, open ○; a move off the road is named behind it."""
    houses = {Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED}
    if Stage.PARLIAMENT_PASSED in reached:
        reached = reached | houses
    marks = [f"{'◉' if stage is now else '●' if stage in reached else '○'} {word}" for stage, word in _BAR]
    side = [] if now in dict(_BAR) else [f"→ {STAGE_WORDS[now]}"]
    return "  ".join([*marks, *side])


def coverage_line(event: Event) -> str:
    """How many reports and independent sources tell of the event."""
    reports, voices = len(event.sources), event.voices
    told = "1 report" if reports == 1 else f"{reports} reports"
    official = sum(source.official for source in event.sources)
    return f"{told}, {voices} independent" + (f", {official} official" if official else "")


def disputed_lines(event: Event) -> list[str]:
    """A line with every date and who gives it, where sources disagree."""
    if not event.disputed:
        return []
    outlets: defaultdict[str, list[str]] = defaultdict(list)
    for source in event.sources:
        if source.says and source.outlet not in outlets[day(source.says)]:
            outlets[day(source.says)].append(source.outlet)
    return ["Disputed date: " + "; ".join(f"{when} ({', '.join(names)})" for when, names in outlets.items())]


def next_step(alert: Alert, knowledge: Knowledge) -> str:
    """What the treaty's own clause says about the end of it."""
    treaty = knowledge.treaties.get(alert.treaty)
    if treaty is None or treaty.clause is None or alert.stage is Stage.IN_EFFECT:
        return ""
    recalled = "" if treaty.clause.source else " (recalled, not verified)"
    return f"{treaty.clause.article}: {treaty.clause.text}{recalled}" if treaty.clause.text else treaty.clause.article


def review_message(payload: Mapping[str, Any], knowledge: Knowledge) -> Message:
    """A claim that people have to judge."""
    stage = STAGE_WORDS[Stage(payload["stage"])] if payload["stage"] else "a step that is not named"
    lines = (
        f"Unsure: {stage}, {payload['when'] or 'day not given'}",
        f"“{payload['title']}”",
        f"Rests on: {payload['quote']}",
        f"Why: {payload['reason']}",
    )
    return Message(
        "review", case_title(payload["state"], payload["treaty"], knowledge), lines, payload["url"], payload["outlet"]
    )


def digest_lines(events: tuple[Event, ...], mentions: tuple[Mention, ...], knowledge: Knowledge) -> list[str]:
    """The developments of a period, and who talked about which case."""
    lines = [
        f"{case_title(event.state, event.treaty, knowledge)}: "
        f"{STAGE_WORDS[event.stage]}, {day(event.when)} ({coverage_line(event)})"
        for event in events
    ]
    lines = lines or ["No new development."]
    for mention in mentions[:_MENTIONS_SHOWN]:
        lines.append(f"{mention.label.value.capitalize()}: “{mention.title}” ({mention.outlet or 'unnamed outlet'})")
    if len(mentions) > _MENTIONS_SHOWN:
        lines.append(f"… and {len(mentions) - _MENTIONS_SHOWN} more mentions")
    return lines
