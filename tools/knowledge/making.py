"""From the sources to the files: every language once for its names, and once to see what is a word in it."""

from __future__ import annotations

import json
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.knowledge import load
from tools.knowledge.names import Name, Sieve, forms_of, patterns_of, variants
from tools.knowledge.sources import Dictionary, cities_in, cities_of_zones, states_in, versions
from treaties.reading.mentions import Lexicon
from treaties.reading.text import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from treaties.registry import Knowledge

LEFT_OUT: Final = Path(__file__).with_name("left_out.toml")
_HEAD: Final = """\
# Names of states in addition to those written by hand. Made by `make knowledge` from {versions}.
# Do not edit: what is wrong here is left out by tools/knowledge/left_out.toml, what is missing goes into ../*.toml.
"""


class UnusedError(Exception):
    """The reviewed list leaves out what nothing would let in. The message names the entries."""


@dataclass(frozen=True, slots=True)
class Made:
    """The files by name, how many spellings each language got, and what was left out for which reasons."""

    files: dict[str, str]
    counts: dict[str, Counter[str]]
    left_out: Counter[str]
    reasons: list[str]


def made(progress: Callable[[str], None]) -> Made:
    """Everything, from the installed packages and the files written by hand.

    Raises:
        UnusedError: an entry of the reviewed list is of no use any more.
    """
    knowledge = load(generated=False)
    sieve = Sieve(knowledge, tomllib.loads(LEFT_OUT.read_text(encoding="utf-8")))
    names: list[Name] = []
    for language in sorted(knowledge.words):
        progress(f"{language}: names and forms")
        names += sieve.worth_writing(forms_of(list(_bases(knowledge, language)), Dictionary(language)))
    names = sieve.reviewed(sieve.of_one_state(names))
    for language in sorted(knowledge.words):
        progress(f"{language}: words")
        names = sieve.no_words(names, language, Dictionary(language))
    names = _once(sieve.with_base(names))
    if unused := sieve.unused():
        raise UnusedError(f"{LEFT_OUT.name} leaves out what nothing would let in; remove {', '.join(unused)}")
    languages: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        languages[name.language].append(name)
    return Made(
        files={f"{language}.toml": _file(language, each) for language, each in sorted(languages.items())},
        counts={language: Counter(name.kind for name in each) for language, each in sorted(languages.items())},
        left_out=sieve.told(),
        reasons=[f"{name.language} {name.code} {name.text}: {why}" for name, why in sorted(sieve.reasons.items())],
    )


def _once(names: Sequence[Name]) -> list[Name]:
    """The names without the seats that are called as their state."""
    states = {(name.language, name.code, name.text) for name in names if name.kind == "names"}
    return [name for name in names if name.kind == "names" or (name.language, name.code, name.text) not in states]


def _bases(knowledge: Knowledge, language: str) -> Iterator[Name]:
    """The names of the states, and of those of their seats after which time zones are called."""
    for code, texts in states_in(language).items():
        if code in knowledge.states:
            yield from (Name(language, "names", code, text, text) for each in texts for text in variants(each))
    cities = cities_in(language)
    for zone, code in _seats(knowledge):
        for each in cities.get(zone, ()):
            yield from (Name(language, "seats", code, text, text) for text in list(variants(each))[:1])


def _seats(knowledge: Knowledge) -> list[tuple[str, str]]:
    """The time zones that are called after what the files written by hand give, in English, as a seat of the state."""
    treaties = set(_words_of_treaties(knowledge))
    seats = {code: replace(state, names={}, adjectives={}) for code, state in knowledge.states.items()}
    lexicon = Lexicon(replace(knowledge, treaties={}, states=seats, institutions=()))
    return [
        (zone, code)
        for zone, code, city in cities_of_zones()
        if {mark.value for mark in lexicon.names_in(tokens(city))} == {code}
        and not treaties.issuperset(token.key for token in tokens(city))
    ]


def _words_of_treaties(knowledge: Knowledge) -> Iterator[str]:
    """The words of the treaties' English names: in this field Stockholm, too, is mostly the convention."""
    for treaty in knowledge.treaties.values():
        for text in (treaty.name, treaty.short_name, *treaty.aliases.get("en", ()), *treaty.shared.get("en", ())):
            yield from (token.key for token in tokens(text))


def _file(language: str, names: Sequence[Name]) -> str:
    parts = [_HEAD.format(versions=versions()), f'language = "{language}"\n']
    for kind in ("names", "seats"):
        states: dict[str, list[Name]] = defaultdict(list)
        for name in names:
            if name.kind == kind:
                states[name.code].append(name)
        if states:
            parts.append(f"\n[{kind}]\n" + "".join(_lines(states.items())))
    return "".join(parts)


def _lines(states: Iterable[tuple[str, list[Name]]]) -> Iterator[str]:
    for code, names in sorted(states):
        # TOML's basic strings are written as JSON's.
        yield f"{code} = [{', '.join(json.dumps(each, ensure_ascii=False) for each in patterns_of(names))}]\n"
