"""Steps: the words for every stage, and the bar that shows how far a case has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.speech import N_
from treaties.stages import CHAMBER_VOTES, UNDONE, Stage, is_reversal, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.speech import Speech
    from treaties.model import When

Step = tuple[Stage, "When | None"]
"""A stage that was reached, and when."""

STAGE_WORDS: Final[dict[Stage, str]] = {
    Stage.CONSIDERED: N_("taken up, not decided"),
    Stage.ANNOUNCED: N_("announced"),
    Stage.GOVERNMENT_APPROVED: N_("approved by the government"),
    Stage.BILL_SUBMITTED: N_("bill before parliament"),
    Stage.LOWER_HOUSE_PASSED: N_("passed by the lower house"),
    Stage.UPPER_HOUSE_PASSED: N_("passed by the upper house"),
    Stage.PARLIAMENT_PASSED: N_("passed by parliament"),
    Stage.SIGNED_INTO_LAW: N_("signed into law"),
    Stage.NOTIFIED_DEPOSITARY: N_("depositary notified"),
    Stage.IN_EFFECT: N_("in effect"),
    Stage.SUSPENDED: N_("suspended"),
    Stage.RETURNED: N_("returned to parliament"),
    Stage.REJECTED: N_("rejected"),
    Stage.POSTPONED: N_("postponed"),
    Stage.STRUCK_DOWN: N_("struck down by a court"),
    Stage.RESCINDED: N_("notification withdrawn"),
    Stage.REJOINED: N_("rejoined"),
}
"""What happened, as msgids: `stage_words` says them in a language."""

_SHORT: Final[dict[Stage, str]] = {
    Stage.CONSIDERED: N_("taken up"),
    Stage.ANNOUNCED: N_("announcement"),
    Stage.GOVERNMENT_APPROVED: N_("government"),
    Stage.BILL_SUBMITTED: N_("bill"),
    Stage.LOWER_HOUSE_PASSED: N_("lower house"),
    Stage.UPPER_HOUSE_PASSED: N_("upper house"),
    Stage.PARLIAMENT_PASSED: N_("parliament"),
    Stage.SIGNED_INTO_LAW: N_("signature"),
    Stage.NOTIFIED_DEPOSITARY: N_("notification"),
    Stage.IN_EFFECT: N_("exit"),
    Stage.SUSPENDED: N_("suspension"),
    Stage.RETURNED: N_("sent back"),
    Stage.REJECTED: N_("rejection"),
    Stage.POSTPONED: N_("delay"),
    Stage.STRUCK_DOWN: N_("struck down"),
    Stage.RESCINDED: N_("notification taken back"),
    Stage.REJOINED: N_("return"),
}
"""What the bar says: a word or two for each step."""

_DONE, _NOW, _OPEN = "●", "◉", "○"
_BACK, _STILL = "↩ ", "⏸ "
_STANDING_STILL: Final = frozenset({Stage.SUSPENDED, Stage.POSTPONED})
_BEFORE_VOTES: Final = (Stage.GOVERNMENT_APPROVED, Stage.BILL_SUBMITTED)
_AFTER_VOTES: Final = (Stage.SIGNED_INTO_LAW, Stage.NOTIFIED_DEPOSITARY, Stage.IN_EFFECT)
_HOUSES: Final = (Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED)


def stage_words(stage: Stage, speech: Speech) -> str:
    """What happened, in the language."""
    return speech.gettext(STAGE_WORDS[stage])


def in_order(steps: Iterable[Step]) -> list[Stage]:
    """The stages in order of time; one without a date stands before the first that lies beyond it on the way out."""
    dated, undated = list[Step](), list[Stage]()
    for stage, when in steps:
        if when:
            dated.append((stage, when))
        else:
            undated.append(stage)
    dated.sort(key=lambda step: (str(step[1]), rank(step[0]) or 0))
    order = [stage for stage, _ in dated]
    for stage in undated:
        beyond = (place for place, other in enumerate(order) if _beyond(other, stage))
        order.insert(next(beyond, len(order)), stage)
    return order


def _beyond(other: Stage, stage: Stage) -> bool:
    own, its = rank(stage), rank(other)
    return own is not None and its is not None and its > own


def stage_bar(stages: Sequence[Stage], now: Stage, speech: Speech) -> str:
    """How far a case has come: done ●, now ◉, still open ○; ↩ leads back or off the road, ⏸ stands still.

    Steps that nobody told of are left out, and so are those before a notification that was withdrawn.

    Args:
        stages: the stages reached, in order of time.
        now: the one that is told.
        speech: the language.
    """
    way = _way(stages, now)
    marks = [f"{_NOW if stage is now else _DONE} {_side(stage)}{_short(stage, speech)}" for stage in way]
    return "  ".join([*marks, *(f"{_OPEN} {_short(stage, speech)}" for stage in _still_open(way))])


def _way(stages: Sequence[Stage], now: Stage) -> list[Stage]:
    """Each stage where it was reached last, from the last time on that the way began."""
    way = list(dict.fromkeys(reversed(stages)))[::-1]
    undone = [place for place, stage in enumerate(way) if stage in UNDONE and stage is not now]
    begun = way[undone[-1] :] if undone and now in way[undone[-1] :] else way
    both = set(_HOUSES) <= set(begun) and now is not Stage.PARLIAMENT_PASSED
    return [stage for stage in begun if not (both and stage is Stage.PARLIAMENT_PASSED)]


def _still_open(way: Sequence[Stage]) -> Iterator[Stage]:
    if way and way[-1] in UNDONE:
        return
    begun = max((place for place, stage in enumerate(way, 1) if stage in UNDONE), default=0)
    reached = way[begun:]
    furthest = max((rank(stage) or 0 for stage in reached), default=0)
    told = CHAMBER_VOTES & set(reached)
    votes = _HOUSES if told and Stage.PARLIAMENT_PASSED not in told else (Stage.PARLIAMENT_PASSED,)
    for stage in (*_BEFORE_VOTES, *votes, *_AFTER_VOTES):
        if _beyond_rank(stage, furthest) and stage not in reached:
            yield stage


def _beyond_rank(stage: Stage, furthest: int) -> bool:
    own = rank(stage)
    return own is not None and own > furthest


def _side(stage: Stage) -> str:
    if stage in _STANDING_STILL:
        return _STILL
    return _BACK if is_reversal(stage) else ""


def _short(stage: Stage, speech: Speech) -> str:
    return speech.gettext(_SHORT[stage])
