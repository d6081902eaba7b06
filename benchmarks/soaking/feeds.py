"""The outlets: three hundred feeds at a hundred addresses of the machine itself, some of whose answers go wrong."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from contextlib import asynccontextmanager
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Final

from aiohttp import web

from benchmarks.soaking.news import FEEDS

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator

    from benchmarks.soaking.news import Item, Script
    from benchmarks.soaking.pace import FastClock

HOSTS: Final = tuple(f"127.0.1.{number}" for number in range(1, 101))
SHOWN: Final = 60
"""So many items, the newest, stand in a feed."""

_UNTAGGED: Final = 7
"""Every so-manieth feed gives no validators."""

FAULTS: Final = ("reset", "500", "503", "429", "silence", "slow", "cut off", "no feed")


class Outlets:
    """Serves what was published so far.

    Args:
        script: who publishes what.
        clock: tells the time.
        dice: which answers go wrong.

    Attributes:
        share: which part of the answers goes wrong.
        asked: requests in all.
        faults: answers that went wrong, by how.
    """

    def __init__(self, script: Script, clock: FastClock, dice: random.Random) -> None:
        self._script = script
        self._clock = clock
        self._dice = dice
        self._moments = [[item.published for item in items] for items in script.items]
        self.share = 0.0
        self.asked = 0
        self.faults: Counter[str] = Counter()
        self.port = 0

    def urls(self) -> list[str]:
        """The addresses of all feeds."""
        return [f"http://{HOSTS[number % len(HOSTS)]}:{self.port}/feed/{number}" for number in range(FEEDS)]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve until the block is left."""
        app = web.Application()
        app.router.add_get("/feed/{number}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None, handler_cancellation=True)
        await runner.setup()
        try:
            for host in HOSTS:
                await web.TCPSite(runner, host, self.port, backlog=1_000).start()
                self.port = runner.addresses[0][1]
            yield
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        number = int(request.match_info["number"])
        if self._dice.random() >= self.share:
            return self._truth(request, number)
        fault = self._dice.choice(FAULTS)
        self.faults[fault] += 1
        return await self._wrong(request, number, fault)

    def _truth(self, request: web.Request, number: int) -> web.Response:
        count = bisect_right(self._moments[number], self._clock.now())
        head = {} if number % _UNTAGGED == 0 else {"ETag": f'"{count}"'}
        if head and request.headers.get("If-None-Match") == head["ETag"]:
            return web.Response(status=304, headers=head)
        return web.Response(text=self._feed(number, count), headers=head, content_type="application/rss+xml")

    def _feed(self, number: int, count: int) -> str:
        shown = self._script.items[number][max(0, count - SHOWN) : count]
        items = "".join(_item(item) for item in reversed(shown))
        return f'<rss version="2.0"><channel><title>Outlet {number}</title>{items}</channel></rss>'

    async def _wrong(self, request: web.Request, number: int, fault: str) -> web.StreamResponse:
        match fault:
            case "500":
                return web.Response(status=500, text="out of order")
            case "503":
                return web.Response(status=503, headers={"Retry-After": "900"})
            case "429":
                return web.Response(status=429, headers={"Retry-After": "600"})
            case "no feed":
                return web.Response(text="<html><p>Please accept our cookies</p></html>", content_type="text/html")
            case "silence":
                await asyncio.sleep(3_600)
            case "slow" | "cut off":
                return await self._in_pieces(request, number, whole=fault == "slow")
        return _reset(request)

    async def _in_pieces(self, request: web.Request, number: int, *, whole: bool) -> web.StreamResponse:
        """The feed, in several pieces over half a minute or two; broken off in the middle unless it is the `whole`."""
        body = self._feed(number, bisect_right(self._moments[number], self._clock.now())).encode()
        answer = web.StreamResponse(headers={"Content-Type": "application/rss+xml", "Content-Length": str(len(body))})
        await answer.prepare(request)
        piece = len(body) // 4 + 1
        for start in range(0, len(body) if whole else len(body) // 2, piece):
            await answer.write(body[start : start + piece])
            await asyncio.sleep(self._dice.uniform(5, 30))
        return answer if whole else _reset(request)


def _reset(request: web.Request) -> web.Response:
    """Nothing: the connection is gone."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def _item(item: Item) -> str:
    return (
        f"<item><title>{escape(item.title)}</title><description>{escape(item.summary)}</description>"
        f"<guid isPermaLink='false'>item-{item.number}</guid>"
        f"<link>http://outlet-{item.outlet}.example/{item.number}</link>"
        f"<pubDate>{format_datetime(item.published)}</pubDate></item>"
    )
