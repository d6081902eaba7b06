"""What is left: the treaty that a leaving word belongs to, or the proof that it is about something else.

Troops are withdrawn, tournaments are left and home is left too; the object right beside the word decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treaties.reading.mentions import ORGAN, STATE, TREATY, Frame, Mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treaties.registry import Treaty

_OBJECT_WITHIN: Final = 3
_AFTER_WITHIN: Final = 14
_BEFORE_WITHIN: Final = 10
_ATTRIBUTE_WITHIN: Final = 2
_NOUNS: Final = frozenset({"noun", "body"})


def is_other_object(frame: Frame, cue: Mark, registry: Mapping[str, Treaty]) -> bool:
    """Whether something that is no treaty is withdrawn or left: troops, a team, a post, or parts of a treaty."""
    if _body_suspends(frame, cue, registry):
        return True
    if any(is_other(frame, cue) for is_other in (_accuses, _about_joining, _from_parliament)):
        return True
    named = [mark for mark in frame.of(TREATY) if mark.start >= cue.end]
    treaties = [mark.start for mark in named + frame.of("pact", "noun", "compound") if mark.start >= cue.end]
    limit = min([*treaties, cue.end + _OBJECT_WITHIN])
    pacts = {mark.start for mark in frame.of("pact", "noun")}
    for mark in frame.of("other", "object", "derogation"):
        if mark.end in pacts:
            continue  # "the visa agreement"
        if named and mark.start == named[0].end and not frame.tokens[mark.start].breaks and mark.value == "object":
            return True  # "pulls out of the Commonwealth Games"
        if cue.end <= mark.start <= limit and not frame.broken(cue.end - 1, mark.start):
            return True
        if cue.value == "noun" and mark.end == cue.start and mark.value == "object":
            return True
    return False


def _accuses(frame: Frame, cue: Mark) -> bool:
    """Whether "denounce" blames somebody: what it names first is a state or an organ, or a treaty behind "in", "of".

    A treaty is denounced without a preposition; "denounces delays in the treaty" is no exit.
    """
    if not any(mark.start <= cue.start < mark.end for mark in frame.of("other", "accuse")):
        return False
    kinds = (TREATY, STATE, ORGAN, "pact", "paper")
    named = [mark for mark in frame.marks if mark.start >= cue.end and mark.kind in kinds and mark.value != "about"]
    first = min(named, key=lambda mark: (mark.start, mark.kind != TREATY), default=None)
    if first is None or frame.broken(cue.end - 1, first.start):
        return False
    prepositions = [word for word in frame.of("clause", "object") if cue.end <= word.start and word.end <= first.start]
    return first.kind in {STATE, ORGAN} or (cue.value == "verb" and bool(prepositions))


def _about_joining(frame: Frame, cue: Mark) -> bool:
    """Whether what is withdrawn is a step of joining: "withdraws the bill on ratifying the convention"."""
    treaty = next((mark for mark in frame.of(TREATY) if mark.start >= cue.end), None)
    if treaty is None:
        return False
    joins = [mark for mark in frame.of("other", "join") if cue.end <= mark.start and mark.end <= treaty.start]
    return any(not frame.broken(cue.end - 1, mark.start) for mark in joins)


def _from_parliament(frame: Frame, cue: Mark) -> bool:
    """Whether a treaty is withdrawn from parliament, where it was to be ratified."""
    prepositions = {word.end for word in frame.of("clause", "object")}
    treaty = next((mark for mark in frame.of(TREATY) if mark.start >= cue.end), None)
    if treaty is None or frame.after_preposition(treaty):
        return False
    if frame.of("action", "submit", "return"):
        return False  # "submits a bill to leave the convention to parliament"
    houses = frame.of(ORGAN, "parliament", "lower_house", "upper_house")
    return any(house.start in prepositions and house.start - treaty.end == 1 for house in houses)


def _body_suspends(frame: Frame, cue: Mark, registry: Mapping[str, Treaty]) -> bool:
    """Whether a body suspends a member ("the African Union suspends Gabon"), and no state its membership."""
    if cue.value != "suspend":
        return False
    target = next((mark for mark in frame.of(STATE) if mark.start == cue.end), None)
    if target and any(word.start == target.end for word in frame.of("clause", "object")):
        return True  # "the General Assembly suspends Russia from the Council"
    if any(word.start == cue.end for word in frame.of("clause", "object")):
        near = [mark for mark in frame.of(TREATY) if 0 < mark.start - cue.end <= _OBJECT_WITHIN]
        bodies = [mark for mark in near if registry[mark.value].body]
        if bodies and any(mark.end <= cue.start for mark in frame.of(STATE)):
            return True  # "Mali suspended from the African Union"
    before = [mark for mark in frame.marks if mark.end <= cue.start and mark.kind in (TREATY, STATE, ORGAN)]
    behind = [
        m for m in frame.marks if m.start >= cue.end and (m.kind in (TREATY, STATE) or m.value in {"noun", "body"})
    ]
    return bool(before and behind) and before[-1].kind == TREATY and behind[0].kind == STATE


def treaties_of(frame: Frame, cue: Mark, cues: list[Mark], registry: Mapping[str, Treaty]) -> tuple[str, ...]:
    """The treaties named with the leaving word: those behind it up to the next such word, else the last before it."""
    named = named_treaties(frame, registry)
    stop = min((other.start for other in cues if other.start >= cue.end), default=len(frame.tokens))
    behind = [
        mark for mark in named if cue.end <= mark.start < max(stop, cue.end) and mark.start - cue.end <= _AFTER_WITHIN
    ]
    if behind:
        return _listed(behind)
    inside = [mark for mark in named if mark.start <= cue.start < mark.end or cue.start <= mark.start < cue.end]
    before = [mark for mark in named if mark.end <= cue.start and cue.start - mark.end <= _BEFORE_WITHIN]
    nearest = inside or before[-1:]
    return tuple(mark.value for mark in nearest)


def _listed(behind: list[Mark]) -> tuple[str, ...]:
    """The first treaty and those that are listed with it."""
    kept = [behind[0]]
    for mark in behind[1:]:
        if mark.start - kept[-1].end > _AFTER_WITHIN // 2:
            break
        kept.append(mark)
    return tuple(dict.fromkeys(mark.value for mark in kept))


def named_treaties(frame: Frame, registry: Mapping[str, Treaty]) -> list[Mark]:
    """The treaties that a sentence names, without the bodies that only say whose treaty is meant."""
    proper = [mark for mark in frame.of(TREATY) if not registry[mark.value].body]
    return [
        mark
        for mark in frame.of(TREATY)
        if mark in proper or not (_is_attribute(frame, mark) or any(0 <= o.start - mark.end <= 1 for o in proper))
    ]


def _is_attribute(frame: Frame, mark: Mark) -> bool:
    """Whether a body's name only says whose treaty is meant ("agreements with the Council of Europe")."""
    return any(
        noun.gap(mark) <= _ATTRIBUTE_WITHIN
        and not frame.broken(min(noun.end, mark.end) - 1, max(noun.start, mark.start))
        for noun in frame.of("pact", "noun", "body")
        if (noun.start, noun.end) != (mark.start, mark.end)
        and not (noun.value == "body" and noun.end == mark.start)  # "the oil cartel OPEC"
    )
