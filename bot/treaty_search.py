"""Finding treaties by any of their names in any language, with typing errors and endings forgiven.

Three ways, the surest first: the name itself, the patterns by which reports are read, and the words of all names
compared one by one. A rare word says more than a common one: of "convention on tortrue" only the last word counts.
A wrong guess among the answers costs a glance, a missing treaty costs the search; so rather one guess too many.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING, Final

from treaties.reading.patterns import MAX_SUFFIX, Found, Table
from treaties.reading.text import plain, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from treaties.registry import Treaty

SHOWN: Final = 10
MAX_WORDS: Final = 12
"""How many words of a query count: each is compared with every word of every name."""

_CLOSE_ENOUGH: Final = 0.75
_SHORTEST_GUESS: Final = 4
_BEGINNING: Final = 0.95
_WORDS_NEEDED: Final = 0.6
_BY_WORDS: Final = 0.8
_WHOLE_NAME: Final = 0.1
_FAR_BEHIND: Final = 0.7
_SHORTEST_STEM: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER_SIGNS: Final = frozenset({"no", "nr"})


class Match(StrEnum):
    """How a treaty was found, the surest way first."""

    NAME = "name"
    ALIAS = "alias"
    SHARED = "shared"
    WORDS = "words"
    CLOSE = "close"


_SURE: Final = {Match.NAME: 1.0, Match.ALIAS: 0.95, Match.SHARED: 0.9}


@dataclass(frozen=True, slots=True)
class Hit:
    """One treaty that was found.

    Attributes:
        treaty: its id.
        match: how it was found; `close` is a guess.
        score: how well it fits, up to 1.
        by: the name or the pattern that fits.
    """

    treaty: str
    match: Match
    score: float
    by: str


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, and how many places for words it has."""

    treaty: str
    text: str
    length: int


class TreatySearch:
    """All names of all treaties, ready to be searched.

    Args:
        treaties: the registry.
    """

    def __init__(self, treaties: Mapping[str, Treaty]) -> None:
        self._exact: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._patterns: Table[tuple[Match, str, str]] = Table(Lock())
        self._names: list[_Name] = []
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._count = len(treaties)
        for treaty in treaties.values():
            self._add(treaty)

    def _add(self, treaty: Treaty) -> None:
        for name in (treaty.id, treaty.short_name, treaty.name, *([treaty.series] if treaty.series else [])):
            self._exact[_folded(name)].setdefault(treaty.id, name)
            self._add_name(treaty.id, name, [{word} for word in _words(name)])
        for match, patterns in _patterns(treaty):
            for pattern in patterns:
                self._patterns.add(pattern, (match, treaty.id, pattern))
                self._add_name(treaty.id, pattern, list(_places(pattern)))

    def _add_name(self, treaty: str, text: str, places: list[set[str]]) -> None:
        """Add a name with the words at each of its places; a word that ends in * is a beginning."""
        for word in set[str]().union(*places):
            self._by_word[word].append(len(self._names))
        self._names.append(_Name(treaty, text, len(places)))

    def named(self, text: str) -> tuple[str, ...]:
        """The ids of the treaties that the text as a whole names: one, several that share the name, or none."""
        hits = [*self._by_name(text), *(hit for hit in self._by_pattern(text) if hit.score == _SURE[hit.match])]
        best = max((hit.score for hit in hits), default=0.0)
        return tuple(sorted({hit.treaty for hit in hits if hit.score == best}))

    def find(self, text: str, limit: int = SHOWN) -> tuple[Hit, ...]:
        """The treaties that the text may mean, the likeliest first."""
        best: dict[str, Hit] = {}
        for hit in (*self._by_name(text), *self._by_pattern(text), *self._by_words(text)):
            if hit.treaty not in best or hit.score > best[hit.treaty].score:
                best[hit.treaty] = hit
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, hit.treaty))
        return tuple(hit for hit in ranked if hit.score >= ranked[0].score * _FAR_BEHIND)[:limit]

    def _by_name(self, text: str) -> list[Hit]:
        found = self._exact.get(_folded(text), {})
        return [Hit(treaty, Match.NAME, _SURE[Match.NAME], name) for treaty, name in found.items()]

    def _by_pattern(self, text: str) -> list[Hit]:
        """What the aliases find in running text; the less of the text a name covers, the less it counts."""
        written = plain(text)
        length = len(tokens(written))
        # Once more in capitals: people who search write "echr", and acronyms match in capitals only.
        found = [hit for each in (written, written.upper()) for hit in self._patterns.find(tokens(each))]
        return [
            Hit(treaty, match, _SURE[match] * ((hit.end - hit.start) / length), pattern)
            for hit in _longest(found)
            for match, treaty, pattern in [hit.value]
        ]

    def _by_words(self, text: str) -> Iterator[Hit]:
        """Names that share words with the text, the words weighed by how few treaties have them."""
        words = list(dict.fromkeys(_words(text)))[:MAX_WORDS]
        fits = [self._fits(word) for word in words]
        weights = [self._weight(near) for near in fits]
        for number in frozenset().union(*fits) if fits else ():
            near = [each.get(number, 0.0) for each in fits]
            fit = sum(map(float.__mul__, weights, near)) / sum(weights)
            if fit >= _WORDS_NEEDED:
                name = self._names[number]
                match = Match.CLOSE if min(near) < _BEGINNING else Match.WORDS
                covered = min(1.0, sum(map(bool, near)) / name.length)
                yield Hit(name.treaty, match, fit * (_BY_WORDS + _WHOLE_NAME * covered), name.text)

    def _fits(self, word: str) -> dict[int, float]:
        """How well a word fits into each name that has one like it."""
        fits: dict[int, float] = {}
        for near, known in _like(word, self._by_word):
            for number in self._by_word[known]:
                fits[number] = max(near, fits.get(number, 0.0))
        return fits

    def _weight(self, fits: Mapping[int, float]) -> float:
        having = len({self._names[number].treaty for number in fits})
        return math.log((self._count + 2) / (having + 1))


def _patterns(treaty: Treaty) -> Iterator[tuple[Match, Iterable[str]]]:
    for match, by_language in ((Match.ALIAS, treaty.aliases), (Match.SHARED, treaty.shared)):
        for patterns in by_language.values():
            yield match, patterns


def _longest(found: Iterable[Found[tuple[Match, str, str]]]) -> Iterator[Found[tuple[Match, str, str]]]:
    """What does not lie inside a longer name: "test ban treaty" inside "nuclear test ban treaty" names no other."""
    every = list(found)
    for hit in every:
        if not any(
            other.start <= hit.start and hit.end <= other.end and other.end - other.start > hit.end - hit.start
            for other in every
        ):
            yield hit


def _like(word: str, known: Iterable[str]) -> Iterator[tuple[float, str]]:
    """The known words that the word may mean, with how close they are: 1 is the word itself or a form of it."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    for candidate in known:
        near = _certain(word, candidate)
        if not near and len(word) >= _SHORTEST_GUESS and not word.isdigit():
            matcher.set_seq1(candidate.removesuffix("*"))
            bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
            near = min(bound() for bound in bounds) if all(bound() >= _CLOSE_ENOUGH for bound in bounds) else 0.0
        if near:
            yield near, candidate


def _certain(word: str, candidate: str) -> float:
    """How surely two words are one without any guessing: as written, by its ending, or by its beginning; or 0."""
    stem = candidate.removesuffix("*")
    if word == stem or (stem != candidate and word.startswith(stem) and len(word) - len(stem) <= MAX_SUFFIX):
        return 1.0
    return _BEGINNING if len(word) >= _SHORTEST_GUESS and stem.startswith(word) else 0.0


def _places(pattern: str) -> Iterator[set[str]]:
    for place in pattern.split():
        words = [word for option in place.split("|") for word in _option(option)]
        if words:
            yield set(words)


def _option(option: str) -> list[str]:
    """The words of one option; of a compound each part counts, and its last one may be a beginning."""
    words = _words(option)
    if words and option.endswith("*") and len(words[-1]) >= _SHORTEST_STEM:
        words[-1] += "*"
    return words


def _words(text: str) -> list[str]:
    """The words of a text without case, accents and signs of numbering."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return [word for word in _WORD.findall(bare.casefold()) if word not in _NUMBER_SIGNS]


def _folded(text: str) -> str:
    return " ".join(_words(text))
