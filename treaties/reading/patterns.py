"""Patterns compiled into one table, so that all names and words are found in a single pass over the tokens.

The pattern language is described in `treaties.registry`. A table is a tree: patterns that begin alike share the way;
each token of a text costs a few steps however many patterns there are. Finding is linear in the length of the text.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from treaties.reading.text import Token, fold, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

Value = TypeVar("Value")

MAX_SUFFIX: Final = 6
MAX_GAP: Final = 3
SHORTEST_STEM: Final = 2
_REMEMBERED: Final = 10_000
"""Words of texts that a table remembers. There are dozens of tables, and a language has no end of words: with more they
would go on growing for weeks, and are no faster."""
_LATIN: Final = "\u024f"
"""The last letter of the Latin blocks; what begins behind it is in another script."""
_FOLDED: Final = frozenset("ıß")
"""Letters that are compared as another one (see `fold`)."""
_OTHER_SCRIPT: Final = "another script"
_ACCENTED: Final = "an accented letter"
_NONE: Final[frozenset[str]] = frozenset()
_SINGLE_TOKENS: Final = re.compile(r"(?:[^\W\d_\u3040-\u30ff\u3400-\u9fff]|[ |*-]| \.\.\. )+")


class PatternError(ValueError):
    """A pattern cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class _Word:
    """One place of a pattern: one of `exact`, a word that begins with a stem, or one of `capitals` as written."""

    exact: frozenset[str]
    stems: tuple[str, ...]
    capitals: frozenset[str]


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


def _word(text: str) -> _Word:
    if text.isalpha():
        alone = frozenset((text,)) if len(text) > 1 and text.isupper() else None
        return _Word(_NONE, (), alone) if alone else _Word(frozenset((fold(text),)), (), _NONE)
    exact, stems, capitals = set(), [], set()
    for option in text.split("|"):
        if option.endswith("*") and len(option) > SHORTEST_STEM:
            stems.append(fold(option[:-1]))
        elif not option or "*" in option:
            raise PatternError(f"{option!r} is neither a word nor a stem with one * at its end")
        elif len(option) > 1 and option.isupper():
            capitals.add(option)
        else:
            exact.add(fold(option))
    return _Word(frozenset(exact), tuple(stems), frozenset(capitals))


def expanded(pattern: str) -> list[str]:
    """The pattern as one or more whose options are single tokens.

    The tokeniser cuts "l'homme" and "latvia's" in two; where such a word is one option of several, the pattern becomes
    one with the single words and one for each of the others.
    """
    if _SINGLE_TOKENS.fullmatch(pattern):
        return [pattern]
    ways: list[list[str]] = [[]]
    for piece in pattern.replace("’", "'").split():
        ways = [[*way, option] for way in ways for option in _options(piece)]
    return [" ".join(way) for way in ways]


def _options(piece: str) -> list[str]:
    if piece == "..." or _SINGLE_TOKENS.fullmatch(piece):
        return [piece]
    cut = [_cut(option) for option in piece.split("|")]
    single = [option for option in cut if " " not in option]
    return [*(["|".join(single)] if single else []), *(option for option in cut if " " in option)]


def _cut(option: str) -> str:
    """An option of several tokens as the tokeniser cuts it, with blanks between; the star stays at the end."""
    stem = option.removesuffix("*")
    words = tokens(stem)
    return " ".join(token.text for token in words) + option[len(stem) :] if len(words) > 1 else option


@cache  # bounded by the words of the patterns that there are
def _is_single(piece: str) -> bool:
    """Whether every option of a place is one token, so that the pattern need not be expanded there."""
    return _SINGLE_TOKENS.fullmatch(piece) is not None


def compile_pattern(pattern: str) -> Pattern:
    """A pattern from its text, whose options are single tokens (see `expanded`).

    Raises:
        PatternError: it is empty, begins or ends with a gap, or has a malformed word.
    """
    return Pattern(_places(pattern))


def _places(pattern: str) -> tuple[_Word | None, ...]:
    try:
        places = tuple(map(_place, pattern.split()))
    except PatternError as error:
        raise PatternError(f"pattern {pattern!r}: {error}") from None
    if not places or places[0] is None or places[-1] is None:
        raise PatternError(f"pattern {pattern!r} must begin and end with a word")
    return places


@cache  # bounded by the words of the patterns that there are
def _place(piece: str) -> _Word | None:
    return None if piece == "..." else _word(piece)


class _Node:
    """A place in the tree of patterns: where the next word leads, and what has ended here.

    Patterns that begin alike share their beginning, so that a common first word ("convention") costs one step, not one
    for each of its hundreds of patterns; and all patterns of one value share their end. There are tens of thousands of
    ways: what is empty is one shared nothing.
    """

    __slots__ = ("alone", "capitals", "end", "exact", "gap", "shortest", "stems", "waiting")

    def __init__(self, end: tuple[Any, bool] | None = None) -> None:
        self.end = end
        self.alone = [self]
        self.exact: dict[str, list[_Node]] = _NO_WAYS
        self.stems: dict[str, list[_Node]] = _NO_WAYS
        self.capitals: dict[str, list[_Node]] = _NO_WAYS
        self.gap: _Node | None = None
        self.shortest = _NO_STEM
        self.waiting: list[tuple[str, _Node]] = _NOTHING

    def lead(self, place: _Word, node: _Node) -> None:
        """Let every word of a place lead to a node."""
        if place.exact:
            self.exact = _leading(self.exact, place.exact, node)
        if place.capitals:
            self.capitals = _leading(self.capitals, place.capitals, node)
        if place.stems:
            self.stems = _leading(self.stems, place.stems, node)
            self.shortest = min(self.shortest, *map(len, place.stems))

    def wait(self, rest: str, end: _Node) -> None:
        """Remember that the words `rest` lead from here to a pattern's end, to be built when a text comes here."""
        if self.waiting is _NOTHING:
            self.waiting = []
        self.waiting.append((rest, end))

    def build(self) -> None:
        """Build what waits."""
        waiting, self.waiting = self.waiting, _NOTHING
        built: dict[tuple[int, int], _Node] = {}
        for rest, end in waiting:
            for one in expanded(rest):
                node = self
                *places, last = map(_place, one.split())
                for place in places:
                    node = node.child(place, built)
                if last is not None:
                    node.lead(last, end)

    def child(self, place: _Word | None, built: dict[tuple[int, int], _Node]) -> _Node:
        """The node behind a place; one for all patterns that begin alike, as `built` remembers."""
        if place is None:
            self.gap = self.gap or _Node()
            return self.gap
        # Equal places are one object (`_place` remembers them), so that its id will do and nothing is hashed.
        key = (id(self), id(place))
        found = built.get(key)
        if found is None:
            found = built[key] = _Node()
            self.lead(place, found)
        return found

    def after(self, token: Token) -> list[_Node]:
        """The nodes that a word leads to."""
        key = token.key
        found = self.exact.get(key, _NOWHERE)
        if self.capitals:
            text = token.text
            behind = self.capitals.get(text.partition(":")[0] if ":" in text else text)  # Finnish: WHO:sta
            if behind:
                found = found + behind
        if self.stems:
            size = len(key)
            for length in range(max(self.shortest, size - MAX_SUFFIX), size + 1):
                behind = self.stems.get(key[:length])
                if behind:
                    found = found + behind
        return found


_NO_STEM: Final = 1_000
_NO_WAYS: dict[str, list[_Node]] = {}
_NOWHERE: list[_Node] = []
_NOTHING: list[tuple[str, _Node]] = []


def _leading(ways: dict[str, list[_Node]], words: Iterable[str], node: _Node) -> dict[str, list[_Node]]:
    for word in words:
        if ways is _NO_WAYS:
            ways = {}
        there = ways.get(word)
        if there is None:
            ways[word] = node.alone
        elif node not in there:
            ways[word] = [*there, node]
    return ways


def _group(word: str) -> str:
    """The group in which patterns wait: of one plain letter, of all accented ones, or of all other scripts."""
    letter = word[0]
    if letter > _LATIN:
        return _OTHER_SCRIPT
    return letter if letter.isascii() else _ACCENTED


def _initial(pattern: str) -> str | None:
    """The group of a pattern, None where its first word has options in several, or where folding moves its letter."""
    if "|" not in pattern:
        letter = pattern[0].lower()
        return _group(letter) if letter.isalpha() and letter not in _FOLDED else None
    options = pattern.partition(" ")[0].split("|")
    groups = {_group(option[0].lower()) if option[:1].isalpha() else "" for option in options}
    one = groups.pop() if len(groups) == 1 else None
    return one if one and not any(option[0].lower() in _FOLDED for option in options) else None


class Table(Generic[Value]):
    """Many patterns with their values, found together.

    There are tens of thousands of names, most of them in scripts and of places that a program never meets: patterns
    wait for the first text that has a word with their initial letter, or with a letter of another script; and what
    follows a pattern's first word waits for the first text that has that word.

    Args:
        turn: held while patterns are looked for. A thread that looked while another builds would miss names, and
            remember that there are none: a table that threads share needs a lock.
    """

    def __init__(self, turn: AbstractContextManager[object] | None = None) -> None:
        self._turn = turn or nullcontext()
        self._root = _Node()
        self._memory: dict[str, list[_Node]] = {}
        self._firsts: dict[str, _Node] = {}
        self._ends: dict[tuple[Value, bool], _Node] = {}
        # By group: an end, then the patterns that lead there, the next end… A pair for each takes as much as its text.
        self._waiting: dict[str, list[_Node | str]] = {}
        self._latest: dict[str, _Node] = {}

    def add(self, pattern: str, value: Value, *, capital: bool = False) -> None:
        """Add a pattern; with `capital`, its first word must begin with a capital letter in the text.

        Raises:
            PatternError: it is empty, or begins or ends with a gap. (All is checked where the data files are loaded.)
        """
        self.add_all((pattern,), value, capital=capital)

    def add_all(self, patterns: Iterable[str], value: Value, *, capital: bool = False) -> None:
        """Add many patterns of one value; see `add`."""
        end = self._ends.get((value, capital))
        if end is None:
            end = self._ends[value, capital] = _Node((value, capital))
        for pattern in patterns:
            if not pattern.strip() or pattern.startswith("... ") or pattern.endswith("..."):
                raise PatternError(f"pattern {pattern!r} must begin and end with a word")
            initial = _initial(pattern)
            if initial:
                self._let_wait(initial, pattern, end)
            else:
                self._lead(pattern, end)
        self._memory.clear()

    def _let_wait(self, initial: str, pattern: str, end: _Node) -> None:
        waiting = self._waiting.setdefault(initial, [])
        if self._latest.get(initial) is not end:
            self._latest[initial] = end
            waiting.append(end)
        waiting.append(pattern)

    def _end_waiting(self, group: str) -> None:
        """Let the patterns of a group lead to their ends."""
        self._latest.pop(group, None)
        end = self._root
        for each in self._waiting.pop(group, ()):
            if isinstance(each, _Node):
                end = each
            else:
                self._lead(each, end)

    def _lead(self, pattern: str, end: _Node) -> None:
        simple = _is_single(pattern.partition(" ")[0])
        for one in [pattern] if simple else expanded(pattern):
            first, _, rest = one.partition(" ")
            if first in self._firsts and rest:
                self._firsts[first].wait(rest, end)
                continue
            node = end
            if rest:
                node = self._firsts[first] = _Node()
                node.wait(rest, end)
            place = _place(first)
            if place is not None:
                self._root.lead(place, node)

    def find(self, words: Sequence[Token]) -> list[Found[Value]]:
        """Every match, in order of its start; of one value at one start only the longest."""
        with self._turn:
            return self._found(words)

    def _found(self, words: Sequence[Token]) -> list[Found[Value]]:
        found: list[Found[Value]] = []
        memory = self._memory
        for at, token in enumerate(words):
            # By the word as written: capitals may lead elsewhere than small letters.
            first = memory.get(token.text)
            if first is None:
                first = self._remember(token)
            if first:
                best: dict[tuple[Value, bool], int] = {}
                for node in first:
                    _walk(node, words, at + 1, best)
                found += [
                    Found(at, end, value) for (value, capital), end in best.items() if token.capital or not capital
                ]
        return found

    def _remember(self, token: Token) -> list[_Node]:
        if len(self._memory) > _REMEMBERED:
            self._memory.clear()
        self._end_waiting(_group(token.key))
        found = self._memory[token.text] = self._root.after(token)
        return found


def _walk(node: _Node, words: Sequence[Token], at: int, best: dict[Any, int]) -> None:
    """Follow the patterns from `node` on, whose words up to `at` are matched, and note in `best` how far each gets."""
    if node.end is not None:
        best[node.end] = max(at, best.get(node.end, 0))
        return
    if node.waiting:
        node.build()
    if at < len(words):
        token = words[at]
        if not token.breaks:
            for behind in node.after(token):
                _walk(behind, words, at + 1, best)
    if node.gap:
        for skip in range(MAX_GAP + 1):
            place = at + skip
            if place >= len(words) or words[place].breaks:
                return
            for behind in node.gap.after(words[place]):
                _walk(behind, words, place + 1, best)
