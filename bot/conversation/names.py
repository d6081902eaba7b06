"""What people type, understood: states, treaties, stages and languages, in any order and in natural words.

The longest stretch of words that is a name as a whole counts ("Bosnia and Herzegovina" before "Bosnia"); what is left
over is not guessed at but given back with what may have been meant, so that nobody watches what they did not ask for.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from babel.core import get_global

from bot.conversation import typed
from bot.speech import LANGUAGES
from bot.wording import STAGE_WORDS
from treaties.reading.patterns import Table
from treaties.reading.text import plain, tokens
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.speech import Speech
    from bot.treaty_questions import TreatyQuestions
    from treaties.registry import Knowledge

Dimension = Literal["state", "treaty", "stage", "lang"]
Meaning = tuple[Dimension, tuple[str, ...]]
Value = TypeVar("Value", bound=str)

_ORDER: Final[tuple[Dimension, ...]] = ("state", "treaty", "stage", "lang")

MAX_WORDS: Final = 40
"""How many words are read."""

_LONGEST_NAME: Final = 10
_SHORTEST_ID: Final = 3
_GUESSES: Final = 3
_GUESSED: Final = 2
_CLOSE_ENOUGH: Final = 0.72
_LONGEST_GUESSED: Final = 60
_MARKS: Final = ",;.!?()[]\"'«»“”„"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_PREFIX_WORDS: Final[tuple[tuple[Dimension, str], ...]] = (
    ("state", "state states country страна государство країна держава état pays staat land estado país"),
    ("treaty", "treaty treaties договор договір traité vertrag tratado"),
    ("stage", "stage stages этап стадия етап стадія étape stufe etapa"),
    ("lang", "lang language languages язык мова langue sprache idioma"),
)
_PREFIXES: Final = {prefix: dimension for dimension, words in _PREFIX_WORDS for prefix in words.split()}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a stretch of words may mean: a value of a dimension."""

    dimension: Dimension
    value: str

    @property
    def text(self) -> str:
        """How it is typed so that it means nothing else."""
        short = self.dimension == "treaty" and len(self.value) < _SHORTEST_ID
        return f"{self.dimension}:{self.value}" if short or self.dimension == "lang" else self.value


@dataclass(frozen=True, slots=True)
class Unknown:
    """A stretch of words that names nothing, or several treaties, and what it may mean."""

    text: str
    guesses: tuple[Guess, ...] = ()


@dataclass(slots=True)
class Understood:
    """What a text names, each in the order in which it was named, and what is left over."""

    states: list[str] = field(default_factory=list)
    treaties: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    langs: list[str] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether it names nothing at all."""
        return not (self.states or self.treaties or self.stages or self.langs or self.unknown)

    def add(self, dimension: Dimension, values: Iterable[str]) -> None:
        """Add values of a dimension, each once."""
        for value in values:
            match dimension:
                case "state":
                    _once(self.states, value)
                case "treaty":
                    _once(self.treaties, value)
                case "stage":
                    _once(self.stages, Stage(value))
                case "lang":
                    _once(self.langs, value)

    def text(self, *more: Guess) -> str:
        """What was understood, with `more`, as a text that is understood the same way."""
        mine = [Guess("state", one) for one in self.states] + [Guess("treaty", one) for one in self.treaties]
        mine += [Guess("stage", one) for one in self.stages] + [Guess("lang", one) for one in self.langs]
        ordered = sorted(dict.fromkeys([*mine, *more]), key=lambda one: _ORDER.index(one.dimension))
        return " ".join(one.text for one in ordered)


class Names:
    """Understands what people type.

    Args:
        knowledge: names of states.
        treaties: finds treaties by any name.
        speeches: the languages that the bot speaks; the names that it uses itself are understood, too.
    """

    def __init__(self, knowledge: Knowledge, treaties: TreatyQuestions, speeches: Sequence[Speech]) -> None:
        self._knowledge = knowledge
        self._treaties = treaties
        self._codes = _codes(knowledge)
        self._table: Table[Meaning] = Table(Lock())
        self._spoken: dict[str, Meaning] = {}
        for dimension, values, patterns in _patterns(knowledge):
            for pattern in patterns:
                self._table.add(pattern, (dimension, values))
        for name, dimension, value in _spoken(knowledge, speeches):
            self._spoken.setdefault(_folded(name), (dimension, (value,)))

    def read(self, text: str, provisional: Mapping[str, str] | None = None) -> Understood:
        """What a text names.

        Args:
            text: words in any order.
            provisional: ids of treaties that only reports name, by their name and by their id in small letters.
        """
        words = [word for word in (one.strip(_MARKS) for one in text.split()[:MAX_WORDS]) if word]
        found, left = Understood(), list[str]()
        at = 0
        while at < len(words):
            length = self._take(words, at, provisional or {}, found)
            if length:
                self._leave(left, found)
            elif words[at].casefold() not in typed.small():
                left.append(words[at])
            at += length or 1
        self._leave(left, found)
        self._small_code(words, found)
        return found

    def _take(self, words: Sequence[str], at: int, provisional: Mapping[str, str], found: Understood) -> int:
        """Take the longest name that begins there, and return how many words it has; 0 for none."""
        if self._prefixed(words[at], provisional, found):
            return 1
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            stretch = " ".join(words[at : at + length])
            meaning = self._meaning(stretch, provisional)
            if meaning:
                found.add(*meaning)
                return length
            several = self._treaties.named(stretch)
            if len(several) > 1:
                found.unknown.append(Unknown(stretch, tuple(Guess("treaty", one) for one in several[:_GUESSES])))
                return length
        return 0

    def _prefixed(self, word: str, provisional: Mapping[str, str], found: Understood) -> bool:
        """Take a word such as `lang:uk,ru` or `state:RU`, and return whether it is one."""
        prefix, colon, values = word.partition(":")
        dimension = _PREFIXES.get(prefix.casefold())
        if not colon or dimension is None or not values:
            return False
        for value in values.split(","):
            meaning = self._value(dimension, value, provisional)
            if meaning:
                found.add(*meaning)
            elif value:
                found.unknown.append(self._unknown(value, len(found.unknown)))
        return True

    def _value(self, dimension: Dimension, value: str, provisional: Mapping[str, str]) -> Meaning | None:
        if dimension == "lang":
            return ("lang", (value.lower(),)) if _LANGUAGE.fullmatch(value.lower()) else None
        if dimension == "state" and value.upper() in self._codes:
            return "state", self._codes[value.upper()]
        if dimension == "treaty" and value in self._knowledge.treaties:
            return "treaty", (value,)
        meaning = self._meaning(value, provisional)
        return meaning if meaning and meaning[0] == dimension else None

    def _meaning(self, stretch: str, provisional: Mapping[str, str]) -> Meaning | None:
        """What a stretch of words means as a whole, if it means one thing."""
        key = _folded(stretch)
        if key in typed.small() and not stretch.isupper():
            return None
        if len(stretch) >= _SHORTEST_ID and stretch in self._knowledge.treaties:
            return "treaty", (stretch,)  # an id as it is written: Granada is a state, granada a convention
        if stretch.upper() in self._codes:
            return "state", self._codes[stretch.upper()]
        if key in provisional:
            return "treaty", (provisional[key],)
        return self._spoken.get(key) or self._whole(stretch) or self._treaty(stretch)

    def _treaty(self, stretch: str) -> Meaning | None:
        named = self._treaties.named(stretch)
        return ("treaty", named) if len(named) == 1 else None

    def _whole(self, stretch: str) -> Meaning | None:
        written = plain(stretch)
        # Once more in capitals: people type "usa", and acronyms match in capitals only.
        for each in (written, written.upper()):
            words = tokens(each)
            for hit in self._table.find(words):
                if hit.start == 0 and hit.end == len(words):
                    return hit.value
        return None

    def _small_code(self, words: Sequence[str], found: Understood) -> None:
        """A code in small letters that is a small word, too (`de ottawa`), counts where it comes first and is alone."""
        if words and not found.states and words[0].casefold() in typed.small() and words[0].upper() in self._codes:
            found.add("state", self._codes[words[0].upper()])

    def _leave(self, left: list[str], found: Understood) -> None:
        if left:
            found.unknown.append(self._unknown(" ".join(left), len(found.unknown)))
            left.clear()

    def _unknown(self, text: str, already: int) -> Unknown:
        """A stretch that names nothing; guessing takes time, so that only the first few are guessed at."""
        text = text[:_LONGEST_GUESSED]
        if already >= _GUESSED:
            return Unknown(text)
        key = _folded(text)
        close = difflib.get_close_matches(key, self._spoken, n=_GUESSES, cutoff=_CLOSE_ENOUGH)
        guesses = [Guess(dimension, value) for name in close for dimension, (value, *_) in [self._spoken[name]]]
        guesses += [Guess("treaty", hit.treaty) for hit, _ in self._treaties.search(text).hits[:_GUESSES]]
        return Unknown(text, tuple(dict.fromkeys(guesses))[: _GUESSES + 1])


def _once(values: list[Value], value: Value) -> None:
    if value not in values:
        values.append(value)


def _codes(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """States by their codes of two and of three letters."""
    codes = {code: _members(knowledge, code) for code in knowledge.states}
    for alias, territories in get_global("territory_aliases").items():
        if alias.isalpha() and len(territories) == 1 and territories[0] in knowledge.states:
            codes.setdefault(alias, (territories[0],))
    return codes


def _members(knowledge: Knowledge, code: str) -> tuple[str, ...]:
    """A group counts as its members."""
    return tuple(knowledge.states[code].members) or (code,)


def _patterns(knowledge: Knowledge) -> Iterator[tuple[Dimension, tuple[str, ...], Iterable[str]]]:
    for code, state in knowledge.states.items():
        for by_language in (state.names, state.adjectives):
            for lang in LANGUAGES:
                yield "state", _members(knowledge, code), by_language.get(lang, ())
    for stages, patterns in typed.stages():
        yield "stage", tuple(stages), patterns


def _spoken(knowledge: Knowledge, speeches: Iterable[Speech]) -> Iterator[tuple[str, Dimension, str]]:
    """The names that the bot itself uses."""
    for code, state in knowledge.states.items():
        if not state.members:
            yield state.name, "state", code
            yield from ((speech.state(code), "state", code) for speech in speeches)
    for treaty in knowledge.treaties.values():
        yield from ((name, "treaty", treaty.id) for name in treaty.names.values())
    for stage, words in STAGE_WORDS.items():
        yield stage.value, "stage", stage.value
        yield from ((speech.gettext(words), "stage", stage.value) for speech in speeches)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
