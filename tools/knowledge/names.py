"""Which names are worth keeping: not covered by hand, of one state only, and no ordinary word of any language.

Policy on mistakes: a name that is missing costs one report that is understood less well; a name that is a word costs
alerts about a state that nobody wrote of. So whatever is in doubt is left out, and told with its reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Protocol

from config.records import pattern_fault
from treaties.reading.marks import STATE
from treaties.reading.mentions import Lexicon
from treaties.reading.patterns import Table
from treaties.reading.text import plain, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from treaties.reading.marks import Mark
    from treaties.registry import Knowledge

Kind = Literal["names", "seats"]

_SHORTEST: Final = 4
_SHORTEST_IDEOGRAPHS: Final = 3
_IDEOGRAPHS: Final = frozenset({"ko", "zh"})
"""Languages that write a syllable or more with one sign. (Japanese does too, but its names are found inside words.)"""
_UNINFLECTED: Final = frozenset(
    {"ar", "bg", "ca", "en", "es", "fa", "fr", "he", "hi", "id", "it", "mk", "nl", "pt", "sw", "vi"}
)
"""Languages whose names have no cases: other forms that a dictionary lists are plurals, or those of another word."""
_UNRELIABLE: Final = frozenset({"lv"})
"""Languages whose dictionary lists forms of names that do not exist (Portugāa)."""
_ENDING_LENGTH: Final = 3
_ASIDE: Final = re.compile(r"\s*\(([^()]*)\)\s*")
_DASH: Final = re.compile(r"\s[-–—]\s|[–—]")
_PREFIXES: Final = ("", "ו", "ב", "ל", "מ", "ש", "כ", "ול", "ומ", "וב", "שב")
"""What Hebrew joins to the front of a name: and, in, to, from, that, as."""


class Forms(Protocol):
    """A dictionary of one language, as `tools.knowledge.sources.Dictionary`."""

    def word(self, form: str) -> str | None:
        """The word that a form belongs to."""

    def forms(self, words: Iterable[str]) -> dict[str, list[str]]:
        """Every form of the given words."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """One spelling of what a state is called in a language; `base` is the name that it is a form of."""

    language: str
    kind: Kind
    code: str
    text: str
    base: str

    @property
    def key(self) -> tuple[str, ...]:
        """The words as the reader compares them."""
        return tuple(token.key for token in tokens(self.text))


@dataclass(slots=True)
class Sieve:
    """Lets the good names through and notes why the others are left out.

    Args:
        knowledge: what is written by hand.
        left_out: names that reviewers left out, by language (`all` for every one), each with the reason.
    """

    knowledge: Knowledge
    left_out: Mapping[str, Mapping[str, str]]
    reasons: dict[Name, str] = field(default_factory=dict)
    _lexicon: Lexicon = field(init=False)
    _words: frozenset[str] = field(init=False)
    _known: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set), init=False)

    def __post_init__(self) -> None:
        """Compile what is written by hand."""
        self._lexicon = Lexicon(self.knowledge)
        self._words = frozenset(_single_words(self.knowledge))

    def worth_writing(self, names: Iterable[Name]) -> list[Name]:
        """The names that are new, in patterns that can be written, and of a sufficient length."""
        return [name for name in sorted(set(names)) if not self._covered(name) and not self._note(name, _unfit(name))]

    def of_one_state(self, names: Sequence[Name]) -> list[Name]:
        """The names that mean one state only, whatever the language."""
        owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for name in names:
            owners[name.key].add(name.code)
        return [name for name in names if not self._note(name, self._another(name, owners[name.key]))]

    def reviewed(self, names: Sequence[Name]) -> list[Name]:
        """The names that reviewers did not leave out."""
        return [name for name in names if not self._note(name, self._refused(name))]

    def no_words(self, names: Sequence[Name], language: str, dictionary: Forms) -> list[Name]:
        """The names that are no ordinary words of a language."""
        return [name for name in names if not self._note(name, self._ordinary(name, language, dictionary))]

    def with_base(self, names: Sequence[Name]) -> list[Name]:
        """The names whose base was not left out itself."""
        return [name for name in names if not self._note(name, self._bereft(name))]

    def unused(self) -> list[str]:
        """What reviewers left out although nothing would have let it in."""
        used = {(name.language, text) for name, why in self.reasons.items() for text in (name.text, name.base) if why}
        everywhere = {text for _, text in used}
        return [
            f"{language}: {text}"
            for language, texts in self.left_out.items()
            for text in texts
            if (text not in everywhere if language == "all" else (language, text) not in used)
        ]

    def told(self) -> Counter[str]:
        """How many names were left out, by reason."""
        return Counter(reason.partition(":")[0] for reason in self.reasons.values())

    def _note(self, name: Name, reason: str | None) -> bool:
        if reason:
            self.reasons[name] = reason
        return bool(reason)

    def _marks(self, text: str) -> list[Mark]:
        return self._lexicon.names_in(tokens(plain(text)))

    def _covered(self, name: Name) -> bool:
        return {mark.value for mark in self._marks(name.text) if mark.kind == STATE} == {name.code}

    def _another(self, name: Name, owners: set[str]) -> str | None:
        if len(owners) > 1:
            return f"several states: {', '.join(sorted(owners))}"
        whole = [mark for mark in self._marks(name.text) if (mark.start, mark.end) == (0, len(name.key))]
        others = sorted({mark.value for mark in whole} - {name.code})
        return f"another name: {', '.join(others)}" if others else None

    def _bereft(self, name: Name) -> str | None:
        why = self.reasons.get(replace(name, text=name.base))
        return f"form of a name that is left out: {why}" if why else None

    def _refused(self, name: Name) -> str | None:
        for language in (name.language, "all"):
            texts = self.left_out.get(language, {})
            if found := {name.text, name.base} & texts.keys():
                return f"reviewed: {texts[min(found)]}"
        return None

    def _ordinary(self, name: Name, language: str, dictionary: Forms) -> str | None:
        if len(name.key) > 1:
            return None
        if name.key[0] in self._words:
            return "word: of the words that the program reads"
        small = name.text.lower()
        for form in (small, name.text):
            word = dictionary.word(form)
            if word is not None and not self._same(name, word):
                return f"word: {word} ({language})"
        # A dictionary that has the name with a capital means something else by the same word without.
        word = dictionary.word(small)
        capital = _capital(word) if word else None
        if word and capital and capital != word and dictionary.word(capital) is not None:
            return f"word: {word} ({language})"
        return None

    def _same(self, name: Name, word: str) -> bool:
        """Whether a dictionary's word is a name of the same state."""
        capital = _capital(word)
        if capital.lower() == name.base.lower():
            return True
        return {mark.value for mark in self._marks(capital) if mark.kind == STATE} == {name.code}


def variants(name: str) -> Iterator[str]:
    """The spellings that CLDR packs into one: "Myanmar (Burma)" is both. What a dash parts is no running text."""
    text = plain(name)
    aside = _ASIDE.search(text)
    parts = (_ASIDE.sub(" ", text).strip(), aside[1]) if aside else (text,)
    yield from (part for part in parts if part and not _DASH.search(part))


def forms_of(bases: Sequence[Name], dictionary: Forms) -> Iterator[Name]:
    """The bases and, for single words, their forms that a dictionary lists."""
    single = [base for base in bases if _inflects(base)]
    listed = dictionary.forms({base.text for base in single})
    letters = {letter for base in bases for letter in base.text.lower()}
    for base in bases:
        yield base
        for form in listed.get(base.text, ()):
            if letters.issuperset(form.lower()) and _is_form(form, base.text):
                yield Name(base.language, base.kind, base.code, form, base.text)


def patterns_of(names: Iterable[Name]) -> list[str]:
    """The patterns that find all these names of one state in one language."""
    single: set[str] = set()
    several: set[str] = set()
    for name in names:
        (several if " " in name.text else single).update(_with_joints(name))
    return [*(["|".join(sorted(single))] if single else []), *sorted(several)]


def _with_joints(name: Name) -> Iterator[str]:
    """A name with what its language joins to it: Turkish and Korean endings, Hebrew prefixes."""
    if name.language == "he":
        yield from (f"{prefix}{name.text}" for prefix in _PREFIXES)
        return
    yield f"{name.text}*" if name.language == "ko" else name.text
    if name.language == "tr":
        yield f"{name.text}'*"


def _inflects(base: Name) -> bool:
    return base.language not in _UNINFLECTED | _UNRELIABLE and len(base.key) == 1


def _is_form(form: str, name: str) -> bool:
    """Whether a form differs from the name in its ending only, and is written like a name."""
    stem = name[: max(_ENDING_LENGTH, len(name) - _ENDING_LENGTH)]
    return form.startswith(stem) and len(form) > len(name) - _ENDING_LENGTH and "'" not in form


def _unfit(name: Name) -> str | None:
    letters = sum(map(str.isalpha, name.text))
    if letters < (_SHORTEST_IDEOGRAPHS if name.language in _IDEOGRAPHS else _SHORTEST):
        return "short: fewer letters than a name can be told by"
    if not tokens(name.text)[0].capital:
        return "small: it begins with a small letter"
    return (
        None if pattern_fault(name.text) is None and _finds_itself(name.text) else "no pattern: it would not be found"
    )


def _finds_itself(text: str) -> bool:
    table: Table[None] = Table()
    table.add(text, None, capital=True)
    words = tokens(plain(text))
    return [(hit.start, hit.end) for hit in table.find(words)] == [(0, len(words))]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:] if word[:1].islower() and not "\u10d0" <= word[:1] <= "\u10ff" else word


def _single_words(knowledge: Knowledge) -> Iterator[str]:
    """Every word of every language that means something by itself to the reader."""
    for words in knowledge.words.values():
        for keys in words.sections.values():
            for patterns in keys.values():
                for pattern in patterns:
                    if " " not in pattern:
                        yield from (token.key for option in pattern.split("|") for token in tokens(option))
