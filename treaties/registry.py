"""What is known before any report is read: treaties, states, institutions and the words of each language.

These are plain values; `config.knowledge` loads them from the TOML files that people review. A *pattern* is a short
string of words separated by spaces:

    word        that word, in any case; a word written in CAPITALS matches only in capitals (WHO is not who)
    word*       any word that begins so (at most six more letters)
    one|two     either of the two
    ...         up to three words in between

so that `европейск* конвенц* ... пыт*` finds the inflected forms of a name in running text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from treaties.model import Case
    from treaties.stages import Stage

Patterns = tuple[str, ...]
ByLanguage = Mapping[str, Patterns]


@dataclass(frozen=True, slots=True)
class Clause:
    """A treaty's withdrawal clause. `source` names where it was read; None means that it was recalled, not read."""

    article: str
    rule: str
    notice: str | None = None
    text: str = ""
    residual: str = ""
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Treaty:
    """One treaty of the registry.

    `aliases` are patterns by language that name it by themselves; `shared` are patterns that other treaties share
    ("anti-torture convention"): they name this one only where a pattern of `near` stands in the same report, or where
    nothing else that shares them is more likely.
    """

    id: str
    name: str
    short_name: str
    aliases: ByLanguage
    shared: ByLanguage = field(default_factory=dict)
    near: Patterns = ()
    series: str | None = None
    opened: date | None = None
    in_force: date | None = None
    depositary: str | None = None
    organisation: str | None = None
    parent: str | None = None
    lookalikes: Mapping[str, str] = field(default_factory=dict)
    clause: Clause | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A state or entity. `names` and `seats` are matched with a capital initial, `adjectives` in any case.

    A group ("the Baltic states") lists its `members` and has a code of its own that is never a claim's state.
    """

    code: str
    name: str
    names: ByLanguage
    adjectives: ByLanguage = field(default_factory=dict)
    seats: ByLanguage = field(default_factory=dict)
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Institution:
    """An organ or office of one state.

    `role` is one of `lower_house`, `upper_house`, `parliament`, `government`, `head_of_state`, `head_of_government`,
    `foreign_ministry`, `court`. `state` is None for the generic words of a language ("parliament"). A person in office
    is an institution too: `since` and `until` bound the days on which the name means the office.
    """

    role: str
    state: str | None
    patterns: Patterns
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, by section and key, each a tuple of patterns (see `config/words/README.md`)."""

    language: str
    sections: Mapping[str, Mapping[str, Patterns]]

    def get(self, section: str, key: str) -> Patterns:
        """The patterns under `[section] key`, empty where the language has none."""
        return self.sections.get(section, {}).get(key, ())


@dataclass(frozen=True, slots=True)
class StageRule:
    """Who does what with which paper makes which stage. An empty set asks for nothing."""

    stage: Stage
    actors: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    papers: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything the rules know, as loaded at start."""

    treaties: Mapping[str, Treaty]
    states: Mapping[str, State]
    institutions: tuple[Institution, ...]
    words: Mapping[str, Words]
    stage_rules: tuple[StageRule, ...]
    known: tuple[Case, ...] = ()

    def treaty_name(self, treaty: str) -> str:
        """The short name of a registry id; the words of a provisional treaty; the id itself where nothing is known."""
        found = self.treaties.get(treaty)
        if found:
            return found.short_name
        return treaty.removeprefix("provisional:").replace("-", " ") if treaty.startswith("provisional:") else treaty

    def state_name(self, state: str) -> str:
        """The English name of a state code, or the code."""
        found = self.states.get(state)
        return found.name if found else state
