"""Matching: is what a claim says new, or one more telling of what is known?

Policy on mistakes: rather ask a reviewer than stay silent; rather one edit than a second alert. Matching knows
reading's errors: a headline overstates, a retelling comes weeks later, a vague "withdraws" says nothing of the step. So
it reasons about the life of the case, not about the wording of reports.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from treaties.lawful import too_early
from treaties.model import Case, Claim, Event, Label, Precision, Role, Verdict, VerdictKind, When
from treaties.stages import CHAMBER_VOTES, Stage, is_reversal, lies_before, rank, same_step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from treaties.registry import Treaty

SURE_ENOUGH: Final = 0.5
"""Below this confidence a claim that would raise an alert goes to the reviewers."""

SAME_VOTE: Final = timedelta(days=21)
"""How far apart "parliament passed it" and a chamber's vote may lie and still be one step."""

SAME_SETBACK: Final = timedelta(days=45)
"""How far apart two reports of a setback may lie and still mean the same one."""

CLOCK_SLIP: Final = timedelta(days=3)
"""How far outlets' dates for one step may differ by time zones, nights and slips without contradicting each other."""

IN_COMMITTEE: Final = timedelta(days=14)
"""After so long the same bill's committee or reading is a step of its own."""

ONE_NIGHT: Final = timedelta(days=1)
"""How far apart two steps of one day may be dated."""

NEW_ROUND: Final = timedelta(days=400)
"""After so long a silence an announcement is a new one, though the stage was reached before."""

_DISMISSED_SPAN: Final = timedelta(days=31)
"""Within so long the same step, told again, is the one that somebody dismissed."""

SURE: Final = 0.85
"""From this confidence on a claim can stand against an event for which there is only one voice."""

_OPENING: Final = frozenset({Stage.CONSIDERED, Stage.ANNOUNCED})
_DECISIONS: Final = frozenset({Stage.ANNOUNCED, Stage.GOVERNMENT_APPROVED, Stage.SIGNED_INTO_LAW})
_ONE_DAY: Final = _DECISIONS | {Stage.CONSIDERED, Stage.NOTIFIED_DEPOSITARY, Stage.SUSPENDED, Stage.IN_EFFECT}
_IN_AGAIN: Final = frozenset({Stage.RESCINDED, Stage.REJOINED})
"""Setbacks that reports mix up: a notification is taken back, or the state is in again."""
_FIRST_STEPS: Final = _OPENING | {Stage.BILL_SUBMITTED}


def match(  # noqa: PLR0913 - each is one more thing that the verdict hangs on, and is given by name
    claim: Claim,
    case: Case,
    *,
    label: Label,
    published: date | None,
    treaty: Treaty | None = None,
    opened: Collection[str] = (),
    official: bool = False,
) -> Verdict:
    """The verdict on one claim.

    Args:
        claim: what a report says.
        case: what is known of the claim's state and treaty; no events where nothing is.
        label: what the report was read as.
        published: the report's day, None where the feed gives none.
        treaty: the registry's treaty, whose clause says when a state can be out; None for one that is not listed.
        opened: the ids of the events that this same report has just opened.
        official: whether an official source tells it.
    """
    if label is Label.REACTION or claim.modality is Label.REACTION:
        return Verdict(VerdictKind.REACTION, "somebody comments on the exit; a comment is no step")
    if claim.role is Role.BACKGROUND:
        joined = _same_stage(claim, case)
        return Verdict(VerdictKind.BACKGROUND, "the report only recalls it", joined.id if joined else None)
    if claim.modality in (Label.TALK, Label.DENIAL):
        return Verdict(VerdictKind.TALK, f"the words make it {claim.modality}, not a step")
    day = claim.when.day if claim.when else published
    together = next((event for event in case.events if event.id in opened and not _apart(claim, event)), None)
    if together:
        return Verdict(VerdictKind.KNOWN, f"the report's {together.stage}, in other words", together.id)
    early = too_early(case, treaty, day) if claim.stage is Stage.IN_EFFECT else None
    if early:
        verdict = _against(replace(claim, stage=None), case, day)
        return _doubted(claim, replace(verdict, reason=f"{early}; {verdict.reason}"))
    return _doubted(claim, _unnoticed(claim, case, published, _against(claim, case, day), official=official))


def _unnoticed(claim: Claim, case: Case, published: date | None, verdict: Verdict, *, official: bool) -> Verdict:
    """The verdict on a state that is said to be out, though nothing is known of a notification.

    Where the report is of that very day it stands. Else it may only remind of what was never so: where nothing else is
    known of the case people are asked; where it is under way nobody is told before a second voice bears it out.
    """
    if verdict.stage is not Stage.IN_EFFECT or official or _noticed(case.events):
        return verdict
    of_the_day = claim.dated and claim.when and published and abs(published - claim.when.day) <= CLOCK_SLIP
    if of_the_day:
        return verdict
    reason = f"{verdict.reason}; but no notification is known, and the report does not say since when"
    if case.events:
        return replace(verdict, reason=reason, doubtful=True)
    return Verdict(VerdictKind.UNSURE, reason, confidence=claim.confidence, stage=verdict.stage)


def _apart(claim: Claim, event: Event) -> bool:
    """Whether the text itself dates the claim to another day than the event of the same report."""
    return claim.dated and claim.when is not None and event.when is not None and not claim.when.agrees(event.when)


def latest(events: tuple[Event, ...] | list[Event]) -> Event:
    """The event that says where the case stands: the last by date, and on one day the furthest.

    A state that is out stays out, whatever its parliament passes afterwards, until it comes back.
    """
    last = max(events, key=_in_time)
    out = [event for event in events if event.stage is Stage.IN_EFFECT]
    if not out or any(is_reversal(event.stage) and _in_time(event) > _in_time(out[-1]) for event in events):
        return last
    return max(out, key=_in_time)


def _in_time(event: Event) -> tuple[date, int]:
    return event.when.day if event.when else date.min, rank(event.stage) or 0


def _doubted(claim: Claim, verdict: Verdict) -> Verdict:
    """The verdict where it would raise an alert on weak grounds.

    A weak reading is turned over to the reviewers; of a treaty that is not listed nobody is told before a second voice
    bears it out.
    """
    if verdict.kind in (VerdictKind.KNOWN, VerdictKind.UNSURE):
        return verdict
    if claim.confidence < SURE_ENOUGH:
        reason = f"{verdict.reason}; but the reading is weak ({claim.confidence:.2f})"
        return Verdict(VerdictKind.UNSURE, reason, confidence=claim.confidence, stage=verdict.stage)
    if claim.treaty.startswith("provisional:") and not (claim.stage and claim.confidence >= SURE):
        return replace(verdict, reason=f"{verdict.reason}; but the registry does not list this treaty", doubtful=True)
    return verdict


def _against(claim: Claim, case: Case, day: date | None) -> Verdict:
    if not case.events:
        stage = claim.stage or Stage.ANNOUNCED
        vague = "" if claim.stage else "; how far it got is not said, so it counts as announced"
        kind = VerdictKind.REVERSAL if is_reversal(stage) else VerdictKind.NEW_CASE
        return Verdict(kind, f"nothing is known of this case yet{vague}", stage=stage)
    if claim.stage is None or _says_only_that_it_leaves(claim, case, day):
        return _vague(case, day)
    if is_reversal(claim.stage):
        return _setback(claim.stage, case, day)
    return _forward(claim, claim.stage, case, day)


def _says_only_that_it_leaves(claim: Claim, case: Case, day: date | None) -> bool:
    """Whether a government is only said to leave ("the junta leaves"), where more than an idea is known already."""
    weak = claim.stage is Stage.GOVERNMENT_APPROVED and claim.confidence < SURE
    return weak and any(rank(event.stage) for event in _current_round(case.events, day))


def _vague(case: Case, day: date | None) -> Verdict:
    last = latest(case.events)
    if is_reversal(last.stage) and _days_after(day, last.when, NEW_ROUND):
        return Verdict(
            VerdictKind.NEW_DEVELOPMENT, f"an exit is told long after it was {last.stage}", stage=Stage.ANNOUNCED
        )
    if last.stage is Stage.CONSIDERED and _days_after(day, last.when, CLOCK_SLIP):
        reason = "it was only considered, and now it is said to leave"
        return Verdict(VerdictKind.NEW_DEVELOPMENT, reason, stage=Stage.ANNOUNCED)
    return Verdict(VerdictKind.KNOWN, f"a vaguer telling of what is known; the case stands at {last.stage}", last.id)


def _setback(stage: Stage, case: Case, day: date | None) -> Verdict:
    alike = _IN_AGAIN if stage in _IN_AGAIN else {stage}
    for event in case.events:
        if event.stage in alike and _same_time(day, event.when) and not _moved_on(case, event, day):
            return Verdict(VerdictKind.KNOWN, f"{stage} is known since {event.when or 'a day not given'}", event.id)
    return Verdict(VerdictKind.REVERSAL, f"the case moves back: {stage}", stage=stage)


def _same_time(day: date | None, when: When | None) -> bool:
    return day is None or when is None or abs(day - when.day) <= SAME_SETBACK + _slack(when)


def _moved_on(case: Case, setback: Event, day: date | None) -> bool:
    """Whether a step was taken between a known setback and `day`: then another setback is a new one."""
    if day is None or setback.when is None:
        return False
    return any(e.when and not is_reversal(e.stage) and setback.when.day < e.when.day < day for e in case.events)


def _forward(claim: Claim, stage: Stage, case: Case, day: date | None) -> Verdict:
    round_ = _current_round(case.events, day)
    told = _told_in(round_, claim, stage, day)
    if told:
        return told
    before = _before_setback(claim, stage, case, day)
    if before:
        return Verdict(VerdictKind.KNOWN, f"{stage} of {before.when} told again after it was undone", before.id)
    later = [event for event in round_ if lies_before(stage, event.stage)]
    if not later:
        return _next_step(claim, stage, round_)
    last = latest(later)
    if _outdates(claim, stage, last, day, noticed=_noticed(round_)):
        reason = f"{stage} is dated after {last.stage} of {last.when}, for which there is but one voice or no later day"
        return Verdict(VerdictKind.NEW_DEVELOPMENT, reason, stage=stage)
    if day and last.when and day < last.when.day and stage not in _OPENING:
        return Verdict(
            VerdictKind.NEW_DEVELOPMENT,
            f"{stage} was missing, and comes before {last.stage} of {last.when}",
            stage=stage,
        )
    return Verdict(VerdictKind.KNOWN, f"an earlier step told again: the case already stands at {last.stage}", last.id)


def _told_in(round_: tuple[Event, ...], claim: Claim, stage: Stage, day: date | None) -> Verdict | None:
    """The verdict on a step of which the round knows already; None for one that it does not know, or that is anew."""
    guess = _guessed(claim, round_, day)
    if guess:
        reason = f"{guess.stage} of {guess.when} was only a guess: it is {stage}"
        return Verdict(VerdictKind.KNOWN, reason, guess.id, stage=stage)
    same = _same_in(round_, stage, claim.when or (When(day) if day else None)) or _same_decision(claim, round_, day)
    if same and _taken_up(claim, same, round_, day):
        reason = f"the bill of {same.when} is dealt with in parliament"
        return Verdict(VerdictKind.NEW_DEVELOPMENT, reason, stage=stage)
    if same and not _anew(same, round_, day):
        return Verdict(VerdictKind.KNOWN, _known_reason(claim, same), same.id)
    return None


def _guessed(claim: Claim, round_: tuple[Event, ...], day: date | None) -> Event | None:
    """The event of which only was known that the state leaves, where this claim of a day or two says how.

    A report that the state is out says no more than that it leaves: it needs a notification, not an edit.
    """
    if claim.stage in {Stage.CONSIDERED, Stage.IN_EFFECT} or day is None:
        return None
    guesses = (event for event in round_ if event.vague and event.when and abs(event.when.day - day) <= ONE_NIGHT)
    return next((event for event in guesses if not _apart(claim, event)), None)


def _taken_up(claim: Claim, same: Event, round_: tuple[Event, ...], day: date | None) -> bool:
    """Whether a bill that is known comes back from a committee or a reading, and nothing later is known yet."""
    if not claim.taken_up or same.stage is not Stage.BILL_SUBMITTED:
        return False
    return _days_after(day, same.when, IN_COMMITTEE) and latest(round_).stage is Stage.BILL_SUBMITTED


def _anew(same: Event, round_: tuple[Event, ...], day: date | None) -> bool:
    """Whether a first step is taken a second time: told long after, and the case never got further."""
    if same.stage not in _FIRST_STEPS or any(lies_before(same.stage, event.stage) for event in round_):
        return False
    return all(_days_after(day, event.when, NEW_ROUND) for event in round_)


def _same_decision(claim: Claim, round_: tuple[Event, ...], day: date | None) -> Event | None:
    """The event that is the same decision of the executive, told as another stage on nearly the same day.

    What one outlet calls an announcement another calls the cabinet's approval or the signature of a decree, and on one
    and the same day also the notification, a suspension, or the exit itself. Where a parliament has been at work, the
    signature and all that follows stand apart.
    """
    if day is None:
        return None
    parliament = any(event.stage in CHAMBER_VOTES or event.stage is Stage.BILL_SUBMITTED for event in round_)
    decisions = _DECISIONS - {Stage.SIGNED_INTO_LAW} if parliament else _DECISIONS
    spans = [(decisions, CLOCK_SLIP), *((frozenset({Stage.SUSPENDED, vote}), CLOCK_SLIP) for vote in CHAMBER_VOTES)]
    if not parliament:
        notice = Stage.NOTIFIED_DEPOSITARY
        spans += [(_ONE_DAY - {notice}, ONE_NIGHT), (frozenset({notice, Stage.SUSPENDED}), ONE_NIGHT)]
        spans.append((_ONE_DAY, timedelta()))
    for stages, span in spans:
        near = [e for e in round_ if {e.stage, claim.stage} <= stages and e.when and abs(e.when.day - day) <= span]
        found = next((event for event in near if not _apart(claim, event)), None)
        if found:
            return found
    return None


def _before_setback(claim: Claim, stage: Stage, case: Case, day: date | None) -> Event | None:
    """The event of an earlier round that an undated claim tells again, within days of the setback that undid it."""
    setbacks = [e for e in case.events if is_reversal(e.stage) and e.when and day and e.when.day <= day]
    if claim.dated or not setbacks or _days_after(day, setbacks[-1].when, CLOCK_SLIP):
        return None
    return next((event for event in case.events if event.stage is stage), None)


def _outdates(claim: Claim, stage: Stage, last: Event, day: date | None, *, noticed: bool) -> bool:
    """Whether a hard step contradicts a later stage that is known: dated after it, or against a single report of it."""
    if stage in _OPENING or day is None or last.when is None or day <= last.when.day:
        return False
    if last.stage is Stage.IN_EFFECT and not noticed and day - last.when.day > CLOCK_SLIP:
        return claim.confidence >= SURE  # a state that still votes on its exit is not out, whoever said so
    return (claim.dated and day - last.when.day > CLOCK_SLIP) or (_one_report(last) and claim.confidence >= SURE)


def _noticed(events: Iterable[Event]) -> bool:
    """Whether a notification is known."""
    return any(event.stage is Stage.NOTIFIED_DEPOSITARY for event in events)


def _one_report(event: Event) -> bool:
    """Whether the event rests on one report alone; what people listed does not."""
    return len(event.sources) == 1 and event.sources[0].report is not None


def _next_step(claim: Claim, stage: Stage, round_: tuple[Event, ...]) -> Verdict:
    """A step that is not known: new, unless its date says that it came before a step that must precede it."""
    reason = f"{stage} is not known yet; the case {_standing(round_)}"
    against = [event for event in round_ if lies_before(event.stage, stage) and _contradicts(claim, event)]
    if against and stage not in _OPENING:
        other = against[-1]
        return Verdict(
            VerdictKind.UNSURE, f"{reason}; but {claim.when} lies before {other.stage} of {other.when}", stage=stage
        )
    return Verdict(VerdictKind.NEW_DEVELOPMENT, reason, stage=stage)


def _contradicts(claim: Claim, earlier: Event) -> bool:
    """Whether the claim's own day lies clearly before a step that comes first."""
    if not (claim.dated and claim.when and earlier.when) or earlier.stage in _OPENING:
        return False
    exact = claim.when.precision is Precision.DAY and earlier.when.precision is Precision.DAY
    return exact and earlier.when.day - claim.when.day > CLOCK_SLIP


def _standing(events: tuple[Event, ...]) -> str:
    return f"stood at {latest(events).stage}" if events else "begins anew after a setback"


def _known_reason(claim: Claim, event: Event) -> str:
    reason = f"{event.stage} is known since {event.when or 'a day not given'}"
    if claim.dated and claim.when and event.when and not claim.when.agrees(event.when):
        return f"{reason}; this report says {claim.when}, and both dates are kept"
    return reason


def _current_round(events: tuple[Event, ...], day: date | None) -> tuple[Event, ...]:
    """The events since the case was last set back, as of `day`: a step may be taken again after that."""
    setbacks = [e for e in events if is_reversal(e.stage) and e.when and (day is None or e.when.day < day)]
    if not setbacks:
        return tuple(event for event in events if not is_reversal(event.stage))
    last = max(e.when.day for e in setbacks if e.when)
    # An undated step may lie on either side; taken as of this round it is told once more as known, never as new twice.
    return tuple(e for e in events if not is_reversal(e.stage) and (e.when is None or e.when.day >= last))


def _same_in(events: tuple[Event, ...], stage: Stage, when: When | None) -> Event | None:
    """The event that is the same step: of the same stage, or a chamber's vote near to "parliament passed it"."""
    exact = max((event for event in events if event.stage is stage), key=_in_time, default=None)
    if exact or stage not in CHAMBER_VOTES:
        return exact
    votes = [
        e
        for e in events
        if same_step(e.stage, stage) and not (when and e.when and abs(when.day - e.when.day) > SAME_VOTE)
    ]
    return min(votes, key=lambda e: abs((e.when.day - when.day).days) if e.when and when else 0, default=None)


def _same_stage(claim: Claim, case: Case) -> Event | None:
    return next((event for event in case.events if claim.stage and same_step(event.stage, claim.stage)), None)


def _days_after(day: date | None, when: When | None, span: timedelta) -> bool:
    """Whether `day` lies more than `span` behind the event's date; unknown dates do not."""
    return day is not None and when is not None and day - when.day > _slack(when) + span


def _slack(when: When) -> timedelta:
    """How much later than its first day a date may be, by its precision."""
    return timedelta(days={Precision.DAY: 0, Precision.MONTH: 31, Precision.YEAR: 366}[when.precision])


def tells_again(dismissed: Event, stage: Stage, when: When | None) -> bool:
    """Whether a step of that stage and date is the one that somebody dismissed: the same step within a month of it.

    A later step of the same kind is a new one: a bill may be tabled again next year.
    """
    if not same_step(dismissed.stage, stage):
        return False
    if when is None or dismissed.when is None:
        return True
    return abs(when.day - dismissed.when.day) <= _DISMISSED_SPAN
