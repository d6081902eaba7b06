"""Feeds that a hub pushes, from end to end: a hub on loopback that is asked, asks back, and calls."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from store import feeds, pushes, reports
from store.feeds import FeedSpec
from store.pushes import Push
from tests.watchers.hostile import answer, item, rss
from tests.watchers.test_manners import taken_in
from watchers.errors import ListeningError
from watchers.fetch import Fetcher, Limits
from watchers.parse import FeedHints
from watchers.polling import Poller, PollOptions
from watchers.pushing import MOST_WAITING, Pushing
from watchers.receiving import Receiver
from watchers.websub import Offer, confirmed, is_signed, offered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from store.database import Database
    from tests.watchers.hostile import HostileServer

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
PUBLIC = "https://desk.example/hubs"
ONE = item("One", "1", "Sat, 22 Nov 2025 10:00:00 GMT")
TWO = item("Two", "2", "Sat, 22 Nov 2025 11:59:00 GMT")


@dataclass
class Desk:
    """A feed, a hub, and the program between them, with a clock of its own."""

    server: HostileServer
    database: Database
    fetcher: Fetcher
    hub_url: str
    forms: list[dict[str, str]]
    statuses: list[int]
    http: aiohttp.ClientSession
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after a restart: nothing is known but what is stored."""
        self.pushing = Pushing(self.database, self.fetcher, PUBLIC, lambda: self.now)
        options = PollOptions(jitter=lambda: 0.0, pushes=self.pushing)
        self.poller = Poller(self.database, self.fetcher, taken_in, options)

    @property
    def titles(self) -> list[str]:
        with self.database.reading() as conn:
            return [one.report.title for one in reports.after(conn, 0, 1_000)]

    @property
    def topic(self) -> str:
        return self.server.url("/feed")

    def feed(self, *items: str) -> bytes:
        return rss(*items, head=f'<link {ATOM} rel="hub" href="{self.hub_url}"/>')

    def watch(self, *urls: str) -> None:
        with self.database.transaction() as conn:
            feeds.sync(conn, [FeedSpec(url, "Wire") for url in urls])

    async def poll(self, *answers: bytes, after: timedelta = timedelta()) -> float:
        """Poll what is due, and say after how many seconds the feed is due again."""
        if answers:
            self.server.say("/feed", *answers)
        self.now += after
        await self.poller.poll_due(self.now)
        (state,) = self.states()
        assert state.next_poll is not None
        return (state.next_poll - self.now).total_seconds()

    def states(self) -> tuple[feeds.FeedState, ...]:
        with self.database.reading() as conn:
            return feeds.all_feeds(conn)

    def stored(self) -> tuple[Push, ...]:
        with self.database.reading() as conn:
            return pushes.all_pushes(conn)

    async def tend(self, after: timedelta = timedelta()) -> list[dict[str, str]]:
        """What the hub is asked now."""
        self.now += after
        self.forms.clear()
        await self.pushing.tend(self.now)
        return list(self.forms)

    async def offered(self) -> dict[str, str]:
        """List the feed, poll it, and ask its hub."""
        self.watch(self.topic)
        await self.poll(answer(200, self.feed(ONE), ETag='"1"'), answer(304))
        (form,) = await self.tend()
        return form

    async def promised(self, lease: str = "864000") -> dict[str, str]:
        form = await self.offered()
        assert await self.asked_back(form, **{"hub.lease_seconds": lease}) == (200, "a word")
        return form

    @asynccontextmanager
    async def listening(self, size: int = 100_000) -> AsyncIterator[Callable[[str], str]]:
        """Gives the local address of a callback: the proxy before it is left out."""
        async with Receiver(self.pushing, "127.0.0.1", 0, size=size, seconds=5) as receiver:
            yield lambda callback: callback.replace("https://desk.example", f"http://127.0.0.1:{receiver.port}")

    async def asked_back(self, form: dict[str, str], **changed: str) -> tuple[int, str]:
        said = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a word",
            "hub.lease_seconds": "864000",
        }
        async with (
            self.listening() as local,
            self.http.get(local(form["hub.callback"]), params=said | changed) as response,
        ):
            assert response.content_type == "text/plain" or response.status != 200
            return response.status, await response.text()

    async def push(self, form: dict[str, str], body: bytes, method: str = "sha256", **headers: str) -> int:
        """Push a body as the hub does, have it taken in, and give the status of the answer."""
        signature = hmac.new(form["hub.secret"].encode(), body, method).hexdigest()
        sent = {"X-Hub-Signature": f"{method}={signature}", "Content-Type": "application/rss+xml"} | headers
        async with (
            self.listening() as local,
            self.http.post(local(form["hub.callback"]), data=body, headers=sent) as got,
        ):
            status = got.status
        await self.take_in()
        return status

    async def take_in(self) -> None:
        """Take in what was pushed until nothing of it waits."""
        taken = asyncio.Event()

        async def take(feed: int, body: bytes, content_type: str | None, now: datetime) -> int:
            if not body:
                taken.set()
                return 0
            return await self.poller.push(feed, body, content_type, now)

        await self.pushing._waiting.put((0, b"", None))
        taking = asyncio.create_task(self.pushing.take_in(take))
        await asyncio.wait_for(taken.wait(), 30)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)


@pytest.fixture
async def desk(server: HostileServer, sqlite_database: Database) -> AsyncIterator[Desk]:
    forms: list[dict[str, str]] = []
    statuses: list[int] = []

    async def asked(request: web.Request) -> web.Response:
        forms.append({name: str(value) for name, value in (await request.post()).items()})
        status = statuses.pop(0) if statuses else 202
        moved = {"Location": "/hub/new"} if status in {307, 308} else {}
        return web.Response(status=status, headers=moved)

    app = web.Application()
    app.router.add_post("/hub{more:.*}", asked)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    limits = Limits(seconds=5, size=200_000)
    allowed = [f"127.0.0.1:{server.port}", f"127.0.0.1:{port}"]
    async with (
        Fetcher("Treatywatch/test", limits=limits, allow_hosts=allowed) as fetcher,
        aiohttp.ClientSession() as http,
    ):
        yield Desk(server, sqlite_database, fetcher, f"http://127.0.0.1:{port}/hub", forms, statuses, http)
    await runner.cleanup()


async def test_what_a_hub_pushes_comes_like_what_a_poll_brings_and_only_once(desk: Desk) -> None:
    form = await desk.promised()
    assert await desk.push(form, desk.feed(TWO)) == 202
    assert desk.titles == ["One", "Two"]
    assert await desk.push(form, desk.feed(ONE, TWO)) == 202
    await desk.poll(answer(200, desk.feed(ONE, TWO), ETag='"2"'), after=DAY)
    assert desk.titles == ["One", "Two"]


async def test_a_hub_is_asked_for_the_feed_at_an_address_that_nobody_can_guess(desk: Desk) -> None:
    form = await desk.offered()
    assert (form["hub.mode"], form["hub.topic"], form["hub.lease_seconds"]) == ("subscribe", desk.topic, "864000")
    prefix, _, token = form["hub.callback"].rpartition("/")
    assert prefix == PUBLIC
    assert len(token) >= 40
    assert 40 <= len(form["hub.secret"]) < 200
    assert token != form["hub.secret"]
    assert await desk.tend() == []


async def test_a_feed_is_polled_seldom_while_a_hub_has_promised_to_push_it(desk: Desk) -> None:
    await desk.offered()
    assert await desk.poll(after=HOUR) == 1_800
    await desk.promised()
    assert await desk.poll(after=HOUR) == 10_800


async def test_a_feed_is_polled_when_the_promise_ends(desk: Desk) -> None:
    await desk.promised(lease="7200")
    assert await desk.poll(after=HOUR) == 3_600
    assert await desk.poll(after=HOUR) == 1_800


async def test_a_push_moves_no_poll_and_goes_into_the_rhythm(desk: Desk) -> None:
    form = await desk.promised()
    await desk.poll(after=HOUR)
    before = desk.states()[0]
    await desk.push(form, desk.feed(TWO))
    after = desk.states()[0]
    assert (after.next_poll, after.etag, after.body_hash) == (before.next_poll, b'"1"', before.body_hash)
    assert after.last_item == datetime(2025, 11, 22, 11, 59, tzinfo=UTC)


async def test_a_push_of_a_feed_that_is_being_polled_leaves_its_state_alone(desk: Desk) -> None:
    form = await desk.promised()
    before = desk.states()
    (push,) = desk.stored()
    desk.poller._in_hand.add(push.feed)
    await desk.push(form, desk.feed(TWO))
    assert desk.titles == ["One", "Two"]
    assert desk.states() == before
    assert desk.poller._in_hand == {push.feed}


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_a_push_is_believed_that_is_signed(desk: Desk, method: str) -> None:
    form = await desk.promised()
    await desk.push(form, desk.feed(TWO), method)
    assert desk.titles == ["One", "Two"]


async def test_a_push_that_is_not_signed_as_agreed_is_dropped_and_nobody_is_told(desk: Desk) -> None:
    form = await desk.promised()
    guessed = form | {"hub.secret": "guessed"}
    assert await desk.push(guessed, desk.feed(TWO)) == 202
    assert await desk.push(form, desk.feed(TWO), "md5") == 202
    assert await desk.push(form, desk.feed(TWO), **{"X-Hub-Signature": ""}) == 202
    assert desk.titles == ["One"]


@pytest.mark.parametrize("signature", [None, "", "sha256", "sha256=", "sha256=é", "sha999=00", "=", "new=00"])
def test_a_signature_that_is_none_is_none(signature: str | None) -> None:
    assert not is_signed(Push(1, "h", "t", "token", "secret"), signature, b"body")


def test_a_signature_may_be_in_capitals() -> None:
    signature = hmac.new(b"secret", b"body", hashlib.sha256).hexdigest().upper()
    assert is_signed(Push(1, "h", "t", "token", "secret"), f"sha256={signature}", b"body")


async def test_everything_is_known_after_a_restart(desk: Desk) -> None:
    form = await desk.offered()
    desk.restart()
    assert await desk.asked_back(form) == (200, "a word")
    desk.restart()
    await desk.push(form, desk.feed(TWO))
    assert desk.titles == ["One", "Two"]
    assert await desk.poll(after=HOUR) == 10_800


async def test_a_promise_is_renewed_before_it_ends_under_the_same_address(desk: Desk) -> None:
    first = await desk.promised()
    assert await desk.tend(7 * DAY) == []
    (again,) = await desk.tend(DAY)
    assert again == first
    assert await desk.asked_back(again) == (200, "a word")
    assert desk.pushing.until(1, desk.now) == desk.now + 10 * DAY


async def test_a_promise_holds_while_its_renewal_fails(desk: Desk) -> None:
    form = await desk.promised()
    desk.statuses += [500] * 9
    await desk.tend(8 * DAY)
    assert desk.pushing.until(1, desk.now) == NOW + 10 * DAY
    assert await desk.tend(timedelta(minutes=50)) == []
    assert await desk.tend(timedelta(minutes=10)) == [form]
    assert desk.pushing.until(1, desk.now + 2 * DAY) is None


@pytest.mark.parametrize("lease", ["60", "0", "3599"])
async def test_a_promise_for_minutes_is_not_taken(desk: Desk, lease: str) -> None:
    form = await desk.offered()
    assert (await desk.asked_back(form, **{"hub.lease_seconds": lease}))[0] == 404
    assert await desk.poll(after=HOUR) == 1_800


@pytest.mark.parametrize("lease", ["99999999999", "31536000"])
def test_a_promise_for_ever_is_taken_for_a_month(lease: str) -> None:
    push = Push(1, "h", "t", "token", "secret", asked="subscribe", asked_at=NOW)
    after = confirmed(push, {"hub.mode": "subscribe", "hub.topic": "t", "hub.lease_seconds": lease}, NOW)
    assert after
    assert after.until == NOW + 30 * DAY


@pytest.mark.parametrize("lease", ["", "-5", "soon", "1e9", "9" * 40])
def test_a_promise_without_a_length_is_for_as_long_as_was_asked(lease: str) -> None:
    push = Push(1, "h", "t", "token", "secret", asked="subscribe", asked_at=NOW)
    after = confirmed(push, {"hub.mode": "subscribe", "hub.topic": "t", "hub.lease_seconds": lease}, NOW)
    assert after
    assert after.until == NOW + 10 * DAY


@pytest.mark.parametrize(
    "changed",
    [
        {"hub.topic": "http://other.example/"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
        {"hub.challenge": ""},
        {"hub.challenge": "x" * 1_001},
        {"hub.mode": "denied", "hub.topic": "http://other.example/"},
    ],
)
async def test_what_was_not_asked_for_is_not_confirmed(desk: Desk, changed: dict[str, str]) -> None:
    form = await desk.offered()
    assert (await desk.asked_back(form, **changed))[0] == 404
    assert desk.pushing.until(1, desk.now) is None


async def test_a_hub_may_not_confirm_twice_nor_after_a_day(desk: Desk) -> None:
    form = await desk.promised()
    assert (await desk.asked_back(form))[0] == 404
    again, *_ = await desk.tend(8 * DAY)
    desk.now += DAY + HOUR
    assert (await desk.asked_back(again))[0] == 404


async def test_a_hub_that_denies_is_left_alone_for_a_day(desk: Desk) -> None:
    form = await desk.promised()
    denied = {"hub.mode": "denied", "hub.reason": "no\nmore"}
    assert await desk.asked_back(form, **denied) == (200, "")
    assert await desk.poll(after=HOUR) == 1_800
    assert await desk.tend(22 * HOUR) == []
    assert len(await desk.tend(HOUR)) == 1


@pytest.mark.parametrize("status", [400, 404, 500, 302])
async def test_a_hub_that_refuses_is_asked_less_and_less_and_the_feed_is_polled_as_usual(
    desk: Desk, status: int
) -> None:
    desk.statuses += [status] * 9
    await desk.offered()
    assert (desk.stored()[0].error, desk.stored()[0].failures) == (f"answers HTTP {status}", 1)
    assert await desk.tend(timedelta(minutes=59)) == []
    assert len(await desk.tend(timedelta(minutes=1))) == 1
    assert await desk.tend(timedelta(minutes=119)) == []
    assert len(await desk.tend(timedelta(minutes=1))) == 1
    assert await desk.poll() == 1_800


@pytest.mark.parametrize("status", [307, 308])
async def test_a_hub_may_send_on_to_another(desk: Desk, status: int) -> None:
    desk.statuses += [status]
    desk.watch(desk.topic)
    await desk.poll(answer(200, desk.feed(ONE), ETag='"1"'))
    first, second = await desk.tend()
    assert first == second
    assert desk.stored()[0].error is None


@pytest.mark.parametrize(
    "hub",
    [
        "http://127.0.0.1/",
        "http://127.0.0.2:8080/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://localhost/",
        "http://169.254.169.254/latest",
        "http://user@10.0.0.1/",
    ],
)
async def test_a_hub_inside_is_not_asked(desk: Desk, hub: str) -> None:
    desk.watch(desk.topic)
    await desk.poll(answer(200, rss(ONE, head=f'<link {ATOM} rel="hub" href="{hub}"/>')))
    assert await desk.tend() == []
    assert "leads to an inside address" in (desk.stored()[0].error or "")
    assert desk.titles == ["One"]


async def test_a_hub_that_keeps_silent_about_reports_is_not_relied_on(desk: Desk) -> None:
    await desk.promised()
    kept_back = item("Kept back", "3", "Sat, 22 Nov 2025 12:30:00 GMT")
    await desk.poll(answer(200, desk.feed(ONE, kept_back), ETag='"2"'), answer(304), after=2 * HOUR)
    assert desk.titles == ["One", "Kept back"]
    assert desk.pushing.until(1, desk.now) is None
    assert await desk.poll(after=HOUR) == 1_800


async def test_a_hub_that_is_only_a_little_late_is_relied_on(desk: Desk) -> None:
    await desk.promised()
    fresh = item("Fresh", "3", "Sat, 22 Nov 2025 13:45:00 GMT")
    assert await desk.poll(answer(200, desk.feed(ONE, fresh), ETag='"2"'), after=2 * HOUR) == 10_800


async def test_a_feed_that_is_watched_no_more_is_pushed_no_more(desk: Desk) -> None:
    await desk.promised()
    desk.watch()
    (form,) = await desk.tend()
    assert form["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in form
    assert await desk.tend() == []
    assert await desk.asked_back(form) == (200, "a word")
    assert desk.stored() == ()


async def test_a_hub_that_does_not_let_go_is_forgotten(desk: Desk) -> None:
    form = await desk.promised()
    desk.watch()
    await desk.tend()
    assert await desk.tend(HOUR) == []
    assert desk.stored() == ()
    assert await desk.push(form, desk.feed(TWO)) == 410


async def test_a_feed_that_is_gone_before_its_hub_promised_anything_is_forgotten(desk: Desk) -> None:
    await desk.offered()
    await desk.poll(answer(200, desk.feed(ONE)), after=HOUR)
    desk.watch()
    assert await desk.tend() == []
    assert desk.stored() == ()


async def test_another_hub_takes_the_place_of_the_first_under_another_address(desk: Desk) -> None:
    first = await desk.promised()
    other = f"{desk.hub_url}/other"
    await desk.poll(answer(200, rss(ONE, TWO), Link=f'<{other}>; rel="hub"'), after=HOUR)
    (second,) = await desk.tend()
    assert second["hub.callback"] != first["hub.callback"]
    assert await desk.push(first, desk.feed(item("Three", "3"))) == 410


async def test_nobody_is_known_at_another_address(desk: Desk) -> None:
    form = await desk.promised()
    stranger = form | {"hub.callback": f"{PUBLIC}/guessed"}
    assert (await desk.asked_back(stranger))[0] == 404
    assert await desk.push(stranger, desk.feed(TWO)) == 410
    assert await desk.push(form | {"hub.callback": f"{PUBLIC}/"}, desk.feed(TWO)) == 410


async def test_a_push_is_bounded(desk: Desk) -> None:
    form = await desk.promised()
    assert await desk.push(form, desk.feed(TWO) + b" " * 200_000) == 413
    assert await desk.push(form, desk.feed(TWO), **{"Content-Encoding": "gzip"}) == 415
    assert desk.titles == ["One"]


async def test_a_push_that_does_not_say_its_size_is_bounded_too(desk: Desk) -> None:
    form = await desk.promised()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 10_000

    async with desk.listening() as local, desk.http.post(local(form["hub.callback"]), data=pieces()) as response:
        assert response.status == 413


async def test_a_hub_that_brings_more_than_can_be_read_is_told_to_come_again(desk: Desk) -> None:
    form = await desk.promised()
    signature = hmac.new(form["hub.secret"].encode(), b"x", "sha256").hexdigest()
    token = form["hub.callback"].rpartition("/")[2]
    for _ in range(MOST_WAITING):
        assert desk.pushing.received(token, b"x", None, f"sha256={signature}")
    headers = {"X-Hub-Signature": f"sha256={signature}"}
    async with (
        desk.listening() as local,
        desk.http.post(local(form["hub.callback"]), data=b"x", headers=headers) as response,
    ):
        assert (response.status, response.headers["Retry-After"]) == (503, "60")


async def test_a_push_that_is_no_feed_harms_no_later_one(desk: Desk) -> None:
    form = await desk.promised()
    assert await desk.push(form, b"<html>Sorry</html>") == 202
    assert await desk.push(form, desk.feed(TWO)) == 202
    assert desk.titles == ["One", "Two"]


async def test_two_cannot_listen_at_one_place(desk: Desk) -> None:
    async with Receiver(desk.pushing, "127.0.0.1", 0, size=9) as first:
        with pytest.raises(ListeningError, match=f"cannot listen at 127.0.0.1:{first.port}: "):
            async with Receiver(desk.pushing, "127.0.0.1", first.port, size=9):
                raise AssertionError


JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Wire",
        "feed_url": "https://wire.example/feed.json",
        "hubs": [
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": "https://hub.example/"},
        ],
        "items": [{"id": "1", "title": "One", "content_text": "One"}],
    }
).encode()
ATOM_FEED = (
    f'<feed {ATOM}><title>Wire</title><link rel="self" href="/feed.atom"/><link rel="hub" href="https://hub.example/"/>'
    "<entry><title>One</title><id>urn:1</id></entry></feed>"
).encode()


@pytest.mark.parametrize(
    ("body", "topic"),
    [(JSON, "https://wire.example/feed.json"), (ATOM_FEED, "{origin}/feed.atom")],
    ids=["json", "atom"],
)
async def test_hubs_are_found_in_every_kind_of_feed(desk: Desk, body: bytes, topic: str) -> None:
    desk.watch(desk.topic)
    await desk.poll(answer(200, body))
    (push,) = desk.stored()
    assert (push.hub, push.topic) == ("https://hub.example/", topic.format(origin=desk.server.url("")))


URL = "https://wire.example/feed"
HINTS = FeedHints(hub="https://body.example/", topic="https://wire.example/body")


@pytest.mark.parametrize(
    ("link", "hints", "offer"),
    [
        (None, None, None),
        (None, FeedHints(), None),
        (None, HINTS, Offer("https://body.example/", "https://wire.example/body")),
        (None, FeedHints(hub="https://body.example/"), Offer("https://body.example/", URL)),
        ('<https://hub.example/>; rel="hub"', HINTS, Offer("https://hub.example/", URL)),
        (
            '<https://hub.example/>; rel=hub, </topic>; rel="self"',
            None,
            Offer("https://hub.example/", "https://wire.example/topic"),
        ),
        ('<https://a.example/,x>; title="a, <b>; c"; REL="next HUB"', None, Offer("https://a.example/,x", URL)),
        ("<javascript:alert(1)>; rel=hub", None, None),
        ("<https://hub.example/>; rel=hubcap", None, None),
        ("<https://hub.example/>; title=hub", None, None),
        ("<https://hub.exa mple/>; rel=hub", None, None),
        ("nonsense, <, >;;; rel=hub", None, None),
    ],
)
def test_the_head_of_an_answer_is_asked_for_a_hub_before_its_body(
    link: str | None, hints: FeedHints | None, offer: Offer | None
) -> None:
    assert offered(link, hints, URL) == offer


def test_a_head_made_to_be_slow_is_read_at_once() -> None:
    hostile = "<a>" + ' ; x = "' * 2_000 + "<b>;" * 2_000 + "; " * 4_000
    assert offered(hostile, None, URL) is None


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(Push(1, "h", "t", "s3cret-token", "s3cret"))
