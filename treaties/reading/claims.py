"""From one sentence to claims: which leaving word, whose, of what, how far it got, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from treaties.model import Claim, Label, Precision, Role, When
from treaties.reading import modality
from treaties.reading.actor import acting_states, only_others_act
from treaties.reading.dates import is_ahead, is_old
from treaties.reading.stage import Step, planned, recalled, steps
from treaties.reading.subject import is_other_object, provisional, treaties_of
from treaties.reading.view import LEAD, UPPER_BODY, View, cues_of
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.reading.dates import Dated
    from treaties.reading.mentions import Frame, Mark
    from treaties.registry import Knowledge

SURE: Final = 0.9
"""Confidence in a claim whose stage is told at the top of the report."""

VAGUE: Final = 0.6
"""Confidence in a claim that says that a state leaves, not how far it got."""
_BELOW_THE_TOP: Final = 0.1
_QUOTED: Final = 300


@dataclass(frozen=True, slots=True)
class Topic:
    """What the report is about, for sentences that only say "it" and "the convention"."""

    states: tuple[str, ...] = ()
    treaties: tuple[str, ...] = ()


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
    reached = steps(frame, knowledge.stage_rules)
    claims: list[Claim] = []
    for cue in cues:
        own = [step for step in reached if _owner(step, cues) is cue]
        for found in _exits(view, cue, cues, topic, knowledge):
            claims += [_staged(view, found, step) for step in own]
            if told and not own:
                claims += _vague(view, found)
    return claims


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
    if is_other_object(frame, cue) or only_others_act(frame, cue):
        return []
    acting = acting_states(frame, cue, knowledge.states)
    treaties = treaties_of(frame, cue, cues) or (_unlisted(frame, cue) if acting else ())
    if cue.kind != "action":
        treaties = treaties or topic.treaties
    states = acting or topic.states
    aside = view.place > LEAD and not set(treaties) & set(topic.treaties)
    return [_Exit(cue, state, treaty, aside) for state in states for treaty in treaties]


def _implied(frame: Frame, topic: Topic) -> list[Mark]:
    """The paper of a sentence that speaks of "the bill" of the report's topic without a leaving word."""
    if not topic.treaties or not frame.of("action"):
        return []
    return frame.of("paper", "decree", "bill", "law", "vague")[:1]


def _unlisted(frame: Frame, cue: Mark) -> tuple[str, ...]:
    slug = provisional(frame, cue)
    return (slug,) if slug else ()


def _owner(step: Step, cues: Sequence[Mark]) -> Mark:
    """The leaving word that a step belongs to: the next at or behind it, else the last before it."""
    return next((cue for cue in cues if cue.start >= step.act.start), cues[-1])


def _staged(view: View, found: _Exit, step: Step) -> Claim:
    dated = view.date_of(step.act)
    back = step.back or (found.aside and not dated)
    return _claim(view, found, step.stage, dated, Role.BACKGROUND if back else Role.NEWS, step.reason)


def _vague(view: View, found: _Exit) -> list[Claim]:
    """A claim that says only that the state leaves, or will.

    A mere possibility deep in the text is none.
    """
    frame, cue = view.frame, found.cue
    mood = modality.of_cue(frame, cue)
    if mood is not Label.DEVELOPMENT and view.place > LEAD:
        return []
    plan = planned(frame, cue)
    stage = Stage.ANNOUNCED if plan and mood is Label.DEVELOPMENT else None
    word = frame.sentence.words(cue.start, cue.end)
    reason = f"{word!r} says {'that it will leave' if plan else 'that it leaves, not how far it got'}"
    dated = view.date_of(cue)
    back = recalled(frame, cue.start) or view.place > UPPER_BODY or (found.aside and not dated)
    claim = _claim(view, found, stage, dated, Role.BACKGROUND if back else Role.NEWS, reason)
    return [replace(claim, modality=mood, confidence=claim.confidence - SURE + VAGUE)]


def _claim(view: View, found: _Exit, stage: Stage | None, dated: Dated | None, role: Role, reason: str) -> Claim:  # noqa: PLR0913, PLR0917 - a claim has that many sides
    when = dated.when if dated else None
    effective = None
    if when and view.day and not view.updated and is_ahead(when, view.day):
        when, effective = None, when
        stage = None if stage is Stage.IN_EFFECT else stage
    stated = when is not None
    if when and view.reference and is_old(when, view.reference):
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
    )
