"""From one sentence to claims: which leaving word, whose, of what, how far it got, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from treaties.model import Claim, Label, Precision, Role, When
from treaties.reading import modality
from treaties.reading.actor import UNION, acting_states, only_others_act, unknown_acts
from treaties.reading.dates import is_ahead, is_old
from treaties.reading.marks import ORGAN, STATE, TREATY
from treaties.reading.stage import Step, planned, recalled, steps
from treaties.reading.subject import (
    body_or_its_treaty,
    founding_treaty,
    is_other_object,
    names_another_object,
    treaties_of,
)
from treaties.reading.unlisted import provisional, provisional_id
from treaties.reading.view import LEAD, UPPER_BODY, View, cues_of
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.reading.dates import Dated
    from treaties.reading.marks import Frame, Mark
    from treaties.reading.topic import Topic
    from treaties.registry import Knowledge

SURE: Final = 0.9
"""Confidence in a claim whose stage is told at the top of the report."""

VAGUE: Final = 0.6
"""Confidence in a claim that says that a state leaves, not how far it got."""
_BELOW_THE_TOP: Final = 0.1
_ONLY_LEAVES: Final = 0.1
"""How much less sure it is that a government has decided, where the words only say that it leaves."""
_AHEAD: Final = timedelta(days=60)
_QUOTED: Final = 300


@dataclass(frozen=True, slots=True)
class _Exit:
    """One leaving word with its state and treaty; `aside` means that it is not what the report is about."""

    cue: Mark
    state: str
    treaty: str
    aside: bool


def claims_of(view: View, topic: Topic, knowledge: Knowledge) -> list[Claim]:
    """Every claim that a sentence makes."""
    frame = view.frame
    told = cues_of(frame)
    cues = told or _implied(frame, topic)
    reached = [step for step in steps(frame, knowledge.stage_rules) if _happened(frame, step)]
    claims: list[Claim] = []
    for cue in cues:
        own = [step for step in reached if _owner(step, cues) is cue]
        for found in _exits(view, cue, cues, topic, knowledge):
            claims += [_staged(view, found, step) for step in own]
            if told and not own and not any(_is_part_of(cue, step) for step in reached):
                claims += _vague(view, found)
    return claims if topic.titled or not view.place else [_in_passing(claim) for claim in claims]


def _is_part_of(cue: Mark, step: Step) -> bool:
    """Whether a loose word is only a part of the act of another leaving word ("gave notice that it is leaving")."""
    return cue.value == "loose" and cue.start < step.act.end and step.act.start < cue.end


def _in_passing(claim: Claim) -> Claim:
    """The claim of a report whose title is about something else: news only if it tells of a step, and when.

    That a state is out already is what such a report reminds of ("now that Finland is no longer bound").
    """
    known = claim.stage is Stage.IN_EFFECT and not claim.dated
    return replace(claim, role=Role.BACKGROUND) if known or claim.stage in (None, Stage.ANNOUNCED) else claim


def dated_by_lead(claim: Claim, views: Sequence[View]) -> Claim:
    """A headline's claim with the date that the first sentence gives, where that gives just one that can be meant."""
    if claim.role is Role.BACKGROUND or claim.dated or not views or claim.quote != _quoted(views[0]):
        return claim
    dates = {d.when for view in views if view.place == LEAD for d in view.dates if _can_be_news(d.when, view)}
    return replace(claim, when=dates.pop(), dated=True) if len(dates) == 1 else claim


def _can_be_news(when: When, view: View) -> bool:
    if view.reference is None or when.precision is not Precision.DAY:
        return False
    return not is_old(when, view.reference) and not is_ahead(when, view.reference)


def _quoted(view: View) -> str:
    return view.frame.sentence.text[:_QUOTED]


def _exits(view: View, cue: Mark, cues: list[Mark], topic: Topic, knowledge: Knowledge) -> list[_Exit]:
    """The states and treaties of a leaving word; none where something else is withdrawn or left."""
    frame = view.frame
    if is_other_object(frame, cue, knowledge.treaties) or only_others_act(frame, cue) or unknown_acts(frame, cue):
        return []
    acting = acting_states(frame, cue, knowledge.states)
    treaties = topic.treaties if cue.kind == "paper" else treaties_of(frame, cue, cues, knowledge.treaties)
    if not treaties and names_another_object(frame, cue, topic.names, plainly=acting.plainly):
        return []
    if not treaties:
        named = topic.named or frame.of(ORGAN)  # a contract in a domestic outlet is nobody's treaty
        unlisted = provisional(frame, cue, plainly=acting.plainly) if named else None
        known = () if cue.kind == "action" else topic.treaties
        founding = founding_treaty(frame, knowledge.treaties)
        treaties = (unlisted.id,) if unlisted and not founding and (unlisted.plain or not known) else known
        body = None if treaties or cue.kind == "action" else body_or_its_treaty(frame, knowledge.treaties)
        left = founding or body or next((mark.value for mark in frame.of(TREATY) if not treaties), None)
        treaties = (left,) if left else treaties
    expiries = frame.of("other", "expiry")
    if any(cue.gap(expiry) == 0 for expiry in expiries) or (expiries and not acting.plainly):
        return []  # a treaty that runs out is left by nobody
    states = acting.states if acting.plainly else topic.states or acting.states
    if view.place and topic.states and (acting.states == (UNION,) or _is_one_of_group(frame, acting.states, topic)):
        states = topic.states  # "the first EU country to leave" is not the EU, "the Baltic republic" not all three
    if view.place > LEAD and not acting.plainly and acting.states and not set(acting.states) & set(states):
        return []  # "… and the suspension by Ukraine": others than those whom the report is about
    aside = view.place > LEAD and not set(treaties) & set(topic.treaties)
    pairs = ((state, treaty) for state in states for treaty in treaties)
    return [_Exit(cue, state, _its_own(frame, state, treaty, knowledge), aside) for state, treaty in pairs]


def _is_one_of_group(frame: Frame, states: tuple[str, ...], topic: Topic) -> bool:
    """Whether a group is named that the report's own states are of, and nobody else."""
    named = [mark for mark in frame.of(STATE) if mark.value != UNION]
    return bool(named) and all(mark.group for mark in named) and set(topic.states) < set(states)


def _its_own(frame: Frame, state: str, treaty: str, knowledge: Knowledge) -> str:
    """The treaty, or a provisional one of the same words where the state is no party to it ("the defence pact")."""
    known = knowledge.treaties.get(treaty)
    named = next((mark for mark in frame.of(TREATY) if mark.value == treaty), None)
    if known is None or not known.parties or state in known.parties or named is None:
        return treaty
    return provisional_id(frame.sentence.words(named.start, named.end))


def _happened(frame: Frame, step: Step) -> bool:
    """Whether a step is stated by somebody who can take it.

    Where the only act is the leaving word it must be a plain statement ("deputies demand to leave" is no vote), and
    what is announced must be announced by a state or an organ ("a newspaper says that Japan will leave" is hearsay).
    """
    if step.act.kind == "leave":
        return modality.of_cue(frame, step.act) is Label.DEVELOPMENT
    if step.stage is not Stage.ANNOUNCED or step.actor:
        return True
    return any(m.kind == STATE and m.start <= step.act.start for m in frame.marks) or not _says(frame, step.act)


def _says(frame: Frame, act: Mark) -> bool:
    """Whether an announcement is but a word of speech: "says … will"."""
    return any(act.start <= word.start < act.end for word in frame.of("speech", "say"))


def _implied(frame: Frame, topic: Topic) -> list[Mark]:
    """The paper of a sentence that speaks of "the bill" of the report's topic without a leaving word."""
    if not topic.treaties or not topic.leaves or not frame.of("action"):
        return []
    setback = frame.of("action", "postpone", "return", "reject")
    papers = (
        ("decree", "bill", "law", "first_reading", "vague")
        if frame.sentence.place or setback
        else ("decree", "bill", "law")
    )
    return frame.of("paper", *papers)[:1]


def _owner(step: Step, cues: Sequence[Mark]) -> Mark:
    """The leaving word that a step belongs to: the next at or behind it, else the last before it."""
    return next((cue for cue in cues if cue.start >= step.act.start), cues[-1])


def _staged(view: View, found: _Exit, step: Step) -> Claim:
    dated = view.date_of(step.act)
    back = step.back or (found.aside and not dated)
    claim = _claim(view, found, step.act, step.stage, dated, Role.BACKGROUND if back else Role.NEWS, step.reason)
    if step.act.kind == "leave" and step.stage is Stage.GOVERNMENT_APPROVED:
        claim = replace(claim, confidence=claim.confidence - _ONLY_LEAVES)
    claim = replace(claim, taken_up=step.taken_up)
    outside = step.stage is Stage.ANNOUNCED and not step.actor and modality.by_opposition(view.frame, step.act)
    return replace(claim, modality=Label.TALK) if outside or modality.is_hearsay(view.frame) else claim


def _vague(view: View, found: _Exit) -> list[Claim]:
    """A claim that says only that the state leaves, or will.

    A mere possibility deep in the text is none.
    """
    frame, cue = view.frame, found.cue
    mood = modality.of_cue(frame, cue)
    plan = planned(frame, cue)
    stage = Stage.ANNOUNCED if plan and mood is Label.DEVELOPMENT else None
    likely = None if stage else Stage.IN_EFFECT if cue.value == "out" else Stage.ANNOUNCED
    word = frame.sentence.words(cue.start, cue.end)
    reason = f"{word!r} says {'that it will leave' if plan else 'that it leaves, not how far it got'}"
    dated = view.date_of(cue)
    back = recalled(frame, cue.start) or view.place > UPPER_BODY or (found.aside and not dated)
    claim = _claim(view, found, cue, stage, dated, Role.BACKGROUND if back else Role.NEWS, reason)
    if mood is not Label.DEVELOPMENT and view.place > LEAD and not (claim.dated and claim.role is Role.BACKGROUND):
        return []
    return [replace(claim, modality=mood, confidence=claim.confidence - SURE + VAGUE, likely=likely)]


def _no_day(when: When, view: View) -> bool:
    """Whether the text of an undated report gives no day: news is told by the day."""
    return when.precision is not Precision.DAY and view.day is None and view.place > 0


def _past(when: When, view: View) -> When:
    """The date since which a state is out: without a year in the text it cannot lie months ahead."""
    written = str(when.day.year) in view.frame.sentence.text
    if written or view.day is None or when.day - view.day <= _AHEAD or when.precision is Precision.YEAR:
        return when
    return replace(when, day=when.day - timedelta(days=365))


def _history(view: View, act: Mark) -> bool:
    """Whether an act follows dates that are all long past, below the top or at the head of the sentence.

    "… left in 1992 and later rejoined"; "In 2021 Turkey left by decree".
    """
    before = [dated for dated in view.dates if dated.end <= act.start]
    fronted = view.place > 0 and any(dated.start <= 1 for dated in before)
    old = [is_old(dated.when, view.reference) for dated in before] if view.reference else []
    return (fronted or view.place > LEAD) and bool(old) and all(old)


def _claim(  # noqa: PLR0913, PLR0917 - a claim has that many sides
    view: View, found: _Exit, act: Mark, stage: Stage | None, dated: Dated | None, role: Role, reason: str
) -> Claim:
    when = dated.when if dated else None
    if when and act.value == "out":
        when = _past(when, view)
    effective: When | None = None
    likely: Stage | None = None
    if when and view.day and not view.updated and is_ahead(when, view.day):
        when, effective = None, when
        likely = Stage.ANNOUNCED if stage is Stage.IN_EFFECT else None
        stage = None if stage is Stage.IN_EFFECT else stage
    stated = when is not None
    if when and (view.reference is None or is_old(when, view.reference) or _no_day(when, view)):
        role = Role.BACKGROUND
    if when is None and effective is None and _history(view, act):
        role = Role.BACKGROUND
    if when is None and role is Role.NEWS and view.day:
        when = When(view.day)
    return Claim(
        state=found.state,
        treaty=found.treaty,
        stage=stage,
        when=when,
        role=role,
        quote=_quoted(view),
        reason=reason,
        confidence=SURE if view.place <= LEAD else SURE - _BELOW_THE_TOP,
        dated=stated,
        effective=effective,
        likely=likely,
    )
