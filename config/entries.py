"""Reading the registry's records: treaties, states, institutions, words and the rules of the stages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from config.records import LANGUAGE, did_you_mean
from treaties.periods import SHAPE as PERIOD
from treaties.registry import Clause, ClauseParams, Institution, Patterns, StageRule, State, Treaty
from treaties.stages import Stage
from treaties.timetable import RULES, lacking

if TYPE_CHECKING:
    from collections.abc import Collection

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
_MONTH_DAY = re.compile(r"\d\d-\d\d")
_PERIOD_WANTED = "an ISO 8601 period, such as P12M"
_NO_LEAP_YEAR = 2001
_EXTENSIONS = frozenset({"at_effect", "at_notification"})

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
        body=table.flag("body"),
        parties=table.words("parties"),
        parent=table.reference("parent", "treaty"),
        lookalikes=_read_lookalikes(table),
        names=table.texts_by_language("names"),
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
    params = table.table("params")
    clause = Clause(
        article=table.text("article"),
        rule=table.choice("rule", RULES),
        notice=table.shaped("notice", PERIOD, _PERIOD_WANTED),
        text=table.optional_text("text") or "",
        residual=table.optional_text("residual") or "",
        source=table.optional_text("source"),
        earliest=table.shaped("earliest", PERIOD, _PERIOD_WANTED),
        params=_read_params(params) if params else ClauseParams(),
    )
    for key in lacking(clause):
        # A value that is there but wrong has had its own fault.
        if not table.has(key) and not (params and params.has(key)):
            table.wrong(f"rule {clause.rule!r}", f"cannot do without {key}", f"add {key}, or name another rule")
    table.done()
    return clause


def _read_params(table: Table) -> ClauseParams:
    params = ClauseParams(
        day=_read_month_day(table, "day"),
        years_after=table.number("years_after", least=0),
        cutoff=_read_month_day(table, "cutoff"),
        anchor=table.day("anchor"),
        first_period_years=table.number("first_period_years"),
        period_years=table.number("period_years"),
        window_every_years=table.number("window_every_years"),
        window_length_years=table.number("window_length_years"),
        n=table.number("n"),
        earliest_from_treaty=table.flag("earliest_from_treaty"),
        later_date_allowed=table.flag("later_date_allowed"),
        notice_names_day=table.flag("notice_names_day"),
        plus_one_day=table.flag("plus_one_day"),
        armed_conflict_extension=_read_extension(table),
        per_treaty=table.flag("per_treaty"),
        in_force_undated=table.flag("in_force_undated"),
        depends_on=table.optional_text("depends_on") or "",
        practice=table.optional_text("practice") or "",
        practice_states=table.words("practice_states"),
    )
    for state in params.practice_states:
        table.refer("state", state)
    table.done()
    return params


def _read_month_day(table: Table, key: str) -> tuple[int, int] | None:
    text = table.shaped(key, _MONTH_DAY, 'a month and a day, such as "12-31"')
    if text is None:
        return None
    month, day = (int(part) for part in text.split("-"))
    try:
        # A day that every year has.
        date(_NO_LEAP_YEAR, month, day)
    except ValueError:
        table.wrong(key, f"is {text!r}", "write a day that every year has")
        return None
    return month, day


def _read_extension(table: Table) -> Literal[False, "at_effect", "at_notification"]:
    key = "armed_conflict_extension"
    match table.choice(key, _EXTENSIONS) if table.has(key) else "":
        case "at_effect":
            return "at_effect"
        case "at_notification":
            return "at_notification"
        case _:
            return False


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
        unless=table.patterns("unless"),
        personal=table.flag("personal"),
    )
    if bool(members) != code.startswith("x-"):
        table.wrong("members", "and the code do not fit", "a group, and only a group, has members and a code x-name")
    table.done()
    return state


def read_generated(table: Table, known: Collection[str]) -> tuple[str, dict[str, Mapping[str, Patterns]]]:
    """One file of `config/states/generated/`: its language, and under `names` and `seats` patterns by state."""
    language = table.text("language")
    if language and not LANGUAGE.fullmatch(language):
        table.wrong("language", f"is {language!r}", "write two or three small letters, such as en")
    found: dict[str, Mapping[str, Patterns]] = {}
    for kind in ("names", "seats"):
        states = table.table(kind)
        found[kind] = states.lists() if states else {}
        for code in found[kind].keys() - known:
            table.wrong(kind, f"name the unknown state {code!r}", "run `make knowledge` again")
    table.done()
    return language, found


def read_institutions(table: Table, state: str) -> tuple[list[Institution], list[Institution]]:
    """The organs of one state, and the persons in its offices."""
    table.refer("state", state)
    people = [_read_person(row, state) for row in table.tables("people")]
    organs = []
    for role in table.names():
        if role in ROLES:
            organ = table.table(role)
            languages = organ.languages() if organ else {}
            organs.append(Institution(role, state, _flat(languages), languages=languages))
        elif role != "people":
            table.wrong(role, "is no known role", did_you_mean(role, ROLES) or f"use one of {', '.join(sorted(ROLES))}")
    return organs, people


def _read_person(table: Table, state: str) -> Institution:
    since, until = table.day("since"), table.day("until")
    languages = table.by_language("patterns")
    person = Institution(table.choice("role", ROLES), state, _flat(languages), since, until, languages)
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
            sections[name] = section.lists()
    return language, sections


def read_rule(table: Table) -> StageRule | None:
    """One `[[rule]]` of `config/stages.toml`."""
    stage = table.choice("stage", _STAGES)
    parts = {key: frozenset(table.words(key)) for key in ("actors", "actions", "papers", "unless", "places")}
    table.done()
    return StageRule(Stage(stage), **parts) if stage in _STAGES else None
