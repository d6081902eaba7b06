import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channel import ChannelGoneError, MaybeSentError, MessageRefusedError, NotSentError
from bot.delivery import REPEAT_WAITS, Deliverer, Limit, Result, retry_wait
from bot.message import Message
from store import audit, channels, outbox
from store.database import Connection, Database, StoreBusyError, StoreError
from store.outbox import Delivery

NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class FakeChannel:
    """A chat of which the test says how it takes each message: an exception to raise, or None to accept."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.shown: list[tuple[str, Message, str | None]] = []

    async def post(self, message: Message, reply_to: str | None) -> str:
        self._take("post", message, reply_to)
        return f"m{len(self.shown)}"

    async def edit(self, message_id: str, message: Message) -> None:
        self._take("edit", message, message_id)

    def _take(self, verb: str, message: Message, other: str | None) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, MaybeSentError) or answer is None:
            self.shown.append((verb, message, other))
        if answer is not None:
            raise answer

    @property
    def headlines(self) -> list[str]:
        return [message.headline for _, message, _ in self.shown]


class PacedChannel(FakeChannel):
    limits = (Limit(1, 1),)


class BusyDatabase:
    """The real database, locked by somebody else while `locked` says so, and out of order for `broken` writes."""

    def __init__(self, database: Database, *, broken: int = 0) -> None:
        self.database = database
        self.locked = False
        self.broken = broken

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self.locked:
            raise StoreBusyError("locked")
        if self.broken:
            self.broken -= 1
            raise StoreError("out of order")
        with self.database.transaction() as conn:
            yield conn

    def reading(self) -> AbstractContextManager[Connection]:
        return self.database.reading()


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def render(delivery: Delivery, _now: datetime) -> Message:
    return Message(kind=delivery.kind, headline=delivery.payload["headline"])


def add_channel(database: Database, address: str, role: Any = "public") -> int:
    with database.transaction() as conn:
        return channels.sync(conn, "console", address, title=address, role=role)


def owe(database: Database, channel_id: int, *keys: str, **more: Any) -> None:
    with database.transaction() as conn:
        for key in keys:
            values = {"kind": "alert", "payload": {"headline": key}, "now": NOON, **more}
            outbox.queue(conn, channel_id, key=key, **values)


def states(database: Database) -> dict[str, str]:
    with database.reading() as conn:
        return {row.key: row.state for row in outbox.history(conn)}


def deliverer(
    database: Any, places: Mapping[int, FakeChannel], says: Callable[[Delivery, datetime], Message] = render
) -> Deliverer:
    return Deliverer(database, places, says)


async def test_messages_go_out_in_the_order_in_which_they_were_queued(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "one", "two", "three")
    summary = await deliverer(database, {place: chat}).deliver(NOON)
    assert chat.headlines == ["one", "two", "three"]
    assert summary.sent == 3
    assert set(states(database).values()) == {"sent"}


async def test_a_reply_and_an_edit_name_the_message_that_the_platform_knows(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "one")
    owe(database, place, "two", reply_to_key="one")
    owe(database, place, "one+", kind="edit", edits_key="one")
    await deliverer(database, {place: chat}).deliver(NOON)
    assert [(verb, other) for verb, _, other in chat.shown] == [("post", None), ("post", "m1"), ("edit", "m1")]


async def test_a_message_that_was_not_sent_waits_longer_each_time_and_keeps_its_place(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(NotSentError("no network"), NotSentError("no network"))
    owe(database, place, "one", "two")
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    await bot.deliver(NOON + 4 * SECOND)
    assert len(chat.answers) == 1
    await bot.deliver(NOON + 5 * SECOND)
    assert not chat.answers
    await bot.deliver(NOON + 14 * SECOND)
    assert chat.headlines == []
    await bot.deliver(NOON + 15 * SECOND)
    assert chat.headlines == ["one", "two"]


async def test_the_wait_that_a_platform_asks_for_is_kept(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(NotSentError("slow down", retry_after=90))
    owe(database, place, "one")
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    await bot.deliver(NOON + 89 * SECOND)
    assert chat.headlines == []
    await bot.deliver(NOON + 90 * SECOND)
    assert chat.headlines == ["one"]


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (100_000, 3600)])
def test_waits_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert retry_wait(attempts, None) == seconds * SECOND


async def test_an_unknown_outcome_is_repeated_once_more_and_marked(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(MaybeSentError("timed out"))
    owe(database, place, "one", "two")
    bot = deliverer(database, {place: chat})
    summary = await bot.deliver(NOON)
    assert summary.counts == {Result.UNKNOWN: 1}
    await bot.deliver(NOON + REPEAT_WAITS[0])
    assert [(message.headline, message.possible_repeat) for _, message, _ in chat.shown] == [
        ("one", False),
        ("one", True),
        ("two", False),
    ]


async def test_a_message_that_may_have_arrived_four_times_is_not_sent_a_fifth(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(*[MaybeSentError("timed out")] * 4)
    owe(database, place, "one")
    bot = deliverer(database, {place: chat})
    for moment in (
        NOON,
        *(NOON + sum(REPEAT_WAITS[:count], timedelta()) for count in (1, 2, 3)),
        NOON + timedelta(days=1),
    ):
        await bot.deliver(moment)
    assert chat.headlines == ["one"] * 4
    assert states(database) == {"one": "failed"}


async def test_a_crash_between_claim_and_mark_repeats_the_message_marked(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "one", "two")
    with database.transaction() as conn:
        assert outbox.claim(conn, place, NOON)
    await deliverer(database, {place: chat}).deliver(NOON)
    assert chat.headlines == []
    with database.transaction() as conn:
        assert outbox.recover(conn, NOON) == 1
    await deliverer(database, {place: chat}).deliver(NOON)
    assert [(message.headline, message.possible_repeat) for _, message, _ in chat.shown] == [
        ("one", True),
        ("two", False),
    ]


async def test_a_cancelled_round_leaves_its_message_to_be_recovered(database: Database) -> None:
    place, started = add_channel(database, "a"), asyncio.Event()

    class HangingChannel(FakeChannel):
        async def post(self, message: Message, reply_to: str | None) -> str:
            started.set()
            await asyncio.Event().wait()
            return await super().post(message, reply_to)

    owe(database, place, "one")
    task = asyncio.create_task(deliverer(database, {place: HangingChannel()}).deliver(NOON))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states(database) == {"one": "sending"}


async def test_a_channel_that_hangs_delays_no_other(database: Database) -> None:
    dead, alive = add_channel(database, "dead"), add_channel(database, "alive")
    hanging, release, chat = asyncio.Event(), asyncio.Event(), FakeChannel()

    class HangingChannel(FakeChannel):
        async def post(self, message: Message, reply_to: str | None) -> str:
            hanging.set()
            await release.wait()
            return await super().post(message, reply_to)

    owe(database, dead, "stuck")
    bot = deliverer(database, {dead: HangingChannel(), alive: chat})
    first = asyncio.create_task(bot.deliver(NOON))
    await hanging.wait()
    owe(database, alive, "one", "two")
    summary = await bot.deliver(NOON)
    assert chat.headlines == ["one", "two"]
    assert summary.sent == 2
    release.set()
    assert (await first).sent == 1


async def test_overlapping_rounds_never_send_a_message_twice(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, *"abcdef")
    bot = deliverer(database, {place: chat})
    await asyncio.gather(*(bot.deliver(NOON) for _ in range(5)))
    assert chat.headlines == list("abcdef")


async def test_a_lost_channel_is_disabled_and_the_owner_is_told(database: Database) -> None:
    lost, owner = add_channel(database, "press room"), add_channel(database, "me", role="owner")
    gone, chat = FakeChannel(ChannelGoneError("the bot was kicked")), FakeChannel()
    owe(database, lost, "one", "two")
    bot = deliverer(database, {lost: gone, owner: chat})
    await bot.deliver(NOON)
    await bot.deliver(NOON)
    assert gone.shown == []
    assert chat.headlines == ["press room (console) cannot be reached any more and was disabled"]
    with database.reading() as conn:
        assert [row.id for row in channels.enabled(conn)] == [owner]
        assert len(audit.entries(conn)) == 1


async def test_what_is_owed_to_a_lost_channel_goes_out_once_it_is_put_right(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(ChannelGoneError("wrong token"))
    owe(database, place, "one", "two")
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    assert add_channel(database, "a") == place
    await bot.deliver(NOON)
    assert chat.headlines == ["one", "two"]


async def test_without_an_owner_a_lost_channel_is_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    place = add_channel(database, "a", role="owner")
    owe(database, place, "one")
    await deliverer(database, {place: FakeChannel(ChannelGoneError("gone for good"))}).deliver(NOON)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "gone for good" in errors[0]


async def test_a_refused_message_fails_alone_and_the_owner_is_told(database: Database) -> None:
    place, owner = add_channel(database, "a"), add_channel(database, "me", role="owner")
    chat, mine = FakeChannel(MessageRefusedError("too long")), FakeChannel()
    owe(database, place, "one", "two")
    bot = deliverer(database, {place: chat, owner: mine})
    await bot.deliver(NOON)
    await bot.deliver(NOON)
    assert chat.headlines == ["two"]
    assert len(mine.headlines) == 1
    assert states(database)["one"] == "failed"


async def test_a_message_that_cannot_be_rendered_does_not_stop_the_others(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "broken", payload={"secret": "hush"})
    owe(database, place, "whole")
    await deliverer(database, {place: chat}).deliver(NOON)
    assert chat.headlines == ["whole"]
    assert states(database) == {"broken": "failed", "whole": "sent"}
    assert "KeyError in render" in caplog.text


async def test_an_edit_of_a_message_that_was_never_sent_is_dropped(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(MessageRefusedError("no"))
    owe(database, place, "one")
    owe(database, place, "one+", kind="edit", edits_key="one")
    owe(database, place, "two")
    await deliverer(database, {place: chat}).deliver(NOON)
    assert chat.headlines == ["two"]
    assert states(database) == {"one": "failed", "one+": "failed", "two": "sent"}


async def test_an_error_that_nobody_foresaw_stays_in_its_channel_and_shows_no_secret(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    odd, other = add_channel(database, "odd"), add_channel(database, "other")
    chat = FakeChannel()
    owe(database, odd, "one")
    owe(database, other, "one")
    bot = deliverer(database, {odd: FakeChannel(RuntimeError("https://example.org/token123")), other: chat})
    summary = await bot.deliver(NOON)
    assert chat.headlines == ["one"]
    assert summary.counts == {Result.UNKNOWN: 1, Result.SENT: 1}
    assert "RuntimeError in _take" in caplog.text
    assert "token123" not in caplog.text
    assert len(caplog.records) == 1


async def test_a_channel_that_is_not_connected_keeps_what_it_is_owed(database: Database) -> None:
    place = add_channel(database, "a")
    owe(database, place, "one")
    assert (await deliverer(database, {}).deliver(NOON)).counts == {}
    assert states(database) == {"one": "pending"}


async def test_a_paced_channel_says_when_it_may_go_on(database: Database) -> None:
    place, chat = add_channel(database, "a"), PacedChannel()
    owe(database, place, "one", "two")
    bot = deliverer(database, {place: chat})
    summary = await bot.deliver(NOON)
    assert chat.headlines == ["one"]
    assert summary.again_at == NOON + SECOND
    await bot.deliver(NOON + SECOND)
    assert chat.headlines == ["one", "two"]


def test_a_limit_lets_no_window_hold_more_than_its_count() -> None:
    limit = Limit(2, 60)
    limit.take(NOON)
    limit.take(NOON + 50 * SECOND)
    assert limit.ready_at(NOON + 50 * SECOND) == NOON + 60 * SECOND
    limit.take(NOON + 60 * SECOND)
    assert limit.ready_at(NOON + 61 * SECOND) == NOON + 110 * SECOND
    assert limit.ready_at(NOON + 200 * SECOND) == NOON + 200 * SECOND


async def test_a_sent_message_that_a_busy_store_could_not_mark_is_marked_later_and_not_repeated(
    database: Database,
) -> None:
    place, store = add_channel(database, "a"), BusyDatabase(database)

    class LockingChannel(FakeChannel):
        async def post(self, message: Message, reply_to: str | None) -> str:
            store.locked = not self.shown
            return await super().post(message, reply_to)

    chat = LockingChannel()
    owe(database, place, "one", "two")
    bot = deliverer(store, {place: chat})
    await bot.deliver(NOON)
    assert states(database) == {"one": "sending", "two": "pending"}
    store.locked = False
    await bot.deliver(NOON)
    assert chat.headlines == ["one", "two"]
    assert set(states(database).values()) == {"sent"}


async def test_an_error_of_the_store_is_raised_after_the_other_channels_are_done(database: Database) -> None:
    first, second = add_channel(database, "first"), add_channel(database, "second")
    chats = {first: FakeChannel(), second: FakeChannel()}
    owe(database, first, "one", "two")
    owe(database, second, "one", "two")
    with pytest.raises(StoreError, match="out of order"):
        await deliverer(BusyDatabase(database, broken=1), chats).deliver(NOON)
    assert sorted(len(chat.headlines) for chat in chats.values()) == [0, 2]


async def test_while_the_store_is_busy_nothing_is_sent_and_nothing_lost(database: Database) -> None:
    place, store, chat = add_channel(database, "a"), BusyDatabase(database), FakeChannel()
    owe(database, place, "one")
    bot = deliverer(store, {place: chat})
    store.locked = True
    assert (await bot.deliver(NOON)).counts == {}
    store.locked = False
    assert (await bot.deliver(NOON)).sent == 1
