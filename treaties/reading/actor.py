"""Who leaves: the state that a leaving word belongs to, by structure rather than by first mention.

The policy on mistakes: a state that reacts, is left, or hosts must not become the actor; where nothing speaks for a
state, the report's topic decides, and last the seat of a domestic outlet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treaties.reading.mentions import ORGAN, STATE, Frame, Mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treaties.registry import State

_NEAR_NOUN: Final = 2
_SPEAKS_WITHIN: Final = 3
_SPEAKER: Final = 3.0
_ARTICLE: Final = 3
_DESCRIBES_WITHIN: Final = 3


def acting_states(frame: Frame, cue: Mark, states: Mapping[str, State]) -> tuple[str, ...]:
    """The states that the leaving word `cue` belongs to, best first and only the best unless several act together."""
    named = [mark for mark in frame.marks if mark.kind == STATE or (mark.kind == ORGAN and mark.state)]
    candidates = [mark for mark in named if not _only_describes(frame, mark)]
    if not candidates:
        return ()
    best = max(candidates, key=lambda mark: (_score(frame, cue, mark), -mark.start))
    codes: list[str] = []
    for mark in _together(frame, candidates, best):
        code = _code(mark)
        codes.extend(states[code].members if code in states and states[code].members else (code,))
    return tuple(dict.fromkeys(codes))


def only_others_act(frame: Frame, cue: Mark) -> bool:
    """Whether the leaving word has a subject that is no state: banks, a church, a team."""
    return any(0 <= cue.start - word.end <= _DESCRIBES_WITHIN for word in frame.of("other", "who"))


def _only_describes(frame: Frame, mark: Mark) -> bool:
    """Whether the state's name only says whose bank, church or team acts."""
    return any(
        0 <= word.start - mark.end <= _DESCRIBES_WITHIN and not frame.broken(mark.end - 1, word.start)
        for word in frame.of("other", "who")
    )


def _code(mark: Mark) -> str:
    return mark.state or mark.value


def _score(frame: Frame, cue: Mark, mark: Mark) -> float:
    distance = mark.gap(cue)
    near_noun = cue.value == "noun" and distance <= _NEAR_NOUN
    if mark.end > cue.start:
        return 5.0 if near_noun and _genitive(frame, cue, mark) else 1.0 - 0.05 * distance
    if _behind_preposition(frame, mark):
        return 1.5 - 0.1 * distance
    score = 6.0 if near_noun and not frame.broken(mark.end - 1, cue.start) else 4.0 - 0.1 * distance
    return score - (_SPEAKER if _speaks(frame, mark) else 0.0)


def _genitive(frame: Frame, cue: Mark, mark: Mark) -> bool:
    """Whether only an article or "of" stands between the noun and the state ("выход России", "sortie de la Russie")."""
    between = set(range(cue.end, mark.start))
    joining = {at for word in frame.of("clause", "of") for at in range(word.start, word.end)}
    return not frame.broken(cue.end - 1, mark.start) and (not between or bool(between & joining))


def _behind_preposition(frame: Frame, mark: Mark) -> bool:
    ends = {word.end for word in frame.of("clause", "object")}
    article = mark.start > 0 and len(frame.tokens[mark.start - 1].text) <= _ARTICLE
    return mark.start in ends or (article and mark.start - 1 in ends)


def _speaks(frame: Frame, mark: Mark) -> bool:
    """Whether a word of speech or reaction, or a colon, follows: the state comments."""
    if mark.end < len(frame.tokens) and ":" in frame.tokens[mark.end].before:
        return True
    return any(0 <= word.start - mark.end < _SPEAKS_WITHIN for word in frame.of("speech", "react", "say"))


def _together(frame: Frame, candidates: list[Mark], best: Mark) -> list[Mark]:
    """The marks of a list that `best` belongs to ("Estonia, Latvia and Lithuania")."""
    row = sorted((mark for mark in candidates if mark.kind == STATE), key=lambda mark: mark.start)
    if best not in row:
        return [best]
    first = last = row.index(best)
    while first > 0 and _listed(frame, row[first - 1], row[first]):
        first -= 1
    while last + 1 < len(row) and _listed(frame, row[last], row[last + 1]):
        last += 1
    return row[first : last + 1]


def _listed(frame: Frame, one: Mark, other: Mark) -> bool:
    """Whether only a comma or "and" stands between two states."""
    if other.start == one.end:
        return "," in frame.tokens[other.start].before
    return any(one.end == word.start and word.end == other.start for word in frame.of("clause", "and"))
