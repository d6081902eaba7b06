"""The rules of good behaviour towards servers, each from end to end: what a server sees, and when it sees it next.

The numbers are those of the list of rules that the project collected from publishers, standards and other readers.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from store import feeds, reports
from store.feeds import FeedSpec
from tests.watchers.hostile import answer, item, rss
from watchers.fetch import Fetcher, Limits, user_agent
from watchers.polling import Poller, PollOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from store.database import Connection, Database
    from store.feeds import FeedState
    from tests.watchers.hostile import Answer, Asked, HostileServer
    from watchers.arrivals import Arrival, Writes

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)  # a Saturday
FEED = rss(item("One", "1", "Sat, 22 Nov 2025 10:00:00 GMT"))
OTHER = rss(item("Two", "2", "Sat, 22 Nov 2025 11:00:00 GMT"))
MINUTE, HOUR, DAY = 60, 3_600, 86_400
TAG = '"t"'
AGENT = user_agent("1.2", "https://desk.example/treatywatch")


def taken_in(arrivals: Sequence[Arrival]) -> Writes:
    """Remember reports."""

    def write(conn: Connection) -> None:
        for one in arrivals:
            reports.remember(conn, one.report, feed=one.feed, now=one.now)

    return write


@dataclass
class Watch:
    """One feed on the recording server, polled by a clock of its own."""

    server: HostileServer
    database: Database
    fetcher: Fetcher
    now: datetime = NOW
    lot: float = 0.0

    def say(self, *answers: Answer, path: str = "/feed") -> None:
        self.server.say(path, *answers)

    @property
    def titles(self) -> list[str]:
        with self.database.reading() as conn:
            return [one.report.title for one in reports.after(conn, 0, 1_000)]

    def list(self, *paths: str) -> None:
        with self.database.transaction() as conn:
            feeds.sync(conn, [FeedSpec(self.server.url(path), path) for path in paths])

    def states(self) -> dict[str, FeedState]:
        with self.database.reading() as conn:
            return {state.spec.outlet: state for state in feeds.all_feeds(conn)}

    @property
    def state(self) -> FeedState:
        return self.states()["/feed"]

    def poller(self) -> Poller:
        """A poller as after a restart: it knows nothing but what is stored."""
        return Poller(self.database, self.fetcher, taken_in, PollOptions(jitter=lambda: self.lot))

    async def poll(self, *, after: float = 0) -> FeedState:
        """Poll what is due so many seconds after the last time."""
        self.now += timedelta(seconds=after)
        await self.poller().poll_due(self.now)
        return self.state

    async def next(self) -> FeedState:
        """Poll as soon as the feed is due."""
        return await self.poll(after=self.wait)

    async def all(self, *answers: bytes) -> FeedState:
        """List the feed and poll it once for each answer, always as soon as it is due."""
        self.say(*answers)
        self.list("/feed")
        for _ in answers:
            state = await (self.next() if self.server.asked else self.poll())
        return state

    @property
    def wait(self) -> float:
        """Seconds from now until the feed is due."""
        assert self.state.next_poll is not None
        return (self.state.next_poll - self.now).total_seconds()

    @property
    def last(self) -> Asked:
        return self.server.asked[-1]

    def conditions(self) -> tuple[bytes | None, bytes | None]:
        return self.last.header(b"if-none-match"), self.last.header(b"if-modified-since")


@pytest.fixture
async def watch(server: HostileServer, sqlite_database: Database) -> AsyncIterator[Watch]:
    limits = Limits(seconds=5, size=200_000)
    async with Fetcher(AGENT, limits=limits, allow_hosts=[f"127.0.0.1:{server.port}"]) as fetcher:
        yield Watch(server, sqlite_database, fetcher)


def head(status: int = 200, **headers: str | bytes) -> bytes:
    """A feed, or a 304, under a validator."""
    given: Any = {"ETag": TAG} | headers
    return answer(status, FEED if status == 200 else b"", **given)


# Conditional requests


@pytest.mark.parametrize(
    "etag",
    [b'"x"', b'W/"x"', b"unquoted", b'"x-gzip"', b'"caf\xe9"', b'"\xff\xfe"', b'"a, b"', b"'single'", b"x" * 15_000],
)
async def test_rule_1_an_etag_goes_back_byte_for_byte(watch: Watch, etag: bytes) -> None:
    await watch.all(answer(200, FEED, ETag=etag), answer(304))
    assert watch.conditions() == (etag, None)


async def test_rule_1_an_empty_etag_is_none(watch: Watch) -> None:
    await watch.all(answer(200, FEED, ETag=""), answer(200, FEED))
    assert watch.conditions() == (None, None)


@pytest.mark.parametrize(
    "date",
    [
        b"Saturday, 22-Nov-25 10:00:00 GMT",
        b"Sat Nov 22 10:00:00 2025",
        b"2025-11-22T10:00:00Z",
        b"sat, 22 nov 2025 10:00:00 gmt",
        b"Sat, 22 Nov 2025 10:00:00 +0300",
        b"Mon, 22 Nov 2025 10:00:00 GMT",
        b"garbage",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"Fri, 01 Jan 2100 00:00:00 GMT",
        b"0",
        b'"quoted"',
        b"Sat,  22  Nov 2025",
    ],
)
async def test_rule_2_last_modified_goes_back_byte_for_byte(watch: Watch, date: bytes) -> None:
    await watch.all(answer(200, FEED, Last_Modified=date), answer(304))
    assert watch.conditions() == (None, date)


async def test_rule_3_both_validators_are_sent_from_the_second_request_on(watch: Watch) -> None:
    await watch.all(answer(200, FEED, ETag=TAG, Last_Modified="then"), answer(304))
    assert [asked.header(b"if-none-match") for asked in watch.server.asked] == [None, TAG.encode()]
    assert [asked.header(b"if-modified-since") for asked in watch.server.asked] == [None, b"then"]


async def test_rule_4_no_validator_is_invented(watch: Watch) -> None:
    await watch.all(answer(200, FEED), answer(200, OTHER), answer(200, OTHER, Date="Sat, 22 Nov 2025 12:00:00 GMT"))
    await watch.next()
    assert {(one.header(b"if-none-match"), one.header(b"if-modified-since")) for one in watch.server.asked} == {
        (None, None)
    }


@pytest.mark.parametrize("body", [FEED, OTHER], ids=["same", "new"])
async def test_rules_5_and_6_each_validator_is_replaced_at_every_good_answer(watch: Watch, body: bytes) -> None:
    first, second = answer(200, FEED, ETag='"1"', Last_Modified="d1"), answer(200, body, ETag='"2"', Last_Modified="d1")
    await watch.all(first, second, answer(200, body, ETag='"2"', Last_Modified="d2"))
    assert watch.conditions() == (b'"2"', b"d1")
    await watch.next()
    assert watch.conditions() == (b'"2"', b"d2")


async def test_rule_7_a_304_renews_the_validators_that_it_gives_and_keeps_the_others(watch: Watch) -> None:
    await watch.all(answer(200, FEED, ETag='"1"', Last_Modified="d1"), answer(304, ETag='"2"'), answer(304))
    assert watch.conditions() == (b'"2"', b"d1")
    await watch.next()
    assert watch.conditions() == (b'"2"', b"d1")


async def test_rule_8_validators_are_dropped_with_the_server(watch: Watch) -> None:
    await watch.all(answer(200, FEED, ETag=TAG, Last_Modified="d"), answer(200, OTHER, Last_Modified="d"), answer(304))
    assert watch.conditions() == (None, b"d")


@pytest.mark.parametrize(
    "bad",
    [
        answer(200, b"<html><body>Sorry</body></html>", ETag='"html"'),
        answer(200, FEED[:-30], ETag='"cut"'),
        answer(500, FEED, ETag='"error"'),
        answer(404, FEED, ETag='"missing"'),
        answer(200, b"", ETag='"empty"'),
    ],
    ids=["html", "cut", "error", "missing", "empty"],
)
async def test_rule_9_what_gave_no_whole_feed_leaves_no_validator(watch: Watch, bad: bytes) -> None:
    await watch.all(bad, answer(200, FEED))
    assert watch.conditions() == (None, None)


async def test_rule_9_a_redirect_leaves_no_validator_of_its_own(watch: Watch) -> None:
    watch.say(answer(200, FEED), path="/there")
    await watch.all(answer(302, ETag='"redirect"', Location="/there"))
    await watch.next()
    assert watch.conditions() == (None, None)


async def test_rule_10_validators_outlast_a_restart(watch: Watch) -> None:
    await watch.all(answer(200, FEED, ETag=b'"\xe9"', Last_Modified="d"))
    await watch.next()  # by a poller that knows nothing but what is stored
    assert watch.conditions() == (b'"\xe9"', b"d")


async def test_rule_11_a_304_parses_nothing_and_changes_nothing(watch: Watch) -> None:
    async def never(*_: object, **__: object) -> None:
        pytest.fail("parsed")

    before = await watch.all(head())
    watch.say(answer(304, b""))
    watch.now += timedelta(seconds=watch.wait)
    await Poller(watch.database, watch.fetcher, taken_in, parsing=never).poll_due(watch.now)  # type: ignore[arg-type]
    after = watch.state
    assert (after.etag, after.body_hash, after.failures) == (before.etag, before.body_hash, 0)
    assert watch.titles == ["One"]


async def test_rule_11_a_304_that_nobody_asked_for_is_an_error(watch: Watch) -> None:
    state = await watch.all(answer(304, ETag='"?"'))
    assert (state.failures, state.etag) == (1, None)


async def test_rule_11_the_same_body_is_not_parsed_again(watch: Watch) -> None:
    async def never(*_: object, **__: object) -> None:
        pytest.fail("parsed")

    await watch.all(answer(200, FEED))
    watch.now += timedelta(seconds=watch.wait)
    await Poller(watch.database, watch.fetcher, taken_in, parsing=never).poll_due(watch.now)  # type: ignore[arg-type]
    assert (len(watch.server.asked), watch.state.last_error) == (2, None)


async def test_rule_12_after_eight_days_of_nothing_but_304_the_feed_is_asked_for_in_full(watch: Watch) -> None:
    await watch.all(head(), answer(304))
    await watch.poll(after=8 * DAY - 2 * HOUR)
    assert watch.conditions() == (TAG.encode(), None)
    await watch.poll(after=2 * HOUR)  # the last 304
    watch.say(head())
    await watch.next()
    assert watch.conditions() == (None, None)
    await watch.next()
    assert watch.conditions() == (TAG.encode(), None)


# When to come back


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache_Control": "max-age=0"},
        {"Cache_Control": "max-age=1"},
        {"Cache_Control": "no-cache"},
        {"Cache_Control": 'max-age="60"'},
        {"Expires": "Sat, 22 Nov 2025 11:00:00 GMT"},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("polls", [1, 3])
async def test_rule_13_half_an_hour_by_default_also_where_caches_are_short_lived(
    watch: Watch, headers: Any, polls: int
) -> None:
    await watch.all(head(**headers), *[head(304, **headers)] * (polls - 1))
    assert watch.wait == 30 * MINUTE


async def test_rule_13_an_hour_where_a_feed_has_no_validators(watch: Watch) -> None:
    await watch.all(answer(200, FEED))
    assert watch.wait == HOUR


async def test_rule_13_an_hour_where_a_server_does_not_know_its_own_validators_again(watch: Watch) -> None:
    await watch.all(head(), head())
    assert watch.wait == HOUR


@pytest.mark.parametrize("status", [200, 304])
async def test_rule_14_max_age_less_age_is_waited_for(watch: Watch, status: int) -> None:
    answers = [head(), head(304, Cache_Control="public, max-age=10800", Age="3600")]
    await watch.all(*(answers if status == 304 else [head(Cache_Control="public, max-age=10800", Age="3600")]))
    assert watch.wait == 2 * HOUR


async def test_rule_15_expires_is_waited_for_and_max_age_wins_over_it(watch: Watch) -> None:
    dates: Any = {"Date": format_datetime(NOW, usegmt=True), "Expires": "Sat, 22 Nov 2025 16:00:00 GMT"}
    await watch.all(head(**dates))
    assert watch.wait == 4 * HOUR
    watch.say(answer(200, OTHER, ETag=TAG, **dates, Cache_Control="max-age=7200"))
    await watch.next()
    assert watch.wait == 2 * HOUR


@pytest.mark.parametrize(
    ("asks", "seconds"),
    [
        ("<ttl>120</ttl>", 2 * HOUR),
        ('<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>', DAY),
        ("<ttl>never</ttl>", 30 * MINUTE),
        ("<ttl>-5</ttl>", 30 * MINUTE),
        ("<ttl>999999999</ttl>", 3 * DAY),
    ],
)
async def test_rules_16_and_18_what_the_feed_asks_for_is_waited_for_also_after_a_304(
    watch: Watch, asks: str, seconds: float
) -> None:
    await watch.all(answer(200, rss(head=asks), ETag=TAG), answer(304))
    assert watch.wait == seconds


@pytest.mark.parametrize(
    ("skips", "seconds"),
    [
        ("<skipHours><hour>12</hour><hour>13</hour></skipHours>", 2.5 * HOUR),
        ("<skipDays><day>Saturday</day></skipDays>", 12.5 * HOUR),
        (f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in range(24))}</skipHours>", 30 * MINUTE),
    ],
)
async def test_rule_17_hours_and_days_to_skip_are_skipped_but_not_for_ever(
    watch: Watch, skips: str, seconds: float
) -> None:
    await watch.all(answer(200, rss(head=skips), ETag=TAG))
    assert watch.wait == seconds


async def test_rule_17_hours_are_skipped_after_a_304_too(watch: Watch) -> None:
    await watch.all(answer(200, rss(head="<skipHours><hour>13</hour></skipHours>"), ETag=TAG), answer(304))
    assert watch.now == NOW + timedelta(minutes=30)
    assert watch.wait == 90 * MINUTE


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache_Control": "max-age=soon"},
        {"Cache_Control": "max-age=-1"},
        {"Expires": "-1"},
        {"Expires": "the day after"},
    ],
    ids=str,
)
async def test_rule_18_broken_hints_are_none(watch: Watch, headers: Any) -> None:
    await watch.all(head(**headers))
    assert watch.wait == 30 * MINUTE


async def test_rule_18_absurd_hints_are_capped(watch: Watch) -> None:
    await watch.all(head(Cache_Control="max-age=31536000"))
    assert watch.wait == 3 * DAY


@pytest.mark.parametrize("status", [429, 503, 403, 500])
@pytest.mark.parametrize(
    ("asks", "seconds"),
    [
        ({"Retry_After": "7200"}, 2 * HOUR),
        ({"Retry_After": "Sat, 22 Nov 2025 14:00:00 GMT"}, 2 * HOUR),
        # A server whose clock is five hours fast means two hours all the same.
        (
            {"Retry_After": "Sat, 22 Nov 2025 19:00:00 GMT", "Date": "Sat, 22 Nov 2025 17:00:00 GMT"},
            2 * HOUR,
        ),
        ({}, 30 * MINUTE),
        ({"Retry_After": "0"}, 30 * MINUTE),
        ({"Retry_After": "-60"}, 30 * MINUTE),
        ({"Retry_After": "1.5"}, 30 * MINUTE),
        ({"Retry_After": "later"}, 30 * MINUTE),
        ({"Retry_After": "Sat, 22 Nov 2025 10:00:00 GMT"}, 30 * MINUTE),
        ({"Retry_After": "99999999"}, 3 * DAY),
    ],
    ids=str,
)
async def test_rules_19_and_20_a_server_that_asks_to_wait_is_obeyed_within_reason(
    watch: Watch, status: int, asks: Any, seconds: float
) -> None:
    await watch.all(answer(status, **asks))
    assert (watch.wait, watch.state.gone) == (seconds, False)


async def test_rule_19_the_wait_ends_with_a_good_answer(watch: Watch) -> None:
    state = await watch.all(answer(429, Retry_After="7200"), head())
    assert (state.failures, watch.wait) == (0, 30 * MINUTE)


async def test_rule_20_retry_after_means_nothing_in_a_good_answer(watch: Watch) -> None:
    await watch.all(head(Retry_After="99999"))
    assert watch.wait == 30 * MINUTE


async def test_rule_21_errors_back_off_up_to_a_day_and_end_with_a_success(watch: Watch) -> None:
    watch.say(*[answer(500)] * 9, head())
    watch.list("/feed")
    waits = []
    for number in range(10):
        await (watch.next() if number else watch.poll())
        waits.append(watch.wait)
    assert waits[:6] == [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR]
    assert all(16 * HOUR < wait <= DAY for wait in waits[6:9])
    assert waits[9] == 30 * MINUTE


async def _reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize("bad", [_reset, answer(403), answer(500)], ids=["reset", "403", "500"])
async def test_rule_22_nothing_is_tried_again_at_once(watch: Watch, bad: Answer) -> None:
    watch.say(bad)
    watch.list("/feed")
    await watch.poll()
    assert len(watch.server.asked) == 1
    await watch.poll(after=29 * MINUTE)
    assert len(watch.server.asked) == 1


async def test_rule_23_chance_spreads_polls_and_makes_none_sooner(watch: Watch) -> None:
    watch.lot = 1.0
    await watch.all(head())
    assert watch.wait == 33 * MINUTE


async def test_rule_24_a_hundred_restarts_in_an_hour_ask_no_feed_twice_within_its_interval(watch: Watch) -> None:
    """Ninety of the hundred are killed in the midst of a request, before anything of its answer could be stored."""
    stuck = asyncio.Event()

    async def killed(_: asyncio.StreamWriter) -> None:
        stuck.set()
        await asyncio.Event().wait()

    paths = [f"/feed{number}" for number in range(10)]
    for path in paths:
        watch.say(killed if path < "/feed9" else head(), path=path)
    watch.list(*paths)
    asked_at: dict[str, list[datetime]] = {}
    for restart in range(100):
        moment = NOW + timedelta(seconds=36 * restart)
        before = len(watch.server.asked)
        stuck.clear()
        polling = asyncio.create_task(watch.poller().poll_due(moment))
        waiting = asyncio.create_task(stuck.wait())
        await asyncio.wait([polling, waiting], return_when=asyncio.FIRST_COMPLETED)
        polling.cancel()
        waiting.cancel()
        await asyncio.gather(polling, waiting, return_exceptions=True)
        for path in watch.server.paths()[before:]:
            asked_at.setdefault(path, []).append(moment)
    assert set(asked_at) == set(paths)
    assert sum(len(moments) for moments in asked_at.values()) <= 2 * len(paths)
    for moments in asked_at.values():
        assert all(later - earlier >= timedelta(minutes=30) for earlier, later in pairwise(moments))


# Manners


async def test_rules_25_to_29_what_a_request_says(watch: Watch) -> None:
    watch.say(answer(200, FEED), path="/there")
    await watch.all(answer(302, Location="/there", Set_Cookie="a=1"), answer(500, Set_Cookie="b=2"))
    assert len(watch.server.asked) == 3
    for asked in watch.server.asked:
        assert asked.header(b"user-agent") == b"Treatywatch/1.2 (+https://desk.example/treatywatch)"
        assert b"application/rss+xml" in (asked.header(b"accept") or b"")
        assert asked.header(b"accept-encoding") == b"gzip"
        assert asked.line in {b"GET /feed HTTP/1.1", b"GET /there HTTP/1.1"}
        for name in (b"cookie", b"referer", b"authorization", b"cache-control", b"pragma", b"from"):
            assert asked.header(name) is None


async def test_rule_26_cookies_are_neither_kept_nor_sent(watch: Watch) -> None:
    await watch.all(head(Set_Cookie="sid=1; Path=/"), head(304))
    assert watch.last.header(b"cookie") is None


async def test_rule_27_credentials_of_an_address_go_to_no_other_host(watch: Watch) -> None:
    url = watch.server.url("/feed").replace("127.0.0.1", "name:secret@127.0.0.1")
    watch.say(answer(302, Location=watch.server.url("/there").replace("127.0.0.1", "localhost")))
    watch.say(head(), path="/there")
    with watch.database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, "/feed")])
    async with Fetcher(AGENT, allow_hosts=["127.0.0.1", "localhost"]) as watch.fetcher:
        await watch.poll()
    assert [asked.header(b"authorization") is None for asked in watch.server.asked] == [False, True]


@pytest.mark.parametrize("status", [401, 403])
async def test_rule_30_a_refusal_is_an_error_and_no_disguise_is_tried(watch: Watch, status: int) -> None:
    challenge = answer(status, b"<html>Just a moment...</html>", Server="cloudflare")
    await watch.all(challenge, challenge)
    assert watch.state.failures == 2
    assert {asked.header(b"user-agent") for asked in watch.server.asked} == {AGENT.encode()}


async def test_rule_31_a_host_has_one_connection_at_a_time(watch: Watch) -> None:
    paths = [f"/{number}" for number in range(6)]
    for path in paths:
        watch.say(head(), path=path)
    watch.list(*paths)
    await watch.poller().poll_due(NOW)
    assert (len(watch.server.asked), watch.server.most_together) == (6, 1)


async def test_rule_31_feeds_that_move_to_one_address_are_polled_once(watch: Watch) -> None:
    watch.say(answer(301, Location="/new"), path="/old")
    watch.say(answer(200, rss(item("One", "https://wire.example/1")), ETag=TAG), path="/new")
    watch.list("/new", "/old")
    await watch.poller().poll_due(NOW)
    await watch.poller().poll_due(NOW + timedelta(hours=1))
    assert sorted(watch.server.paths()) == ["/new", "/new", "/new", "/old"]
    assert watch.titles == ["One"]


async def test_rule_33_an_answer_of_only_what_is_new_adds_reports_and_stands_for_no_whole_feed(watch: Watch) -> None:
    state = await watch.all(head(), answer(226, OTHER, ETag='"part"', IM="feed"))
    assert (watch.titles, state.failures, state.last_error) == (["One", "Two"], 0, None)
    await watch.next()
    assert watch.conditions() == (None, None)


# Redirects and status


@pytest.mark.parametrize("status", [301, 308])
async def test_rule_34_a_permanent_redirect_is_stored_and_the_old_address_not_asked_again(
    watch: Watch, status: int
) -> None:
    watch.say(answer(301, Location="/c"), path="/b")
    watch.say(head(), path="/c")
    await watch.all(answer(status, Location="/b"))
    await watch.next()
    assert watch.server.paths() == ["/feed", "/b", "/c", "/c"]


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_rule_35_a_temporary_redirect_is_followed_and_not_stored(watch: Watch, status: int) -> None:
    watch.say(head(), path="/b")
    await watch.all(answer(status, Location="/b"))
    await watch.next()
    assert watch.server.paths() == ["/feed", "/b", "/feed", "/b"]


@pytest.mark.parametrize(("first", "second", "asked_next"), [(301, 302, "/b"), (302, 301, "/feed")])
async def test_rule_35_only_the_permanent_beginning_of_a_chain_is_stored(
    watch: Watch, first: int, second: int, asked_next: str
) -> None:
    watch.say(answer(second, Location="/c"), path="/b")
    watch.say(head(), path="/c")
    await watch.all(answer(first, Location="/b"))
    await watch.next()
    assert watch.server.paths()[3] == asked_next


@pytest.mark.parametrize(
    "there", [answer(404), answer(200, b"<html>Parked</html>"), answer(503, Retry_After="60")], ids=str
)
async def test_rule_36_a_permanent_redirect_that_leads_to_no_feed_is_not_stored(watch: Watch, there: bytes) -> None:
    watch.say(there, path="/b")
    await watch.all(answer(301, Location="/b"))
    await watch.next()
    assert watch.server.paths() == ["/feed", "/b", "/feed", "/b"]


async def test_rule_37_circles_and_long_chains_end(watch: Watch) -> None:
    watch.say(answer(301, Location="/feed"), path="/b")
    state = await watch.all(answer(301, Location="/b"))
    assert (state.failures, watch.server.paths()) == (1, ["/feed", "/b"])
    for number in range(30):
        watch.say(answer(302, Location=f"/{number + 1}"), path=f"/{number}")
    watch.say(answer(302, Location="/0"))
    state = await watch.next()
    assert (state.failures, len(watch.server.asked)) == (2, 2 + 11)


@pytest.mark.parametrize("location", ["", "http://", "http://[::1", "http://a:b:c/"])
async def test_rule_38_a_broken_location_is_an_error(watch: Watch, location: str) -> None:
    state = await watch.all(answer(302, Location=location))
    assert (state.failures, len(watch.server.asked)) == (1, 1)


@pytest.mark.parametrize("location", ["there", "/x/../there", "//{host}/there", "/there#part", b"/th\xc3\xa9re"])
async def test_rule_38_an_odd_location_is_resolved(watch: Watch, location: str | bytes) -> None:
    if isinstance(location, str):
        location = location.format(host=f"127.0.0.1:{watch.server.port}")
    watch.say(head(), path="/there")
    watch.say(head(), path="/th%C3%A9re")
    state = await watch.all(answer(302, Location=location))
    assert state.failures == 0


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "data:,x", "ftp://a/", "gopher://a/", "javascript:1", "unix:/s"]
)
async def test_rule_39_only_http_and_https_are_followed(watch: Watch, scheme: str) -> None:
    state = await watch.all(answer(302, Location=scheme))
    assert "neither http nor https" in (state.last_error or "")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.2", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "a@127.0.0.2", "0"],
)
async def test_rule_40_no_redirect_leads_inside(watch: Watch, host: str) -> None:
    state = await watch.all(answer(301, Location=f"http://{host}:{watch.server.port}/secret"))
    assert "inside address" in (state.last_error or "")
    assert watch.server.paths() == ["/feed"]


async def test_rule_41_what_is_gone_is_asked_no_more_and_its_reports_stay(watch: Watch) -> None:
    state = await watch.all(head(), answer(410))
    assert (state.gone, state.next_poll) == (True, None)
    await watch.poll(after=100 * DAY)
    assert len(watch.server.asked) == 2
    assert watch.titles == ["One"]


@pytest.mark.parametrize("status", [204, 206, 300, 400, 401, 404, 406, 418, 451, 500, 502, 504, 520])
async def test_rule_42_other_answers_are_errors_even_with_a_feed_in_them(watch: Watch, status: int) -> None:
    state = await watch.all(answer(status, b"" if status == 204 else FEED))
    assert (state.failures, state.gone, watch.titles, watch.wait) == (1, False, [], 30 * MINUTE)


# The wire


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _drip_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _stall(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await writer.drain()
    await asyncio.Event().wait()


@pytest.mark.parametrize("slow", [_drip, _drip_head], ids=["body", "head"])
async def test_rule_43_the_deadline_is_for_all_of_an_answer_not_for_each_read(watch: Watch, slow: Answer) -> None:
    watch.say(slow)
    watch.list("/feed")
    limits = Limits(seconds=0.3, silence=60)
    async with Fetcher(AGENT, limits=limits, allow_hosts=["127.0.0.1"]) as watch.fetcher:
        state = await watch.poll()
    assert "did not finish within 0.3 s" in (state.last_error or "")


async def test_rule_43_a_server_that_falls_silent_is_left(watch: Watch) -> None:
    watch.say(_stall)
    watch.list("/feed")
    limits = Limits(seconds=60, silence=0.2)
    async with Fetcher(AGENT, limits=limits, allow_hosts=["127.0.0.1"]) as watch.fetcher:
        state = await watch.poll()
    assert "said nothing for 0.2 s" in (state.last_error or "")


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


async def _endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n" * 1_000)
        await writer.drain()


@pytest.mark.parametrize(
    "big",
    [
        _endless,
        _endless_head,
        answer(200, FEED, X="y" * 50_000),
        answer(200, FEED, **{f"X{n}": "y" for n in range(1_000)}),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n<rss>",
    ],
    ids=["body", "heads", "head", "many heads", "announced"],
)
async def test_rule_44_body_and_head_are_bounded_while_they_are_read(watch: Watch, big: Answer) -> None:
    watch.say(big)
    watch.list("/feed")
    assert (await watch.poll()).failures == 1


BOMB = b"\0" * 30_000_000


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(BOMB)),
        ("gzip", gzip.compress(gzip.compress(BOMB))),
        ("gzip, gzip", gzip.compress(gzip.compress(BOMB))),
        ("deflate", zlib.compress(BOMB)),
        ("deflate", zlib.compress(BOMB)[2:-4]),
        ("br", bytes.fromhex("cfffffff7ff8272000e20240" + "00" * 64)),
        ("zstd", bytes.fromhex("28b52ffd") + b"\0" * 64),
        ("", gzip.compress(BOMB)),
    ],
    ids=["gzip", "gzip in gzip", "gzip, gzip", "deflate", "bare deflate", "br", "zstd", "undeclared"],
)
async def test_rule_45_a_bomb_is_an_error(watch: Watch, coding: str, packed: bytes) -> None:
    headers: Any = {"Content_Encoding": coding} if coding else {}
    state = await watch.all(answer(200, packed, **headers))
    assert (state.failures, state.etag) == (1, None)


@pytest.mark.parametrize(
    "broken",
    [
        answer(200, FEED)[:-9],
        answer(200, FEED) + b"and more",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n<rss>",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\0\1\2\3garbage\r\n\r\n",
        b"",
    ],
)
async def test_rule_46_a_malformed_answer_is_an_error_and_harms_no_other_feed_of_the_host(
    watch: Watch, broken: bytes
) -> None:
    watch.say(broken, path="/feed")
    watch.say(head(), path="/good")
    watch.list("/feed", "/good")
    await watch.poll()
    states = watch.states()
    assert (states["/feed"].failures, states["/good"].failures) == (1, 0)
    assert watch.titles == ["One"]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(FEED), FEED)


@pytest.mark.parametrize(
    "plain",
    [CHUNKED, b"HTTP/1.0 200 OK\r\n\r\n" + FEED, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + head()],
    ids=["chunked", "1.0", "103"],
)
async def test_rule_47_other_ways_of_http_are_fine(watch: Watch, plain: bytes) -> None:
    await watch.all(plain)
    assert watch.titles == ["One"]


@pytest.mark.parametrize(
    ("coding", "packed", "read"),
    [
        ("x-gzip", gzip.compress(FEED), True),
        ("gzip", gzip.compress(FEED[:9]) + gzip.compress(FEED[9:]), True),
        ("deflate", zlib.compress(FEED), True),
        ("deflate", zlib.compress(FEED)[2:-4], True),
        ("deflate", FEED, True),
        ("identity", FEED, True),
        ("gzip", FEED, True),
        ("gzip", gzip.compress(FEED) + b"trailing", True),
        ("gzip", gzip.compress(FEED)[:-9], False),
        ("gzip", gzip.compress(FEED)[:-8] + b"\0" * 8, False),
        ("deflate", b"\x78\x9c nonsense", False),
        ("rot13", FEED, False),
    ],
)
async def test_rule_48_a_content_coding_gives_the_feed_or_an_error(
    watch: Watch, coding: str, packed: bytes, *, read: bool
) -> None:
    state = await watch.all(answer(200, packed, Content_Encoding=coding))
    assert (watch.titles, state.failures) == ((["One"], 0) if read else ([], 1))


async def test_rule_49_feeds_that_never_answer_hold_up_no_others(watch: Watch) -> None:
    """The dead ones are asked first, and are still being waited for when the living one is done."""
    dead, done = asyncio.Event(), asyncio.Event()

    async def never(_: asyncio.StreamWriter) -> None:
        dead.set()
        await asyncio.Event().wait()

    async def alive(writer: asyncio.StreamWriter) -> None:
        await dead.wait()
        writer.write(head())
        await writer.drain()

    watch.say(never, path="/dead")
    watch.say(alive, path="/alive")
    urls = [watch.server.url("/dead"), watch.server.url("/alive", "localhost")]
    with watch.database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, url) for url in urls])

    def handle(arrivals: Sequence[Arrival]) -> Writes:
        def write(conn: Connection) -> None:
            taken_in(arrivals)(conn)
            loop.call_soon_threadsafe(done.set)

        return write

    loop = asyncio.get_running_loop()
    async with Fetcher(AGENT, limits=Limits(seconds=60), allow_hosts=["127.0.0.1", "localhost"]) as fetcher:
        poller = Poller(watch.database, fetcher, handle)
        await poller.start_due(lambda: NOW)
        await asyncio.wait_for(done.wait(), 30)
        await poller.stop()
    assert watch.titles == ["One"]
