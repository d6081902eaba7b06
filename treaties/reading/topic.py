"""What a report is about, for the sentences that say only "it" and "the convention"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from treaties.reading.actor import acting_states, partners_of, standing_forth
from treaties.reading.marks import DEPOSITARY, ORGAN, STATE, TREATY
from treaties.reading.subject import named_treaties, treaties_of
from treaties.reading.view import LEAD, cues_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.reading.marks import Frame
    from treaties.registry import Knowledge


_BESIDE: Final = 3
_TELLING: Final = frozenset(
    {("pact", "noun"), ("pact", "compound")}
    | {("paper", paper) for paper in ("decree", "bill", "law", "first_reading", "note")}
    | {("action", act) for act in ("notify", "effect", "suspend", "rescind", "rejoin", "postpone", "return", "strike")}
)
"""What a title about an exit may name besides a treaty; a signature or a vote alone may be about anything."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What the report is about; `leaves`: whether a leaving word stands anywhere in it.

    `titled`: whether the title has to do with leaving, a treaty or a law at all, or there is none. `named`: whether a
    state is named at all, so that the states are more than the outlet's seat. `names`: the words of the treaties that
    the report names, and those right beside them.
    """

    states: tuple[str, ...] = ()
    treaties: tuple[str, ...] = ()
    leaves: bool = False
    titled: bool = True
    named: bool = True
    names: frozenset[str] = frozenset()


def topic_of(frames: Sequence[Frame], home: str | None, knowledge: Knowledge, *, domestic: bool = False) -> Topic:
    """The states and the treaty that a report is about.

    The states are the first that plainly leave; else the first that is named in its own right; else `home`, where the
    outlet sits, since a domestic report seldom names it; else one that is only mentioned. The treaty is the first that
    is left, else the first that the top of the report names. `domestic`: the feed itself says where the outlet sits.
    """
    treaties: tuple[str, ...] = ()
    plainly: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    leaves = False
    for frame in frames:
        cues = cues_of(frame)
        leaves = leaves or bool(cues)
        for cue in cues:
            treaties = treaties or treaties_of(frame, cue, cues, knowledge.treaties)
            actors = acting_states(frame, cue, knowledge.states)
            plainly = plainly or (actors.states if actors.plainly else ())
            aside = aside or actors.states
    partners = {mark.state or mark.value for frame in frames for mark in partners_of(frame)}
    forth = next((found for frame in frames if (found := standing_forth(frame, knowledge.states, partners))), ())
    named = bool(plainly or forth or aside)
    top = (mark.value for frame in frames[: LEAD + 1] for mark in named_treaties(frame, knowledge.treaties))
    states = plainly or forth or ((home,) if home else aside)
    if domestic and home and not plainly and frames and _only_an_organ_acts(frames[0]):
        states = (home,)
    names = {
        word.key
        for frame in frames
        for mark in (*frame.of(TREATY), *frame.of("pact", "noun", "body", "compound"))
        for word in frame.tokens[max(0, mark.start - _BESIDE) : mark.end + _BESIDE]
    }
    return Topic(states, (treaties or tuple(top))[:1], leaves, _titled(frames), named, frozenset(names))


def _only_an_organ_acts(frame: Frame) -> bool:
    """Whether a title names an organ and no state: a domestic outlet means that of its own state."""
    organs = [mark for mark in frame.of(ORGAN) if mark.value != DEPOSITARY]
    return bool(organs) and not frame.of(STATE) and all(mark.state is None for mark in organs)


def _titled(frames: Sequence[Frame]) -> bool:
    title = next((frame for frame in frames if frame.sentence.place == 0), None)
    if title is None or cues_of(title):
        return True
    return any(mark.kind == TREATY or (mark.kind, mark.value) in _TELLING for mark in title.marks)
