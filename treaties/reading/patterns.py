"""Patterns compiled into one table, so that all names and words are found in a single pass over the tokens.

The pattern language is described in `treaties.registry`. A table maps the first word of every pattern to the patterns
that begin with it; the rest is compared token by token. Finding is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from treaties.reading.text import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value = TypeVar("Value")

MAX_SUFFIX: Final = 6
MAX_GAP: Final = 3
SHORTEST_STEM: Final = 2
_REMEMBERED: Final = 60_000
_CAPITALS = re.compile(r"[A-ZА-ЯЁІЇЄҐ]{2,}")


class PatternError(ValueError):
    """A pattern cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class _Word:
    """One place of a pattern: one of `exact`, a word that begins with a stem, or one of `capitals` as written."""

    exact: frozenset[str]
    stems: tuple[str, ...]
    capitals: frozenset[str]

    def fits(self, token: Token) -> bool:
        key = token.key
        if key in self.exact or token.text in self.capitals:
            return True
        return any(key.startswith(stem) and len(key) - len(stem) <= MAX_SUFFIX for stem in self.stems)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: its words, with None for a gap."""

    places: tuple[_Word | None, ...]


@dataclass(frozen=True, slots=True)
class Found(Generic[Value]):
    """A pattern's value at tokens [start, end)."""

    start: int
    end: int
    value: Value


def _word(text: str, pattern: str) -> _Word:
    exact, stems, capitals = set(), [], set()
    for option in text.split("|"):
        if option.endswith("*") and len(option) > SHORTEST_STEM:
            stems.append(option[:-1].lower())
        elif not option or "*" in option:
            raise PatternError(f"pattern {pattern!r}: {option!r} is neither a word nor a stem with one * at its end")
        elif _CAPITALS.fullmatch(option):
            capitals.add(option)
        else:
            exact.add(option.lower())
    return _Word(frozenset(exact), tuple(stems), frozenset(capitals))


def _pieces(pattern: str) -> Iterable[str]:
    """The pattern's words as the tokeniser would cut them, so that "l'homme" in a pattern meets "l'homme" in a text."""
    for piece in pattern.split():
        if "|" in piece or "*" in piece or piece == "...":
            yield piece
        else:
            yield from (token.text for token in tokens(piece)) if tokens(piece) else (piece,)


def compile_pattern(pattern: str) -> Pattern:
    """A pattern from its text.

    Raises:
        PatternError: it is empty, begins or ends with a gap, or has a malformed word.
    """
    pieces = list(_pieces(pattern.replace("’", "'")))
    if not pieces or pieces[0] == "..." or pieces[-1] == "...":
        raise PatternError(f"pattern {pattern!r} must begin and end with a word")
    return Pattern(tuple(None if piece == "..." else _word(piece, pattern) for piece in pieces))


def _ends(places: Sequence[_Word | None], words: Sequence[Token], at: int) -> int | None:
    """The longest end of a match of `places` from token `at` on, or None."""
    for number, place in enumerate(places):
        if place is None:
            rest = places[number + 1 :]
            ends = [_ends(rest, words, at + skip) for skip in range(MAX_GAP + 1) if not _broken(words, at, at + skip)]
            return max((end for end in ends if end), default=None)
        if at >= len(words) or (number and words[at].breaks) or not place.fits(words[at]):
            return None
        at += 1
    return at


def _broken(words: Sequence[Token], start: int, end: int) -> bool:
    return any(word.breaks for word in words[start : end + 1])


class Table(Generic[Value]):
    """Many patterns with their values, found together."""

    def __init__(self) -> None:
        self._exact: defaultdict[str, list[tuple[Pattern, Value, bool]]] = defaultdict(list)
        self._stems: defaultdict[str, list[tuple[Pattern, Value, bool]]] = defaultdict(list)
        self._shortest = 99
        self._memory: dict[str, tuple[tuple[Pattern, Value, bool], ...]] = {}

    def add(self, pattern: str, value: Value, *, capital: bool = False) -> None:
        """Add a pattern; with `capital`, its first word must begin with a capital letter in the text.

        Raises:
            PatternError: the pattern is malformed.
        """
        compiled = compile_pattern(pattern)
        entry = (compiled, value, capital)
        first = compiled.places[0]
        if first is None:
            raise PatternError(f"pattern {pattern!r} must begin with a word")
        for word in first.exact | {word.lower() for word in first.capitals}:
            self._exact[word].append(entry)
        for stem in first.stems:
            self._stems[stem].append(entry)
            self._shortest = min(self._shortest, len(stem))

    def _starting(self, key: str) -> tuple[tuple[Pattern, Value, bool], ...]:
        found = self._memory.get(key)
        if found is None:
            stems = range(max(self._shortest, len(key) - MAX_SUFFIX), len(key) + 1)
            found = (*self._exact.get(key, ()), *(e for n in stems for e in self._stems.get(key[:n], ())))
            if len(self._memory) > _REMEMBERED:
                self._memory.clear()
            self._memory[key] = found
        return found

    def find(self, words: Sequence[Token]) -> list[Found[Value]]:
        """Every match, in order of its start; of one value at one start only the longest."""
        found: list[Found[Value]] = []
        for at, token in enumerate(words):
            best: dict[Value, int] = {}
            for pattern, value, capital in self._starting(token.key):
                if capital and not token.capital:
                    continue
                end = _ends(pattern.places, words, at)
                if end is not None and end > best.get(value, at):
                    best[value] = end
            found.extend(Found(at, end, value) for value, end in best.items())
        return found
