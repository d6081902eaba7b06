"""A treaty that the registry does not list: it becomes `provisional:<slug>`, flagged, never dropped.

Its id comes from the words that say which treaty it is; a bare "the agreement" says nothing and gives none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from treaties.reading.marks import DEPOSITARY, ORGAN, STATE, TREATY

if TYPE_CHECKING:
    from treaties.reading.marks import Frame, Mark

_AFTER_WITHIN: Final = 14
_SLUG_WORDS: Final = 6
_BEFORE_VERB: Final = 7
_MODIFIERS: Final = 4
_SHORTEST_NAME: Final = 4
_ACRONYM: Final = 2
_ACRONYM_WITHIN: Final = 3
_OFFICIAL: Final = frozenset({TREATY, ORGAN, "paper"})
_TURNS: Final = frozenset({"action", "speech", "mood", "leave", "time"})
_LITTLE: Final = frozenset({"in_year", "in_month", "year_word"})
_NO_NAME: Final = frozenset({"clause", "paper", "organ", "state"})
"""Kinds of words that are no part of an unlisted treaty's name."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A treaty that the registry does not list: its provisional id, and whether the words say plainly what it is."""

    id: str
    plain: bool


def provisional(frame: Frame, cue: Mark, *, plainly: bool) -> Unlisted | None:
    """An unlisted treaty from the words that describe a treaty or body; None for a bare "the agreement".

    Behind the leaving word, or before it in languages that put the verb last: "quits the International Investment
    Bank", "ends the treaty on legal aid with Russia", "denounces the water treaty". `plainly`: a state plainly leaves.
    """
    receivers = {organ.start for organ in frame.of(ORGAN, DEPOSITARY)}  # who is told is not what is left
    nouns = [noun for noun in frame.of("pact", "noun", "body", "compound") if noun.start not in receivers]
    behind = [noun for noun in nouns if cue.start < noun.start <= cue.end + _AFTER_WITHIN]
    before = [
        noun
        for noun in nouns
        if noun.end <= cue.start <= noun.end + _BEFORE_VERB and not (noun.value == "body" and _has_object(frame, cue))
    ]
    for noun in (*behind, *reversed(before)):
        apart = frame.broken(min(noun.end, cue.end) - 1, max(noun.start, cue.start)) or _of_another(frame, cue, noun)
        if not apart and (_between_states(frame, noun) or (plainly and _says_about_what(frame, noun))):
            words = _described(frame, noun, after=cue.start + 1 if noun in behind else 0)
            if words:
                about = any(mark.start == noun.end for mark in frame.of("pact", "about"))
                return Unlisted(provisional_id(words), about)
    return _by_acronym(frame, cue)


def _has_object(frame: Frame, cue: Mark) -> bool:
    """Whether a state's name follows the leaving word, so that what stands before it is its subject."""
    return any(mark.start == cue.end for mark in frame.of(STATE))


def _of_another(frame: Frame, cue: Mark, noun: Mark) -> bool:
    """Whether the noun stands in a phrase of its own: "withdraw from Timbuktu under a peace agreement"."""
    owners = {mark.start for mark in frame.of(STATE)}  # "saída do Brasil do Pacto"
    joining = [word for word in _prepositions(frame) if word.end not in owners]
    return sum(cue.end <= word.start and word.end <= noun.start for word in joining) > 1


def _prepositions(frame: Frame) -> list[Mark]:
    found = {(word.start, word.end): word for word in frame.of("clause", "object")}
    return [word for word in found.values() if not any(s < word.start < e for s, e in found)]


def _by_acronym(frame: Frame, cue: Mark) -> Unlisted | None:
    """A body known by nothing but an acronym right behind the leaving word: "su salida de ACNUR"."""
    if frame.shouts:
        return None
    marked = {at for mark in frame.marks if mark.kind != "clause" for at in range(mark.start, mark.end)}
    for at in range(cue.end, min(cue.end + _ACRONYM_WITHIN, len(frame.tokens))):
        word = frame.tokens[at]
        if word.breaks:
            return None
        if word.upper and word.text.isalpha() and len(word.text) > _ACRONYM and at not in marked:
            return Unlisted(provisional_id(word.text), plain=False)
    return None


def _between_states(frame: Frame, noun: Mark) -> bool:
    """Whether a word that may also mean a contract is shown to be a treaty.

    It is where two states, a body, an organ of a state or a law stand in the same sentence.
    """
    if not any(mark.start <= noun.start < mark.end for mark in frame.of("pact", "weak")):
        return True
    states = {mark.state or mark.value for mark in frame.marks if mark.kind == STATE or mark.state}
    return len(states) > 1 or any(mark.kind in _OFFICIAL for mark in frame.marks)


def _says_about_what(frame: Frame, noun: Mark) -> bool:
    """Whether the noun's subject follows, and no name ("on dual citizenship", not "with Rosneft")."""
    abouts = [mark for mark in frame.of("pact", "about") if mark.start == noun.end]
    behind = [frame.tokens[mark.end].text for mark in abouts if mark.end < len(frame.tokens)]
    return any(text[0].islower() or text[0].isdigit() for text in behind)  # "of 1968" says which, too


def _described(frame: Frame, noun: Mark, *, after: int) -> str:
    """The noun with the words that say which treaty it is; empty where none do.

    What it is about follows ("on legal aid"); else an adjective or a name stands before it, or a name behind it.
    """
    if noun.value == "compound" or (
        noun.value == "body" and noun.end == noun.start + 1 and frame.tokens[noun.start].upper and not frame.shouts
    ):
        return frame.tokens[noun.start].text  # a name of its own: Barentsrådet, ACNUR
    turns = [mark.start for mark in frame.marks if _turns(mark) and mark.start >= noun.end]
    stop = min([frame.break_after(noun.end), *turns])
    if any(mark.start == noun.end for mark in frame.of("pact", "about")):
        end = min(stop, noun.end + _SLUG_WORDS)
        return frame.sentence.words(noun.start, end) if end > noun.end + 1 else ""
    place = [m for m in frame.of(STATE) if m.end == noun.start and "'" not in frame.tokens[m.end - 1].text]
    if any(mark.start == noun.end for mark in frame.of("other")):
        place = []  # "the Oslo Accords", but not "Türkiye'nin sözleşmesi", nor a "pact party"
    none = [mark for mark in frame.marks if mark not in place and (_turns(mark) or mark.kind in _NO_NAME)]
    taken = {at for mark in none for at in range(mark.start, mark.end)}
    start = noun.start
    while start > after and noun.start - start < _MODIFIERS and start - 1 not in taken and _names(frame, start - 1):
        start -= 1
    end = noun.end
    while end < stop and end - noun.end < _MODIFIERS and end not in taken and frame.tokens[end].capital:
        end += 1
    return frame.sentence.words(start, end) if start < noun.start or end > noun.end else ""


def _turns(mark: Mark) -> bool:
    """Whether a mark ends a treaty's name; the little words before a month or a year do not."""
    return mark.kind in _TURNS and mark.value not in _LITTLE


def _names(frame: Frame, at: int) -> bool:
    """Whether a word can be part of a treaty's name: no article, and no punctuation behind it."""
    text = frame.tokens[at].text
    caseless = text.lower() == text.upper()  # in such scripts short words are names too
    long = len(text) >= _SHORTEST_NAME or frame.tokens[at].upper or caseless
    return long and not frame.tokens[at + 1].breaks


def provisional_id(words: str) -> str:
    """The id of a treaty that the registry does not list, from the words that name it."""
    letters = unicodedata.normalize("NFKD", words.lower())
    slug = re.sub(r"[^\w]+", "-", "".join(c for c in letters if not unicodedata.combining(c))).strip("-")
    return f"provisional:{slug}"
