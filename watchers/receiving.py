"""The small web server at which hubs call. With `fetch`, the only module that imports aiohttp.

It is meant to stand behind a proxy that speaks TLS. It knows one thing: addresses that end in a token which only we and
one hub know. Whatever is sent to it, it reads no more than allowed, unpacks nothing, and says nothing of what it knows.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import web

from watchers.errors import ListeningError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

_log: Final = logging.getLogger(__name__)
_MOST_AT_ONCE: Final = 16
_SECONDS: Final = 30.0


class Pushes(Protocol):
    """What is done with the calls of hubs; see `watchers.pushing.Pushing`."""

    async def challenged(self, token: str, query: Mapping[str, str]) -> str | None:
        """What a hub wants to hear that asks back; None where we did not ask."""
        ...

    def is_known(self, token: str) -> bool:
        """Whether somebody may push there."""
        ...

    def received(self, token: str, body: bytes, content_type: str | None, signature: str | None) -> bool:
        """Take a body; False where the hub had better come again."""
        ...


class Receiver:
    """Listens for hubs while it is open.

    Args:
        pushes: what is done with their calls.
        host: where to listen.
        port: where to listen; 0 for any that is free.
        size: bytes of a body at the most.
        seconds: a body must be there within.
    """

    def __init__(self, pushes: Pushes, host: str, port: int, *, size: int, seconds: float = _SECONDS) -> None:
        self._pushes = pushes
        self._place = (host, port)
        self._size = size
        self._seconds = seconds
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        addresses = self._runner.addresses if self._runner else []
        return int(addresses[0][1]) if addresses else self._place[1]

    async def __aenter__(self) -> Self:
        """Begin to listen.

        Raises:
            ListeningError: somebody else does so there, or there is no such place.
        """
        app = web.Application()
        app.router.add_get("/{way:.*}", self._challenged)
        app.router.add_post("/{way:.*}", self._pushed)
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False, keepalive_timeout=15)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, *self._place).start()
        except (OSError, OverflowError) as error:
            await self._runner.cleanup()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ListeningError(f"cannot listen at {self._place[0]}:{self._place[1]}: {reason}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hear nobody any more."""
        if self._runner:
            await self._runner.cleanup()

    async def _challenged(self, request: web.Request) -> web.Response:
        said = await self._pushes.challenged(_token(request), request.query)
        if said is None:
            return web.Response(status=404)
        # The challenge is somebody else's text: no browser may take it for a page.
        return web.Response(text=said, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    async def _pushed(self, request: web.Request) -> web.Response:
        token = _token(request)
        if not self._pushes.is_known(token):
            return web.Response(status=410)
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return web.Response(status=415)
        if (request.content_length or 0) > self._size:
            return web.Response(status=413)
        if self._places.locked():
            return web.Response(status=503, headers={"Retry-After": "60"})
        async with self._places:
            body = await self._body(request)
            if body is None:
                return web.Response(status=413)
            kind, signature = request.headers.get("Content-Type"), request.headers.get("X-Hub-Signature")
            taken = self._pushes.received(token, body, kind, signature)
        return web.Response(status=202) if taken else web.Response(status=503, headers={"Retry-After": "60"})

    async def _body(self, request: web.Request) -> bytes | None:
        """The body; None where it is too big or does not come in time."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > self._size:
                        return None
        except TimeoutError:
            _log.debug("a push did not come in time")
            return None
        return bytes(body)


def _token(request: web.Request) -> str:
    """The end of the address: a proxy may put anything before it."""
    return request.path.rpartition("/")[2]
