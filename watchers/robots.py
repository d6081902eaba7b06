"""What robots.txt allows (RFC 9309). The only module that imports protego.

Feeds are published to be fetched; the pages behind them are not, so robots.txt is asked before any of those.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from protego import Protego

from watchers.errors import FetchError
from watchers.fetch import FetchRequest

if TYPE_CHECKING:
    from watchers.fetch import Fetched, Fetching

KEPT: Final = timedelta(hours=24)
"""How long the rules of a host are kept (RFC 9309, section 2.4)."""
KEPT_UNKNOWN: Final = timedelta(hours=1)
_MOST_HOSTS: Final = 500
_LARGEST: Final = 500 * 1024
"""How much of a file is read at least (RFC 9309, section 2.5); the rest is left."""
_OK: Final = 200
_NOT_THERE: Final = range(400, 500)


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a page may be fetched, and how many seconds are to lie between two of its host."""

    allowed: bool
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a host says, until when it is believed; None for a host that says nothing that could be had."""

    until: datetime
    parsed: Protego | None


class Robots:
    """Asks hosts for their rules, at most once a day each.

    Args:
        fetcher: asks servers.
        agent: the product token by which rules name this program (RFC 9309, section 2.2.1).
    """

    def __init__(self, fetcher: Fetching, agent: str) -> None:
        self._fetcher = fetcher
        self._agent = agent
        self._known: OrderedDict[str, _Rules] = OrderedDict()

    async def permission(self, url: str, now: datetime) -> Permission:
        """Whether an http(s) address may be fetched. A host whose rules cannot be had allows nothing."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        rules = self._known.get(host)
        if rules is None or rules.until <= now:
            rules = await self._asked(host, now)
            self._known[host] = rules
            self._known.move_to_end(host)
            if len(self._known) > _MOST_HOSTS:
                self._known.popitem(last=False)
        if rules.parsed is None:
            return Permission(allowed=False)
        delay = rules.parsed.crawl_delay(self._agent)
        return Permission(bool(rules.parsed.can_fetch(url, self._agent)), float(delay or 0))

    async def _asked(self, host: str, now: datetime) -> _Rules:
        try:
            answer = await self._fetcher.get(FetchRequest(f"{host}/robots.txt"))
        except FetchError:
            return _Rules(now + KEPT_UNKNOWN, None)
        text = _text(answer)
        return _Rules(now + (KEPT if text is not None else KEPT_UNKNOWN), None if text is None else Protego.parse(text))


def _text(answer: Fetched) -> str | None:
    """The rules; none where the host has no such file, None where it cannot say (sections 2.3.1.3, 2.3.1.4)."""
    if answer.status in _NOT_THERE:
        return ""
    if answer.status != _OK or answer.body is None:
        return None
    return answer.body[:_LARGEST].decode("utf-8", "replace")
