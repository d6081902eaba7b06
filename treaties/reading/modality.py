"""How sure, and in whose mouth: statement, talk, reaction or denial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treaties.model import Label
from treaties.reading.mentions import ORGAN, STATE, Frame, Mark
from treaties.reading.stage import denied_behind, negated, unreal

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEFORE_CUE: Final = 8


def of_cue(frame: Frame, cue: Mark) -> Label:
    """Whether a leaving word states, denies, or only talks of an exit."""
    if negated(frame, cue.start) or denied_behind(frame, cue):
        return Label.DENIAL
    hedges = frame.of("mood", "hedge", "call")
    if frame.of("mood", "rumour"):
        return Label.TALK
    hedged = any(mark.end <= cue.start and cue.start - mark.end <= _BEFORE_CUE for mark in hedges)
    if hedged or unreal(frame, cue.start) or _asks(frame) or _by_opposition(frame, cue):
        return Label.TALK
    return Label.DEVELOPMENT


def _asks(frame: Frame) -> bool:
    """Whether the sentence is a question, or opens as an explainer does ("Why …", "What …")."""
    return frame.sentence.text.rstrip("\"') ").endswith("?") or any(m.start == 0 for m in frame.of("mood", "question"))


def _by_opposition(frame: Frame, cue: Mark) -> bool:
    """Whether somebody who cannot decide speaks of leaving, and no organ of the state does."""
    outside = any(mark.end <= cue.start for mark in frame.of("speech", "opposition"))
    return outside and not any(mark.end <= cue.start for mark in frame.of(ORGAN))


def reacts(frames: Sequence[Frame], actors: set[str]) -> bool:
    """Whether a sentence is somebody's comment: a word of reaction, or another state's or an outsider's word."""
    return any(_reaction(frame, actors) for frame in frames)


def _reaction(frame: Frame, actors: set[str]) -> bool:
    if frame.of("speech", "react"):
        return True
    says = frame.of("speech", "say")
    if not says:
        return False
    speakers = [mark for mark in frame.marks if mark.end <= says[0].start and mark.kind in (STATE, ORGAN, "speech")]
    return any(
        mark.value == "outsider"
        or (mark.kind == STATE and mark.value not in actors)
        or (mark.state or "") not in {*actors, ""}
        for mark in speakers
    )
