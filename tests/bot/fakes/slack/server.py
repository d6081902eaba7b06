"""The server: HTTP and WebSockets on loopback, tokens, scopes, faults, and the way from a call to a method and back."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from tests.bot.fakes.slack.answering import Answering
from tests.bot.fakes.slack.control import Control
from tests.bot.fakes.slack.limits import Pace
from tests.bot.fakes.slack.methods import APP_METHODS, GETS, Methods
from tests.bot.fakes.slack.posting import Posting
from tests.bot.fakes.slack.refusals import Params, RefusedError
from tests.bot.fakes.slack.scopes import Manifest
from tests.bot.fakes.slack.sockets import Sockets
from tests.bot.fakes.slack.telling import Teller
from tests.bot.fakes.slack.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.bot.fakes.slack.faults import Fault
    from tests.bot.fakes.slack.world import Channel, Person

TOKEN: Final = "xoxb-very-secret-token"  # noqa: S105 - the fake's own
APP_TOKEN: Final = "xapp-1-very-secret-app-token"  # noqa: S105 - the fake's own
SIGNING_SECRET: Final = "very-secret-signing-secret"  # noqa: S105 - the fake's own
_BIGGEST: Final = 60 * 1024 * 1024


@dataclass(slots=True)
class Call:
    """One call of the app, and what it was answered; status 0 where no answer was given.

    Attributes:
        given_up: whether the app did not wait for the answer.
    """

    method: str
    params: Params
    at: float
    status: int = 0
    given_up: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.params.values[name]

    @property
    def error(self) -> str:
        """Slack's name for what was wrong; empty where nothing was."""
        return str(self.answer.get("error", ""))


class FakeSlack:
    """A workspace with one app, on loopback.

    Args:
        clock: seconds since 1970.
        manifest: what the app may do and hear.
        enforced: whether calls that come too fast are refused.

    Attributes:
        world: people, channels and messages; the methods below reach into it.
        teller: what the app is told, and how soon it hears.
        sockets: the connections of Socket Mode.
        posting: the app's address, where it has one.
        calls: every call, the oldest first.
        faults: what goes wrong with the next calls; the first that means a call takes it.
        revoked: whether the bot token is no longer any good.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        manifest: Manifest | None = None,
        enforced: bool = False,
    ) -> None:
        self.token = TOKEN
        self.app_token = APP_TOKEN
        self.signing_secret = SIGNING_SECRET
        self.clock = clock
        self.manifest = manifest or Manifest()
        self.pace = Pace(enforced=enforced)
        self.sockets = Sockets(self._changed)
        self.posting: Posting | None = None
        self.teller = Teller(self.sockets, self._changed)
        self.sockets.teller = self.teller
        self.world = World(clock, self.manifest, self._changed, self.until)
        self.world.teller = self.teller
        self.answering = Answering(self.world)
        self.world.settle = self.answering.settle
        self.methods = Methods(self.world, self.answering, self.sockets, self.pace)
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.revoked = False
        self.port = 0
        self.person = self.world.person
        self.channel = self.world.channel
        self._released = asyncio.Event()
        self._waiting: set[asyncio.Event] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """What `TREATYWATCH_SLACK__BASE_URL` is to be."""
        return f"http://127.0.0.1:{self.port}/api/"

    def direct(self, person: Person) -> Channel:
        """Where somebody talks to the app alone."""
        return self.world.direct(person)

    def called(self, method: str) -> list[Call]:
        """The calls of a method, the oldest first."""
        return [call for call in self.calls if call.method == method]

    def posts_to(self, url: str) -> Posting:
        """From now on tell the app by requests to its address instead of over its sockets."""
        self.posting = Posting(url, self.signing_secret, self.clock)
        self.posting.teller = self.teller
        self.teller.carrier = self.posting
        return self.posting

    def forbid(self, scope: str) -> None:
        """Take a scope from the app."""
        self.manifest = self.world.manifest = replace(self.manifest, scopes=self.manifest.scopes - {scope})

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
            calls = ", ".join(f"{call.method} {call.status} {call.error}" for call in self.calls)
            raise AssertionError(f"not within {seconds} s\n{self.world.transcript()}\ncalls: {calls}") from None
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
        app.router.add_route("*", "/api/{method}", self._answer)
        app.router.add_get("/link/", self.sockets.accept)
        app.router.add_post("/upload/{secret}", self._upload)
        app.router.add_post("/{address:(?:commands|actions)/.+}", self._respond)
        app.add_routes(Control(self).routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.world.address = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Go down: nobody can connect. What was told stays, and so does what the app has not heard yet."""
        self.release()
        await self.sockets.close()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    async def close(self) -> None:
        """Go down for good."""
        await self.teller.close()
        await self.stop()

    async def _upload(self, request: web.Request) -> web.Response:
        content = await request.read()
        if request.content_type == "multipart/form-data":
            form = await request.post()
            content = next(one.file.read() for one in form.values() if isinstance(one, web.FileField))
        try:
            self.methods.uploaded(request.match_info["secret"], content)
        except RefusedError as refused:
            return web.Response(status=refused.status, text=refused.error)
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        return web.Response(text=f"OK - {len(content)}")

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            self.answering.respond(request.match_info["address"], await _params(request))
        except RefusedError as refused:
            status = 400 if refused.status == 200 else refused.status
            return web.json_response(refused.as_json(), status=status)
        return web.json_response({"ok": True})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            params = await _params(request)
        except RefusedError as refused:
            return web.json_response(refused.as_json())
        call = Call(method, params, self.clock())
        self.calls.append(call)
        try:
            return await self._handled(request, call)
        except asyncio.CancelledError:
            call.given_up = True
            raise
        finally:
            self._changed()

    async def _handled(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = next((one for one in self.faults if one.means(call.method, call.params)), None)
        if fault is None:
            return self._true_answer(request, call)
        fault.used()
        truth = self._true_answer(request, call) if fault.accepts else web.Response(status=500)
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
        page = fault.page
        call.status = page.status
        with suppress(ValueError):
            call.answer = json.loads(page.body)
        return web.Response(status=page.status, text=page.body, content_type=page.kind, headers=page.headers)

    def _true_answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            call.answer = {"ok": True} | self._asked(request, call)
            call.status, headers = 200, {"X-OAuth-Scopes": self._scopes(call.method)}
        except RefusedError as refused:
            call.answer, call.status, headers = refused.as_json(), refused.status, refused.headers
        return web.json_response(call.answer, status=call.status, headers=headers)

    def _asked(self, request: web.Request, call: Call) -> dict[str, Any]:
        method = self.methods.named(call.method)
        if method is None or (request.method == "GET" and call.method not in GETS):
            raise RefusedError("unknown_method")
        self._authorize(request.headers.get("Authorization", ""), call)
        self.methods.permit(call.method, call.params)
        wait = self.pace.called(call.method, self.clock())
        if wait is not None:
            raise RefusedError("ratelimited", 429, wait)
        return method(call.params)

    def _scopes(self, method: str) -> str:
        """The scopes of the token that a method takes, as a header says them."""
        return "connections:write" if method in APP_METHODS else ",".join(sorted(self.manifest.scopes))

    def _authorize(self, header: str, call: Call) -> None:
        token = header.removeprefix("Bearer ") or call.params.text("token")
        if not token:
            raise RefusedError("not_authed")
        if token not in {self.token, self.app_token}:
            raise RefusedError("invalid_auth")
        if (token == self.app_token) != (call.method in APP_METHODS):
            raise RefusedError("not_allowed_token_type")
        if token == self.token and self.revoked:
            raise RefusedError("token_revoked")


async def _params(request: web.Request) -> Params:
    """Arguments as the Web API reads them: from the query, and where there is a body from a form or JSON."""
    values: dict[str, Any] = dict(request.query)
    if not request.can_read_body:
        return Params(values)
    if request.content_type == "application/json":
        try:
            given = await request.json()
        except json.JSONDecodeError:
            raise RefusedError("invalid_json") from None
        if not isinstance(given, dict):
            raise RefusedError("json_not_object")
        return Params(values | given)
    return Params(values | {name: str(one) for name, one in (await request.post()).items()})


@asynccontextmanager
async def slack_api(
    *, clock: Callable[[], float] = time.time, manifest: Manifest | None = None, enforced: bool = False
) -> AsyncIterator[FakeSlack]:
    """A workspace on loopback for as long as the block runs."""
    fake = FakeSlack(clock=clock, manifest=manifest, enforced=enforced)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.close()
