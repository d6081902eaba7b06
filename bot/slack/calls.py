"""HTTP mode: Slack calls, and is listened to only where the call bears its signature, is fresh, and is no replay.

The rules are those of https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier

from bot.listening import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from slack_bolt.async_app import AsyncApp

_logger = logging.getLogger(__name__)

PATH: Final = "/slack/events"
"""Where Slack calls, behind the public address."""

_LARGEST: Final = 1_000_000
_REMEMBERED: Final = 50_000
_SIGNATURE: Final = "X-Slack-Signature"
_RETRY: Final = "X-Slack-Retry-Num"


@dataclass(frozen=True, slots=True)
class Calls:
    """Where Slack calls.

    Attributes:
        listen: `host:port` to listen at, without encryption: a proxy in front of it sees to that.
        secret: the app's signing secret.
    """

    listen: str
    secret: str = field(repr=False)


class _At(Clock):
    """The program's clock, as the library asks for it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


class HttpMode:
    """Listens until closed.

    Args:
        app: handles what is heard; it need not check anything itself.
        calls: where to listen.
        clock: tells the time.
    """

    def __init__(self, app: AsyncApp, calls: Calls, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._listen = calls.listen
        self._verifier = SignatureVerifier(calls.secret, _At(clock))
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._runner: web.AppRunner | None = None

    async def run(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the place to listen at cannot be used.
        """
        server = web.Application(client_max_size=_LARGEST)
        server.router.add_post(PATH, self._hear)
        self._runner = await serve(server, self._listen, patience=5)

    async def close(self) -> None:
        """Listen no more; calls in work are answered first."""
        if self._runner:
            await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.text()
        if not self._signed(body, request.headers):
            _logger.warning("a call without Slack's signature, or a stale one, was refused")
            raise web.HTTPUnauthorized
        if not self._first(request.headers[_SIGNATURE]):
            # Slack itself may tell something again within the second in which it was told first.
            if _RETRY in request.headers:
                return web.Response()
            _logger.warning("a call that had been made before was refused")
            raise web.HTTPUnauthorized
        told = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        return await to_aiohttp_response(await self._app.async_dispatch(told))

    def _signed(self, body: str, headers: Mapping[str, str]) -> bool:
        """Whether Slack signed it within the last five minutes."""
        try:
            return self._verifier.is_valid_request(body, {name.lower(): text for name, text in headers.items()})
        except ValueError:  # a time that is no number
            return False

    def _first(self, signature: str) -> bool:
        fresh = signature not in self._seen
        self._seen[signature] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return fresh
