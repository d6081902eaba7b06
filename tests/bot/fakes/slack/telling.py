"""What the app is told, how often it is tried, and how soon it says that it has heard."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.fakes.slack.refusals import Json

Kind = Literal["events_api", "slash_commands", "interactive"]
ACK_SECONDS: Final = 3.0
"""Within which an app is to say that it has heard (https://docs.slack.dev/interactivity/handling-user-interaction)."""
RETRIES: Final = (0.0, 60.0, 300.0)
"""Seconds before each of the three further attempts at an event (https://docs.slack.dev/apis/events-api)."""


@dataclass(slots=True)
class Attempt:
    """One attempt to tell something; `seconds` is how long the app took to say that it has heard."""

    number: int
    why: str
    seconds: float | None = None
    answer: Any = None
    failure: str = ""
    late: bool = False
    no_retry: bool = False


@dataclass(eq=False, slots=True)
class Telling:
    """Something that the app is told.

    Attributes:
        answers: whether it may answer with its acknowledgement.
        settle: what is to be done once it has heard, or has not.
        over: set after that.
    """

    kind: Kind
    payload: Json
    answers: bool = False
    settle: Callable[[], None] | None = None
    attempts: list[Attempt] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def heard(self) -> bool:
        """Whether the app said in time that it has."""
        return any(attempt.seconds is not None and not attempt.failure for attempt in self.attempts)

    @property
    def answer(self) -> Any:
        """What it said with it."""
        return next((attempt.answer for attempt in self.attempts if not attempt.failure), None)

    @property
    def event(self) -> Json:
        """The event itself, empty where it is none."""
        event: Json = self.payload.get("event", {})
        return event


class Carrier(Protocol):
    """A way to the app: sockets that it opened, or its address."""

    async def carry(self, telling: Telling, attempt: Attempt) -> None:
        """Tell it once, and say in the attempt how that went."""
        ...


class Teller:
    """Tells the app what happens, again where it did not hear.

    Attributes:
        told: everything, the oldest first.
        carrier: the way to the app.
        retries: seconds before each further attempt at an event.
        seconds: within which the app is to say that it has heard.
    """

    def __init__(self, carrier: Carrier, changed: Callable[[], None]) -> None:
        self.told: list[Telling] = []
        self.carrier = carrier
        self.retries: tuple[float, ...] = RETRIES
        self.seconds = ACK_SECONDS
        self._changed = changed
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, telling: Telling) -> Telling:
        """Tell the app something; see `Telling.over` for the end of it."""
        self.told.append(telling)
        task = asyncio.create_task(self._tell(telling))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return telling

    async def again(self, telling: Telling, why: str = "timeout") -> Attempt:
        """Tell the app once more what it has heard already, as Slack does where its answer got lost."""
        return await self._try(telling, why)

    def times(self) -> list[float]:
        """Seconds that the app took each time to say that it has heard."""
        return [one.seconds for telling in self.told for one in telling.attempts if one.seconds is not None]

    def unheard(self) -> list[Telling]:
        """What the app never heard, or not in time at the first attempt."""
        return [telling for telling in self.told if telling.over.is_set() and telling.attempts[0].failure]

    async def close(self) -> None:
        """Tell nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell(self, telling: Telling) -> None:
        why = ""
        for pause in (0.0, *(self.retries if telling.kind == "events_api" else ())):
            if pause:
                await asyncio.sleep(pause)
            attempt = await self._try(telling, why)
            why = attempt.failure
            if not attempt.failure or attempt.no_retry:
                break
        if telling.settle:
            telling.settle()
        telling.over.set()
        self._changed()

    async def _try(self, telling: Telling, why: str) -> Attempt:
        attempt = Attempt(len(telling.attempts), why)
        telling.attempts.append(attempt)
        await self.carrier.carry(telling, attempt)
        self._changed()
        return attempt


class Watch:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._begin = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begin
