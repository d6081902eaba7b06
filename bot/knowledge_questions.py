"""Look-ups on the knowledge itself, for those who tend the data files: how much there is, and what is ambiguous."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from treaties.reading.patterns import Table
from treaties.reading.text import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from treaties.registry import ByLanguage, Knowledge, Patterns

ALIASES: Final = "treaty aliases"
STATE_NAMES: Final = "state names"
INSTITUTIONS: Final = "institution patterns"
WORDS: Final = "words"
_COLUMNS: Final = (ALIASES, STATE_NAMES, INSTITUTIONS, WORDS)
# A pattern with many choices has thousands of wordings; a rival is found among the first ones, or from its own side.
_WORDINGS: Final = 500


@dataclass(frozen=True, slots=True)
class Stats:
    """How much is known.

    Attributes:
        counts: how many there are of each thing, by what it is called.
        languages: how many patterns each language has of each kind.
    """

    counts: Mapping[str, int]
    languages: Mapping[str, Mapping[str, int]]

    def lines(self) -> list[str]:
        """The counts, then a row for each language."""
        width = max(map(len, self.counts))
        head = "  ".join(["language", *_COLUMNS])
        rows = [
            "  ".join([f"{code:<8}", *(f"{counts[column]:>{len(column)}}" for column in _COLUMNS)])
            for code, counts in self.languages.items()
        ]
        return [*(f"{name:<{width}}  {count:>5}" for name, count in self.counts.items()), "", head, *rows]

    def json(self) -> dict[str, Any]:
        """The counts as data; keys are the names with underscores."""
        return {
            **{_key(name): count for name, count in self.counts.items()},
            "languages": {
                code: {_key(column): counts[column] for column in _COLUMNS} for code, counts in self.languages.items()
            },
        }


def _key(name: str) -> str:
    return name.replace(" ", "_").replace(",", "")


def stats(knowledge: Knowledge) -> Stats:
    """How much is known of everything, and in which languages."""
    groups = sum(bool(state.members) for state in knowledge.states.values())
    people = sum(each.since is not None for each in knowledge.institutions)
    clauses = [treaty.clause for treaty in knowledge.treaties.values()]
    verified = sum(bool(clause and clause.source) for clause in clauses)
    counts = {
        "treaties": len(knowledge.treaties),
        "clauses, verified": verified,
        "clauses, recalled": sum(clause is not None for clause in clauses) - verified,
        "states and entities": len(knowledge.states) - groups,
        "groups": groups,
        "organs": len(knowledge.institutions) - people,
        "persons in office": people,
        "states with institutions": len({each.state for each in knowledge.institutions if each.state}),
        "languages read": len(knowledge.words),
    }
    return Stats(counts, _languages(knowledge))


def _languages(knowledge: Knowledge) -> Mapping[str, Mapping[str, int]]:
    """The patterns of each language, the richest language first."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for column, by_language in _lists(knowledge):
        for code, patterns in by_language.items():
            counts[code][column] += len(patterns)
    for code, words in knowledge.words.items():
        counts[code][WORDS] += sum(len(patterns) for keys in words.sections.values() for patterns in keys.values())
    return dict(sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])))


def _lists(knowledge: Knowledge) -> Iterator[tuple[str, ByLanguage]]:
    for treaty in knowledge.treaties.values():
        yield from ((ALIASES, treaty.aliases), (ALIASES, treaty.shared))
    for state in knowledge.states.values():
        yield from ((STATE_NAMES, state.names), (STATE_NAMES, state.adjectives), (STATE_NAMES, state.seats))
    for institution in knowledge.institutions:
        yield INSTITUTIONS, institution.languages


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a pattern names: the treaty or state, as what, and for a person in office from when to when."""

    owner: str
    role: str
    since: date = date.min
    until: date = date.max

    def meets(self, other: Bearer) -> bool:
        """Whether one and the same day has both, and they are two."""
        return self.owner != other.owner and self.since <= other.until and other.since <= self.until


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A pattern some of whose wordings name others too."""

    pattern: str
    bearers: tuple[Bearer, ...]

    def __str__(self) -> str:
        """The pattern and who shares it."""
        return f"{self.pattern}: {', '.join(f'{bearer.owner} ({bearer.role})' for bearer in self.bearers)}"


@dataclass(frozen=True, slots=True)
class Ambiguities:
    """Everything in the data files that names two."""

    treaties: tuple[Ambiguity, ...]
    states: tuple[Ambiguity, ...]

    def lines(self) -> list[str]:
        """The patterns that name two treaties, then those that name two states."""
        return [
            "Every data file is valid.",
            f"Patterns that name more than one treaty: {len(self.treaties)}",
            *(f"  {each}" for each in self.treaties),
            f"Patterns that name more than one state: {len(self.states)}",
            *(f"  {each}" for each in self.states),
        ]

    def json(self) -> dict[str, Any]:
        """The patterns with who shares them, as data."""
        return {"treaties": _ambiguity_json(self.treaties), "states": _ambiguity_json(self.states)}


def _ambiguity_json(found: Iterable[Ambiguity]) -> list[dict[str, Any]]:
    return [
        {"pattern": each.pattern, "shared_by": [{"id": bearer.owner, "as": bearer.role} for bearer in each.bearers]}
        for each in found
    ]


def ambiguities(knowledge: Knowledge) -> Ambiguities:
    """The patterns that name two treaties, by alias or as a shared name, and those that name two states."""
    return Ambiguities(_ambiguous(_treaty_patterns(knowledge)), _ambiguous(_state_patterns(knowledge)))


_Entry = tuple["Patterns", Bearer, bool]


def _treaty_patterns(knowledge: Knowledge) -> Iterator[_Entry]:
    for treaty in knowledge.treaties.values():
        for role, by_language in (("alias", treaty.aliases), ("shared", treaty.shared)):
            for patterns in by_language.values():
                yield patterns, Bearer(treaty.id, role), False


def _state_patterns(knowledge: Knowledge) -> Iterator[_Entry]:
    for state in knowledge.states.values():
        lists = (("name", state.names, True), ("seat", state.seats, True), ("adjective", state.adjectives, False))
        for role, by_language, capital in lists:
            for patterns in by_language.values():
                yield patterns, Bearer(state.code, role), capital
    for each in knowledge.institutions:
        if each.state:
            bearer = Bearer(each.state, each.role, each.since or date.min, each.until or date.max)
            yield each.patterns, bearer, each.since is not None


def _ambiguous(entries: Iterable[_Entry]) -> tuple[Ambiguity, ...]:
    """The patterns with a wording that another one's pattern fits from end to end, as the matcher itself sees it."""
    every = list(entries)
    table: Table[Bearer] = Table()
    for patterns, bearer, capital in every:
        for pattern in patterns:
            table.add(pattern, bearer, capital=capital)
    found: defaultdict[str, set[Bearer]] = defaultdict(set)
    for patterns, bearer, _ in every:
        for pattern in patterns:
            others = {other for other in _fitting(pattern, table) if bearer.meets(other)}
            if others:
                found[pattern] |= {bearer, *others}
    return tuple(Ambiguity(pattern, tuple(sorted(found[pattern], key=_in_order))) for pattern in sorted(found))


def _in_order(bearer: Bearer) -> tuple[str, str, date]:
    return bearer.owner, bearer.role, bearer.since


def _fitting(pattern: str, table: Table[Bearer]) -> Iterator[Bearer]:
    for wording in _wordings(pattern):
        words = tokens(wording)
        yield from (hit.value for hit in table.find(words) if (hit.start, hit.end) == (0, len(words)))


def _wordings(pattern: str) -> Iterator[str]:
    """What the pattern finds, word for word: each choice taken, stems as they are, nothing in the gaps."""
    choices = [place.split("|") for place in pattern.split() if place != "..."]
    for words in itertools.islice(itertools.product(*choices), _WORDINGS):
        text = " ".join(word.removesuffix("*") for word in words)
        # Names are found with a capital only; for everything else it makes no difference.
        yield text[:1].upper() + text[1:]
