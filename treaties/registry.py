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
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from treaties.model import Case
    from treaties.stages import Stage

Patterns = tuple[str, ...]
ByLanguage = Mapping[str, Patterns]


@dataclass(frozen=True, slots=True)
class ClauseParams:
    """What a clause's rule counts with besides the notice period, and what limits the answer.

    Attributes:
        day: month and day on which the exit takes effect.
        years_after: how many years after that of the notice it does so, for a notice in time.
        cutoff: the last month and day of a notice in time; a later one counts for the next year.
        anchor: the first day of the first term; None where terms run from the day on which the state became a party.
        first_period_years: length of the first term.
        period_years: length of every later term.
        window_every_years: how many years after the anchor, and after each other, the windows open.
        window_length_years: how long a window stays open.
        n: in which month after the notice the exit takes effect on the first day.
        earliest_from_treaty: whether `earliest` runs from the treaty's own entry into force, not from the state's.
        later_date_allowed: whether a notice may name a later day.
        notice_names_day: whether a notice must name the day, the period being only the least.
        plus_one_day: whether the depositary counts to the day after the period's last.
        armed_conflict_extension: whether a state in an armed conflict stays bound until it ends, and when it must be
            in it: on the day of effect or on that of the notice.
        per_treaty: whether the entry stands for many treaties with terms of their own.
        in_force_undated: whether the treaty is in force from a day that the registry does not give.
        depends_on: what else the day hangs on.
        practice: what is known of how the clause is handled.
        practice_states: the states whose exits are that practice; empty where it is general.
    """

    day: tuple[int, int] | None = None
    years_after: int | None = None
    cutoff: tuple[int, int] | None = None
    anchor: date | None = None
    first_period_years: int | None = None
    period_years: int | None = None
    window_every_years: int | None = None
    window_length_years: int | None = None
    n: int | None = None
    earliest_from_treaty: bool = False
    later_date_allowed: bool = False
    notice_names_day: bool = False
    plus_one_day: bool = False
    armed_conflict_extension: Literal[False, "at_effect", "at_notification"] = False
    per_treaty: bool = False
    in_force_undated: bool = False
    depends_on: str = ""
    practice: str = ""
    practice_states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A treaty's withdrawal clause.

    Attributes:
        article: where it stands in the treaty; "none" where there is no clause.
        rule: the rule that gives the day of exit, one of `treaties.timetable.RULES`.
        notice: the notice period (ISO 8601).
        text: what it says, in our own words.
        residual: what still binds after the exit.
        source: where it was read; None means that it was recalled, not read.
        earliest: how long a state must have been a party before it may give notice (ISO 8601).
        params: what the rule counts with.
    """

    article: str
    rule: str
    notice: str | None = None
    text: str = ""
    residual: str = ""
    source: str | None = None
    earliest: str | None = None
    params: ClauseParams = field(default_factory=ClauseParams)


@dataclass(frozen=True, slots=True)
class Treaty:
    """One treaty of the registry.

    `aliases` are patterns by language that name it by themselves; `shared` are patterns that other treaties share
    ("anti-torture convention"): they name this one only where a pattern of `near` stands in the same report, or where
    nothing else that shares them is more likely. A `body` is an organisation: "an agreement of the CIS" is not the CIS.
    `parties` are the states of a treaty between few: another state's "defence pact" is another treaty. `names` are the
    short names that messages use in other languages than English.
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
    body: bool = False
    parties: tuple[str, ...] = ()
    parent: str | None = None
    lookalikes: Mapping[str, str] = field(default_factory=dict)
    clause: Clause | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """A state or entity. `names` and `seats` are matched with a capital initial, `adjectives` in any case.

    A group ("the Baltic states") lists its `members` and has a code of its own that is never a claim's state. `unless`
    are words that, in the same report, say that something else of that name is meant (Atlanta: not the Georgia that is
    a state); `personal` says that people bear the name too, so that it does not count beside another unknown name.
    """

    code: str
    name: str
    names: ByLanguage
    adjectives: ByLanguage = field(default_factory=dict)
    seats: ByLanguage = field(default_factory=dict)
    members: tuple[str, ...] = ()
    unless: Patterns = ()
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Institution:
    """An organ or office of one state.

    `role` is one of `lower_house`, `upper_house`, `parliament`, `government`, `head_of_state`, `head_of_government`,
    `foreign_ministry`, `court`. `state` is None for the generic words of a language ("parliament"). A person in office
    is an institution too: `since` and `until` bound the days on which the name means the office. `patterns` are those
    of all `languages` together.
    """

    role: str
    state: str | None
    patterns: Patterns
    since: date | None = None
    until: date | None = None
    languages: ByLanguage = field(default_factory=dict)


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
    """Who does what with which paper makes which stage. An empty set asks for nothing.

    One of `places` (organs again) must be named besides; one of `unless`, a paper or the actor, forbids the rule.
    """

    stage: Stage
    actors: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    papers: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


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
