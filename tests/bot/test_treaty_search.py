from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.treaty_search import Match, TreatySearch
from treaties.registry import Treaty

TREATIES = {
    treaty.id: treaty
    for treaty in (
        Treaty(
            "tides",
            "Convention on the Prevention of Tides",
            "Tide Convention",
            aliases={"en": ("tide|tides convention", "TPC"), "ru": ("конвенц* о прилив*",)},
            shared={"en": ("sea convention|treaty",)},
            series="ETS No. 126",
        ),
        Treaty(
            "waves",
            "Treaty on Waves",
            "Wave Treaty",
            aliases={"en": ("wave|waves treaty",), "fr": ("traité sur les vagues à l'été",)},
            shared={"en": ("sea convention|treaty",)},
            series="UNTS I-77",
        ),
        Treaty(
            "waves-p1",
            "Protocol to the Treaty on Waves",
            "Wave Protocol",
            aliases={"en": ("wave treaty protocol",), "es": ("W-OLA*",)},
        ),
        Treaty("moons", "Convention on Moons", "Moon Convention", aliases={"de": ("mondkonvention*",)}),
    )
}
SEARCH = TreatySearch(TREATIES)


@pytest.mark.parametrize("text", ["tides", " TIDES ", "Tide Convention", "ETS No. 126", "ets 126", "tpc", "TPC"])
def test_a_treaty_is_named_by_id_name_number_or_acronym(text: str) -> None:
    assert SEARCH.named(text) == ("tides",)


@pytest.mark.parametrize(
    ("text", "treaty"),
    [("конвенцию о приливах", "tides"), ("Mondkonventionen", "moons"), ("waves treaty", "waves")],
)
def test_a_treaty_is_named_by_an_alias_in_any_language_and_form(text: str, treaty: str) -> None:
    assert SEARCH.named(text) == (treaty,)


def test_a_name_that_treaties_share_names_them_all() -> None:
    assert SEARCH.named("Sea Treaty") == ("tides", "waves")


def test_an_alias_inside_a_longer_one_names_nothing_of_its_own() -> None:
    assert SEARCH.named("wave treaty protocol") == ("waves-p1",)


@pytest.mark.parametrize("text", ["", "sea", "the wave treaty of old", "moon"])
def test_words_that_are_no_whole_name_name_nothing(text: str) -> None:
    assert SEARCH.named(text) == ()


@pytest.mark.parametrize(
    ("text", "treaty", "match"),
    [
        ("tides", "tides", Match.NAME),
        ("wave treaty", "waves", Match.NAME),
        ("waves treaty", "waves", Match.ALIAS),
        ("will they leave the waves treaty now", "waves", Match.ALIAS),
        ("sea treaty", "tides", Match.SHARED),
        ("prevention", "tides", Match.WORDS),
        ("126", "tides", Match.WORDS),
        ("preventi", "tides", Match.WORDS),
        ("ete vagues", "waves", Match.WORDS),
        ("приливам", "tides", Match.WORDS),
        ("prevetnion of tydes", "tides", Match.CLOSE),
        ("mond-konvention", "moons", Match.CLOSE),
        ("waev treaty", "waves", Match.CLOSE),
    ],
)
def test_the_likeliest_treaty_comes_first(text: str, treaty: str, match: Match) -> None:
    first = SEARCH.find(text)[0]
    assert (first.treaty, first.match) == (treaty, match)


def test_a_rare_word_says_more_than_a_common_one() -> None:
    assert [hit.treaty for hit in SEARCH.find("convention moons")] == ["moons"]


def test_a_treaty_is_found_once_in_its_best_way() -> None:
    found = SEARCH.find("sea convention")
    assert [(hit.treaty, hit.match) for hit in found] == [("tides", Match.SHARED), ("waves", Match.SHARED)]
    assert SEARCH.find("sea convention", limit=1) == found[:1]


def test_a_compound_is_no_beginning_of_every_word() -> None:
    assert SEARCH.find("wonderful") == ()
    assert SEARCH.find("olas")[0].treaty == "waves-p1"


@pytest.mark.parametrize("text", ["", "   ", "…", "zzzz qqqq", "12", "x"])
def test_what_is_like_nothing_finds_nothing(text: str) -> None:
    assert SEARCH.find(text) == ()


@given(st.text(max_size=60))
def test_any_text_can_be_searched_for(text: str) -> None:
    hits = SEARCH.find(text)
    assert all(0 < hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_registry_without_treaties_finds_nothing() -> None:
    assert TreatySearch({}).find("anything at all") == ()
    assert TreatySearch({}).named("anything") == ()
