"""What is left: the treaty that a leaving word belongs to, or the proof that it is about something else.

Troops are withdrawn, tournaments are left and home is left too; the object right beside the word decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from treaties.reading.marks import ORGAN, STATE, TREATY, Frame, Mark
from treaties.reading.unlisted import provisional_id

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
    owners = {(mark.start, mark.end) for mark in frame.of(STATE) if cue.value == "noun" and mark.start == cue.end}
    for mark in frame.of("other", "object", "derogation"):
        if mark.end in pacts or (mark.start, mark.end) in owners:
            continue  # "the visa agreement"; "Afghanistan's withdrawal", though soldiers withdraw from there
        if named and mark.start == named[0].end and not frame.tokens[mark.start].breaks and mark.value == "object":
            return True  # "pulls out of the Commonwealth Games"
        joined = _of_a_second_verb(frame, cue, mark)
        if cue.end <= mark.start <= limit and not frame.broken(cue.end - 1, mark.start) and not joined:
            return True
        if cue.value == "noun" and mark.end == cue.start and mark.value == "object":
            return True
    return False


def _of_a_second_verb(frame: Frame, cue: Mark, mark: Mark) -> bool:
    """Whether the thing belongs to another verb that "and" joins on ("kehrt Unasur den Rücken und will Gebäude")."""
    joining = [word.end for word in frame.of("clause", "and") if cue.end <= word.start]
    verbs = [*frame.of("leave", "plan"), *frame.of("action"), *frame.of("mood")]
    return any(at <= verb.start < mark.start for at in joining for verb in verbs)


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


def names_another_object(frame: Frame, cue: Mark, names: Collection[str], *, plainly: bool) -> bool:
    """Whether a sentence without any treaty says what else is left ("leaves Iraq", "wychodzą z Jasionki").

    That is a state or a name right behind the leaving verb, unless the report's treaty is called by that name (an
    acronym may be a body that nothing is known of); or something else that heads a sentence in which no state acts
    ("the award is annulled"). `names` are the words of the treaties that the report names; `plainly`: a state acts.
    """
    if cue.value != "verb" or frame.of("pact", "noun", "body", "compound"):
        return False
    if not plainly and any(mark.end <= cue.start for mark in frame.of("other", "object")):
        return True
    at = cue.end
    while word := next((m for m in frame.of("clause") if m.start <= at < m.end), None):
        at = word.end
    if at >= len(frame.tokens) or any(frame.tokens[i].breaks for i in range(cue.end, at + 1)):
        return False
    if any(mark.start == at for mark in frame.of(STATE)):
        return True
    name = frame.tokens[at]
    marked = any(mark.start <= at < mark.end for mark in frame.marks)
    capitals = sum(token.text[0].isupper() for token in frame.tokens)
    named = name.text[0].isupper() and not name.upper and not marked and capitals * 2 <= len(frame.tokens) + 2
    return named and name.key not in names


def treaties_of(frame: Frame, cue: Mark, cues: list[Mark], registry: Mapping[str, Treaty]) -> tuple[str, ...]:
    """The treaties named with the leaving word: those behind it up to the next such word, else the last before it."""
    named = [mark for mark in named_treaties(frame, registry) if not _is_told_by(frame, mark, registry)]
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


def _is_told_by(frame: Frame, mark: Mark, registry: Mapping[str, Treaty]) -> bool:
    """Whether a body is only named as the one that says so ("…, announces FAO")."""
    if not registry[mark.value].body:
        return False
    words = [*frame.of("speech", "say"), *frame.of("action", "announce")]
    return any(word.end == mark.start and word.start > 0 and frame.tokens[word.start].breaks for word in words)


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


def body_or_its_treaty(frame: Frame, registry: Mapping[str, Treaty]) -> str | None:
    """What is left where a body only says whose treaty is meant: its founding treaty, or an unlisted one of its many.

    "The treaty of UNASUR" is UNASUR; "thirty CIS agreements" are not the CIS, which has several in the registry.
    Without any word for a treaty beside it the body is meant.
    """
    body = next((mark for mark in frame.of(TREATY) if registry[mark.value].body), None)
    if body is None:
        return next((mark.value for mark in frame.of(TREATY)), None)
    nouns = [noun for noun in frame.of("pact", "noun") if _beside(frame, noun, body)]
    own = registry[body.value].organisation
    several = sum(treaty.organisation == own for treaty in registry.values()) > 1
    if not nouns or not several:
        return body.value
    return provisional_id(frame.sentence.words(min(nouns[0].start, body.start), max(nouns[0].end, body.end)))


def founding_treaty(frame: Frame, registry: Mapping[str, Treaty]) -> str | None:
    """The body whose treaty is named as its own ("tratado da Unasul"), if it has but one in the registry."""
    named = body_or_its_treaty(frame, registry)
    body = next((mark for mark in frame.of(TREATY) if mark.value == named and registry[mark.value].body), None)
    joining = {(word.start, word.end) for word in frame.of("clause", "of")}
    nouns = {noun.end for noun in frame.of("pact", "noun")}
    owned = body is not None and any(end == body.start and start in nouns for start, end in joining)
    return named if owned else None


def _beside(frame: Frame, noun: Mark, mark: Mark) -> bool:
    """Whether a word for a treaty stands so near to a name that the name says whose it is."""
    return (
        noun.gap(mark) <= _ATTRIBUTE_WITHIN
        and not frame.broken(min(noun.end, mark.end) - 1, max(noun.start, mark.start))
        and (noun.start, noun.end) != (mark.start, mark.end)
    )


def _is_attribute(frame: Frame, mark: Mark) -> bool:
    """Whether a body's name only says whose treaty is meant ("agreements with the Council of Europe")."""
    return any(
        _beside(frame, noun, mark)
        for noun in frame.of("pact", "noun", "body")
        if not (noun.value == "body" and noun.end == mark.start)  # "the oil cartel OPEC"
    )
