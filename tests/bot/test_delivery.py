import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channel import (
    ChannelGoneError,
    ChannelMovedError,
    MaybeSentError,
    MessageGoneError,
    MessageRefusedError,
    NotSentError,
)
from bot.delivery import Deliverer, content_mark
from bot.limits import Limit
from bot.message import Message
from bot.outcomes import REPEAT_WAITS, Result, retry_wait
from store import audit, channels, edits, groups, outbox, senders
from store.database import Connection, Database, StoreBusyError, StoreError
from store.lives import GONE, Life
from store.outbox import Delivery

NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


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
    def __init__(self, *answers: Exception | None, shared: Limit | None = None) -> None:
        super().__init__(*answers)
        self.limits = (Limit(1, 1), shared) if shared else (Limit(1, 1),)


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


def render_groups(delivery: Delivery, now: datetime) -> Message:
    if delivery.kind != "group":
        return render(delivery, now)
    return Message("group", "Several", tuple(one["headline"] for one in delivery.payload["alerts"]))


def add_channel(database: Database, address: str, role: Any = "public") -> int:
    with database.transaction() as conn:
        return channels.sync(conn, "console", address, title=address, role=role)


def owe(database: Database, channel_id: int, *keys: str, **more: Any) -> None:
    with database.transaction() as conn:
        for key in keys:
            values = {"kind": "alert", "payload": {"headline": key}, "now": NOON, **more}
            outbox.queue(conn, channel_id, key=key, **values)


def amend(database: Database, key: str, headline: str) -> None:
    with database.transaction() as conn:
        edits.amend(conn, key, {"headline": headline}, NOON)


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
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    amend(database, "one", "one, told by more")
    await bot.deliver(NOON + MINUTE)
    assert [(verb, other) for verb, _, other in chat.shown] == [("post", None), ("post", "m1"), ("edit", "m1")]
    assert chat.headlines[-1] == "one, told by more"


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


async def test_a_marked_message_stays_marked_when_it_is_edited(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(MaybeSentError("timed out"))
    owe(database, place, "one")
    bot, later = deliverer(database, {place: chat}), NOON + REPEAT_WAITS[0]
    await bot.deliver(NOON)
    await bot.deliver(later)
    amend(database, "one", "changed")
    await bot.deliver(later + outbox.EDIT_PAUSE)
    assert [(verb, message.possible_repeat) for verb, message, _ in chat.shown] == [
        ("post", False),
        ("post", True),
        ("edit", True),
    ]


async def test_an_outage_of_hours_in_which_nothing_arrives_loses_no_message(database: Database) -> None:
    """Four attempts within the first half hour are answered with an error; the fifth, an hour later, arrives."""
    place, chat = add_channel(database, "a"), FakeChannel(*[MaybeSentError("answers HTTP 500")] * 4)
    owe(database, place, "one")
    bot, moment = deliverer(database, {place: chat}), NOON
    for wait in (*REPEAT_WAITS[:4], timedelta()):
        await bot.deliver(moment)
        moment += wait
    assert states(database) == {"one": "sent"}
    assert sum(REPEAT_WAITS, timedelta()) > timedelta(hours=3)


async def test_a_message_that_may_have_arrived_too_often_is_not_sent_again(database: Database) -> None:
    times = len(REPEAT_WAITS) + 1
    assert times == outbox.MOST_REPEATS + 1
    place, chat = add_channel(database, "a"), FakeChannel(*[MaybeSentError("timed out")] * times)
    owe(database, place, "one")
    bot = deliverer(database, {place: chat})
    for moment in (
        NOON,
        *(NOON + sum(REPEAT_WAITS[:count], timedelta()) for count in range(1, times)),
        NOON + timedelta(days=1),
    ):
        await bot.deliver(moment)
    assert chat.headlines == ["one"] * times
    assert states(database) == {"one": "failed"}


async def test_a_crash_between_claim_and_mark_repeats_the_message_marked(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "one", "two")
    with database.transaction() as conn:
        assert outbox.claim(conn, place, NOON, "killed")
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON + outbox.LEASE - SECOND)
    assert chat.headlines == []
    await bot.deliver(NOON + outbox.LEASE)
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


async def test_a_message_that_was_never_sent_is_not_edited(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(MessageRefusedError("no"))
    owe(database, place, "one")
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    amend(database, "one", "one, told by more")
    await bot.deliver(NOON + MINUTE)
    assert chat.shown == []
    assert states(database) == {"one": "failed"}


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
    store = BusyDatabase(database)
    bot = deliverer(store, chats)
    owe(database, first, "first of all")
    await bot.deliver(NOON)
    owe(database, first, "one", "two")
    owe(database, second, "one", "two")
    store.broken = 2  # what both want together, and then what one of them wants alone
    with pytest.raises(StoreError, match="out of order"):
        await bot.deliver(NOON)
    assert sorted(len(chat.headlines) for chat in chats.values()) == [0, 3]


async def test_while_the_store_is_busy_nothing_is_sent_and_nothing_lost(database: Database) -> None:
    place, store, chat = add_channel(database, "a"), BusyDatabase(database), FakeChannel()
    owe(database, place, "one")
    bot = deliverer(store, {place: chat})
    store.locked = True
    assert (await bot.deliver(NOON)).counts == {}
    store.locked = False
    assert (await bot.deliver(NOON)).sent == 1


def owe_many(database: Database, channel_id: int, count: int, **more: Any) -> list[str]:
    keys = [f"alert {number:03}" for number in range(count)]
    owe(database, channel_id, *keys, **more)
    return keys


async def test_a_burst_goes_out_as_groups_with_none_missing(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    keys = owe_many(database, place, 200)
    await deliverer(database, {place: chat}, render_groups).deliver(NOON)
    assert len(chat.shown) == 20
    assert [line for _, message, _ in chat.shown for line in message.texts] == keys
    assert set(states(database).values()) == {"sent"}


async def test_a_handful_of_alerts_goes_out_one_by_one(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    keys = owe_many(database, place, groups.FROM - 1)
    await deliverer(database, {place: chat}, render_groups).deliver(NOON)
    assert chat.headlines == keys


async def test_a_group_is_edited_when_one_of_its_members_changes_and_answered_for_it(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    keys = owe_many(database, place, 6)
    bot = deliverer(database, {place: chat}, render_groups)
    await bot.deliver(NOON)
    amend(database, keys[2], "changed")
    owe(database, place, "next step", reply_to_key=keys[4])
    await bot.deliver(NOON + MINUTE)
    (_, reply, answered), (verb, edited, message_id) = chat.shown[1:]
    assert (reply.headline, answered) == ("next step", "m1")
    assert (verb, message_id) == ("edit", "m1")
    assert list(edited.texts) == [*keys[:2], "changed", *keys[3:]]


async def test_a_group_that_may_have_arrived_comes_again_as_it_was_and_marked(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(MaybeSentError("timed out"))
    keys = owe_many(database, place, 5)
    bot = deliverer(database, {place: chat}, render_groups)
    await bot.deliver(NOON)
    owe(database, place, "later")
    await bot.deliver(NOON + REPEAT_WAITS[0])
    assert [(list(message.texts), message.possible_repeat) for _, message, _ in chat.shown] == [
        (keys, False),
        (keys, True),
        ([], False),
    ]


async def test_of_a_group_that_is_refused_each_member_goes_out_alone(database: Database) -> None:
    place, owner = add_channel(database, "a"), add_channel(database, "me", role="owner")
    chat = FakeChannel(MessageRefusedError("odd"), None, MessageRefusedError("odd"))
    keys = owe_many(database, place, 5)
    bot = deliverer(database, {place: chat, owner: FakeChannel()}, render_groups)
    await bot.deliver(NOON)
    assert chat.headlines == [keys[0], *keys[2:]]
    assert states(database)[keys[1]] == "failed"


async def test_an_edit_that_would_show_the_same_is_not_sent(database: Database) -> None:
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "one", payload={"headline": "one", "unseen": 1})
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    with database.transaction() as conn:
        edits.amend(conn, "one", {"unseen": 2}, NOON)
    await bot.deliver(NOON + MINUTE)
    assert [verb for verb, _, _ in chat.shown] == ["post"]
    assert (await bot.deliver(NOON + 2 * MINUTE)).counts == {}


@pytest.mark.parametrize(("refusal", "tries"), [(MessageGoneError("message to edit not found"), 1), (None, 2)])
async def test_a_message_that_is_gone_is_never_edited_again(
    database: Database, refusal: Exception | None, tries: int
) -> None:
    place, chat = add_channel(database, "a"), FakeChannel(None, refusal)
    owe(database, place, "one")
    bot = deliverer(database, {place: chat})
    await bot.deliver(NOON)
    counts: Counter[Result] = Counter()
    for number in (1, 2):
        amend(database, "one", f"one, {number}")
        counts += (await bot.deliver(NOON + number * MINUTE)).counts
    assert counts.total() == tries
    with database.reading() as conn:
        assert outbox.depth(conn) == 0


async def test_nobody_is_told_of_an_edit_that_fails(database: Database) -> None:
    place, owner = add_channel(database, "a"), add_channel(database, "me", role="owner")
    mine = FakeChannel()
    owe(database, place, "one")
    bot = deliverer(database, {place: FakeChannel(None, MessageRefusedError("odd")), owner: mine})
    await bot.deliver(NOON)
    amend(database, "one", "one, more")
    await bot.deliver(NOON + MINUTE)
    await bot.deliver(NOON + MINUTE)
    assert mine.shown == []


async def test_the_owner_is_told_once_of_a_trouble_that_costs_many_messages(database: Database) -> None:
    place, owner = add_channel(database, "a"), add_channel(database, "me", role="owner")
    chat, mine = FakeChannel(*[MessageRefusedError("no right to post")] * 4), FakeChannel()
    owe(database, place, *"abcd")
    bot = deliverer(database, {place: chat, owner: mine})
    await bot.deliver(NOON)
    await bot.deliver(NOON)
    assert mine.headlines == ["4 messages could not be delivered to a (console)"]


async def test_channels_that_are_lost_together_share_a_notice_that_grows(database: Database) -> None:
    owner, mine = add_channel(database, "me", role="owner"), FakeChannel()
    lost = [add_channel(database, name) for name in ("x", "y", "z")]
    places = {one: FakeChannel(ChannelGoneError("wrong token")) for one in lost}
    bot = deliverer(database, {owner: mine, **places})
    owe(database, lost[0], "one")
    await bot.deliver(NOON)
    await bot.deliver(NOON)
    for one in lost[1:]:
        owe(database, one, "one")
    await bot.deliver(NOON + SECOND)
    await bot.deliver(NOON + MINUTE)
    assert [(verb, message.headline) for verb, message, _ in mine.shown] == [
        ("post", "x (console) cannot be reached any more and was disabled"),
        ("edit", "x (console) and 2 more cannot be reached any more and were disabled"),
    ]


async def test_a_channel_that_is_put_right_and_lost_again_is_told_of_again(database: Database) -> None:
    place, owner, mine = add_channel(database, "a"), add_channel(database, "me", role="owner"), FakeChannel()
    bot = deliverer(database, {place: FakeChannel(*[ChannelGoneError("kicked")] * 2), owner: mine})
    owe(database, place, "one")
    for _ in range(2):
        await bot.deliver(NOON)
        assert add_channel(database, "a") == place
    await bot.deliver(NOON)
    assert len(mine.headlines) == 2


async def test_a_shared_limit_is_kept_by_channels_that_are_served_at_the_same_time(database: Database) -> None:
    shared = Limit(3, 1)
    places = {add_channel(database, f"room {number}"): PacedChannel(shared=shared) for number in range(10)}
    for place in places:
        owe(database, place, "one")
    bot = deliverer(database, places)
    sent = [(await bot.deliver(NOON + number * SECOND)).sent for number in range(5)]
    assert sent == [3, 3, 3, 1, 0]


async def test_an_alert_goes_before_the_digests_of_other_channels(database: Database) -> None:
    shared = Limit(1, 1)
    places = {add_channel(database, f"room {number}"): PacedChannel(shared=shared) for number in range(3)}
    first, second, third = places
    owe(database, first, "digest", kind="digest")
    owe(database, second, "digest", kind="digest")
    owe(database, third, "alert", priority=10)
    bot = deliverer(database, places)
    order = []
    for number in range(3):
        await bot.deliver(NOON + number * SECOND)
        order += [place for place, chat in places.items() if chat.shown and place not in order]
    assert order == [third, first, second]


async def test_channels_take_turns_at_a_shared_limit(database: Database) -> None:
    shared = Limit(1, 1)
    places = {add_channel(database, f"room {number}"): PacedChannel(shared=shared) for number in range(3)}
    for place in places:
        owe(database, place, "one", "two")
    bot = deliverer(database, places)
    for number in range(3):
        await bot.deliver(NOON + number * SECOND)
    assert [len(chat.shown) for chat in places.values()] == [1, 1, 1]


async def test_when_a_second_chat_is_told_to_wait_the_whole_platform_waits(database: Database) -> None:
    wait = NotSentError("too many requests", retry_after=30)
    places = {
        add_channel(database, "one"): FakeChannel(wait),
        add_channel(database, "two"): FakeChannel(None, wait),
        add_channel(database, "three"): FakeChannel(),
    }
    one, two, three = places
    bot = deliverer(database, places)
    for place in (one, two, three):
        owe(database, place, "first")
    await bot.deliver(NOON)
    assert [len(chat.shown) for chat in places.values()] == [0, 1, 1]
    owe(database, two, "second")
    await bot.deliver(NOON + SECOND)
    owe(database, three, "second")
    await bot.deliver(NOON + 30 * SECOND)
    assert len(places[three].shown) == 1
    await bot.deliver(NOON + 31 * SECOND)
    assert [len(chat.shown) for chat in places.values()] == [1, 2, 2]


async def test_a_chat_that_moved_gets_its_message_at_the_new_address(database: Database) -> None:
    place = add_channel(database, "-1")
    old, new = FakeChannel(ChannelMovedError("-1001")), FakeChannel()
    chats = {("console", "-1"): old, ("console", "-1001"): new}
    bot = Deliverer(database, {}, render, make=lambda platform, address: chats.get((platform, address)))
    owe(database, place, "one")
    await bot.deliver(NOON)
    owe(database, place, "two")
    await bot.deliver(NOON)
    assert (old.headlines, new.headlines) == ([], ["one", "two"])
    with database.reading() as conn:
        assert [row.address for row in channels.enabled(conn)] == ["-1001"]


async def test_a_chat_whose_topic_is_gone_is_told_once_and_gets_all_of_it(database: Database) -> None:
    place = add_channel(database, "-1/56")
    topic, general = FakeChannel(ChannelMovedError("-1", lost=True)), FakeChannel()
    chats = {("console", "-1/56"): topic, ("console", "-1"): general}
    bot = Deliverer(database, {}, render, make=lambda platform, address: chats.get((platform, address)))
    owe(database, place, "one", "two")
    await bot.deliver(NOON)
    await bot.deliver(NOON + SECOND)
    assert [one for one in general.headlines if one in {"one", "two"}] == ["one", "two"]
    with database.reading() as conn:
        notices = [row for row in outbox.history(conn) if row.kind == "notice"]
    assert [(row.payload["about"], row.state) for row in notices] == [("topic", "sent")]


async def test_only_one_of_two_processes_sends_until_it_lets_go(database: Database) -> None:
    place, chat, other = add_channel(database, "a"), FakeChannel(), FakeChannel()
    first, second = deliverer(database, {place: chat}), deliverer(database, {place: other})
    owe(database, place, "one")
    await first.deliver(NOON)
    owe(database, place, "two")
    await second.deliver(NOON)
    assert other.headlines == []
    await first.stop()
    await second.deliver(NOON)
    assert (chat.headlines, other.headlines) == (["one"], ["two"])


async def test_another_process_takes_over_from_one_that_is_silent(database: Database) -> None:
    place, chat, other = add_channel(database, "a"), FakeChannel(), FakeChannel()
    first, second = deliverer(database, {place: chat}), deliverer(database, {place: other})
    owe(database, place, "one")
    await first.deliver(NOON)
    owe(database, place, "two")
    await second.deliver(NOON + senders.HOLD)
    assert other.headlines == ["two"]


@pytest.fixture
def shared(emptied_postgresql: Callable[[], str]) -> Iterator[Database]:
    with Database(emptied_postgresql()) as opened:
        yield opened


async def test_a_program_that_was_killed_and_begins_again_need_not_wait_for_what_it_had_in_hand(
    shared: Database,
) -> None:
    places, chats = [add_channel(shared, address) for address in "ab"], [FakeChannel(), FakeChannel()]
    channels_there = dict(zip(places, chats, strict=True))
    killed, mine = Life(shared), Life(shared)
    for place in places:
        owe(shared, place, f"one {place}")
    with closing(mine):
        with closing(killed):
            killed.keep()
            with shared.transaction() as conn:
                senders.hold(conn, "console", killed.name, NOON)
                outbox.claim(conn, places[0], NOON, killed.name)
        after = Deliverer(shared, channels_there, render, life=mine)
        for moment in (NOON, NOON + GONE - SECOND):
            assert (await after.deliver(moment)).sent == 0
        assert (await after.deliver(NOON + GONE)).sent == 2
        await after.stop()
    told = [[(message.headline, message.possible_repeat) for _, message, _ in chat.shown] for chat in chats]
    assert told == [[(f"one {places[0]}", True)], [(f"one {places[1]}", False)]]


async def test_what_another_program_claims_later_stays_with_it_until_its_claim_ends(shared: Database) -> None:
    """Its network may be cut: then it knows how its message went, and says so once it is back."""
    place, chat = add_channel(shared, "a"), FakeChannel()
    cut_off, mine = Life(shared), Life(shared)
    with closing(mine):
        after = Deliverer(shared, {place: chat}, render, life=mine)
        await after.deliver(NOON - SECOND)
        owe(shared, place, "one")
        with shared.transaction() as conn:
            outbox.claim(conn, place, NOON, cut_off.name)
        for seconds in (0, 1, 20, outbox.LEASE.total_seconds() - 1):
            assert (await after.deliver(NOON + seconds * SECOND)).sent == 0
        assert (await after.deliver(NOON + outbox.LEASE)).sent == 1
        await after.stop()
    assert [message.possible_repeat for _, message, _ in chat.shown] == [True]


async def test_who_takes_over_counts_what_was_sent_before(database: Database) -> None:
    place, chat = add_channel(database, "a"), PacedChannel()
    first, second = deliverer(database, {place: PacedChannel()}), deliverer(database, {place: chat})
    owe(database, place, "one", "two")
    await first.deliver(NOON)
    await first.stop()
    summary = await second.deliver(NOON + SECOND / 2)
    assert (chat.headlines, summary.again_at) == ([], NOON + SECOND)


async def test_sending_in_the_background_keeps_pace_and_stops_at_the_end_of_a_message(database: Database) -> None:
    place, started, release = add_channel(database, "a"), asyncio.Event(), asyncio.Event()

    class SlowChannel(FakeChannel):
        async def post(self, message: Message, reply_to: str | None) -> str:
            started.set()
            await release.wait()
            return await super().post(message, reply_to)

    chat = SlowChannel()
    owe(database, place, "one", "two")
    bot = deliverer(database, {place: chat})
    bot.start_due(lambda: NOON)
    await started.wait()
    bot.start_due(lambda: NOON)
    stopping = asyncio.create_task(bot.stop())
    release.set()
    await stopping
    assert chat.headlines[:1] == ["one"]
    assert "sending" not in states(database).values()


async def test_an_error_in_the_background_is_raised_at_the_next_call_and_sending_goes_on(database: Database) -> None:
    place, chat, store = add_channel(database, "a"), FakeChannel(), BusyDatabase(database, broken=1)
    owe(database, place, "one")
    bot = deliverer(store, {place: chat})
    bot.start_due(lambda: NOON)
    running = bot._running
    assert running
    await asyncio.wait({running})
    with pytest.raises(StoreError, match="out of order"):
        bot.start_due(lambda: NOON)
    running = bot._running
    assert running
    await running
    assert chat.headlines == ["one"]


def test_what_looks_alike_has_the_same_mark_whatever_it_is() -> None:
    alert = Message("alert", "Head", ("line",), possible_repeat=True)
    assert content_mark(alert) == content_mark(Message("edit", "Head", ("line",)))
    assert content_mark(alert) != content_mark(Message("alert", "Head", ("another line",)))


async def test_each_attempt_is_one_line_and_counted_once_it_is_marked(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.outcomes")
    counted: list[tuple[str, Result]] = []
    place, chat = add_channel(database, "a"), FakeChannel(None, NotSentError("no network"), None)
    owe(database, place, "one", "two")
    bot = Deliverer(database, {place: chat}, render, counted=lambda *attempt: counted.append(attempt))
    await bot.deliver(NOON)
    await bot.deliver(NOON + MINUTE)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", f"channel {place}: alert 'one': sent"),
        ("WARNING", f"channel {place}: alert 'two': retry: no network"),
        ("INFO", f"channel {place}: alert 'two': sent"),
    ]
    assert [platform_and_result[1] for platform_and_result in counted] == [Result.SENT, Result.RETRY, Result.SENT]
    assert [getattr(record, "facts", {}) for record in caplog.records][1:] == [
        {
            "event": "delivery",
            "channel": place,
            "platform": counted[0][0],
            "kind": "alert",
            "key": "two",
            "possible_repeat": False,
            **outcome,
        }
        for outcome in (
            {"outcome": "retry", "attempt": 1, "detail": "no network"},
            {"outcome": "sent", "attempt": 2, "message_id": "m2"},
        )
    ]


async def test_an_edit_that_changes_nothing_to_be_seen_is_no_attempt(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.outcomes")
    counted: list[tuple[str, Result]] = []
    place, chat = add_channel(database, "a"), FakeChannel()
    owe(database, place, "one")
    bot = Deliverer(
        database, {place: chat}, lambda *_: Message("alert", "one"), counted=lambda *attempt: counted.append(attempt)
    )
    await bot.deliver(NOON)
    amend(database, "one", "one, told by more")
    await bot.deliver(NOON + MINUTE)
    assert len(chat.shown) == len(counted) == len(caplog.records) == 1
