"""Whether two names that the registry does not list mean the same treaty."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from treaties.provisional import SPAN, Telling, generic_stems, is_provisional, same_treaty, stems
from treaties.registry import Words

DAY = date(2025, 10, 1)
GENERIC = frozenset({"conve", "treat"})


def told(name: str, days: int = 0, lang: str | None = "en") -> Telling:
    return Telling(f"provisional:{name}", DAY + timedelta(days=days), lang)


def same(name: str, *others: Telling, lang: str | None = "en", taken: frozenset[str] = frozenset()) -> str | None:
    found = same_treaty(told(name, lang=lang), others, generic=GENERIC, taken=taken)
    return found.treaty.removeprefix("provisional:") if found else None


@pytest.mark.parametrize(
    ("name", "other", "joined"),
    [
        ("body-on-whaling", "whaling-organisation", True),
        ("pacto-migratorio-da-onu", "pacto-de-migracao", True),
        ("конвенция-о-китобойном-промысле", "китобоиная-конвенция", True),
        ("convention-on-moons", "convention-on-tides", False),
        ("tide-convention", "tide-treaty", False),
        ("rights-council", "investment-bank", False),
    ],
    ids=["one word", "inflected", "another script", "a generic word", "a short word", "nothing in common"],
)
def test_names_are_joined_by_a_word_that_tells_which_treaty_it_is(name: str, other: str, *, joined: bool) -> None:
    assert same(name, told(other)) == (other if joined else None)


def test_names_in_two_languages_are_joined_without_a_common_word() -> None:
    assert same("body-on-whaling", told("organizacion-ballenera", lang="es")) == "organizacion-ballenera"
    found = same_treaty(told("body-on-whaling"), [told("organizacion-ballenera", lang="es")])
    assert found
    assert found.reason == "told in es within 14 days"


@pytest.mark.parametrize(("mine", "theirs"), [(None, "es"), ("en", None), (None, None)])
def test_an_unknown_language_is_not_another_one(mine: str | None, theirs: str | None) -> None:
    assert same("body-on-whaling", told("organizacion-ballenera", lang=theirs), lang=mine) is None


@pytest.mark.parametrize(("days", "joined"), [(-15, False), (-14, True), (14, True), (15, False)])
def test_only_what_lies_near_in_time_is_joined(days: int, *, joined: bool) -> None:
    assert SPAN.days == 14
    assert same("body-on-whaling", told("whaling-organisation", days)) == ("whaling-organisation" if joined else None)


def test_the_earliest_that_fits_gives_its_id() -> None:
    others = told("tide-tables"), told("whaling-club"), told("organizacion-ballenera", lang="es")
    assert same("body-on-whaling", *others) == "whaling-club"


def test_a_name_that_has_a_case_keeps_it() -> None:
    assert same("body-on-whaling", told("whaling-organisation"), told("body-on-whaling")) is None


def test_two_names_of_one_report_are_no_translations_of_each_other() -> None:
    taken = frozenset({"provisional:organizacion-ballenera"})
    assert same("body-on-whaling", told("organizacion-ballenera", lang="es"), taken=taken) is None
    assert same("grupo-ballenero", told("organizacion-ballenera", lang="es"), taken=taken) == "organizacion-ballenera"


def test_the_reason_names_what_is_shared() -> None:
    found = same_treaty(told("body-on-whaling"), [told("whaling-organisation")])
    assert found
    assert found.reason == "both name 'whali'…"


def test_words_are_compared_without_accents_capitals_and_endings() -> None:
    assert stems("provisional:Migração-e-Asilo-2018") == {"migra", "asilo"}


def test_generic_words_come_from_the_words_of_every_language() -> None:
    english = Words(
        "en", {"pact": {"noun": ("convention|conventions", "treaty|treaties"), "body": ("COMESA|council",)}}
    )
    russian = Words("ru", {"pact": {"noun": ("конвенци* ООН",), "about": ("запрете", "о")}})
    assert generic_stems([english, russian]) == {"conve", "treat", "counc", "конве", "запре"}


def test_a_provisional_id_is_told_by_its_beginning() -> None:
    assert is_provisional("provisional:tides")
    assert not is_provisional("ottawa")
