"""Asking every feed once, outside the rounds of polling, to say how each is doing. Nothing is stored.

It is as polite as polling: conditional where the last answer allows it, one connection to a host, and a feed that was
asked a short while ago, or that is gone, is not asked again: what is known of it is told.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from watchers.errors import FetchError, UnreachableError
from watchers.fetch import FetchRequest
from watchers.links import shown
from watchers.parse import NotAFeedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from store.feeds import FeedState
    from watchers.fetch import Fetched, Fetching
    from watchers.polling import Parsing

PROBED: Final = 12
"""Where the first so many feeds are all out of reach, there is no network, and the rest are not asked."""
_UNCHANGED: Final = 304
# Who answers so does not want to be asked for a while (RFC 6585, section 4; RFC 9110, section 15.6.4).
_LEFT_ALONE: Final = frozenset({429, 503})


class Condition(StrEnum):
    """How a feed is doing. The value is what is printed."""

    WELL = "well"
    UNCHANGED = "unchanged"
    ASKED_LATELY = "asked lately"
    MOVED = "moved"
    FAILS = "fails"
    GONE = "gone"
    OUT_OF_REACH = "out of reach"
    NOT_ASKED = "not asked"


FAULTY: Final = frozenset({Condition.FAILS, Condition.GONE, Condition.OUT_OF_REACH, Condition.NOT_ASKED})
"""What makes a check fail."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How one feed is doing, with a line that says more."""

    url: str
    outlet: str
    condition: Condition
    detail: str


@dataclass(frozen=True, slots=True)
class Answers:
    """How all are doing, in the order in which they are listed; `network` is False where nothing could be reached."""

    feeds: tuple[Asked, ...]
    network: bool = True


async def ask(  # noqa: PLR0913 - each is one more thing that is known or chosen, the last three given by name
    states: Sequence[FeedState],
    fetcher: Fetching,
    now: datetime,
    *,
    parsing: Parsing,
    lately: timedelta,
    parallel: int = 16,
) -> Answers:
    """Ask every feed once.

    Args:
        states: the feeds, with what is known of each.
        fetcher: asks servers.
        now: the current time.
        parsing: makes a body into reports.
        lately: who was asked within this time is not asked again.
        parallel: how many are asked at a time.
    """
    asking = _Asking(fetcher, now, parsing, lately, asyncio.Semaphore(parallel))
    to_ask = [state for state in states if asking.known(state) is None]
    first, rest = to_ask[:PROBED], to_ask[PROBED:]
    answers = list(await asyncio.gather(*(asking.ask(state) for state in first)))
    network = not answers or any(one.condition is not Condition.OUT_OF_REACH for one in answers)
    answers += await asyncio.gather(*(asking.ask(state) for state in rest)) if network else map(_left, rest)
    asked = {one.url: one for one in answers}
    return Answers(tuple(asked.get(state.spec.url) or asking.known(state) or _left(state) for state in states), network)


def _left(state: FeedState) -> Asked:
    return Asked(state.spec.url, state.spec.outlet, Condition.NOT_ASKED, "there is no network")


@dataclass(frozen=True, slots=True)
class _Asking:
    fetcher: Fetching
    now: datetime
    parsing: Parsing
    lately: timedelta
    places: asyncio.Semaphore

    def known(self, state: FeedState) -> Asked | None:
        """What can be said of a feed without asking it; None where it has to be asked."""
        if state.gone:
            return self._told(state, Condition.GONE, state.last_error or "gone for good")
        if state.last_ok and not state.last_error and self.now - state.last_ok < self.lately:
            minutes = int((self.now - state.last_ok).total_seconds() // 60)
            return self._told(state, Condition.ASKED_LATELY, f"it was well {minutes} min ago")
        if state.last_status in _LEFT_ALONE and state.next_poll and state.next_poll > self.now:
            until = f"{state.next_poll:%Y-%m-%d %H:%M %z}"
            return self._told(state, Condition.FAILS, f"{state.last_error}; it is left alone until {until}")
        return None

    async def ask(self, state: FeedState) -> Asked:
        """How a feed answers."""
        async with self.places:
            try:
                answer = await self.fetcher.get(FetchRequest(state.address, state.etag, state.last_modified))
                return await self._judged(state, answer)
            except UnreachableError as error:
                return self._told(state, Condition.OUT_OF_REACH, str(error))
            except (FetchError, NotAFeedError) as error:
                return self._told(state, Condition.FAILS, str(error))

    async def _judged(self, state: FeedState, answer: Fetched) -> Asked:
        if answer.status == _UNCHANGED and (state.etag or state.last_modified):
            return self._told(state, Condition.UNCHANGED, "nothing new since it was last polled")
        if answer.body is None:
            return self._told(state, Condition.FAILS, f"{shown(answer.url)} answers HTTP {answer.status}")
        parsed = await self.parsing(
            answer.body,
            spec=state.spec,
            base_url=answer.url,
            now=self.now,
            content_type=answer.headers.content_type,
        )
        newest = max((report.published for report in parsed.reports if report.published), default=None)
        items = f"{len(parsed.reports)} items" + (f", the newest of {newest:%Y-%m-%d %H:%M %z}" if newest else "")
        moved = answer.permanent_url
        if moved and moved != state.address:
            return self._told(state, Condition.MOVED, f"it moved to {shown(moved)}; {items}")
        return self._told(state, Condition.WELL, items)

    @staticmethod
    def _told(state: FeedState, condition: Condition, detail: str) -> Asked:
        return Asked(state.spec.url, state.spec.outlet, condition, detail)
