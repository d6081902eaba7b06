"""Delivery: takes what the outbox owes each channel, sends it, and marks honestly how it went.

A row is claimed in a transaction of its own before anything is sent, and marked in another one after. So a crash in
between leaves a row that says "sending", which `store.outbox.recover` turns into a possible repeat once its claim has
ended: one message may come twice, marked, but none is lost. Channels are served side by side (`bot.agenda`), each in
order and one row at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from bot.agenda import Agenda, Turn
from bot.outcomes import Outcome, Result, bounded, mark, outcome_of, retry_wait, tell
from bot.places import Places
from bot.redaction import where
from bot.writing import Writer
from store import outbox, senders
from store.database import StoreBusyError, StoreError
from store.lives import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channel import Channel
    from bot.message import Message
    from store.database import Database
    from store.lives import Life
    from store.outbox import Delivery, Waiting

_logger = logging.getLogger(__name__)

ATTEMPT_SECONDS: Final = 90.0
"""An attempt that lasts longer is given up as unknown, before its claim ends and another process takes the message."""

STOP_SECONDS: Final = 5.0
"""How long a stop waits for what is under way."""

LOOK_AGAIN: Final = timedelta(seconds=1)
"""How long an agenda is followed before it is made anew, so that what is new and urgent does not wait for its end."""

COUNTED: Final = timedelta(minutes=1)
"""How far back a platform counts: the longest window of a limit."""


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What one round of delivery did.

    Attributes:
        counts: attempts by result.
        again_at: when the first channel that a limit held back may go on; None if none was held back.
    """

    counts: Counter[Result] = field(default_factory=Counter)
    again_at: datetime | None = None

    def __add__(self, other: DeliverySummary) -> DeliverySummary:
        """Both rounds taken together."""
        moments = [moment for moment in (self.again_at, other.again_at) if moment]
        return DeliverySummary(self.counts + other.counts, min(moments, default=None))

    @property
    def sent(self) -> int:
        """How many messages were sent or edited."""
        return self.counts[Result.SENT]


class _Round:
    """What one round of delivery has under way, and how it went so far."""

    def __init__(self) -> None:
        self.flying: set[asyncio.Task[DeliverySummary]] = set()
        self.errors: list[BaseException] = []
        self.summary = DeliverySummary()
        self.looked_at: datetime | None = None

    def is_to_look(self, now: datetime) -> bool:
        """Whether the agenda is to be made, or made anew; after an error it is only followed to its end."""
        return self.looked_at is None or (not self.errors and now - self.looked_at >= LOOK_AGAIN)

    async def wait(self, nap: timedelta | None) -> None:
        """Wait until something is done, at most for so long; with nothing under way, just so long."""
        seconds = nap.total_seconds() if nap is not None else None
        if not self.flying:
            await asyncio.sleep(seconds or 0)
            return
        done, self.flying = await asyncio.wait(self.flying, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if error := task.exception():
                self.errors.append(error)
            else:
                self.summary += task.result()

    async def cancel(self) -> None:
        """End what is under way, if anything is."""
        for task in self.flying:
            task.cancel()
        await asyncio.gather(*self.flying, return_exceptions=True)


class Deliverer:
    """Delivers what is due. Rounds may overlap: a channel that is still busy with one is left out of the next.

    Args:
        database: where the outbox is.
        channels: the channels that can be reached, by their row in the store.
        render: says what a delivery says at the moment at which it is sent.
        lock: held during every write, so that writes go one at a time; one of its own if not given.
        make: makes the channel at a platform's address, for those that are set up, or move, while the bot runs.
        counted: is told of every attempt that was marked: the platform, and how it went.
        life: tells other programs that this one lives, so that they need not wait when it does no more.
    """

    def __init__(  # noqa: PLR0913 - each is one more thing that it is given, the last three by name
        self,
        database: Database,
        channels: Mapping[int, Channel],
        render: Callable[[Delivery, datetime], Message],
        lock: asyncio.Lock | None = None,
        *,
        make: Callable[[str, str], Channel | None] | None = None,
        counted: Callable[[str, Result], object] | None = None,
        life: Life | None = None,
    ) -> None:
        self._database = database
        self._counted = counted
        self._places = Places(channels, make)
        self._render = render
        self._writer = Writer(database, lock or asyncio.Lock())
        self._life = life
        self._name = life.name if life else uuid4().hex
        self._missing = Missing()
        self._gone: frozenset[str] = frozenset()
        self._began: datetime | None = None
        self._agenda = Agenda()
        self._held: dict[str, datetime] = {}
        self._unmarked: dict[int, tuple[Delivery, Outcome]] = {}
        self._running: asyncio.Task[DeliverySummary] | None = None
        self._stopping = False

    async def deliver(self, now: datetime) -> DeliverySummary:
        """Send what is due at `now` and the limits allow, and return once that is done.

        Channels never delay or stop each other. An error of the store itself is raised after all channels are done.
        """
        return await self._work(lambda: now, waits=False)

    def start_due(self, clock: Callable[[], datetime]) -> None:
        """See to it that what is due is being sent, as fast as the limits allow, without waiting for it.

        Raises:
            StoreError: sending was ended by it since the last call; it has begun anew.
        """
        before = self._running
        if before is None or before.done():
            self._running = asyncio.create_task(self._work(clock, waits=True))
            if before is not None:
                before.result()

    async def stop(self) -> None:
        """Begin nothing more, wait a little for what is under way, and let another process send."""
        self._stopping = True
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=STOP_SECONDS)
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._held:
            try:
                await self._writer.write(lambda conn: senders.let_go(conn, self._name))
            except StoreError as error:
                _logger.warning("another process can send only in a while: %s", error)

    async def _work(self, clock: Callable[[], datetime], *, waits: bool) -> DeliverySummary:
        """Serve channels until nothing is left that may go now; or soon because of a limit, if it `waits`."""
        round_ = _Round()
        try:
            while not self._stopping or round_.flying:
                if round_.is_to_look(clock()):
                    await self._look_into(round_, clock())
                while not self._stopping and (turn := self._agenda.pick(clock())):
                    round_.flying.add(asyncio.create_task(self._serve(turn, clock)))
                nap = self._nap(clock()) if waits and not round_.errors else None
                if not round_.flying and nap is None:
                    break
                await round_.wait(LOOK_AGAIN if nap is None and waits else nap)
        finally:
            await round_.cancel()
        if round_.errors:
            raise round_.errors[0]
        return round_.summary + DeliverySummary(again_at=self._agenda.again_at)

    async def _look_into(self, round_: _Round, now: datetime) -> None:
        round_.looked_at = now
        try:
            await self._look(now)
        except StoreBusyError as error:
            _logger.warning("the store is busy, delivery looks again in the next round: %s", error)
        except StoreError as error:
            # What is under way is brought to its end first.
            round_.errors.append(error)

    def _nap(self, now: datetime) -> timedelta | None:
        """How long to wait for a limit; None where none ends soon."""
        again_at = self._agenda.again_at
        if again_at is None or again_at - now > LOOK_AGAIN:
            return None
        return max(again_at - now, timedelta())

    async def _look(self, now: datetime) -> None:
        """See which channels have something to send: those of the platforms that this process sends to."""
        await self._settle_left_over(now)
        waiting, abandoned = await asyncio.to_thread(self._waiting, now)
        if abandoned:
            left = self._left(now)
            back = await self._writer.write(lambda conn: outbox.recover(conn, now, left=left))
            _logger.warning("%d messages that nobody has in hand any more go out again, marked", back)
            waiting, _ = await asyncio.to_thread(self._waiting, now)
        found = [Turn(one, channel) for one in waiting if (channel := self._places.find(one))]
        platforms = sorted({one.waiting.platform for one in found})
        if self._life and (platforms or self._held):
            await asyncio.to_thread(self._life.keep)
        held = {platform for platform in platforms if await self._hold(platform, now)}
        self._agenda.fill(one for one in found if one.waiting.platform in held)

    async def _settle_left_over(self, now: datetime) -> None:
        """Mark the attempts that could not be marked; one that cannot be marked at all is left to its claim's end."""
        for channel_id in [one for one in self._unmarked if not self._agenda.is_busy(one)]:
            try:
                await self._settle(channel_id, now)
            except StoreBusyError as error:
                _logger.warning("channel %d: the store is busy: %s", channel_id, error)
            except Exception:
                _logger.exception("channel %d: an attempt could not be marked", channel_id)
                del self._unmarked[channel_id]

    def _waiting(self, now: datetime) -> tuple[tuple[Waiting, ...], bool]:
        with self._database.reading() as conn:
            self._gone = self._missing.look(conn, now)
            return outbox.waiting(conn, now), outbox.abandoned(conn, now, self._left(now))

    def _left(self, now: datetime) -> outbox.Left:
        """What programs that are gone had in hand when this one began.

        What one of them claims later it keeps until its claim ends: it seems to be gone where only its network is, and
        marks what it sent once that is back.
        """
        self._began = self._began or now
        return outbox.Left(self._gone, self._began)

    async def _hold(self, platform: str, now: datetime) -> bool:
        """Whether this process is the one that sends to the platform. On taking over, count what was sent lately."""
        until = self._held.get(platform)
        if until is not None and until - now > senders.HOLD / 2:
            return True
        if not await self._writer.write(lambda conn: senders.hold(conn, platform, self._name, now, self._gone)):
            self._held.pop(platform, None)
            return False
        self._held[platform] = now + senders.HOLD
        if until is None:
            await asyncio.to_thread(self._count_what_was_sent, platform, now)
        return True

    def _count_what_was_sent(self, platform: str, now: datetime) -> None:
        with self._database.reading() as conn:
            tried = outbox.tried_since(conn, platform, now - COUNTED)
        for waiting, moment in tried:
            channel = self._places.find(waiting)
            for limit in Turn(waiting, channel).limits if channel else ():
                limit.take(moment)

    async def _serve(self, turn: Turn, clock: Callable[[], datetime]) -> DeliverySummary:
        """Send the channel's messages, one after the other, until there is none or a limit ends the turn."""
        counts: Counter[Result] = Counter()
        more = False
        try:
            while (result := await self._step(turn, clock)) is not None:
                counts[result] += 1
                if result in {Result.GONE, Result.MOVED}:
                    break
                more = not self._agenda.go_on(turn, clock())
                if more:
                    break
        except StoreBusyError as error:
            _logger.warning("channel %d: the store is busy, delivery goes on in the next round: %s", turn.id, error)
        finally:
            self._agenda.done(turn, more=more)
        return DeliverySummary(counts)

    async def _step(self, turn: Turn, clock: Callable[[], datetime]) -> Result | None:
        """Deliver the channel's next row, which the limits count already; None if nothing is due."""
        done = await self._claim_and_attempt(turn, clock)
        if done is None:
            return None
        _, outcome = done
        if outcome.result is Result.RETRY and outcome.wait is not None:
            now = clock()
            self._agenda.asked_to_wait(turn, now + retry_wait(1, outcome.wait), now)
        self._unmarked[turn.id] = done
        await self._settle(turn.id, clock())
        return outcome.result

    async def _claim_and_attempt(self, turn: Turn, clock: Callable[[], datetime]) -> tuple[Delivery, Outcome] | None:
        tried = False
        try:
            now = clock()
            delivery = await self._writer.write(lambda conn: outbox.claim(conn, turn.id, now, self._name))
            if delivery is None:
                return None
            tried = True
            return delivery, bounded(delivery, await self._attempt(turn.channel, delivery, now))
        finally:
            turn.end(clock(), tried=tried)

    async def _attempt(self, channel: Channel, delivery: Delivery, now: datetime) -> Outcome:
        try:
            message = self._render(delivery, now)
            shown = content_mark(message)
        except Exception as error:  # noqa: BLE001 - a row that cannot be rendered is set aside: the others go on
            return Outcome(Result.FAILED, f"it could not be rendered: {where(error)}")
        if delivery.is_edit and shown == delivery.shown:
            return Outcome(Result.SENT, delivery.edits or "", shown=shown)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return Outcome(Result.SENT, await _send(channel, delivery, message), shown=shown)
        except TimeoutError:
            return Outcome(Result.UNKNOWN, f"no answer within {ATTEMPT_SECONDS:.0f} seconds")
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in one channel stays that channel's trouble
            return outcome_of(error)

    async def _settle(self, channel_id: int, now: datetime) -> None:
        """Mark the channel's last attempt. What the store had no time for is kept, and marked before the next claim."""
        unmarked = self._unmarked.get(channel_id)
        if unmarked is None:
            return
        await self._writer.write(lambda conn: mark(conn, *unmarked, now, self._name))
        del self._unmarked[channel_id]
        delivery, outcome = unmarked
        if delivery.is_edit and outcome.shown is not None and outcome.shown == delivery.shown:
            return  # it showed that already: nothing was sent
        tell(delivery, outcome)
        if self._counted:
            self._counted(delivery.platform, outcome.result)


def content_mark(message: Message) -> str:
    """A fingerprint of all that a message shows, however it came to be shown: two that look alike have the same."""
    picture = message.picture.png if message.picture else b""
    parts = (message.headline, message.lines, message.link, message.link_text, message.buttons, picture)
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()


async def _send(channel: Channel, delivery: Delivery, message: Message) -> str:
    """Post or edit, and return the id of the message that now shows it; a possible repeat stays marked."""
    message = replace(message, possible_repeat=delivery.possible_repeat)
    if delivery.edits is not None:
        await channel.edit(delivery.edits, message)
        return delivery.edits
    return await channel.post(message, delivery.reply_to)
