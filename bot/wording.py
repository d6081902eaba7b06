"""Wording: what an alert, an edit, a digest, a question to the reviewers and a notice say, for every chat alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from bot.message import Line, Message
from treaties.alerts import decode
from treaties.model import Alert, Event, Mention, Precision, VerdictKind, When
from treaties.stages import Stage
from treaties.timetable import effective

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from store.outbox import Delivery
    from treaties.registry import Clause, Knowledge, Treaty
    from treaties.timetable import Effect

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
_UNDONE: Final = frozenset({Stage.RESCINDED, Stage.REJOINED})
_SURE: Final = frozenset({"computed", "practice"})


def say(delivery: Delivery, knowledge: Knowledge, today: date) -> Message:
    """What a row of the outbox says on the day on which it is sent.

    Raises:
        KeyError, ValueError: the row's payload is not of its kind.
    """
    match delivery.kind:
        case "alert" | "edit":
            return alert_message(decode(delivery.payload), knowledge, today, edited=delivery.kind == "edit")
        case "group":
            return group_message([decode(one) for one in delivery.payload["alerts"]], knowledge)
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


def case_title(states: str | Sequence[str], treaty: str, knowledge: Knowledge) -> str:
    """`Russia – European Convention for the Prevention of Torture (ETS No. 126)`; states that act together in a row."""
    found = knowledge.treaties.get(treaty)
    names = ", ".join(knowledge.state_name(one) for one in ([states] if isinstance(states, str) else states))
    return f"{names} – {treaty_title(found) if found else knowledge.treaty_name(treaty)}"


def treaty_title(treaty: Treaty) -> str:
    """`European Convention for the Prevention of Torture (ETS No. 126)`."""
    return treaty.short_name + (f" ({treaty.series})" if treaty.series else "")


def alert_message(alert: Alert, knowledge: Knowledge, today: date, *, edited: bool = False) -> Message:
    """An alert, or the same alert after its coverage has grown."""
    event = Event(alert.key, alert.state, alert.treaty, alert.stage, alert.when, alert.sources)
    lines = [
        f"{_KINDS[alert.kind]}: {STAGE_WORDS[alert.stage]}, {day(alert.when)}",
        stage_bar({stage for stage, _ in alert.done} | {alert.stage}, alert.stage),
        f"“{alert.title}”",
        coverage_line(event),
    ]
    lines += [
        f"{knowledge.state_name(one.state)}: {day(one.when)}" for one in alert.companions if one.when != alert.when
    ]
    lines += disputed_lines(event)
    lines += [f"Still open: {point}" for point in alert.open_points]
    lines += [f"Next: {line}" for line in [next_step(alert, knowledge, today)] if line]
    headline = case_title([alert.state, *(one.state for one in alert.companions)], alert.treaty, knowledge)
    return Message(
        "edit" if edited else "alert", headline, tuple(line for line in lines if line), alert.url, alert.outlet
    )


def group_message(alerts: Sequence[Alert], knowledge: Knowledge) -> Message:
    """Many developments at once: of each its case, what happened and when, and the first source."""
    lines = list[str | Line]()
    for alert in alerts:
        states = [alert.state, *(one.state for one in alert.companions)]
        told = f"{case_title(states, alert.treaty, knowledge)}: {STAGE_WORDS[alert.stage]}, {day(alert.when)}"
        lines += [told, Line(alert.outlet or alert.title, link=alert.url)]
    return Message("group", f"{len(alerts)} new developments", tuple(lines))


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


def next_step(alert: Alert, knowledge: Knowledge, today: date) -> str:
    """When the exit takes effect, as far as that can be told, and what the treaty's own clause says about it."""
    treaty = knowledge.treaties.get(alert.treaty)
    if treaty is None or treaty.clause is None or alert.stage is Stage.IN_EFFECT:
        return ""
    # By date; what is undated was told last.
    steps = sorted((*alert.done, (alert.stage, alert.when)), key=lambda step: str(step[1] or "later"))
    ends = takes_effect(treaty, alert.state, steps, today)
    if not ends:
        return clause_text(treaty.clause)
    mark = recalled_mark(recalled=not treaty.clause.source)
    return f"{ends}: {treaty.clause.text}{mark}" if treaty.clause.text else ends + mark


def takes_effect(treaty: Treaty, state: str, steps: Sequence[tuple[Stage, When | None]], today: date) -> str:
    """When an exit that has come so far takes effect; empty where no day can be told, or none is to come any more.

    Args:
        treaty: the treaty.
        state: the leaving state.
        steps: the stages reached, in order of time.
        today: the day of the question.
    """
    undone = max((place for place, (stage, _) in enumerate(steps, 1) if stage in _UNDONE), default=0)
    way = dict(steps[undone:])
    if Stage.IN_EFFECT in way or (undone and not way):
        return ""
    if Stage.NOTIFIED_DEPOSITARY not in way:
        return _not_before(effective(treaty, today, state=state), " if notified today")
    notified = way[Stage.NOTIFIED_DEPOSITARY]
    return _after_notice(effective(treaty, notified.day, state=state), notified, today) if notified else ""


def _after_notice(effect: Effect, notified: When, today: date) -> str:
    if effect.day is None:
        return ""
    if notified.precision is not Precision.DAY or effect.certainty not in _SURE:
        return _not_before(effect)
    verb = "Takes" if effect.day > today else "Took"
    return f"{verb} effect on {day(When(effect.day))}{_by(effect)}"


def _not_before(effect: Effect, condition: str = "") -> str:
    return f"Not before {day(When(effect.day))}{condition}{_by(effect)}" if effect.day else ""


def _by(effect: Effect) -> str:
    """What gives the day, in brackets: the article, or practice where there is none."""
    source = "by practice" if effect.certainty == "practice" else article(effect.article)
    return f" ({source})" if source else ""


def clause_text(clause: Clause) -> str:
    """The article and what it says, marked where nobody looked it up."""
    return ": ".join(filter(None, (article(clause.article), clause.text))) + recalled_mark(recalled=not clause.source)


def article(name: str) -> str:
    """The article by name; empty for the "none" of the data files."""
    return "" if name == "none" else name


def recalled_mark(*, recalled: bool) -> str:
    """What stands behind a clause that was recalled and not looked up."""
    return " (recalled, not verified)" if recalled else ""


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
        case = case_title(mention.state, mention.treaty, knowledge)
        lines.append(f"{mention.label.value.capitalize()}, {case}: “{mention.title}” ({mention.outlet or 'no outlet'})")
    if len(mentions) > _MENTIONS_SHOWN:
        lines.append(f"… and {len(mentions) - _MENTIONS_SHOWN} more mentions")
    return lines
