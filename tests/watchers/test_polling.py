from __future__ import annotations

import asyncio
import logging
import socket
import time
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import TYPE_CHECKING

import pytest

from store import feeds, reports
from store.database import StoreBusyError
from store.feeds import FeedSpec
from tests.watchers.hostile import answer, item, rss
from watchers.fetch import Fetcher, FetchRequest, Limits
from watchers.polling import Poller, PollOptions, PollSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.database import Connection, Database
    from store.feeds import FeedState
    from tests.watchers.hostile import HostileServer
    from treaties.model import Report
    from watchers.arrivals import Arrival, Writes

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=31)
TODAY, LAST_YEAR = "Sat, 22 Nov 2025 10:00:00 GMT", "Sat, 23 Nov 2024 10:00:00 GMT"


class Taker:
    """A handler that remembers, and fails where it is told to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.fails: dict[str, Exception] = {}
        self._quiet: set[str] = set()
        self._alone = Lock()

    def __call__(self, arrivals: Sequence[Arrival]) -> Writes:
        self._quiet |= {one.report.id for one in arrivals if one.quiet}
        return lambda conn: self.write(conn, arrivals)

    def write(self, conn: Connection, arrivals: Sequence[Arrival]) -> None:
        assert self._alone.acquire(blocking=False), "two writers at a time"
        try:
            for one in arrivals:
                if one.report.title in self.fails:
                    raise self.fails[one.report.title]
                reports.remember(conn, one.report, feed=one.feed, now=one.now)
        finally:
            self._alone.release()

    @property
    def taken(self) -> list[Report]:
        with self.database.reading() as conn:
            return [one.report for one in reports.after(conn, 0, 1_000)]

    @property
    def quiet(self) -> list[str]:
        return [report.title for report in self.taken if report.id in self._quiet]

    @property
    def titles(self) -> list[str]:
        return [report.title for report in self.taken]


@pytest.fixture
def taker(sqlite_database: Database) -> Taker:
    return Taker(sqlite_database)


@pytest.fixture
def poller(taker: Taker, fetcher: Fetcher) -> Poller:
    return Poller(taker.database, fetcher, taker, PollOptions(jitter=lambda: 0.0))


def listed(database: Database, *urls: str) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, "Wire") for url in urls])


def states(database: Database) -> list[FeedState]:
    with database.reading() as conn:
        return list(feeds.all_feeds(conn))


async def test_new_reports_are_handed_on_once_in_order_of_publication(
    server: HostileServer, poller: Poller, taker: Taker
) -> None:
    newest = item("Newest", "3", "Sat, 22 Nov 2025 11:00:00 GMT")
    older = item("Older", "1", "Sat, 22 Nov 2025 12:30:00 +0300")
    first, second = rss(newest, older), rss(item("Undated", "4"), newest, older)
    url = server.say("/rss", answer(200, first, ETag='"1"'), answer(200, second, ETag='"2"'), answer(304))
    listed(taker.database, url)
    assert await poller.poll_due(NOW) == PollSummary(good=1, reports=2)
    assert await poller.poll_due(LATER) == PollSummary(good=1, reports=1)
    assert await poller.poll_due(LATER + timedelta(minutes=31)) == PollSummary(unchanged=1)
    assert taker.titles == ["Older", "Newest", "Undated"]
    assert taker.taken[-1].published == LATER
    assert [asked.header(b"if-none-match") for asked in server.asked] == [None, b'"1"', b'"2"']


async def test_what_is_old_at_first_sight_is_taken_in_quietly(
    server: HostileServer, poller: Poller, taker: Taker
) -> None:
    old = [item("Old", "1", LAST_YEAR), item("Undated", "2")]
    first = answer(200, rss(*old, item("New", "3", TODAY)), ETag='"1"')
    url = server.say("/rss", first, answer(200, rss(item("Late", "4", LAST_YEAR))))
    listed(taker.database, url)
    await poller.poll_due(NOW)
    assert (taker.titles, sorted(taker.quiet)) == (["Old", "New", "Undated"], ["Old", "Undated"])
    await poller.poll_due(LATER)
    assert (taker.titles[-1], len(taker.quiet)) == ("Late", 2)


async def test_a_feed_is_not_asked_before_it_is_due_also_after_a_restart(
    server: HostileServer, poller: Poller, taker: Taker, fetcher: Fetcher
) -> None:
    listed(taker.database, server.say("/rss", answer(200, rss(), Cache_Control="max-age=7200")))
    await poller.poll_due(NOW)
    restarted = Poller(taker.database, fetcher, taker)
    assert await restarted.poll_due(NOW + timedelta(minutes=119)) == PollSummary()
    assert len(server.asked) == 1
    await restarted.poll_due(NOW + timedelta(minutes=121))
    assert len(server.asked) == 2


async def test_the_same_body_is_not_parsed_again_but_its_validators_are_renewed(
    server: HostileServer, poller: Poller, taker: Taker
) -> None:
    body = rss(item("One", "1", TODAY))
    listed(taker.database, server.say("/rss", answer(200, body, ETag='"1"'), answer(200, body, ETag='"2"')))
    await poller.poll_due(NOW)
    assert await poller.poll_due(LATER) == PollSummary(unchanged=1)
    assert states(taker.database)[0].etag == b'"2"'


async def test_one_bad_feed_stops_no_other(server: HostileServer, poller: Poller, taker: Taker) -> None:
    bad = [
        server.say("/html", answer(200, b"<html>Sorry</html>", ETag='"html"')),
        server.say("/missing", answer(404)),
        server.say("/entity", answer(200, rss(item("Odd &#xD800; one", "odd", "0000-00-00 00:00:00")))),
        "http://169.254.169.254/rss",
        "nonsense",
    ]
    listed(taker.database, *bad, server.say("/good", answer(200, rss(item("Good", "1", TODAY)))))
    summary = await poller.poll_due(NOW)
    assert (summary.good, summary.failed) == (2, 4)
    assert set(taker.titles) == {"Odd one", "Good"}
    errors = [state.last_error or "" for state in states(taker.database)]
    assert "/html is HTML, not a feed" in errors[0]
    assert errors[1] == "answers HTTP 404"
    assert "inside address" in errors[3]
    assert "nonsense" in errors[4]
    assert states(taker.database)[0].etag is None


async def test_a_feed_that_never_answers_holds_up_no_other_of_its_host(server: HostileServer, taker: Taker) -> None:
    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    listed(taker.database, server.say("/stuck", silent), server.say("/next", answer(200, rss())))
    async with Fetcher("Test", limits=Limits(seconds=0.3), allow_hosts=["127.0.0.1"]) as hasty:
        poller = Poller(taker.database, hasty, taker, PollOptions(jitter=lambda: 0.0))
        assert await poller.poll_due(NOW) == PollSummary(good=1, failed=1)
    assert "did not finish" in (states(taker.database)[0].last_error or "")


async def test_a_failing_feed_is_told_once_and_again_when_it_is_well(
    server: HostileServer, poller: Poller, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="watchers.polling")
    url = server.say("/rss?key=secret", answer(500), answer(502), answer(200, rss()))
    listed(taker.database, url)
    for hours in range(0, 9, 3):
        await poller.poll_due(NOW + timedelta(hours=hours))
    name = server.url("/rss?…")
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", f"feed {name}: answers HTTP 500"),
        ("INFO", f"feed {name}: is well again"),
    ]


async def test_a_feed_that_is_gone_is_asked_no_more(
    server: HostileServer, poller: Poller, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    listed(taker.database, server.say("/rss", answer(410)))
    await poller.poll_due(NOW)
    assert await poller.poll_due(NOW + timedelta(days=30)) == PollSummary()
    assert "gone for good" in caplog.text
    assert states(taker.database)[0].gone


async def test_a_feed_that_moved_is_asked_at_its_new_place(server: HostileServer, poller: Poller, taker: Taker) -> None:
    listed(taker.database, server.say("/old", answer(301, Location="/new")))
    server.say("/new", answer(200, rss(item("One", "1", TODAY)), ETag='"1"'))
    await poller.poll_due(NOW)
    await poller.poll_due(LATER)
    assert server.paths() == ["/old", "/new", "/new"]
    assert taker.titles == ["One"]


async def test_a_report_that_cannot_be_handled_hides_no_other_and_comes_again(
    server: HostileServer, poller: Poller, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    body = rss(item("Good", "1", TODAY), item("Poison", "2", TODAY), item("Last", "3", TODAY))
    listed(taker.database, server.say("/rss", answer(200, body, ETag='"1"')))
    taker.fails["Poison"] = LookupError("no\nsuch thing")
    assert await poller.poll_due(NOW) == PollSummary(good=1, reports=2)
    (state,) = states(taker.database)
    assert state.last_error == "1 of its reports could not be handled"
    assert (state.etag, state.failures) == (None, 0)
    assert "could not be handled: LookupError: no such thing" in caplog.text
    assert taker.titles == ["Good", "Last"]
    taker.fails.clear()
    assert await poller.poll_due(LATER) == PollSummary(good=1, reports=1)
    assert taker.titles == ["Good", "Last", "Poison"]
    assert states(taker.database)[0].last_error is None


async def test_a_busy_store_ends_the_round_and_loses_nothing(
    server: HostileServer, poller: Poller, taker: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    body = rss(item("One", "1", TODAY), item("Two", "2", "Sat, 22 Nov 2025 11:00:00 GMT"))
    listed(taker.database, server.say("/rss", answer(200, body, ETag='"1"')))
    taker.fails["Two"] = StoreBusyError("database is locked")
    assert await poller.poll_due(NOW) == PollSummary(busy=True)
    assert "what is left comes next time: database is locked" in caplog.text
    assert states(taker.database)[0].etag is None
    taker.fails.clear()
    assert taker.titles == []
    assert await poller.poll_due(LATER) == PollSummary(good=1, reports=2)
    assert taker.titles == ["One", "Two"]


async def test_a_crash_before_the_state_is_saved_repeats_no_report(
    server: HostileServer, poller: Poller, taker: Taker
) -> None:
    listed(taker.database, server.say("/rss", answer(200, rss(item("One", "1", TODAY)))))
    (before,) = states(taker.database)
    await poller.poll_due(NOW)
    with taker.database.transaction() as conn:
        feeds.save(conn, before)
    assert await poller.poll_due(NOW) == PollSummary(good=1)
    assert taker.titles == ["One"]


async def test_an_error_of_the_program_makes_the_feed_back_off(taker: Taker) -> None:
    class Broken:
        async def get(self, request: FetchRequest) -> None:
            raise ZeroDivisionError(request.url)

    listed(taker.database, "https://a.example/")
    poller = Poller(taker.database, Broken(), taker)  # type: ignore[arg-type]
    assert (await poller.poll_due(NOW)).failed == 1
    assert "ZeroDivisionError" in (states(taker.database)[0].last_error or "")
    assert (states(taker.database)[0].next_poll or NOW) > NOW


async def test_stopping_waits_for_what_is_being_written(server: HostileServer, fetcher: Fetcher, taker: Taker) -> None:
    listed(taker.database, server.say("/rss", answer(200, rss(item("One", "1", TODAY)), ETag='"1"')))
    loop, begun, stopped = asyncio.get_running_loop(), asyncio.Event(), Event()

    class Waiting(Taker):
        def write(self, conn: Connection, arrivals: Sequence[Arrival]) -> None:
            loop.call_soon_threadsafe(begun.set)
            assert stopped.wait(10)
            super().write(conn, arrivals)

    waiting = Waiting(taker.database)
    round_ = asyncio.create_task(Poller(taker.database, fetcher, waiting).poll_due(NOW))
    await begun.wait()
    round_.cancel()
    stopped.set()
    with pytest.raises(asyncio.CancelledError):
        await round_
    assert waiting.titles == ["One"]
    assert states(taker.database)[0].etag == b'"1"'


class Names:
    """Names that all lead to the recording server, as hosts of the open internet would."""

    def __init__(self, server: HostileServer) -> None:
        self.server = server
        self.slept: list[float] = []

    def lookup(self, _host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self.server.port}{path}"

    def fetcher(self) -> Fetcher:
        return Fetcher("Test", lookup=self.lookup, allow_hosts=["one.example", "two.example"])

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_a_host_that_says_429_is_asked_for_no_other_feed_until_it_says(
    server: HostileServer, taker: Taker
) -> None:
    names = Names(server)
    server.say("/limited", answer(429, Retry_After="7200"))
    server.say("/other", answer(200, rss(), ETag='"1"'))
    listed(
        taker.database,
        names.url("one.example", "/limited"),
        names.url("one.example", "/other"),
        names.url("two.example", "/other"),
    )
    async with names.fetcher() as fetcher:
        poller = Poller(taker.database, fetcher, taker, PollOptions(jitter=lambda: 0.0, sleep=names.sleep))
        assert await poller.poll_due(NOW) == PollSummary(good=1, failed=1)
        assert await poller.poll_due(NOW + timedelta(minutes=119)) == PollSummary(unchanged=1)
        assert (await poller.poll_due(NOW + timedelta(minutes=121))).failed == 1
    first, second, _ = states(taker.database)
    assert (first.last_status, second.last_status) == (429, None)


async def test_feeds_of_one_host_are_asked_a_second_apart(server: HostileServer, taker: Taker) -> None:
    names = Names(server)
    paths = [f"/{number}" for number in range(4)]
    for path in paths:
        server.say(path, answer(200, rss(), ETag='"1"'))
    listed(taker.database, *(names.url("one.example", path) for path in paths), names.url("two.example", "/0"))
    async with names.fetcher() as fetcher:
        poller = Poller(taker.database, fetcher, taker, PollOptions(sleep=names.sleep))
        assert (await poller.poll_due(NOW)).good == 5
    assert names.slept == [1.0] * 3


async def test_more_feeds_than_can_wait_are_all_polled(server: HostileServer, taker: Taker, fetcher: Fetcher) -> None:
    server.say("/rss", answer(200, rss(), ETag='"1"'))
    listed(taker.database, *(server.url(f"/rss?{number}") for number in range(30)))
    for number in range(30):
        server.say(f"/rss?{number}", answer(200, rss(), ETag='"1"'))
    poller = Poller(taker.database, fetcher, taker, PollOptions(waiting=4, parallel=2))
    assert (await poller.poll_due(NOW)).good == 30
    assert len(server.asked) == 30


async def test_what_was_polled_while_the_store_was_asked_is_not_polled_again(
    server: HostileServer, taker: Taker, fetcher: Fetcher
) -> None:
    listed(taker.database, *(server.url(f"/rss?{number}") for number in range(3)))
    for number in range(3):
        server.say(f"/rss?{number}", answer(200, rss(), ETag='"1"'))

    class Slow(Poller):
        """Is told late what was due: the others are done by then."""

        rounds = 0

        def _due(self, now: datetime, limit: int) -> tuple[FeedState, ...]:
            found = super()._due(now, limit)
            self.rounds += 1
            while self.rounds == 2 and len(self._done) < 2:
                time.sleep(0.001)
            return found

    poller = Slow(taker.database, fetcher, taker, PollOptions(waiting=2, parallel=1))
    assert (await poller.poll_due(NOW)).good == 3
    assert poller.rounds > 1
    assert len(server.asked) == 3


async def test_what_is_in_hand_is_not_started_again(server: HostileServer, taker: Taker, fetcher: Fetcher) -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        begun.set()
        await going_on.wait()
        writer.write(answer(200, rss(item("One", "1", TODAY)), ETag='"1"'))

    server.say("/two", answer(200, rss(), ETag='"1"'))
    listed(taker.database, server.say("/slow", slow), server.url("/two"))
    poller = Poller(taker.database, fetcher, taker)
    await poller.start_due(lambda: NOW)
    await begun.wait()
    await poller.start_due(lambda: NOW)
    going_on.set()
    await poller.poll_due(NOW)
    assert server.paths() == ["/slow", "/two"]
    assert taker.titles == ["One"]


async def test_a_busy_store_is_told_at_the_next_start_and_polling_goes_on(
    server: HostileServer, taker: Taker, fetcher: Fetcher
) -> None:
    listed(taker.database, server.say("/rss", answer(200, rss(item("One", "1", TODAY)))))
    taker.fails["One"] = StoreBusyError("database is locked")
    poller = Poller(taker.database, fetcher, taker)
    await poller.start_due(lambda: NOW)
    while poller._tasks:
        await asyncio.wait(poller._tasks)
    taker.fails.clear()
    with pytest.raises(StoreBusyError, match="database is locked"):
        await poller.start_due(lambda: LATER)
    await poller.poll_due(LATER)
    assert taker.titles == ["One"]


async def test_the_next_poll_is_stored_before_the_request_goes_out(
    server: HostileServer, taker: Taker, fetcher: Fetcher
) -> None:
    planned: list[datetime | None] = []

    async def looking(writer: asyncio.StreamWriter) -> None:
        planned.append(states(taker.database)[0].next_poll)
        writer.write(answer(200, rss(), ETag='"1"'))

    listed(taker.database, server.say("/rss", looking))
    await Poller(taker.database, fetcher, taker).poll_due(NOW)
    assert planned == [NOW + timedelta(minutes=30)]


async def test_an_unchanged_feed_is_planned_from_the_first_and_its_state_is_stored_when_polling_stops(
    server: HostileServer, taker: Taker, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchers.writing.PATIENCE", 3_600)
    listed(taker.database, server.say("/rss", answer(200, rss(), ETag='"1"')))
    poller = Poller(taker.database, fetcher, taker)
    await poller.poll_due(NOW)
    server.say("/rss", answer(304))
    then = NOW + timedelta(hours=2)
    await poller.start_due(lambda: then)
    await asyncio.gather(*poller._tasks)
    (asked,) = states(taker.database)
    assert asked.last_ok == NOW
    assert asked.next_poll == then + timedelta(seconds=asked.interval)
    await poller.stop()
    (stored,) = states(taker.database)
    assert (stored.last_ok, stored.last_status, stored.validated) == (then, 304, True)


async def test_feeds_of_a_host_that_is_out_of_reach_wait_a_minute(server: HostileServer, taker: Taker) -> None:
    names = Names(server)
    server.say("/two", answer(200, rss(), ETag='"1"'))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        listed(
            taker.database,
            f"http://one.example:{unused.getsockname()[1]}/one",
            names.url("one.example", "/two"),
        )
        async with names.fetcher() as fetcher:
            poller = Poller(taker.database, fetcher, taker, PollOptions(jitter=lambda: 0.0, sleep=names.sleep))
            assert await poller.poll_due(NOW) == PollSummary(failed=1)
            assert states(taker.database)[1].next_poll == NOW + timedelta(minutes=1)
            assert await poller.poll_due(NOW + timedelta(minutes=1)) == PollSummary(good=1)


async def test_one_port_out_of_reach_tells_nothing_of_the_others_of_a_machine_of_our_own(
    server: HostileServer, poller: Poller, taker: Taker
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/one"
        listed(taker.database, dead, server.say("/two", answer(200, rss(), ETag='"1"')))
        assert await poller.poll_due(NOW) == PollSummary(good=1, failed=1)
