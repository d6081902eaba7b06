"""What must hold of the shipped treaties, states and institutions, whatever loads them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from treaties.timetable import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONFIG = Path(__file__).parents[2] / "config"
FOLDERS = ("treaties", "states", "institutions")
LANGUAGES = ("en", "ru", "uk", "fr", "de", "es", "pl")
ROLES = frozenset(
    {
        "lower_house",
        "upper_house",
        "parliament",
        "government",
        "foreign_ministry",
        "court",
        "head_of_state",
        "head_of_government",
    }
)
MEETING_PLACES = frozenset({"geneva", "the hague", "den haag", "strasbourg", "new york"})
WORD = r"(?:[^\s|*]{2,}\*|[^\s|*]+)"
PATTERN = re.compile(rf"{WORD}(?:\|{WORD})*(?: (?:\.\.\. )?{WORD}(?:\|{WORD})*)*")

Record = dict[str, Any]


def records(folder: str) -> list[tuple[str, Record]]:
    """Every named record of a folder, with its name, in the order of the files."""
    files = sorted((CONFIG / folder).glob("*.toml"))
    return [pair for file in files for pair in tomllib.loads(file.read_text(encoding="utf-8")).items()]


TREATIES = dict(records("treaties"))
STATES = dict(records("states"))
INSTITUTIONS = dict(records("institutions"))
PEOPLE = [(code, person) for code, record in INSTITUTIONS.items() for person in record.get("people", [])]


def patterns(value: object) -> Iterator[str]:
    """Every pattern under tables of languages, however deep they stand."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"aliases", "shared", "names", "adjectives", "seats", "patterns", "near"} or key in ROLES:
                yield from strings(inner)
            elif key == "people":
                yield from (pattern for person in inner for pattern in patterns(person))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in strings(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in strings(inner))


def spelled(tables: Iterable[dict[str, list[str]]]) -> set[str]:
    """Every single word that is found by itself, and every longer pattern as it stands, in small letters."""
    found = [pattern.lower() for table in tables for each in table.values() for pattern in each]
    return {option for pattern in found for option in ([pattern] if " " in pattern else pattern.split("|"))}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_record_stands_twice(folder: str) -> None:
    counted = Counter(name for name, _ in records(folder))
    assert counted
    assert {name for name, count in counted.items() if count > 1} == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_tells_people_how_to_extend_it(folder: str) -> None:
    assert "## To add" in (CONFIG / folder / "README.md").read_text(encoding="utf-8").replace(
        "What belongs here", "To add"
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_pattern_is_well_formed(folder: str) -> None:
    found = [pattern for _, record in records(folder) for pattern in patterns(record)]
    assert found
    assert [pattern for pattern in found if not PATTERN.fullmatch(pattern)] == []
    assert [pattern for pattern in found if not unicodedata.is_normalized("NFC", pattern)] == []


def test_no_stem_is_so_short_that_it_fits_anything() -> None:
    stems = [
        option
        for folder in FOLDERS
        for _, record in records(folder)
        for pattern in patterns(record)
        if " " not in pattern
        for option in pattern.split("|")
        if option.endswith("*")
        and "'" not in option
        and not re.search(r"[\u0370-\u03ff\u0600-\u06ff\uac00-\ud7af]", option)
    ]
    assert stems
    assert [stem for stem in stems if len(stem) < 5] == []


def test_every_treaty_has_a_name_a_clause_and_an_alias() -> None:
    for name, treaty in TREATIES.items():
        assert treaty["name"], name
        assert treaty["short_name"], name
        assert treaty["clause"]["article"], name
        assert treaty["clause"]["rule"] in RULES, name
        assert [*strings(treaty["aliases"])], name


def test_treaties_refer_only_to_treaties() -> None:
    named = {other for treaty in TREATIES.values() for other in [*treaty.get("lookalikes", {}), treaty.get("parent")]}
    assert named - {None} <= set(TREATIES)


def test_dates_of_treaties_are_in_order() -> None:
    dated = [(t["opened"], t["in_force"]) for t in TREATIES.values() if "opened" in t and "in_force" in t]
    assert all(isinstance(day, date) for pair in dated for day in pair)
    assert [pair for pair in dated if pair[0] > pair[1]] == []


def test_a_notice_period_is_an_iso_duration() -> None:
    notices = {treaty["clause"].get("notice", "P1D") for treaty in TREATIES.values()}
    assert [notice for notice in notices if not re.fullmatch(r"P\d+[YMWD]", notice)] == []


def test_a_clause_names_its_source_or_none() -> None:
    sources = [treaty["clause"]["source"] for treaty in TREATIES.values() if "source" in treaty["clause"]]
    assert sources
    assert [source for source in sources if not source.startswith("https://")] == []


def test_an_alias_names_one_treaty_only() -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for name, treaty in TREATIES.items():
        for alias in strings(treaty["aliases"]):
            owners[alias.lower()].add(name)
    assert {alias: names for alias, names in owners.items() if len(names) > 1} == {}


def test_a_shared_name_comes_with_words_that_decide() -> None:
    assert [name for name, treaty in TREATIES.items() if treaty.get("shared") and not treaty.get("near")] == []


def test_a_name_that_is_an_alias_of_one_treaty_is_not_shared_by_another() -> None:
    aliases = {alias.lower(): name for name, treaty in TREATIES.items() for alias in strings(treaty["aliases"])}
    clashes = [
        (name, shared)
        for name, treaty in TREATIES.items()
        for shared in strings(treaty.get("shared", {}))
        if aliases.get(shared.lower()) not in {None, name}
    ]
    assert clashes == []


def test_the_convention_against_torture_and_its_european_sister_share_their_short_names() -> None:
    both = set(strings(TREATIES["ecpt"]["shared"])) & set(strings(TREATIES["cat"]["shared"]))
    assert any("anti-torture" in pattern for pattern in both)
    assert "CPT" not in set(strings(TREATIES["cat"]["shared"]))


def test_all_states_of_the_united_nations_and_seven_more_are_listed() -> None:
    states = {code for code in STATES if not code.startswith("x-")}
    assert len(states) == 193 + 7
    assert {"VA", "PS", "XK", "TW", "EU", "CK", "NU"} <= states


def test_every_state_has_names_in_the_languages_of_the_program() -> None:
    lacking = {code: set(LANGUAGES) - set(state["names"]) for code, state in STATES.items() if "members" not in state}
    assert {code: languages for code, languages in lacking.items() if languages} == {}


def test_a_group_and_only_a_group_has_members() -> None:
    for code, state in STATES.items():
        assert code.startswith("x-") == bool(state.get("members")), code
        assert set(state.get("members", [])) <= set(STATES), code


@pytest.mark.parametrize("kind", ["names", "adjectives", "seats"])
def test_a_name_belongs_to_one_state(kind: str) -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for code, state in STATES.items():
        for pattern in strings(state.get(kind, {})):
            owners[pattern.lower()].add(code)
    assert {pattern: codes for pattern, codes in owners.items() if len(codes) > 1} == {}


def test_a_city_where_states_meet_is_nobodys_seat() -> None:
    assert spelled(state.get("seats", {}) for state in STATES.values()) & MEETING_PLACES == set()


def test_brussels_speaks_for_the_european_union() -> None:
    seats = {code for code, state in STATES.items() if "brussels" in spelled([state.get("seats", {})])}
    assert seats == {"EU"}


def test_half_a_name_of_a_divided_country_names_neither() -> None:
    names = spelled(state["names"] for state in STATES.values())
    assert names & {"korea", "congo", "корея", "конго", "corée", "corea"} == set()


def test_the_word_for_of_that_is_not_togo() -> None:
    assert "того" not in spelled([STATES["TG"]["names"]])


def test_institutions_have_a_state_and_a_known_role() -> None:
    assert set(INSTITUTIONS) <= set(STATES)
    assert {role for record in INSTITUTIONS.values() for role in record} - {"people"} <= ROLES


def test_an_institutions_name_means_one_organ_of_one_state() -> None:
    owners: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for code, record in INSTITUTIONS.items():
        for role in record.keys() & ROLES:
            for pattern in strings(record[role]):
                owners[pattern.lower()].add((code, role))
    assert {pattern: organs for pattern, organs in owners.items() if len(organs) > 1} == {}


def test_a_chamber_that_several_states_have_is_never_named_alone() -> None:
    names = {p for record in INSTITUTIONS.values() for role in record.keys() & ROLES for p in spelled([record[role]])}
    assert (
        names & {"senate", "parliament", "national assembly", "congress", "сейм", "сенат", "sénat", "bundesrat"}
        == set()
    )


def test_everybody_in_office_has_a_role_and_a_first_day() -> None:
    assert PEOPLE
    for code, person in PEOPLE:
        assert person["role"] in ROLES, (code, person)
        assert isinstance(person["since"], date), (code, person)
        assert person["since"] <= person.get("until", date.max), (code, person)


def test_a_person_is_not_named_by_a_scrap_of_a_name() -> None:
    words = [p for _, person in PEOPLE for p in person["patterns"]["en"] if " " not in p]
    assert [word for word in words if len(word) < 4] == []
