"""The server of the metrics: for Prometheus, and for whatever starts and watches the program.

A server of its own, so that what the web page shows to everybody has nothing of this in it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.listening import serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class MetricsServer:
    """`/metrics`, `/healthz` and `/readyz`.

    Args:
        metrics: gives the text of `/metrics`. Called in a thread, as the others are.
        content_type: what that text is.
        late: gives a line for every job that has not run in time.
        unready: gives a line for everything that keeps the program from being ready.
    """

    def __init__(
        self,
        metrics: Callable[[], bytes],
        content_type: str,
        late: Callable[[], Sequence[str]],
        unready: Callable[[], Sequence[str]],
    ) -> None:
        self._text = metrics
        self._type = content_type
        self._late = late
        self._unready = unready

    def application(self) -> web.Application:
        """The application; only GET and HEAD have a meaning."""
        app = web.Application(middlewares=[_guarded], client_max_size=1024)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/readyz", self._ready)
        return app

    def serving(self, listen: str) -> AbstractAsyncContextManager[str]:
        """Serve at `host:port` as long as the block lasts, and give the address.

        Raises:
            OSError: the place is taken, or may not be opened.
        """
        return serving(self.application(), listen)

    async def _metrics(self, _request: web.Request) -> web.Response:
        text = await asyncio.to_thread(self._text)
        return web.Response(body=text, headers={"Content-Type": self._type})

    async def _health(self, _request: web.Request) -> web.Response:
        late = await asyncio.to_thread(self._late)
        return _probe("late" if late else "ok", bool(late), late=late)

    async def _ready(self, _request: web.Request) -> web.Response:
        missing = await asyncio.to_thread(self._unready)
        return _probe("not ready" if missing else "ready", bool(missing), missing=missing)


@web.middleware
async def _guarded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A refusal is a short text, and nothing is kept by anybody."""
    try:
        answer = await handler(request)
    except web.HTTPException as refusal:
        answer = web.Response(status=refusal.status, text=refusal.reason)
    answer.headers.update(_HEADERS)
    return answer


def _probe(status: str, failed: object, **more: Any) -> web.Response:
    return web.json_response({"status": status, **more}, status=503 if failed else 200)
