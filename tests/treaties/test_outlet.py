"""Where an outlet sits: who says so first, and what an address can and cannot tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.model import Report
from treaties.reading.outlet import seat
from treaties.registry import Words

STATES = frozenset({"AM", "AT", "DE", "FR", "GB", "IO", "LT", "LV", "ME", "RU", "TV"})
LATVIAN = Words("lv", {"detect": {"country": ("LV",)}})
GERMAN = Words("de", {"detect": {"words": ("der", "die")}})
OF_TWO_STATES = Words("el", {"detect": {"country": ("GR", "CY")}})


def seated(url: str | None = None, outlet: str | None = None, country: str | None = None) -> str | None:
    return seat(Report("r", "Storm", url=url, outlet=outlet, country=country), None, STATES)


def test_the_declared_country_stands_above_every_address() -> None:
    assert seated("https://tide.example.lv/1", "tide.fr", country="DE") == "DE"


def test_the_address_of_the_report_stands_above_that_of_the_outlet() -> None:
    assert seated("https://tide.example.lv/1", "tide.fr") == "LV"


def test_the_address_of_the_outlet_tells_where_the_reports_own_tells_nothing() -> None:
    assert seated("https://tide.example.com/1", "tide.fr") == "FR"
    assert seated(outlet="tide.fr") == "FR"


@pytest.mark.parametrize(
    "address",
    [
        "tide.example.lv",
        "TIDE.EXAMPLE.LV",
        "  tide.lv ",
        "tide.lv.",
        "tide.lv:8080",
        "https://tide.lv",
        "https://tide.lv/news/2025/1.html",
        "https://tide.lv?page=1",
        "https://tide.lv#top",
        "http://tide.lv:8080/1",
        "https://editor@tide.lv/1",
        "https://editor:secret@tide.lv:8443/1",
        "feed+https://tide.lv/rss",
    ],
)
def test_the_last_part_of_the_host_is_the_country_however_the_address_is_written(address: str) -> None:
    assert seated(address) == "LV"
    assert seated(outlet=address) == "LV"


@pytest.mark.parametrize(("code", "state"), [("uk", "GB"), ("su", "RU"), ("UK", "GB")])
def test_two_codes_of_the_net_are_not_those_of_the_state(code: str, state: str) -> None:
    assert seated(f"https://tide.example.{code}/1") == state


@pytest.mark.parametrize("code", ["tv", "io", "me", "am"])
def test_a_code_that_is_sold_to_the_whole_world_tells_nothing(code: str) -> None:
    assert code.upper() in STATES
    assert seated(f"https://tide.{code}/1") is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "lv",
        ".lv",
        "Tide Table",
        "Tide Table (tide.lv)",
        "tide.example",
        "tide.com",
        "tide.zz",
        "10.0.0.25",
        "https://",
        "https:///1.lv",
        "https://tide.com/a.lv",
        "https://tide.com?from=tide.lv",
        "https://tide.lv@tide.com/1",
        "[::1]",
        "tide.l1",
    ],
)
def test_what_is_no_host_or_has_no_known_country_tells_nothing(address: str) -> None:
    assert seated(address) is None
    assert seated(outlet=address) is None


def test_a_language_of_one_state_tells_it_last_of_all() -> None:
    assert seat(Report("r", "Vētra", outlet="Tide Table"), LATVIAN, STATES) == "LV"
    assert seat(Report("r", "Vētra", url="https://tide.lt/1"), LATVIAN, STATES) == "LT"


@pytest.mark.parametrize("words", [None, GERMAN, OF_TWO_STATES], ids=["no words", "no country", "two countries"])
def test_any_other_language_tells_nothing(words: Words | None) -> None:
    assert seat(Report("r", "Storm"), words, STATES) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_address_can_be_looked_at(url: str, outlet: str) -> None:
    assert seated(url, outlet) in {None, *STATES}
