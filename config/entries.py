"""Reading the registry's records: treaties, states, institutions, words and the rules of the stages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from config.records import did_you_mean
from treaties.registry import Clause, Institution, Patterns, StageRule, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from config.records import Table

ROLES: Final = frozenset(
    {
        "lower_house",
        "upper_house",
        "parliament",
        "government",
        "head_of_state",
        "head_of_government",
        "foreign_ministry",
        "court",
    }
)
"""The organs and offices that an institution can be."""

_STAGES = frozenset(Stage)
_TREATY_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STATE_CODE = re.compile(r"[A-Z]{2}|x-[a-z]+(?:-[a-z]+)*")
_RULE = re.compile(r"[a-z]+(?:_[a-z]+)*")
_PERIOD = re.compile(r"P(?=\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?")

Sections = Mapping[str, Mapping[str, Patterns]]


def read_treaty(table: Table, treaty: str) -> Treaty:
    """One treaty of `config/treaties/`."""
    if not _TREATY_ID.fullmatch(treaty):
        table.wrong("id", f"is {treaty!r}", "use small letters, digits and single hyphens")
    clause = table.table("clause")
    found = Treaty(
        id=treaty,
        name=table.text("name"),
        short_name=table.text("short_name"),
        aliases=table.by_language("aliases"),
        shared=table.by_language("shared"),
        near=table.patterns("near"),
        series=table.optional_text("series"),
        opened=table.day("opened"),
        in_force=table.day("in_force"),
        depositary=table.optional_text("depositary"),
        organisation=table.optional_text("organisation"),
        parent=table.reference("parent", "treaty"),
        lookalikes=_read_lookalikes(table),
        clause=_read_clause(clause) if clause else None,
    )
    table.done()
    return found


def _read_lookalikes(table: Table) -> Mapping[str, str]:
    lookalikes = table.table("lookalikes")
    if not lookalikes:
        return {}
    for name in lookalikes.names():
        lookalikes.refer("treaty", name)
    return {name: lookalikes.text(name) for name in lookalikes.names()}


def _read_clause(table: Table) -> Clause:
    clause = Clause(
        article=table.text("article"),
        rule=table.shaped("rule", _RULE, "the name of a rule, such as first_of_month_after") or "",
        notice=table.shaped("notice", _PERIOD, "an ISO 8601 period, such as P12M"),
        text=table.optional_text("text") or "",
        residual=table.optional_text("residual") or "",
        source=table.optional_text("source"),
    )
    if not clause.rule:
        table.wrong("rule", "is missing", 'name one, or write "other"')
    table.done()
    return clause


def read_state(table: Table, code: str) -> State:
    """One state, entity or group of `config/states/`."""
    if not _STATE_CODE.fullmatch(code):
        table.wrong("code", f"is {code!r}", "use two capital letters (ISO 3166-1), or x-name for a group")
    members = table.words("members")
    for member in members:
        table.refer("state", member)
    state = State(
        code=code,
        name=table.text("name"),
        names=table.by_language("names"),
        adjectives=table.by_language("adjectives"),
        seats=table.by_language("seats"),
        members=members,
    )
    if bool(members) != code.startswith("x-"):
        table.wrong("members", "and the code do not fit", "a group, and only a group, has members and a code x-name")
    table.done()
    return state


def read_institutions(table: Table, state: str) -> tuple[list[Institution], list[Institution]]:
    """The organs of one state, and the persons in its offices."""
    table.refer("state", state)
    people = [_read_person(row, state) for row in table.tables("people")]
    organs = []
    for role in table.names():
        if role in ROLES:
            organ = table.table(role)
            organs.append(Institution(role, state, _flat(organ.languages() if organ else {})))
        elif role != "people":
            table.wrong(role, "is no known role", did_you_mean(role, ROLES) or f"use one of {', '.join(sorted(ROLES))}")
    return organs, people


def _read_person(table: Table, state: str) -> Institution:
    since, until = table.day("since"), table.day("until")
    person = Institution(table.choice("role", ROLES), state, _flat(table.by_language("patterns")), since, until)
    if since is None:
        table.wrong("since", "is missing", "give the first day in office: an undated name goes stale unseen")
    if since and until and until < since:
        table.wrong("until", "comes before since", "put the two days right")
    if not person.patterns:
        table.wrong("patterns", "are missing", 'add the name, such as patterns = { en = ["Name"] }')
    table.done()
    return person


def _flat(patterns: Mapping[str, Patterns]) -> Patterns:
    return tuple(dict.fromkeys(pattern for each in patterns.values() for pattern in each))


def read_words(table: Table) -> tuple[str, Sections]:
    """The language and the sections of one file of `config/words/`."""
    language = table.text("language")
    sections = {}
    for name in table.names():
        section = table.table(name) if name != "language" else None
        if section:
            sections[name] = {key: section.patterns(key) for key in section.names()}
    return language, sections


def read_rule(table: Table) -> StageRule | None:
    """One `[[rule]]` of `config/stages.toml`."""
    stage = table.choice("stage", _STAGES)
    actors, actions, papers, unless = (frozenset(table.words(key)) for key in ("actors", "actions", "papers", "unless"))
    table.done()
    return StageRule(Stage(stage), actors, actions, papers, unless) if stage in _STAGES else None
