"""Which stage: who does what with which paper, by the rules of `config/stages.toml`.

Only what is said to have happened counts. From a word such as "would", "if" or "urging" up to the next comma nothing
has happened; behind "after", "which" or "earlier" it happened before the report's news.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from treaties.reading.marks import ORGAN, STATE, Frame, Mark
from treaties.stages import Stage, is_reversal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.registry import StageRule

_AGENT_WITHIN: Final = 4
_BY_WITHIN: Final = 8
_NEGATED_WITHIN: Final = 6
_OBJECT_WITHIN: Final = 4
_SUBJECT_WITHIN: Final = 2
_ASIDE_WITHIN: Final = 2
# Of two offices that one person holds, the higher acts.
_RANK: Final = {"head_of_state": 0, "head_of_government": 1, "government": 2, "foreign_ministry": 3}
_OPENS_UNREAL: Final = ("propose",)
_LEAVING: Final = {"verb": "leave"}
_REPORTED_WITHIN: Final = 1
_YEAR_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that a sentence says was reached: by which act, why it is read so, whether it is only recalled.

    `actor`: whether an organ is named that acts; `taken_up`: whether a bill is dealt with in a committee or a reading.
    """

    stage: Stage
    act: Mark
    reason: str
    back: bool
    actor: bool = False
    taken_up: bool = False


def unreal(frame: Frame, at: int) -> bool:
    """Whether token `at` stands behind a word that makes what follows a wish, a condition or a plan."""
    openers = [*frame.of("mood", "unreal"), *frame.of("action", *_OPENS_UNREAL)]
    # "once enacted" is one opener, as is "takes effect in six months".
    inside = frame.of("mood", "unreal")
    behind = (m for m in openers if m.end <= at or m.start < at < m.end or (m in inside and m.start == at < m.end - 1))
    return any(not frame.broken(min(mark.end - 1, at), at) for mark in behind)


def wished(frame: Frame, act: Mark) -> bool:
    """Whether a word of wish closes the phrase behind an act, where verbs stand last ("gekündigt werden soll")."""
    closers = (mark for mark in frame.of("mood", "unreal") if 0 <= mark.start - act.end <= 1)
    return any(not frame.broken(act.end - 1, mark.start) for mark in closers)


def recalled(frame: Frame, at: int) -> bool:
    """Whether token `at` stands in a clause that looks back ("which left …", "after the vote …")."""
    openers = [m for m in frame.of("clause", "back") if not _counts_years(frame, m) and not _reported(frame, m)]
    if any(mark.end <= at and not _closed(frame, mark, at) for mark in openers):
        return True
    return any(not frame.broken(min(mark.start, at), max(mark.start, at)) for mark in frame.of("clause", "past"))


def _counts_years(frame: Frame, mark: Mark) -> bool:
    """Whether a number that is no date follows: "after 26 years" tells how long a membership lasted."""
    words = frame.tokens[mark.end : mark.end + 1]
    number = bool(words) and words[0].text.isdecimal() and len(words[0].text) < _YEAR_DIGITS
    return number and not any(time.start == mark.end + 1 for time in frame.of("time"))


def _reported(frame: Frame, mark: Mark) -> bool:
    """Whether the pluperfect only follows a verb of speech: "said he had sent the letter" is news."""
    said = any(0 <= mark.start - word.end <= _REPORTED_WITHIN for word in frame.of("speech", "say"))
    return said and mark.end - mark.start == 1


def _closed(frame: Frame, mark: Mark, at: int) -> bool:
    """Whether the clause that `mark` opens ends before `at`; it runs to the first break behind its third word."""
    return at >= frame.break_after(mark.end + 2)


def planned(frame: Frame, cue: Mark) -> bool:
    """Whether a leaving word is only planned: "to leave", "will quit", "plans", "decides" before it in its phrase."""
    return any(m.start <= cue.start and cue.end <= frame.break_after(m.end) for m in frame.of("leave", "plan"))


def negated(frame: Frame, act: Mark) -> bool:
    """Whether a negation stands within six tokens before an act, in the same phrase, or is its very word.

    A negation inside a longer wording belongs to it ("no longer a party").
    """
    at = act.start
    return any(
        (mark.start <= at and act.end <= mark.end)
        or (0 <= at - mark.end < _NEGATED_WITHIN and not frame.broken(mark.end - 1, at))
        for mark in frame.of("mood", "negation")
    )


def denied_behind(frame: Frame, cue: Mark) -> bool:
    """Whether a negation follows a leaving noun in the same phrase ("an exit is not planned"), or a verb directly."""
    within = _NEGATED_WITHIN if cue.value == "noun" else 1
    return cue.value in {"noun", "verb"} and any(
        0 <= mark.start - cue.end < within and not frame.broken(cue.end - 1, mark.start)
        for mark in frame.of("mood", "negation")
    )


def steps(frame: Frame, rules: Sequence[StageRule]) -> list[Step]:
    """Every stage that the sentence says was reached."""
    found = []
    organs = {mark.value for mark in frame.of(ORGAN)}
    for action in [*frame.of("action"), *frame.of("leave", "verb", "out")]:
        if (
            unreal(frame, action.start)
            or (action.kind == "leave" and wished(frame, action))
            or negated(frame, action)
            or _about_joining(frame, action)
        ):
            continue
        if action.kind == "leave" and planned(frame, action):
            continue
        name = _LEAVING.get(action.value, action.value)
        actor = _actor(frame, action)
        rule = next(
            (
                rule
                for rule in rules
                if _applies(rule, name, actor, _papers(frame, action)) and (not rule.places or rule.places & organs)
            ),
            None,
        )
        if rule:
            found.append(_step(frame, rule, action, actor))
    setbacks = [step.act.start for step in found if is_reversal(step.stage)]
    return [step for step in found if not _undone(frame, step, setbacks)]


def _papers(frame: Frame, action: Mark) -> set[str]:
    """The papers of a sentence; a note only as the object of the action, since anything may be told in a notice."""
    return {
        mark.value
        for mark in frame.of("paper")
        if mark.value != "note"
        or (
            mark.gap(action) <= _OBJECT_WITHIN
            and not frame.broken(min(mark.end, action.end) - 1, max(mark.start, action.start))
        )
    }


def _undone(frame: Frame, step: Step, setbacks: Sequence[int]) -> bool:
    """Whether a step is only the object of a setback in the same phrase ("postpones the vote on leaving")."""
    at = step.act.start
    return not is_reversal(step.stage) and any(start < at and not frame.broken(start, at) for start in setbacks)


def _about_joining(frame: Frame, action: Mark) -> bool:
    """Whether the act is the treaty's own signature or ratification ("a convention it signed in 1996")."""
    return any(mark.start <= action.start < mark.end for mark in frame.of("other", "join"))


def _step(frame: Frame, rule: StageRule, action: Mark, actor: Mark | None) -> Step:
    who = f"{frame.sentence.words(actor.start, actor.end)!r} ({actor.value}) + " if actor else ""
    word = frame.sentence.words(action.start, action.end)
    reason = f"{who}{word!r} ({action.value}) = {rule.stage}"
    taken_up = rule.stage is Stage.BILL_SUBMITTED and "first_reading" in rule.papers
    return Step(rule.stage, action, reason, recalled(frame, action.start), actor is not None, taken_up)


def _applies(rule: StageRule, action: str, actor: Mark | None, papers: set[str]) -> bool:
    if action not in rule.actions or (rule.papers and not rule.papers & papers):
        return False
    role = actor.value if actor else ""
    return (not rule.actors or role in rule.actors) and not rule.unless & (papers | {role})


def _actor(frame: Frame, action: Mark) -> Mark | None:
    """The organ that acts: after "by", else the nearest before the action, else the nearest after it."""
    organs = frame.of(ORGAN)
    agent = _agent(frame, action, organs)
    if agent:
        return agent
    before = [
        organ
        for organ in organs
        if organ.end <= action.start
        and not (action.kind == "leave" and _aside(frame, organ))
        and not _owns_who_acts(frame, organ)
        and not _other_verb_between(frame, organ, action)
        and not any(";" in frame.tokens[at].before for at in range(organ.end, action.start + 1))
    ]
    if before:
        return _head(before, max(before, key=lambda organ: (organ.end, -_RANK.get(organ.value, len(_RANK)))))
    inside = [organ for organ in organs if action.start < organ.start and organ.end < action.end]
    if inside:
        return inside[0]  # "stemden 66 parlementsleden voor": the verb surrounds its subject
    after = [organ for organ in organs if organ.start >= action.end and not frame.broken(action.end, organ.start)]
    if after:
        return min(after, key=lambda organ: (organ.start, _RANK.get(organ.value, len(_RANK))))
    return _state(frame, action)


def _owns_who_acts(frame: Frame, organ: Mark) -> bool:
    """Whether the office only says whose party or aides act: "Orban's party used its majority"."""
    owns = organ.end < len(frame.tokens) and frame.tokens[organ.end].key == "'s"
    return owns and any(word.start - organ.end == 1 for word in frame.of("other", "who"))


def _aside(frame: Frame, organ: Mark) -> bool:
    """Whether a general organ stands behind a preposition, so that it leaves nothing: "for the next parliament"."""
    ends = [word.end for word in frame.of("clause", "object")]
    return organ.state is None and any(0 <= organ.start - end <= _ASIDE_WITHIN for end in ends)


def _state(frame: Frame, action: Mark) -> Mark | None:
    """A state that acts by its name or its capital, where no organ is named: "Copenhagen examines opting out"."""
    states = [m for m in frame.of(STATE) if m.end <= action.start and action.start - m.end <= _SUBJECT_WITHIN]
    states = [mark for mark in states if not frame.after_preposition(mark)]
    return replace(states[-1], kind=ORGAN, value=STATE) if states else None


def _head(organs: Sequence[Mark], organ: Mark) -> Mark:
    """The first of organs that stand side by side: in "the lower house of parliament" it is the house that acts."""
    for other in sorted(organs, key=lambda mark: mark.start, reverse=True):
        if organ.start - other.start > 0 and organ.start - other.end <= 1:
            organ = other
    return organ


def _agent(frame: Frame, action: Mark, organs: Sequence[Mark]) -> Mark | None:
    """The organ behind the "by" that belongs to the action: no other action stands between them."""
    for by in frame.of("clause", "by"):
        near = 0 <= by.start - action.end <= _BY_WITHIN
        if near and not any(action.end <= other.start < by.start for other in frame.of("action")):
            return next((organ for organ in organs if by.end <= organ.start <= by.end + _AGENT_WITHIN), None)
    return None


def _other_verb_between(frame: Frame, organ: Mark, action: Mark) -> bool:
    """Whether the organ stands behind a preposition, as the object of another verb ("… to the Duma, signed …")."""
    others = [o for o in frame.of(ORGAN) if o.end <= action.start and o is not organ]
    return frame.after_preposition(organ) and bool(others)
