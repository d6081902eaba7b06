"""Asks hubs to push feeds, and takes in what they push. Carries; `websub` decides.

    a poll finds a hub ──▶ it is asked ──▶ it asks back ──▶ the feed is polled seldom ──▶ it pushes ──▶ `Poller.push`

Everything is stored before it is said, so that a hub that calls after a restart is known.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Final, Protocol

from store import feeds, pushes
from store.pushes import Push
from watchers.errors import FetchError
from watchers.links import shown
from watchers.parse import NotAFeedError
from watchers.websub import (
    LONGEST_CHALLENGE,
    SUBSCRIBE,
    UNSUBSCRIBE,
    asking,
    confirmed,
    failed,
    form,
    given_up,
    is_due,
    is_promised,
    is_signed,
    offered,
    was_missed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from store.database import Connection, Database
    from store.feeds import FeedState
    from watchers.fetch import Fetched, Posting
    from watchers.politeness import Outcome

_log: Final = logging.getLogger(__name__)
MOST_WAITING: Final = 32
"""How many pushed bodies wait to be read; a hub that brings more comes again (WebSub, section 7)."""
_MOST_AT_ONCE: Final = 4
_MOST_A_TURN: Final = 50
_DONE: Final = range(200, 300)


class Taking(Protocol):
    """Takes in what was pushed; see `watchers.polling.Poller.push`."""

    async def __call__(self, feed: int, body: bytes, content_type: str | None, now: datetime) -> int:
        """How many reports were new."""
        ...


class Pushing:
    """What hubs push.

    Args:
        database: where it is remembered.
        hubs: asks them.
        public_url: where hubs can call us, from outside.
        clock: tells the time at which a hub calls.
    """

    def __init__(self, database: Database, hubs: Posting, public_url: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._hubs = hubs
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._changes = 0
        self._remember(self._stored())
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._waiting: asyncio.Queue[tuple[int, bytes, str | None]] = asyncio.Queue(MOST_WAITING)

    def until(self, feed: int, now: datetime) -> datetime | None:
        """Until when a hub has promised to push a feed; None where none has."""
        push = self._pushes.get(feed)
        return push.until if push and is_promised(push, now) else None

    async def noted(self, state: FeedState, answer: Fetched, outcome: Outcome, now: datetime) -> None:
        """Note what a poll brought: a hub that is offered, or reports that a hub should have pushed."""
        offer = None if outcome.error else offered(answer.headers.link, outcome.hints, answer.url)
        known = self._pushes.get(state.id)
        if offer and (known is None or (known.hub, known.topic) != (offer.hub, offer.topic)):
            token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            await self._keep(Push(state.id, offer.hub, offer.topic, token, secret))
        elif known and was_missed(known, outcome.published, now):
            _log.warning("feed %s: its hub did not push what it promised", shown(state.spec.url))
            await self._keep(given_up(known, "did not push what it promised", now))

    async def tend(self, now: datetime, *, leads: bool = True) -> None:
        """Ask hubs for what is wanted, renew what ends, and end what is wanted no more.

        Args:
            now: the current time.
            leads: whether this program is the one that speaks with hubs; the others learn what it has agreed with them.

        Raises:
            StoreError: the store could not be read or written; the next call goes on.
        """
        if self._database.is_shared:
            await self._follow()
        if not (leads and self._pushes):
            return
        alive = await asyncio.to_thread(self._alive)
        due = [push for push in self._pushes.values() if is_due(push, now) or push.feed not in alive]
        await asyncio.gather(*(self._tended(push, now, wanted=push.feed in alive) for push in due[:_MOST_A_TURN]))

    async def _follow(self) -> None:
        """Learn what other programs have stored."""
        before = self._changes
        stored = await asyncio.to_thread(self._stored)
        if self._changes == before:  # else it may be older than what is known here; the next call learns it
            self._remember(stored)

    def _stored(self) -> tuple[Push, ...]:
        with self._database.reading() as conn:
            return pushes.all_pushes(conn)

    def _remember(self, stored: tuple[Push, ...]) -> None:
        self._pushes = {push.feed: push for push in stored}
        self._feeds = {push.token: push.feed for push in stored}

    def _alive(self) -> frozenset[int]:
        with self._database.reading() as conn:
            return feeds.polled_rows(conn)

    async def _tended(self, push: Push, now: datetime, *, wanted: bool) -> None:
        leaving = push.asked == UNSUBSCRIBE
        if not wanted and (not is_promised(push, now) or (leaving and is_due(push, now))):
            # Should the hub call once more, it hears that there is nobody.
            await self._drop(push)
            return
        if not wanted and leaving:
            return
        asked = asking(push, SUBSCRIBE if wanted else UNSUBSCRIBE, now)
        await self._keep(asked)
        error = await self._refusal(asked)
        latest = self._pushes.get(push.feed)
        if error and latest == asked:
            _log.info("hub %s: %s", shown(push.hub), error)
            await self._keep(failed(asked, error))

    async def _refusal(self, push: Push) -> str | None:
        """Ask the hub; why it does not do it, None where it may."""
        async with self._places:
            try:
                status = await self._hubs.post(push.hub, form(push, f"{self._public_url}/{push.token}"))
            except FetchError as error:
                return str(error)
        return None if status in _DONE else f"answers HTTP {status}"

    async def challenged(self, token: str, query: Mapping[str, str]) -> str | None:
        """What a hub wants to hear that asks back; None where we did not ask, and it hears so."""
        push = self._known(token)
        if push is None:
            return None
        now = self._clock()
        if query.get("hub.mode") == "denied" and query.get("hub.topic") == push.topic:
            await self._keep(given_up(push, f"denied: {query.get('hub.reason', '')}", now))
            return ""
        challenge = query.get("hub.challenge", "")
        after = confirmed(push, query, now) if 0 < len(challenge) <= LONGEST_CHALLENGE else None
        if after is None:
            return None
        if push.asked == UNSUBSCRIBE:
            await self._drop(push)
        else:
            await self._keep(after)
            _log.info("hub %s: pushes %s until %s", shown(push.hub), shown(push.topic), after.until)
        return challenge

    def is_known(self, token: str) -> bool:
        """Whether somebody may push there."""
        return token in self._feeds

    def received(self, token: str, body: bytes, content_type: str | None, signature: str | None) -> bool:
        """Queue what was pushed; False where there is no room and the hub had better come again.

        What is not signed as it ought to be is dropped, and nobody is told so (section 8.1).
        """
        push = self._known(token)
        if push is None or not is_signed(push, signature, body):
            _log.warning("a push was dropped: it is not signed as agreed with the hub")
            return True
        if self._waiting.full():
            return False
        self._waiting.put_nowait((push.feed, body, content_type))
        return True

    async def take_in(self, take: Taking) -> None:
        """Hand on what was pushed, one after the other, for ever."""
        while True:
            feed, body, content_type = await self._waiting.get()
            try:
                await take(feed, body, content_type, self._clock())
            except NotAFeedError as error:
                _log.warning("a push was no feed: %s", error)
            except Exception as error:  # noqa: BLE001 - one push must not end all others; polling finds what it held
                _log.error("a push could not be taken in: %s: %s", type(error).__name__, " ".join(str(error).split()))

    def _known(self, token: str) -> Push | None:
        feed = self._feeds.get(token)
        return None if feed is None else self._pushes[feed]

    async def _keep(self, push: Push) -> None:
        await self._written(lambda conn: pushes.keep(conn, push))
        self._forget(push.feed)
        self._pushes[push.feed] = push
        self._feeds[push.token] = push.feed

    async def _drop(self, push: Push) -> None:
        await self._written(lambda conn: pushes.drop(conn, push.feed))
        self._forget(push.feed)

    def _forget(self, feed: int) -> None:
        before = self._pushes.pop(feed, None)
        if before:
            self._feeds.pop(before.token, None)

    async def _written(self, write: Callable[[Connection], None]) -> None:
        def in_a_transaction() -> None:
            with self._database.transaction() as conn:
                write(conn)

        self._changes += 1
        await asyncio.to_thread(in_a_transaction)
        self._changes += 1
