"""Whose name is whose: every state is found by its names and by nothing that only looks like them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.knowledge import load
from treaties.reading.marks import ORGAN, STATE
from treaties.reading.mentions import Lexicon
from treaties.reading.text import sentences, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treaties.registry import Knowledge

SHARED = Path(__file__).parents[3] / "shared"
LANGUAGES = ("en", "ru", "uk", "fr", "de", "es")
LEAST_WITH_INSTITUTIONS = 195
HOUSES = frozenset({"lower_house", "upper_house", "parliament"})


@cache
def knowledge() -> Knowledge:
    return load()


@cache
def lexicon() -> Lexicon:
    return Lexicon(knowledge())


def wordings(pattern: str) -> Iterator[str]:
    """The texts that a pattern was written for: each choice of each word, beside the first choice of the others."""
    places = [place.replace("*", "").split("|") for place in pattern.split() if place != "..."]
    for at, choices in enumerate(places):
        for choice in choices:
            text = " ".join(choice if i == at else place[0] for i, place in enumerate(places))
            yield text[:1].upper() + text[1:]


def states_in(text: str) -> set[str]:
    """The states that are named, whatever else the report says."""
    return {mark.value for mark in lexicon().names_in(tokens(text)) if mark.kind == STATE}


def states_meant(text: str) -> set[str]:
    """The states that are meant, where what stands around a name counts."""
    return {mark.value for frame in lexicon().frames(sentences(text, ""), "en", None) for mark in frame.of(STATE)}


def organs_in(text: str) -> set[tuple[str | None, str]]:
    return {(mark.state, mark.value) for mark in lexicon().names_in(tokens(text)) if mark.kind == ORGAN}


@cache
def roles() -> dict[str, frozenset[str]]:
    """The roles of each state's organs, without persons."""
    organs = [organ for organ in knowledge().institutions if organ.state and organ.since is None]
    codes = {organ.state for organ in organs if organ.state}
    return {code: frozenset(organ.role for organ in organs if organ.state == code) for code in codes}


def codes_in(path: Path, *keys: str) -> set[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [row[key] for row in rows for key in keys if row.get(key)]
    return {code for value in found for code in ([value] if isinstance(value, str) else value)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_states_name_finds_that_state_and_no_other(language: str) -> None:
    wrong = {
        (state.code, text): states_in(text)
        for state in knowledge().states.values()
        for pattern in state.names.get(language, ())
        for text in wordings(pattern)
        if states_in(text) != {state.code}
    }
    assert wrong == {}


def test_no_state_is_found_by_the_name_or_adjective_of_another_in_any_language() -> None:
    wrong = {
        (state.code, language, text): others
        for state in knowledge().states.values()
        for named in (state.names, state.adjectives)
        for language, patterns in named.items()
        for pattern in patterns
        for text in wordings(pattern)
        if (others := states_in(text) - {state.code})
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Norway", "NO"),
        ("Норвегия", "NO"),
        ("Guinea-Bissau", "GW"),
        ("Guinée équatoriale", "GQ"),
        ("Папуа — Новая Гвинея", "PG"),
        ("Nigérien", "NE"),
        ("Dominica", "DM"),
        ("Dominican Republic", "DO"),
        ("Федеративные Штаты Микронезии", "FM"),
        ("Saint Vincent & the Grenadines", "VC"),
        ("St. Kitts and Nevis", "KN"),
        ("Демократической Республики Конго", "CD"),
        ("Республика Конго", "CG"),
        ("Австрии", "AT"),
        ("Австралия", "AU"),
        ("Австралії", "AU"),
        ("N. Korea", "KP"),
        ("Cook Islands", "CK"),
        ("Ниуэ", "NU"),
    ],
)
def test_a_name_close_to_another_is_told_apart_from_it(text: str, code: str) -> None:
    assert states_in(text) == {code}


@pytest.mark.parametrize("text", ["NO, we will stay", "Tigran", "Nigerian", "того", "Maurice", "Grenade", "Granada"])
def test_a_word_that_only_looks_like_a_name_is_none(text: str) -> None:
    assert states_in(text) & {"NO", "IR", "NE", "TG", "MU", "GD"} == set()


@pytest.mark.parametrize("text", ["Nigeria leaves the treaty", "Nigeria has left"])
def test_nigeria_is_not_niger(text: str) -> None:
    assert states_meant(text) == {"NG"}


@pytest.mark.parametrize(
    "text",
    [
        "A court in Georgia, USA, spoke of the convention",
        "A judge in Atlanta, Georgia, spoke of the convention",
        "The convention was praised by Michael Jordan",
        "The convention was praised by Chad Smith",
    ],
)
def test_a_person_or_another_place_of_that_name_is_no_state(text: str) -> None:
    assert states_meant(text) & {"GE", "JO", "TD"} == set()


@pytest.mark.parametrize(
    ("text", "code"), [("Georgia leaves the convention", "GE"), ("In Amman, Jordan left the convention", "JO")]
)
def test_a_name_that_people_bear_too_still_means_the_state(text: str, code: str) -> None:
    assert states_meant(text) == {code}


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Nordic countries", "x-nordics"),
        ("стран Северной Европы", "x-nordics"),
        ("Visegrád Group", "x-visegrad"),
        ("Вышеградской группы", "x-visegrad"),
        ("Grupa Wyszehradzka", "x-visegrad"),
        ("Benelux countries", "x-benelux"),
        ("Центральноазиатские республики", "x-central-asia"),
        ("pays d'Asie centrale", "x-central-asia"),
        ("Gulf states", "x-gulf"),
        ("стран Персидского залива", "x-gulf"),
        ("monarchies du Golfe", "x-gulf"),
        ("Golfstaaten", "x-gulf"),
        ("Baltic states", "x-baltics"),
        ("pays de la Baltique", "x-baltics"),
    ],
)
def test_several_states_are_found_by_the_name_of_their_group(text: str, group: str) -> None:
    assert states_in(text) == {group}


def test_the_members_of_a_group_are_states() -> None:
    members = {code: set(state.members) for code, state in knowledge().states.items()}
    assert members["x-nordics"] == {"DK", "FI", "IS", "NO", "SE"}
    assert members["x-gulf"] == {"AE", "BH", "KW", "OM", "QA", "SA"}


def test_nearly_every_state_has_institutions() -> None:
    assert len(roles()) >= LEAST_WITH_INSTITUTIONS


def test_every_state_with_institutions_has_a_parliament_a_government_and_a_foreign_ministry() -> None:
    lacking = {
        code: found
        for code, found in roles().items()
        if not (found & HOUSES and {"government", "foreign_ministry"} <= found)
    }
    assert lacking == {}


@pytest.mark.parametrize(
    ("text", "organ"),
    [
        ("Bahamian parliament", ("BS", "parliament")),
        ("парламента Багамских Островов", ("BS", "parliament")),
        ("gobierno de Bahamas", ("BS", "government")),
        ("парламент Австрии", ("AT", "parliament")),
        ("уряд Австрії", ("AT", "government")),
        ("правительство Австралии", ("AU", "government")),
        ("МИД Австралии", ("AU", "foreign_ministry")),
        ("Сейм Литвы", ("LT", "parliament")),
        ("Сейма Латвии", ("LV", "parliament")),
        ("gouvernement d'Haïti", ("HT", "government")),
        ("Parlement marocain", ("MA", "parliament")),
        ("Dewan Rakyat", ("MY", "lower_house")),
        ("State Great Khural", ("MN", "parliament")),
        ("الحكومة الأردنية", ("JO", "government")),
        ("Außenministerium von Sri Lanka", ("LK", "foreign_ministry")),
        ("Niue's government", ("NU", "government")),
    ],
)
def test_an_institution_is_found_with_its_state(text: str, organ: tuple[str, str]) -> None:
    assert organs_in(text) == {organ}


@pytest.mark.parametrize(
    "text", ["Sejm", "Сейм ЛР", "National Assembly", "правительство того времени", "gobierno de Mauricio"]
)
def test_a_name_that_several_states_share_is_nobodys_alone(text: str) -> None:
    assert organs_in(text) - {("PL", "lower_house")} == set()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference facts are not here")
def test_every_state_of_the_documented_withdrawals_has_institutions() -> None:
    wanted = codes_in(SHARED / "reference" / "withdrawals.jsonl", "state")
    assert wanted
    assert wanted - set(roles()) == set()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled reports are not here")
def test_every_state_of_the_labelled_reports_has_institutions() -> None:
    wanted = codes_in(SHARED / "eval" / "dev.jsonl", "states")
    assert wanted
    assert wanted - set(roles()) == set()
