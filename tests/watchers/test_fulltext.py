from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import feeds
from store.feeds import FeedSpec
from tests.watchers.hostile import answer, item, rss
from tests.watchers.test_polling import LAST_YEAR, TODAY, Taker
from treaties.model import Report
from watchers.article import LARGEST, article_text
from watchers.fulltext import LONGEST_PAUSE, MOST_OF_A_HOST, PAUSE, TEASER, WINDOW, FullText, Taste
from watchers.parse import LONGEST_SUMMARY
from watchers.polling import Poller, PollOptions

if TYPE_CHECKING:
    from store.database import Database
    from tests.watchers.hostile import HostileServer
    from watchers.fetch import Fetcher

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
STORY = "Parliament voted on Thursday to leave the treaty. " * 10
HTML = {"Content_Type": "text/html; charset=utf-8"}


@dataclass
class Pauses:
    """Waits for nothing and remembers for how long it should have waited."""

    waited: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def full_text(fetcher: Fetcher, pauses: Pauses) -> FullText:
    taste = Taste(lambda report: "leave" in report.title, lambda page, _: page.decode() or None)
    return FullText(fetcher, taste, "Treatywatch", pauses)


def report(url: str | None, title: str = "Latvia to leave", summary: str = "Teaser") -> Report:
    return Report(title + str(url), title, summary, NOW, url=url)


async def test_a_teaser_gets_the_text_of_its_article(server: HostileServer, full_text: FullText) -> None:
    teaser = report(server.say("/a", answer(200, STORY.encode(), **HTML)))
    fuller = await full_text(teaser, NOW)

    assert fuller.summary == STORY.strip()
    assert (fuller.id, fuller.title, fuller.url) == (teaser.id, teaser.title, teaser.url)
    assert server.paths() == ["/robots.txt", "/a"]


@pytest.mark.parametrize(
    ("title", "summary", "link"),
    [("Weather", "Teaser", "/a"), ("Latvia to leave", "x" * TEASER, "/a"), ("Latvia to leave", "Teaser", None)],
    ids=["not of interest", "no teaser", "no link"],
)
async def test_nothing_is_fetched_without_need(
    server: HostileServer, full_text: FullText, title: str, summary: str, link: str | None
) -> None:
    given = report(server.url(link) if link else None, title, summary)

    assert await full_text(given, NOW) == given
    assert server.asked == []


async def test_robots_txt_is_obeyed(server: HostileServer, full_text: FullText) -> None:
    server.say("/robots.txt", answer(200, b"User-agent: Treatywatch\nDisallow: /a\n"))
    given = report(server.say("/a", answer(200, STORY.encode(), **HTML)))

    assert await full_text(given, NOW) == given
    assert server.paths() == ["/robots.txt"]


@pytest.mark.parametrize(
    "said",
    [
        answer(404, STORY.encode(), **HTML),
        answer(200, b"", **HTML),
        answer(200, b"short", **HTML),
        answer(200, STORY.encode(), Content_Type="application/pdf"),
        answer(302, Location="http://10.0.0.1/inside"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\ncut",
    ],
    ids=["missing", "empty", "shorter", "no page", "inside", "cut"],
)
async def test_whatever_goes_wrong_the_report_goes_on(server: HostileServer, full_text: FullText, said: bytes) -> None:
    given = report(server.say("/a", said))

    assert await full_text(given, NOW) == given


async def test_a_link_to_an_inside_address_is_not_followed(full_text: FullText) -> None:
    given = report("http://10.0.0.1/story")

    assert await full_text(given, NOW) == given


async def test_an_article_is_fetched_once(server: HostileServer, full_text: FullText) -> None:
    url = server.say("/a", answer(200, STORY.encode(), **HTML))
    for hours in range(3):
        assert len((await full_text(report(url, f"{hours} leave"), NOW + timedelta(hours=hours))).summary) > TEASER

    assert server.paths().count("/a") == 1


async def test_an_article_that_cannot_be_had_is_not_asked_for_again(server: HostileServer, full_text: FullText) -> None:
    given = report(server.say("/a", answer(500)))
    for _ in range(3):
        await full_text(given, NOW)

    assert server.paths().count("/a") == 1


async def test_a_host_gets_pauses_between_its_articles_and_few_at_a_time(
    server: HostileServer, full_text: FullText, pauses: Pauses
) -> None:
    for number in range(MOST_OF_A_HOST + 3):
        await full_text(report(server.say(f"/{number}", answer(200, STORY.encode(), **HTML))), NOW)
    assert len(server.paths()) == 1 + MOST_OF_A_HOST
    assert pauses.waited == [PAUSE] * (MOST_OF_A_HOST - 1)

    late = report(server.say("/late", answer(200, STORY.encode(), **HTML)))
    await full_text(late, NOW + WINDOW - timedelta(seconds=1))
    assert "/late" not in server.paths()
    later = report(server.say("/later", answer(200, STORY.encode(), **HTML)))
    await full_text(later, NOW + WINDOW)
    assert server.paths()[-1] == "/later"


async def test_the_pause_that_a_host_asks_for_is_kept(
    server: HostileServer, full_text: FullText, pauses: Pauses
) -> None:
    server.say("/robots.txt", answer(200, b"User-agent: *\nCrawl-delay: 20\n"))
    for path in ("/a", "/b"):
        await full_text(report(server.say(path, answer(200, STORY.encode(), **HTML))), NOW)

    assert pauses.waited == [20]


async def test_a_host_that_asks_for_a_very_long_pause_is_left_alone(server: HostileServer, full_text: FullText) -> None:
    server.say("/robots.txt", answer(200, f"User-agent: *\nCrawl-delay: {LONGEST_PAUSE + 1}\n".encode()))
    await full_text(report(server.say("/a", answer(200, STORY.encode(), **HTML))), NOW)

    assert server.paths() == ["/robots.txt"]


async def test_the_text_is_plain_and_bounded(server: HostileServer, full_text: FullText) -> None:
    hostile = "<script>x</script>\x1b" + "word " * LONGEST_SUMMARY
    fuller = await full_text(report(server.say("/a", answer(200, hostile.encode(), **HTML))), NOW)

    assert fuller.summary.startswith("word word")
    assert len(fuller.summary) <= LONGEST_SUMMARY


PAGE = (
    "<html><head><title>T</title></head><body><nav><a href='/'>Home</a> <a href='/x'>World</a></nav>"
    "<article><h1>Latvia leaves</h1>"
    + "".join(
        f"<p>Deputies voted in paragraph {n} to leave the treaty after a long debate in the house.</p>"
        for n in range(8)
    )
    + "</article><footer>Cookies and imprint</footer></body></html>"
)


def test_an_article_is_told_from_the_page_around_it() -> None:
    text = article_text(PAGE.encode(), "https://news.example/1") or ""

    assert "paragraph 0" in text
    assert "paragraph 7" in text
    assert "imprint" not in text
    assert "Home" not in text


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"\x00\xff",
        b"<html></html>",
        b"<a" * 1_000,
        b"<div>" * 5_000,
        b"x" * (LARGEST + 1),
        b"<!DOCTYPE x [<!ENTITY",
    ],
    ids=["empty", "binary", "bare", "broken", "deep", "big", "entity"],
)
def test_a_page_without_an_article_has_no_text(page: bytes) -> None:
    assert not article_text(page, "https://news.example/1")


async def test_the_poller_asks_for_the_text_of_new_reports_only(
    server: HostileServer, sqlite_database: Database, fetcher: Fetcher, full_text: FullText
) -> None:
    taker = Taker(sqlite_database)
    link = server.say("/a", answer(200, STORY.encode(), **HTML))
    old, new = item("Old leave", "1", LAST_YEAR, server.url("/old")), item("New leave", "2", TODAY, link)
    url = server.say("/rss", answer(200, rss(old, new)))
    with sqlite_database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, "Wire")])
    poller = Poller(sqlite_database, fetcher, taker, PollOptions(jitter=lambda: 0.0, full_text=full_text))
    await poller.poll_due(NOW)

    assert {one.title: one.summary for one in taker.taken} == {"Old leave": "", "New leave": STORY.strip()}
    assert "/old" not in server.paths()
