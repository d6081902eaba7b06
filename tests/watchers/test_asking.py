from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store.feeds import FeedSpec, FeedState
from tests.watchers.hostile import answer, item, rss
from watchers.asking import FAULTY, PROBED, Answers, Condition, ask
from watchers.pages import PageReader
from watchers.polling import in_a_thread
from watchers.sources import ByAddress

if TYPE_CHECKING:
    from tests.watchers.hostile import HostileServer
    from watchers.fetch import Fetcher
    from watchers.sources import BodyReader

TODAY = "Sat, 22 Nov 2025 10:00:00 GMT"
NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
LATELY = timedelta(minutes=30)


def state(url: str) -> FeedState:
    return FeedState(0, FeedSpec(url, "Wire"), url)


async def asked(fetcher: Fetcher, *states: FeedState, readers: dict[str, BodyReader] | None = None) -> Answers:
    return await ask(states, fetcher, NOW, parsing=ByAddress(readers or {}, (), in_a_thread), lately=LATELY)


@pytest.mark.parametrize(
    ("said", "condition", "detail"),
    [
        (answer(200, rss(item("A", "1", TODAY), item("B", "2"))), Condition.WELL, "2 items, the newest of 2025-11-22"),
        (answer(200, rss()), Condition.WELL, "0 items"),
        (answer(404), Condition.FAILS, "answers HTTP 404"),
        (answer(304), Condition.FAILS, "answers HTTP 304"),
        (answer(200, b"<html></html>"), Condition.FAILS, "is HTML, not a feed"),
        (answer(302, Location="http://10.0.0.1/"), Condition.FAILS, "leads to an inside address"),
        (b"nonsense", Condition.FAILS, "127.0.0.1"),
    ],
    ids=["items", "empty", "missing", "unasked", "page", "inside", "nonsense"],
)  # fmt: skip
async def test_each_feed_is_told_of(
    server: HostileServer, fetcher: Fetcher, said: bytes, condition: Condition, detail: str
) -> None:
    [one] = (await asked(fetcher, state(server.say("/rss", said)))).feeds

    assert (one.condition, one.outlet) == (condition, "Wire")
    assert detail in one.detail
    assert (condition in FAULTY) is (condition is not Condition.WELL)


async def test_a_move_for_good_is_told(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/old", answer(301, Location=server.say("/new", answer(200, rss(item("A", "1"))))))
    [one] = (await asked(fetcher, state(url))).feeds

    assert one.condition is Condition.MOVED
    assert f"it moved to {server.url('/new')}; 1 items" in one.detail
    assert one.condition not in FAULTY


async def test_a_feed_is_asked_with_what_its_server_gave(server: HostileServer, fetcher: Fetcher) -> None:
    known = state(server.say("/rss", answer(304)))._replace(etag=b'"1"', last_modified=b"yesterday")
    [one] = (await asked(fetcher, known)).feeds

    assert one.condition is Condition.UNCHANGED
    assert server.asked[0].header(b"if-none-match") == b'"1"'
    assert server.asked[0].header(b"if-modified-since") == b"yesterday"


async def test_a_feed_that_was_well_a_short_while_ago_or_is_gone_is_not_asked(
    server: HostileServer, fetcher: Fetcher
) -> None:
    lately = state(server.url("/1"))._replace(last_ok=NOW - timedelta(minutes=29))
    gone = state(server.url("/2"))._replace(gone=True, last_error="gone for good")
    answers = await asked(fetcher, lately, gone)

    assert [(one.condition, one.detail) for one in answers.feeds] == [
        (Condition.ASKED_LATELY, "it was well 29 min ago"),
        (Condition.GONE, "gone for good"),
    ]
    assert answers.network
    assert server.asked == []


async def test_a_feed_that_failed_or_was_asked_long_ago_is_asked(server: HostileServer, fetcher: Fetcher) -> None:
    first, second = server.say("/1", answer(200, rss())), server.say("/2", answer(200, rss()))
    long_ago = state(first)._replace(last_ok=NOW - LATELY)
    failed = state(second)._replace(last_ok=NOW, last_error="answers HTTP 500", failures=1)
    answers = await asked(fetcher, long_ago, failed)

    assert [one.condition for one in answers.feeds] == [Condition.WELL, Condition.WELL]


async def test_a_server_that_asked_to_be_left_alone_is_not_asked_before(
    server: HostileServer, fetcher: Fetcher
) -> None:
    url = server.say("/rss", answer(200, rss()))
    refused = state(url)._replace(last_status=429, last_error="answers HTTP 429", failures=1, next_poll=NOW + LATELY)
    over = refused._replace(next_poll=NOW)
    [first], [second] = [(await asked(fetcher, one)).feeds for one in (refused, over)]

    assert (first.condition, second.condition) == (Condition.FAILS, Condition.WELL)
    assert first.detail == f"answers HTTP 429; it is left alone until {NOW + LATELY:%Y-%m-%d %H:%M %z}"
    assert len(server.asked) == 1


async def test_a_page_is_read_as_a_page(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/page", answer(200, b"<main><p>Words here</p></main>"))
    [one] = (await asked(fetcher, state(url), readers={url: PageReader("main")})).feeds

    assert (one.condition, one.detail) == (Condition.WELL, "1 items")


async def test_without_a_network_the_rest_is_not_asked(fetcher: Fetcher, unused_tcp_port: int) -> None:
    states = [state(f"http://127.0.0.1:{unused_tcp_port}/{number}") for number in range(PROBED + 5)]
    answers = await asked(fetcher, *states)

    assert not answers.network
    assert [one.condition for one in answers.feeds] == [Condition.OUT_OF_REACH] * PROBED + [Condition.NOT_ASKED] * 5
    assert [one.url for one in answers.feeds] == [one.spec.url for one in states]


async def test_one_answer_is_a_network(server: HostileServer, fetcher: Fetcher, unused_tcp_port: int) -> None:
    dead = [state(f"http://127.0.0.1:{unused_tcp_port}/{number}") for number in range(PROBED)]
    answers = await asked(fetcher, state(server.say("/rss", answer(404))), *dead)

    assert answers.network
    assert Condition.NOT_ASKED not in {one.condition for one in answers.feeds}
