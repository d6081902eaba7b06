"""Who leaves: the state that a leaving word belongs to, by structure rather than by first mention.

The policy on mistakes: a state that reacts, is left, or hosts must not become the actor; where nothing speaks for a
state, the report's topic decides, and last the seat of a domestic outlet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from treaties.reading.marks import DEPOSITARY, ORGAN, STATE, TREATY, Frame, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from treaties.registry import State

_NEAR_NOUN: Final = 2
_SPEAKS_WITHIN: Final = 3
UNION: Final = "EU"
_ITSELF_WITHIN: Final = 2
_SPEAKER: Final = 3.0
_OWN_SPEAKER: Final = 2.0
"""A state's own office that speaks may speak of its own state: "Duterte: tell the US that the pact ends"."""
_ARTICLE: Final = 3
_DESCRIBES_WITHIN: Final = 3
_LISTING: Final = frozenset(",·")
_ARABIC_AND: Final = "و"
_ASIDE: Final = 2.0
"""A state that scores less stands behind a preposition or behind the leaving word."""


@dataclass(frozen=True, slots=True)
class Actors:
    """The states that a leaving word may belong to; `plainly` where the sentence's structure says so."""

    states: tuple[str, ...] = ()
    plainly: bool = False


def acting_states(frame: Frame, cue: Mark, states: Mapping[str, State]) -> Actors:
    """The states that the leaving word `cue` belongs to, best first and only the best unless several act together."""
    named = [mark for mark in frame.marks if mark.kind == STATE or (mark.kind == ORGAN and mark.state)]
    partners = partners_of(frame)
    candidates = [mark for mark in named if not _only_describes(frame, mark) and mark not in partners]
    candidates = [mark for mark in candidates if not _names_members(frame, mark)]
    if not candidates:
        return Actors()
    best = max(candidates, key=lambda mark: (_score(frame, cue, mark), -mark.start))
    return Actors(_codes(_together(frame, candidates, best), states), _score(frame, cue, best) >= _ASIDE)


def standing_forth(frame: Frame, states: Mapping[str, State], partners: Collection[str] = ()) -> tuple[str, ...]:
    """The first state that is named in its own right, with those in one row with it.

    By an organ of its own, or otherwise than behind a preposition; one that only comments does not count, nor do
    `partners`, the codes of states that the report names as the other side of the treaty.
    """
    named = [
        mark
        for mark in frame.marks
        if (
            mark.kind == STATE
            and not behind_preposition(frame, mark)
            and not _only_describes(frame, mark)
            and not _names_members(frame, mark)
        )
        or (mark.kind == ORGAN and mark.state and not _is_partner(frame, mark))
    ]
    named = [mark for mark in named if (mark.state or mark.value) not in partners]
    # "Ukraine: the exit betrays Russia" comments; "Moldova: cabinet approves the exit" only says where.
    named = [mark for mark in named if not _speaks(frame, mark)] or named
    return _codes(_together(frame, named, named[0]), states) if named else ()


def only_others_act(frame: Frame, cue: Mark) -> bool:
    """Whether the leaving word has a subject that is no state: banks, a church, a team."""
    near = [word for word in frame.of("other", "who") if 0 <= cue.start - word.end <= _DESCRIBES_WITHIN]
    return any(not frame.broken(word.end - 1, cue.start) for word in near)  # "Migrants: Washington quits the pact"


def unknown_acts(frame: Frame, cue: Mark) -> bool:
    """Whether an acronym that nothing is known of stands right before the leaving verb: a company or a party leaves."""
    at = cue.start - 1
    if cue.value != "verb" or at < 0 or any(mark.start <= at < mark.end for mark in frame.marks):
        return False
    word = frame.tokens[at]
    acronym = word.upper and word.text.isalpha() and len(word.text) > 1
    return acronym and not frame.shouts and not frame.tokens[cue.start].breaks


def _only_describes(frame: Frame, mark: Mark) -> bool:
    """Whether the state's name only says whose bank, church or team acts."""
    verbs = frame.of("leave", "verb", "out", "loose", "plan")
    return any(
        0 <= word.start - mark.end <= _DESCRIBES_WITHIN
        and not frame.broken(mark.end - 1, word.start)
        and not any(mark.end <= verb.start < word.start for verb in verbs)
        for word in frame.of("other", "who")
    )


def _names_members(frame: Frame, mark: Mark) -> bool:
    """Whether a union is only named for what its members are: "the first EU country", "страна ЕС"."""
    if mark.value != UNION:
        return False
    return any(word.start == mark.end or 0 <= mark.start - word.end <= 1 for word in frame.of("clause", "member"))


def partners_of(frame: Frame) -> list[Mark]:
    """The states that are only the other side of a treaty, with all of their list ("… with France and Spain")."""
    found: list[Mark] = []
    last: Mark | None = None
    for mark in sorted(frame.of(STATE), key=lambda mark: mark.start):
        of_name = _is_partner(frame, mark) or _is_in_name(frame, mark) or _is_joined_behind(frame, mark)
        if of_name or (last and last in found[-1:] and _listed(frame, last, mark)):
            found.append(mark)
        last = mark
    return found + [mark for mark in frame.of(ORGAN) if mark.state and _is_partner(frame, mark)]


def _is_partner(frame: Frame, mark: Mark) -> bool:
    """Whether the state is only the other side of the treaty ("the tax treaty with Mauritius")."""
    if not behind_preposition(frame, mark) or any(
        by.end in (mark.start, mark.start - 1) for by in frame.of("clause", "by")
    ):
        return False
    treaties = [*frame.of("pact", "noun"), *frame.of(TREATY)]
    return any(0 <= mark.start - treaty.end <= _NEAR_NOUN for treaty in treaties) and not _owns(frame, mark)


def _is_joined_behind(frame: Frame, mark: Mark) -> bool:
    """Whether the word "with" stands behind the state ("Irak ile", "Venäjän kanssa")."""
    return any(word.start == mark.end for word in frame.of("clause", "with"))


def _is_in_name(frame: Frame, mark: Mark) -> bool:
    """Whether the state follows a treaty's name of several words, the last of which joins it on ("tax treaty with")."""
    names = [name for name in frame.of(TREATY) if name.end == mark.start and name.end - name.start > 1]
    return bool(names) and not frame.tokens[mark.start].breaks


def _owns(frame: Frame, mark: Mark) -> bool:
    """Whether "of" stands before the state: "the exit from the treaty of Russia" may name the one that leaves."""
    return any(of.end == mark.start for of in frame.of("clause", "of"))


def _codes(marks: Iterable[Mark], states: Mapping[str, State]) -> tuple[str, ...]:
    """The states that the marks name, once each and in order; a group of states stands for its members."""
    codes: list[str] = []
    for mark in marks:
        code = mark.state or mark.value
        codes.extend(states[code].members if code in states and states[code].members else (code,))
    return tuple(dict.fromkeys(codes))


def _score(frame: Frame, cue: Mark, mark: Mark) -> float:
    if cue.start <= mark.start and mark.end <= cue.end:
        return _ASIDE  # "pulls the United States out of", where nobody else is its subject
    distance = mark.gap(cue)
    near_noun = cue.value == "noun" and distance <= _NEAR_NOUN
    if mark.end > cue.start:
        return 5.0 if near_noun and _genitive(frame, cue, mark) else 1.0 - 0.05 * distance
    if behind_preposition(frame, mark):
        return 1.5 - 0.1 * distance
    score = 6.0 if near_noun and not frame.broken(mark.end - 1, cue.start) else 4.0 - 0.1 * distance
    if not _speaks(frame, mark):
        return score
    return score - (_SPEAKER if mark.kind == STATE else _OWN_SPEAKER)


def _genitive(frame: Frame, cue: Mark, mark: Mark) -> bool:
    """Whether only an article or "of" stands between the noun and the state ("выход России", "sortie de la Russie")."""
    between = set(range(cue.end, mark.start))
    joining = {at for word in frame.of("clause", "of") for at in range(word.start, word.end)}
    return not frame.broken(cue.end - 1, mark.start) and (not between or bool(between & joining))


def behind_preposition(frame: Frame, mark: Mark) -> bool:
    """Whether a preposition makes the state stand aside; "the parliament of Lithuania" and "a bill in Iran" do not."""
    owners = [organ for organ in frame.of(ORGAN) if organ.value != DEPOSITARY] + frame.of("paper", "bill")
    if any(0 < mark.start - owner.end <= _NEAR_NOUN for owner in owners):
        return False
    ends = {word.end for word in frame.of("clause", "object")}
    article = mark.start > 0 and len(frame.tokens[mark.start - 1].text) <= _ARTICLE
    return mark.start in ends or (article and mark.start - 1 in ends)


def _speaks(frame: Frame, mark: Mark) -> bool:
    """Whether a word of speech or reaction, or a colon, follows: the state comments."""
    if mark.end < len(frame.tokens) and ":" in frame.tokens[mark.end].before:
        return not goes_on_as_we(frame, mark.end - 1)
    return any(
        0 <= word.start - mark.end < _SPEAKS_WITHIN and not (word.value == "say" and of_itself(frame, word.end - 1))
        for word in frame.of("speech", "react", "say")
    )


def goes_on_as_we(frame: Frame, at: int) -> bool:
    """Whether a pronoun that means the speaker follows token `at` ("says it will quit", "Yerevan: we have frozen")."""
    return any(0 <= word.start - at - 1 < _ITSELF_WITHIN for word in frame.of("clause", "self"))


def of_itself(frame: Frame, at: int) -> bool:
    """Whether who says something in the words that end at token `at` goes on to speak of itself."""
    if goes_on_as_we(frame, at):
        return True
    # Where verbs need no pronoun: "Hungría dice que dejará …".
    verb = next((m for m in frame.of("leave", "verb", "plan") if 0 <= m.start - at - 1 < _ITSELF_WITHIN), None)
    return verb is not None and not any(at < m.start < verb.start for m in (*frame.of(STATE), *frame.of(ORGAN)))


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
        word = frame.tokens[other.start]
        return bool(set(word.before) & _LISTING) or word.text.startswith(_ARABIC_AND)
    return any(one.end == word.start and word.end == other.start for word in frame.of("clause", "and"))
