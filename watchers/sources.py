"""What reads an answer: a page and a depositary's record have readers of their own, everything else is a feed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from watchers.queries import by_publisher

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from store.feeds import FeedSpec
    from watchers.parse import ParsedFeed
    from watchers.polling import Parsing


class BodyReader(Protocol):
    """Reads the body of an answer, as `watchers.parse.parse` does."""

    def __call__(
        self, body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None = None
    ) -> ParsedFeed:
        """The reports in it.

        Raises:
            NotAFeedError: it is not what it should be.
        """
        ...


class ByAddress:
    """Makes a body into reports by what the feed's listed address stands for.

    Args:
        readers: of those that are no feeds, by their listed addresses. Called in threads.
        searches: listed addresses of news searches.
        feeds: reads feeds.
    """

    def __init__(self, readers: Mapping[str, BodyReader], searches: Collection[str], feeds: Parsing) -> None:
        self._readers = readers
        self._feeds = feeds
        self.searches = frozenset(searches)

    async def __call__(
        self, body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None
    ) -> ParsedFeed:
        """The reports of a body.

        Raises:
            NotAFeedError: it is not what it should be.
        """
        reader = self._readers.get(spec.url)
        if reader:
            return await asyncio.to_thread(
                reader, body, spec=spec, base_url=base_url, now=now, content_type=content_type
            )
        found = await self._feeds(body, spec=spec, base_url=base_url, now=now, content_type=content_type)
        return by_publisher(found, spec) if spec.url in self.searches else found
