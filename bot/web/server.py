"""The server of the web page: which address gives what, with the headers that keep a browser from doing more.

Reading only: every answer is made of one look into the store, in a thread of its own. The one module beside those that
fetch and receive feeds that touches HTTP.
"""

from __future__ import annotations

import asyncio
import json
from importlib import resources
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.exports.asked import gather
from bot.exports.atom import as_atom
from bot.exports.ics import as_ics
from bot.exports.tables import as_csv, as_json
from bot.listening import serving
from bot.pictures.raster import png
from bot.web.pages import Site, speech_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from bot.exports.asked import Export
    from store.database import Connection, Database
    from treaties.registry import Knowledge

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
_FRESH: Final = "max-age=60"
_LONGEST_ADDRESS: Final = 2_000
_SVG: Final = "image/svg+xml"


class WebPage:
    """The pages over a store.

    Args:
        database: where everything is.
        knowledge: names, clauses and facts.
        clock: gives the current time.
        late: gives a line for every job that has not run in time.
        lock: held while something is written: a calendar that is given out is remembered.
        public_url: where the page is reached from outside, if it is; the Atom feed names itself by it.
    """

    def __init__(  # noqa: PLR0913 - each is one more thing that it is given, the last two by name
        self,
        database: Database,
        knowledge: Knowledge,
        clock: Callable[[], datetime],
        late: Callable[[Connection], Sequence[str]],
        *,
        lock: asyncio.Lock | None = None,
        public_url: str | None = None,
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._clock = clock
        self._late = late
        self._lock = lock or asyncio.Lock()
        self._public_url = public_url
        self._style = resources.files("bot.web").joinpath("style.css").read_text(encoding="utf-8")

    def application(self) -> web.Application:
        """The application; only GET and HEAD have a meaning."""
        app = web.Application(middlewares=[_guarded], client_max_size=1024)
        app.router.add_get("/", self._cases)
        app.router.add_get("/upcoming", self._coming)
        app.router.add_get("/upcoming.svg", self._calendar_picture)
        app.router.add_get("/case/{state}/{treaty}", self._case)
        app.router.add_get("/case/{state}/{treaty}/timeline.svg", self._timeline)
        app.router.add_get("/case/{state}/{treaty}/timeline.png", self._timeline)
        app.router.add_get("/style.css", self._stylesheet)
        app.router.add_get("/developments.atom", self._atom)
        app.router.add_get("/effects.ics", self._ics)
        app.router.add_get("/known-events.json", self._json)
        app.router.add_get("/known-events.csv", self._csv)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/{rest:.*}", self._missing)
        return app

    def serving(self, listen: str) -> AbstractAsyncContextManager[str]:
        """Serve at `host:port` as long as the block lasts, and give the address.

        Raises:
            OSError: the place is taken, or may not be opened.
        """
        return serving(self.application(), listen)

    async def _cases(self, request: web.Request) -> web.Response:
        site = await self._site(request)
        return _html(site.cases(request.query.get("state", ""), request.query.get("treaty", "")))

    async def _coming(self, request: web.Request) -> web.Response:
        return _html((await self._site(request)).coming())

    async def _case(self, request: web.Request) -> web.Response:
        site = await self._site(request)
        page = site.case(request.match_info["state"], request.match_info["treaty"])
        return _html(page) if page else _html(site.missing(), 404)

    async def _timeline(self, request: web.Request) -> web.Response:
        site = await self._site(request)
        picture = site.timeline(request.match_info["state"], request.match_info["treaty"])
        if picture is None:
            return _html(site.missing(), 404)
        if request.path.endswith(".svg"):
            return web.Response(text=picture, content_type=_SVG)
        # With the packaged fonts, whatever the browser has.
        return web.Response(body=await asyncio.to_thread(png, picture), content_type="image/png")

    async def _calendar_picture(self, request: web.Request) -> web.Response:
        return web.Response(text=(await self._site(request)).calendar(), content_type=_SVG)

    async def _missing(self, request: web.Request) -> web.Response:
        return _html((await self._site(request)).missing(), 404)

    async def _stylesheet(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._style, content_type="text/css")

    async def _atom(self, _request: web.Request) -> web.Response:
        address = f"{self._public_url.rstrip('/')}/developments.atom" if self._public_url else None
        text = as_atom(await self._gathered(), address)
        return web.Response(text=text, content_type="application/atom+xml")

    async def _json(self, _request: web.Request) -> web.Response:
        return web.Response(text=as_json(await self._gathered()), content_type="application/json")

    async def _csv(self, _request: web.Request) -> web.Response:
        return web.Response(text=as_csv(await self._gathered()), content_type="text/csv")

    async def _ics(self, _request: web.Request) -> web.Response:
        async with self._lock:
            text = await asyncio.to_thread(self._calendar)
        return web.Response(text=text, content_type="text/calendar")

    async def _health(self, _request: web.Request) -> web.Response:
        lines = await asyncio.to_thread(self._late_lines)
        body = json.dumps({"status": "late" if lines else "ok", "late": lines})
        return web.Response(text=body, status=503 if lines else 200, content_type="application/json")

    async def _site(self, request: web.Request) -> Site:
        speech = speech_for(request.query.get("lang"), request.headers.get("Accept-Language", ""), self._knowledge)
        return Site(await self._gathered(), speech)

    async def _gathered(self) -> Export:
        return await asyncio.to_thread(self._gather)

    def _gather(self) -> Export:
        with self._database.reading() as conn:
            return gather(conn, self._knowledge, self._clock())

    def _calendar(self) -> str:
        with self._database.transaction() as conn:
            return as_ics(conn, gather(conn, self._knowledge, self._clock()))

    def _late_lines(self) -> list[str]:
        with self._database.reading() as conn:
            return list(self._late(conn))


@web.middleware
async def _guarded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Bound what is asked, and put the guarding headers on every answer."""
    if len(request.path_qs) > _LONGEST_ADDRESS:
        answer: web.StreamResponse = web.Response(status=414, text="The address is too long.")
    else:
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            answer = web.Response(status=refusal.status, text=refusal.reason, headers=_allowed(refusal))
    answer.headers.update(HEADERS)
    answer.headers["Cache-Control"] = "no-store" if request.path == "/healthz" else _FRESH
    answer.headers["Vary"] = "Accept-Language"
    return answer


def _allowed(refusal: web.HTTPException) -> dict[str, str]:
    return {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else {}


def _html(page: str, status: int = 200) -> web.Response:
    return web.Response(text=page, status=status, content_type="text/html")
