"""The outbox owes each channel each message once, in order, and never loses one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from store import channels, outbox
from store.outbox import Delivery, OutboxRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


@pytest.fixture
def channel(conn: Connection) -> int:
    return channels.sync(conn, "slack", "C1", title="Desk")


def owe(conn: Connection, channel: int, key: str, **more: Any) -> bool:
    return outbox.queue(
        conn, channel, key=key, kind=more.pop("kind", "alert"), payload=more.pop("payload", {}), now=NOW, **more
    )


def claim(conn: Connection, channel: int, now: datetime = NOW) -> Delivery:
    delivery = outbox.claim(conn, channel, now)
    assert delivery is not None
    return delivery


def waiting(conn: Connection, now: datetime = NOW) -> tuple[int, ...]:
    return tuple(one.channel_id for one in outbox.waiting(conn, now))


def send(conn: Connection, channel: int, message_id: str | None = None) -> str:
    delivery = claim(conn, channel)
    outbox.sent(conn, delivery.id, message_id, NOW)
    return delivery.key


def test_a_message_is_owed_once(conn: Connection, channel: int) -> None:
    assert owe(conn, channel, "a", payload={"n": 1})
    assert not owe(conn, channel, "a", payload={"n": 2})
    assert [row.payload for row in outbox.history(conn)] == [{"n": 1}]


def test_a_delivery_knows_the_place_language_and_time_zone_of_its_channel(conn: Connection) -> None:
    riga = channels.sync(conn, "telegram", "-100", title="Riga", lang="ru", timezone="Europe/Riga")
    owe(conn, riga, "a")
    delivery = claim(conn, riga)
    assert (delivery.platform, delivery.address, delivery.lang, delivery.timezone) == (
        "telegram",
        "-100",
        "ru",
        "Europe/Riga",
    )


def test_the_same_message_is_owed_to_every_channel(conn: Connection, channel: int) -> None:
    other = channels.sync(conn, "slack", "C2", title="Other")
    assert owe(conn, channel, "a")
    assert owe(conn, other, "a")
    assert waiting(conn, NOW) == (channel, other)


def test_a_claimed_message_comes_with_all_that_sending_needs(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", kind="digest", payload={"lines": ["ж", 1, None]})
    delivery = claim(conn, channel)
    assert delivery == Delivery(
        id=delivery.id,
        channel_id=channel,
        key="a",
        kind="digest",
        payload={"lines": ["ж", 1, None]},
        attempts=1,
        possible_repeat=False,
        reply_to=None,
        edits=None,
        platform="slack",
        address="C1",
    )


def test_a_channel_without_messages_has_nothing_to_claim(conn: Connection, channel: int) -> None:
    assert outbox.claim(conn, channel, NOW) is None
    assert waiting(conn, NOW) == ()
    assert outbox.depth(conn) == 0


def test_messages_go_out_in_order_and_the_urgent_first(conn: Connection, channel: int) -> None:
    for key, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5)):
        owe(conn, channel, key, priority=priority)
    assert [send(conn, channel) for _ in range(4)] == ["b", "d", "a", "c"]


def test_nothing_overtakes_a_message_that_is_on_its_way(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    owe(conn, channel, "b", priority=9)
    claim(conn, channel)
    assert outbox.claim(conn, channel, NOW) is None
    assert waiting(conn, NOW) == ()
    assert outbox.depth(conn) == 2


def test_nothing_overtakes_a_message_that_waits_for_another_try(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    owe(conn, channel, "b", priority=9)
    first = claim(conn, channel)
    outbox.retry(conn, first.id, "asked to wait", SOON)
    assert outbox.claim(conn, channel, SOON - timedelta(seconds=1)) is None
    assert waiting(conn, SOON - timedelta(seconds=1)) == ()
    assert waiting(conn, SOON) == (channel,)
    assert claim(conn, channel, SOON).key == "b"


def test_a_message_tried_again_counts_its_attempts_and_is_no_repeat(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    outbox.retry(conn, claim(conn, channel).id, "connection refused", SOON)
    again = claim(conn, channel, SOON)
    assert (again.attempts, again.possible_repeat) == (2, False)


def test_one_dead_channel_delays_no_other(conn: Connection, channel: int) -> None:
    other = channels.sync(conn, "slack", "C2", title="Other")
    owe(conn, channel, "a")
    owe(conn, other, "a")
    outbox.retry(conn, claim(conn, channel).id, "down", SOON)
    assert claim(conn, other).channel_id == other


def test_a_sent_message_is_done(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", payload={"n": 1})
    outbox.sent(conn, claim(conn, channel).id, "m1", SOON)
    assert outbox.claim(conn, channel, SOON) is None
    assert outbox.depth(conn) == 0
    assert outbox.history(conn) == (OutboxRow("a", "alert", "sent", False, channel, {"n": 1}, SOON),)  # noqa: FBT003 - a row of columns
    assert not owe(conn, channel, "a")


def test_a_failed_message_is_done_and_lets_the_next_one_pass(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    owe(conn, channel, "b")
    outbox.failed(conn, claim(conn, channel).id, "too long", NOW)
    assert claim(conn, channel).key == "b"
    assert outbox.history(conn)[0].state == "failed"


def test_an_unknown_outcome_goes_out_again_as_a_possible_repeat(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    outbox.unknown(conn, claim(conn, channel).id, "no answer", NOW, SOON)
    assert outbox.claim(conn, channel, NOW) is None
    assert claim(conn, channel, SOON).possible_repeat


def test_a_crash_loses_no_message(conn: Connection, channel: int) -> None:
    other = channels.sync(conn, "slack", "C2", title="Other")
    owe(conn, channel, "a")
    owe(conn, channel, "b")
    owe(conn, other, "a")
    send(conn, other)
    claim(conn, channel)
    assert outbox.recover(conn, SOON) == 1
    assert outbox.recover(conn, SOON) == 0
    again = claim(conn, channel, SOON)
    assert (again.key, again.possible_repeat) == ("a", True)


def test_an_outcome_that_comes_late_does_not_undo_that_it_was_sent(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    delivery = claim(conn, channel)
    outbox.sent(conn, delivery.id, "m1", NOW)
    outbox.retry(conn, delivery.id, "late", SOON)
    outbox.unknown(conn, delivery.id, "late", NOW, SOON)
    outbox.failed(conn, delivery.id, "late", NOW)
    assert [(row.state, row.possible_repeat) for row in outbox.history(conn)] == [("sent", False)]


def test_a_reply_names_the_message_that_it_answers(conn: Connection, channel: int) -> None:
    other = channels.sync(conn, "slack", "C2", title="Other")
    for one, message_id in ((other, "m8"), (channel, "m9")):
        owe(conn, one, "a")
        send(conn, one, message_id)
    owe(conn, channel, "b", reply_to_key="a")
    owe(conn, channel, "c", reply_to_key="never queued")
    reply = claim(conn, channel)
    assert (reply.reply_to, reply.edits) == ("m9", None)
    outbox.sent(conn, reply.id, "m10", NOW)
    assert claim(conn, channel).reply_to is None


def test_not_even_an_urgent_reply_goes_before_what_it_answers(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    owe(conn, channel, "b")
    owe(conn, channel, "b/reply", reply_to_key="b", priority=9)
    assert [send(conn, channel) for _ in range(3)] == ["a", "b", "b/reply"]


def test_a_message_that_answers_itself_holds_nothing_up(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", reply_to_key="a")
    assert send(conn, channel) == "a"


def test_a_disabled_channel_is_left_alone_and_keeps_what_is_owed(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    channels.disable(conn, channel, "the bot was removed", NOW)
    assert outbox.claim(conn, channel, NOW) is None
    assert waiting(conn, NOW) == ()
    assert outbox.depth(conn) == 0
    channels.sync(conn, "slack", "C1", title="Desk")
    assert claim(conn, channel).key == "a"
