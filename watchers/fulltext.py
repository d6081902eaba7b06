"""Full text on demand: where a feed gives a teaser only, and its headline speaks of leaving, the article is read.

Off by default. One page is fetched for a report, and that only where robots.txt allows it; a few of one host in half
an hour, with the pauses that the host asks for. Whatever goes wrong here, the report goes on as the feed gave it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from watchers.errors import FetchError
from watchers.fetch import FetchRequest
from watchers.links import host_of, shown
from watchers.parse import LONGEST_SUMMARY
from watchers.plaintext import plain
from watchers.robots import Robots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from treaties.model import Report
    from watchers.fetch import Fetched, Fetching

_log: Final = logging.getLogger(__name__)

TEASER: Final = 400
"""A summary of fewer letters is a teaser."""
PAUSE: Final = 5.0
"""Seconds between two articles of a host that asks for no pause of its own."""
LONGEST_PAUSE: Final = 30.0
"""A host that asks for a longer one is left alone: its feeds would wait for it."""
MOST_OF_A_HOST: Final = 5
"""Articles of one host in a window of time; fifty new headlines are no reason to fetch fifty pages."""
WINDOW: Final = timedelta(minutes=30)
_MOST_KEPT: Final = 200
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Taste:
    """What is worth fetching, and how its text is had.

    Attributes:
        wanted: whether a report's headline is of interest. Called in a thread.
        extract: the text of an article from its page and address, None where there is none. Called in a thread.
    """

    wanted: Callable[[Report], bool]
    extract: Callable[[bytes, str], str | None]


class FullText:
    """Gives reports the text of their articles.

    Args:
        fetcher: asks servers.
        taste: what is worth fetching, and how its text is had.
        agent: the product token by which robots.txt names this program.
        pause: waits for so many seconds.
    """

    def __init__(
        self, fetcher: Fetching, taste: Taste, agent: str, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._fetcher = fetcher
        self._taste = taste
        self._robots = Robots(fetcher, agent)
        self._pause = pause
        self._texts: OrderedDict[str, str | None] = OrderedDict()
        self._lately: dict[str, list[datetime]] = {}

    async def __call__(self, report: Report, now: datetime) -> Report:
        """The report with its article's text as its summary; as it is where there is nothing better.

        Args:
            report: as the feed gave it.
            now: the current time.
        """
        if not report.url or len(report.summary) >= TEASER:
            return report
        if not await asyncio.to_thread(self._taste.wanted, report):
            return report
        text = plain(await self._text(report.url, now) or "", LONGEST_SUMMARY)
        return replace(report, summary=text) if len(text) > len(report.summary) else report

    async def _text(self, url: str, now: datetime) -> str | None:
        """The text behind an address; each is asked for once, also where two feeds name it or the store was busy."""
        if url not in self._texts:
            text = await self._asked_for(url, now)
            self._texts[url] = text
            if len(self._texts) > _MOST_KEPT:
                self._texts.popitem(last=False)
        return self._texts[url]

    async def _asked_for(self, url: str, now: datetime) -> str | None:
        host = host_of(url)
        lately = self._since(host, now)
        if len(lately) >= MOST_OF_A_HOST:
            return None
        first = not lately
        lately.append(now)
        try:
            permission = await self._robots.permission(url, now)
            if not permission.allowed or permission.delay > LONGEST_PAUSE:
                _log.debug("%s: robots.txt does not let the article be read", shown(url))
                return None
            if not first:
                await self._pause(max(PAUSE, permission.delay))
            return await self._extracted(await self._fetcher.get(FetchRequest(url)))
        except FetchError as error:
            _log.debug("no full text: %s", error)
            return None

    def _since(self, host: str, now: datetime) -> list[datetime]:
        """When articles of a host were asked for lately. Hosts that were not are forgotten."""
        kept = {one: [at for at in moments if now - at < WINDOW] for one, moments in self._lately.items()}
        self._lately = {one: moments for one, moments in kept.items() if moments}
        return self._lately.setdefault(host, [])

    async def _extracted(self, answer: Fetched) -> str | None:
        kind = (answer.headers.content_type or "text/html").lower()
        if answer.status != _OK or not answer.body or "html" not in kind:
            return None
        return await asyncio.to_thread(self._taste.extract, answer.body, answer.url)
