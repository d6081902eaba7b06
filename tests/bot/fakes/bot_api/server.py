"""The server: HTTP on loopback, tokens, faults, and the way from a call to a method and back."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from tests.bot.fakes.bot_api.control import Control
from tests.bot.fakes.bot_api.limits import Pace
from tests.bot.fakes.bot_api.methods import Methods
from tests.bot.fakes.bot_api.refusals import Params, RefusedError, Upload
from tests.bot.fakes.bot_api.updates import Updates
from tests.bot.fakes.bot_api.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.bot.fakes.bot_api.faults import Fault
    from tests.bot.fakes.bot_api.world import Chat

TOKEN: Final = "123456:very-secret-token"  # noqa: S105 - the fake's own
_BIGGEST: Final = 60 * 1024 * 1024


@dataclass(slots=True)
class Call:
    """One call of the bot, and what it was answered; status 0 where no answer was given."""

    method: str
    params: Params
    at: float
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.params.values[name]


class FakeBotApi:
    """A Bot API on loopback.

    Args:
        token: the only token that is known.
        clock: seconds since 1970.
        enforced: whether messages that come too fast are refused.

    Attributes:
        world: people, chats and messages; the methods below reach into it.
        calls: every call but getUpdates, the oldest first.
        faults: what goes wrong with the next calls; the first that means a call takes it.
    """

    def __init__(self, token: str = TOKEN, *, clock: Callable[[], float] = time.time, enforced: bool = False) -> None:
        self.token = token
        self.clock = clock
        self.pace = Pace(enforced=enforced)
        self.updates = Updates(clock, self._changed)
        self.world = World(clock, self.updates.publish, self._changed, self.until)
        self.methods = Methods(self.world, self.updates, self.pace)
        self.calls: list[Call] = []
        self.polls: list[Call] = []
        self.faults: list[Fault] = []
        self.port = 0
        self.person = self.world.person
        self.private = self.world.private
        self.group = self.world.group
        self.channel = self.world.channel
        self._released = asyncio.Event()
        self._waiting: set[asyncio.Event] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """What `TREATYWATCH_TELEGRAM__BASE_URL` is to be."""
        return f"http://127.0.0.1:{self.port}/bot"

    def chat(self, chat_id: int) -> Chat:
        """A chat that is there."""
        return self.world.chats[chat_id]

    def called(self, method: str) -> list[Call]:
        """The calls of a method, the oldest first."""
        return [call for call in (*self.calls, *self.polls) if call.method.lower() == method.lower()]

    # Time

    async def until(self, found: Callable[[], Any], seconds: float = 10) -> Any:
        """Wait until something is found to hold, and return it; looks again at every change."""
        change = asyncio.Event()
        self._waiting.add(change)
        try:
            async with asyncio.timeout(seconds):
                while not (result := found()):
                    change.clear()
                    await change.wait()
        except TimeoutError:
            methods = ", ".join(f"{call.method} {call.status}" for call in self.calls)
            raise AssertionError(f"not within {seconds} s\n{self.world.transcript()}\ncalls: {methods}") from None
        finally:
            self._waiting.discard(change)
        return result

    def _changed(self) -> None:
        for change in self._waiting:
            change.set()

    def release(self) -> None:
        """Give up the connections that are held open without an answer."""
        self._released.set()
        self._released = asyncio.Event()

    # The server

    async def start(self) -> None:
        """Listen; after a stop, on the same port."""
        app = web.Application(client_max_size=_BIGGEST)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.add_routes(Control(self).routes())
        app.router.add_route("*", "/{path:.*}", _not_found)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Go down: nobody can connect. What was told stays, and so do updates."""
        self.release()
        self.updates.end_polls()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    async def close(self) -> None:
        """Go down for good."""
        self.updates.delete_webhook()
        await self.stop()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        if token != self.token:
            known = re.fullmatch(r"\d+:[\w-]+", token)
            return _refusal(RefusedError(401, "Unauthorized") if known else RefusedError(404, "Not Found"))
        call = Call(method, await _params(request), self.clock())
        (self.polls if method.lower() == "getupdates" else self.calls).append(call)
        try:
            return await self._handled(request, call)
        finally:
            self._changed()

    async def _handled(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = next((one for one in self.faults if one.means(call.method.lower(), call.params)), None)
        if fault is None:
            return await self._true_answer(call)
        fault.used()
        truth = await self._true_answer(call) if fault.accepts else web.Response(status=500)
        self._changed()
        released = self._released
        if fault.ending == "hang":
            call.status = 0
            await released.wait()
        if fault.ending == "cut" and request.transport:
            call.status = 0
            request.transport.close()
        if fault.seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(released.wait(), fault.seconds)
        if fault.page is None:
            return truth
        call.status = fault.page.status
        return web.Response(status=fault.page.status, text=fault.page.body, content_type=fault.page.kind)

    async def _true_answer(self, call: Call) -> web.StreamResponse:
        method = self.methods.named(call.method.lower())
        try:
            call.answer = {"ok": True, "result": await (method or _unknown)(call.params)}
            call.status = 200
        except RefusedError as refused:
            call.answer, call.status = refused.as_json(), refused.status
        return web.json_response(call.answer, status=call.status)


async def _unknown(_: Params) -> None:
    raise RefusedError(404, "Not Found: method not found")


async def _not_found(_: web.Request) -> web.Response:
    return _refusal(RefusedError(404, "Not Found"))


def _refusal(refused: RefusedError) -> web.Response:
    return web.json_response(refused.as_json(), status=refused.status)


async def _params(request: web.Request) -> Params:
    """Parameters as the Bot API reads them: from the query, a form, or JSON, in which texts stand for themselves."""
    values = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        given = await request.json()
        values |= {name: one if isinstance(one, str) else json.dumps(one) for name, one in given.items()}
        return Params(values)
    for name, one in (await request.post()).items():
        if isinstance(one, web.FileField):
            files[name] = Upload(one.filename, one.file.read())
        else:
            values[name] = str(one)
    return Params(values, files)


@asynccontextmanager
async def bot_api(
    token: str = TOKEN, *, clock: Callable[[], float] = time.time, enforced: bool = False
) -> AsyncIterator[FakeBotApi]:
    """A Bot API on loopback for as long as the block runs."""
    fake = FakeBotApi(token, clock=clock, enforced=enforced)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.close()
