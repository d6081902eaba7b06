"""Several pollers on one PostgreSQL database: each feed is asked by one of them, and each host by one at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import feeds
from store.database import Database
from store.feeds import FeedSpec
from store.hosts import Hosts
from tests.watchers.hostile import rss
from watchers.fetch import Fetched, Headers
from watchers.links import host_of
from watchers.politeness import Outcome
from watchers.polling import Poller, PollOptions
from watchers.pushing import Pushing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from store.database import Connection
    from tests.conftest import NewUrl
    from watchers.arrivals import Arrival, Writes
    from watchers.fetch import FetchRequest

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


class Net:
    """The network of all programs: counts who asks what, and how many ask a host at a time."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.crowded: list[str] = []
        self.hosts: Counter[str] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def get(self, request: FetchRequest) -> Fetched:
        host = host_of(request.url)
        self.asked[request.url] += 1
        self.hosts[host] += 1
        self.begun.set()
        if self.hosts[host] > 1:
            self.crowded.append(host)
        await asyncio.sleep(0)
        await self.gate.wait()
        self.hosts[host] -= 1
        return Fetched(200, request.url, headers=Headers(etag=b'"1"'), body=rss())


def ignore(arrivals: Sequence[Arrival]) -> Writes:
    raise AssertionError(f"feeds without items bring no reports: {arrivals}")


async def pause(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
def databases(emptied_postgresql: NewUrl) -> Iterator[list[Database]]:
    url = emptied_postgresql()
    with ExitStack() as stack:
        yield [stack.enter_context(Database(url)) for _ in range(3)]


@pytest.fixture
def pollers(databases: list[Database]) -> Iterator[list[Poller]]:
    net = Net()
    with ExitStack() as stack:
        made = []
        for database in databases:
            turns = stack.enter_context(closing(Hosts(database)))
            options = PollOptions(jitter=lambda: 0.0, parallel=8, waiting=40, sleep=pause, turns=turns)
            made.append(Poller(database, net, ignore, options))
        yield made


def net_of(pollers: list[Poller]) -> Net:
    net = pollers[0]._fetcher
    assert isinstance(net, Net)
    return net


def listed(database: Database, hosts: int, each: int) -> list[str]:
    urls = [f"https://{host}.example/{number}" for number in range(each) for host in range(hosts)]

    def write(conn: Connection) -> None:
        feeds.sync(conn, [FeedSpec(url, "Wire") for url in urls])

    with database.transaction() as conn:
        write(conn)
    return urls


async def test_each_feed_is_asked_by_one_program_in_an_interval(
    databases: list[Database], pollers: list[Poller]
) -> None:
    urls, net = listed(databases[0], hosts=40, each=3), net_of(pollers)
    for number in range(3):
        now = NOW + number * 2 * HALF_AN_HOUR
        while await asyncio.to_thread(due, databases[0], now):
            await asyncio.gather(*(poller.poll_due(now) for poller in pollers))
        assert net.asked == dict.fromkeys(urls, number + 1)
    assert net.crowded == []


def due(database: Database, now: datetime) -> int:
    with database.reading() as conn:
        return len(feeds.due(conn, now))


async def test_the_work_is_shared(databases: list[Database], pollers: list[Poller]) -> None:
    listed(databases[0], hosts=60, each=1)
    net = net_of(pollers)
    net.gate.clear()
    rounds = [asyncio.create_task(poller.poll_due(NOW)) for poller in pollers]
    while sum(net.hosts.values()) < 24:  # eight each
        net.begun.clear()
        await asyncio.wait_for(net.begun.wait(), 30)
    net.gate.set()
    done = await asyncio.gather(*rounds)
    assert sum(one.good for one in done) == 60
    assert min(one.good for one in done) >= 8


async def test_what_is_due_at_a_host_that_another_program_asks_stays_due(
    databases: list[Database], pollers: list[Poller]
) -> None:
    urls, net = listed(databases[0], hosts=1, each=2), net_of(pollers)
    one, other, _ = pollers
    net.gate.clear()
    first = asyncio.create_task(one.poll_due(NOW))
    await asyncio.wait_for(net.begun.wait(), 30)
    assert (await other.poll_due(NOW)).good == 0
    assert net.asked.total() == 1
    await one.stop()
    await asyncio.gather(first, return_exceptions=True)
    net.gate.set()
    assert (await other.poll_due(NOW)).good == 1  # the first is taken for asked, the second was left
    assert net.asked == dict.fromkeys(urls, 1)


async def test_a_host_is_free_again_after_its_last_feed(databases: list[Database], pollers: list[Poller]) -> None:
    listed(databases[0], hosts=5, each=2)
    assert (await pollers[0].poll_due(NOW)).good == 10
    assert (await pollers[1].poll_due(NOW + 2 * HALF_AN_HOUR)).unchanged == 10


class Hub:
    """Hears what is asked of it."""

    def __init__(self) -> None:
        self.forms: list[Mapping[str, str]] = []

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        assert url == "https://hub.example/"
        self.forms.append(form)
        return 202


async def test_one_program_speaks_with_hubs_and_the_others_learn_what_is_agreed(databases: list[Database]) -> None:
    (topic,) = listed(databases[0], hosts=1, each=1)
    hub = Hub()
    leading, following = (Pushing(one, hub, "https://desk.example", lambda: NOW) for one in databases[:2])
    link = f'<https://hub.example/>; rel="hub", <{topic}>; rel="self"'
    answer = Fetched(200, topic, headers=Headers(link=link), body=rss())
    with databases[0].reading() as conn:
        (state,) = feeds.all_feeds(conn)
    await following.noted(state, answer, Outcome(answer), NOW)
    await following.tend(NOW, leads=False)
    assert hub.forms == []
    await leading.tend(NOW)
    (form,) = hub.forms
    token = form["hub.callback"].rpartition("/")[2]
    query = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "yes", "hub.lease_seconds": "864000"}
    assert await leading.challenged(token, query) == "yes"
    assert following.until(state.id, NOW) is None
    await following.tend(NOW, leads=False)
    assert following.until(state.id, NOW) == leading.until(state.id, NOW) == NOW + timedelta(days=10)
    assert len(hub.forms) == 1
