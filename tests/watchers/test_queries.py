from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from store.feeds import FeedSpec
from tests.watchers.hostile import item, rss
from treaties.model import Case, Event, When
from treaties.registry import Knowledge, State, Treaty
from treaties.stages import Stage
from watchers.parse import NotAFeedError
from watchers.polling import in_a_thread
from watchers.queries import LONGEST_QUERY, queries
from watchers.sources import ByAddress

if TYPE_CHECKING:
    from treaties.model import Report

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
TEMPLATE = "https://search.example/rss?q={query}&hl={lang}&gl={country}"
LATVIAN = ("Latvija|Latvijas", "Latv*")
KNOWLEDGE = Knowledge(
    {
        "ottawa": Treaty(
            "ottawa",
            "Convention on Mines",
            "Mine Ban Treaty",
            {
                "lv": ("otav* konvencij*", "kājnieku ... mīnas", "Otavas|Ottavas konvencija|konvencijas"),
                "ru": ("оттавск*",),
            },
        ),
        "long": Treaty("long", "Long", "A" * LONGEST_QUERY, {}),
    },
    {"LV": State("LV", "Latvia", {"lv": LATVIAN, "ru": ("Латвия",)}), "ZZ": State("ZZ", "Land & Sea", {})},
    (),
    {},
    (),
)
LANGUAGES = {"LV": ("lv", "ru")}


def case(state: str, treaty: str, stage: Stage = Stage.ANNOUNCED, day: int = 1) -> Case:
    event = Event(f"{state}-{treaty}-{stage}", state, treaty, stage, When(date(2025, 5, day)))
    return Case(state, treaty, (event,))


def texts(*cases: Case, most: int = 10) -> list[tuple[str, str]]:
    return [(one.lang, one.text) for one in queries([TEMPLATE], cases, KNOWLEDGE, LANGUAGES, most)]


def test_nothing_is_searched_for_without_a_template() -> None:
    assert queries([], [case("LV", "ottawa")], KNOWLEDGE, LANGUAGES, 10) == ()


def test_a_case_is_searched_for_in_the_languages_of_its_state_and_in_english() -> None:
    # The Russian name of the treaty is not spelt out, so there is no Russian search.
    assert texts(case("LV", "ottawa")) == [("lv", 'Latvija "Otavas konvencija"'), ("en", 'Latvia "Mine Ban Treaty"')]


def test_the_words_are_encoded_and_the_place_is_filled_in() -> None:
    latvian, english = queries([TEMPLATE], [case("LV", "ottawa")], KNOWLEDGE, LANGUAGES, 10)

    assert parse_qs(urlsplit(latvian.url).query) == {"q": [latvian.text], "hl": ["lv"], "gl": ["LV"]}
    assert parse_qs(urlsplit(english.url).query) == {"q": [english.text], "hl": ["en"], "gl": ["US"]}
    assert latvian.url.isascii()


def test_names_cannot_break_out_of_the_address() -> None:
    [found] = queries([TEMPLATE], [case("ZZ", "ottawa")], KNOWLEDGE, {}, 10)

    assert parse_qs(urlsplit(found.url).query)["q"] == ['"Land & Sea" "Mine Ban Treaty"']


@pytest.mark.parametrize("stage", [Stage.IN_EFFECT, Stage.REJOINED])
def test_a_case_that_is_over_is_not_searched_for(stage: Stage) -> None:
    assert texts(case("LV", "ottawa", stage)) == []


def test_a_case_without_events_or_names_is_not_searched_for() -> None:
    unknown = [Case("LV", "ottawa"), case("LV", "provisional:tide"), case("XX", "ottawa"), case("LV", "unlisted")]

    assert texts(*unknown) == []


def test_searches_are_bounded_in_length() -> None:
    assert texts(case("LV", "long")) == []
    far = "https://search.example/" + "x" * 2_000 + "{query}"
    assert queries([far], [case("LV", "ottawa")], KNOWLEDGE, LANGUAGES, 10) == ()


def test_searches_are_bounded_in_number_and_the_newest_case_comes_first() -> None:
    older, newer = case("ZZ", "ottawa", day=1), case("LV", "ottawa", day=2)

    assert [lang for lang, _ in texts(older, newer, most=2)] == ["lv", "en"]
    assert texts(older, newer, most=0) == []


SPEC = FeedSpec("https://search.example/rss?q=x", "News search", lang="en", kind="agency", group="Engine")


async def read(body: bytes, searches: tuple[str, ...] = (SPEC.url,)) -> tuple[Report, ...]:
    reading = ByAddress({}, searches, in_a_thread)
    return (await reading(body, spec=SPEC, base_url=SPEC.url, now=NOW, content_type=None)).reports


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Latvia quits the treaty - The Example Times", ("Latvia quits the treaty", "The Example Times")),
        ("Mine-ban vote - live – Example", ("Mine-ban vote - live", "Example")),
        ("Latvia quits the treaty", ("Latvia quits the treaty", "News search")),
    ],
    ids=["publisher", "last part", "none"],
)
async def test_a_publisher_speaks_and_not_the_engine(title: str, expected: tuple[str, str]) -> None:
    [report] = await read(rss(item(title)))

    assert (report.title, report.outlet) == expected
    assert (report.group, report.country, report.official, report.record) == (None, None, False, False)


async def test_what_several_searches_find_is_one_report_also_with_its_outlets_own_feed() -> None:
    link = "https://www.example.org/news/1"
    [found] = await read(rss(item("Latvia quits - Example", "CBMi1", link=link)))
    [again] = await read(rss(item("Latvia quits the treaty - Example", "CBMi2", link=link + "/")))
    [own] = await read(rss(item("Latvia quits", link, link=link)), searches=())

    assert found.id == again.id == own.id


async def test_a_report_without_a_link_keeps_its_identity() -> None:
    [found] = await read(rss(item("Latvia quits - Example", "CBMi1")))
    [other] = await read(rss(item("Latvia quits - Example", "CBMi2")))

    assert found.id != other.id


async def test_a_feed_that_is_no_search_keeps_its_titles() -> None:
    [report] = await read(rss(item("Latvia quits - The Example Times")), searches=())

    assert (report.title, report.outlet, report.record) == ("Latvia quits - The Example Times", "News search", True)


async def test_what_is_no_feed_is_an_error() -> None:
    with pytest.raises(NotAFeedError, match="HTML"):
        await read(b"<html><body>Sorry</body></html>")
