"""How sure, and in whose mouth: statement, talk, reaction or denial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treaties.model import Label
from treaties.reading.actor import behind_preposition, goes_on_as_we, of_itself
from treaties.reading.marks import ORGAN, STATE, TREATY, Frame, Mark
from treaties.reading.stage import denied_behind, negated, recalled, unreal

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEFORE_CUE: Final = 8
_HEADS_CLAUSE: Final = 3
_SPEAKS_WITHIN: Final = 4
_SUBJECT: Final = frozenset({TREATY, STATE, "pact", "clause"})
_HEADS_WITHIN: Final = 3


def of_cue(frame: Frame, cue: Mark) -> Label:
    """Whether a leaving word states, denies, or only talks of an exit."""
    if negated(frame, cue) or denied_behind(frame, cue):
        return Label.DENIAL
    hedges = frame.of("mood", "hedge", "call")
    if is_hearsay(frame):
        return Label.TALK
    hedged = any(mark.end <= cue.start and cue.start - mark.end <= _BEFORE_CUE for mark in hedges)
    supposed = unreal(frame, cue.start) or _supposed(frame, cue)
    if hedged or supposed or _asks(frame) or by_opposition(frame, cue):
        return Label.TALK
    return Label.DEVELOPMENT


def _supposed(frame: Frame, cue: Mark) -> bool:
    """Whether the exit is the subject of what would be: "Leaving the convention would undermine …"."""
    if cue.start > _HEADS_CLAUSE:
        return False
    at = cue.end
    while step := next((m for m in frame.marks if m.start <= at < m.end and m.kind in _SUBJECT), None):
        at = max(step.end, at + 1)
    named = any(cue.end <= mark.start < at for mark in (*frame.of(TREATY), *frame.of("pact")))
    whole = not frame.broken(cue.end - 1, min(at, len(frame.tokens) - 1))
    return named and whole and any(mark.start == at for mark in frame.of("mood", "unreal"))


def is_hearsay(frame: Frame) -> bool:
    """Whether the sentence rests on rumour, unnamed sources or opinion."""
    return bool(frame.of("mood", "rumour"))


def _asks(frame: Frame) -> bool:
    """Whether the sentence is a question, or opens as an explainer does ("Why …", "What …")."""
    return frame.sentence.text.rstrip("\"') ").endswith("?") or any(m.start == 0 for m in frame.of("mood", "question"))


def by_opposition(frame: Frame, cue: Mark) -> bool:
    """Whether somebody who cannot decide speaks of leaving, and no organ of the state does."""
    outside = any(mark.end <= cue.start for mark in frame.of("speech", "opposition"))
    return outside and not any(mark.end <= cue.start for mark in frame.of(ORGAN))


def _another_heads(frame: Frame, actors: set[str]) -> bool:
    """Whether another than those who leave heads the sentence: "Red Cross alarmed …", "Kyiv: Moscow's exit is …"."""
    heads = [
        mark
        for mark in frame.marks
        if mark.start <= _HEADS_WITHIN
        and mark.end < len(frame.tokens)
        and ":" in frame.tokens[mark.end].before
        and not goes_on_as_we(frame, mark.end - 1)
    ]
    bodies = [mark for mark in frame.of(TREATY) if mark.start <= 1]
    words = frame.of("speech", "say", "react")
    if any(0 <= word.start - mark.end <= 1 for mark in bodies for word in words):
        return True  # "ECOWAS says it has had no notice": a body is not the state that leaves it
    outsider = any(mark.start <= 1 for mark in frame.of("speech", "outsider")) or any(
        (mark.kind, mark.value) == ("speech", "outsider") for mark in heads
    )
    states = {
        mark.state or mark.value
        for mark in heads
        if (mark.kind == STATE or mark.state) and not behind_preposition(frame, mark)
    }
    return outsider or bool(states and not states & actors)


def regrets(frame: Frame, actors: set[str]) -> bool:
    """Whether a sentence opens with another state that comments: "Spain regrets Algeria's suspension of the treaty"."""
    heads = [mark for mark in frame.marks if mark.start <= 1 and (mark.kind == STATE or mark.state)]
    words = [word.start for word in frame.of("speech", "react")]
    near = [mark for mark in heads if any(0 <= at - mark.end <= 1 for at in words)]
    return bool(near) and all((mark.state or mark.value) not in actors for mark in near)


def reacts(frames: Sequence[Frame], actors: set[str]) -> bool:
    """Whether a sentence is somebody's comment: a word of reaction, or another state's or an outsider's word."""
    return any(_reaction(frame, actors) for frame in frames)


def _reaction(frame: Frame, actors: set[str]) -> bool:
    reacting = [word for word in frame.of("speech", "react") if not recalled(frame, word.start)]
    if reacting or _another_heads(frame, actors):  # "quits the OAS after criticism" is no comment
        return True
    says = frame.of("speech", "say")
    if not says:
        return False
    outsiders = frame.of("speech", "outsider")
    if any(
        0 <= mark.start - says[-1].end <= 1 and not frame.broken(says[-1].end - 1, mark.start) for mark in outsiders
    ):
        return True  # "…, says Amnesty"
    verb = says[0].start
    if any(mark.group for mark in frame.of(STATE)) and of_itself(frame, says[0].end - 1):
        return False  # "three Sahel states say they are quitting"
    speakers = [
        mark
        for mark in frame.marks
        if mark.kind in (STATE, ORGAN, "speech") and mark.end <= verb and verb - mark.end <= _SPEAKS_WITHIN
    ]
    return any(
        mark.value == "outsider"
        or (mark.kind == STATE and mark.value not in actors)
        or (mark.state or "") not in {*actors, ""}
        for mark in speakers
    )
