"""Alerts that wait together go out together, and share one message from then on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from store import channels, edits, groups, outbox
from store.tables import outbox as rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database
    from store.outbox import Delivery

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
LATER = NOW + outbox.EDIT_PAUSE
SECOND = timedelta(seconds=1)
SIX = [f"alert {number}" for number in range(6)]


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


@pytest.fixture
def channel(conn: Connection) -> int:
    return channels.sync(conn, "slack", "C1", title="Desk")


def owe(conn: Connection, channel: int, *keys: str, **more: Any) -> None:
    for key in keys:
        values = {"kind": "alert", "payload": {"key": key}, "now": NOW, "priority": 10, **more}
        outbox.queue(conn, channel, key=key, **values)


def claim(conn: Connection, channel: int, now: datetime = NOW) -> Delivery:
    delivery = outbox.claim(conn, channel, now)
    assert delivery is not None
    return delivery


def told(delivery: Delivery) -> list[str]:
    return [one["key"] for one in delivery.payload["alerts"]]


def states(conn: Connection) -> dict[str, str]:
    return {row.key: row.state for row in outbox.history(conn)}


def test_many_alerts_are_one_message_in_their_order(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    group = claim(conn, channel)
    assert (group.kind, told(group), group.reply_to) == ("group", SIX, None)
    assert outbox.depth(conn) == 1
    assert outbox.claim(conn, channel, NOW) is None
    outbox.sent(conn, group.id, "m1", NOW)
    assert set(states(conn).values()) == {"sent"}
    assert outbox.claim(conn, channel, NOW) is None


def test_a_message_holds_only_so_many(conn: Connection, channel: int) -> None:
    keys = [f"alert {number:02}" for number in range(groups.SIZE + groups.FROM)]
    owe(conn, channel, *keys)
    first = claim(conn, channel)
    outbox.sent(conn, first.id, "m1", NOW)
    second = claim(conn, channel)
    assert (told(first), told(second)) == (keys[: groups.SIZE], keys[groups.SIZE :])


def test_only_alerts_are_grouped(conn: Connection, channel: int) -> None:
    owe(conn, channel, "review", kind="review", priority=20)
    owe(conn, channel, *SIX[: groups.FROM - 1])
    owe(conn, channel, "notice", kind="notice")
    assert claim(conn, channel).key == "review"


def test_an_answer_to_a_member_answers_the_groups_message(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.sent(conn, claim(conn, channel).id, "m1", NOW)
    owe(conn, channel, "next", reply_to_key=SIX[3])
    assert claim(conn, channel).reply_to == "m1"


def test_a_group_whose_members_all_answer_one_message_answers_it(conn: Connection, channel: int) -> None:
    owe(conn, channel, "before")
    outbox.sent(conn, claim(conn, channel).id, "m1", NOW)
    owe(conn, channel, *SIX, reply_to_key="before")
    assert claim(conn, channel).reply_to == "m1"


def test_a_change_of_a_member_edits_the_groups_message(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.sent(conn, claim(conn, channel).id, "m1", NOW)
    assert edits.amend(conn, SIX[1], {"key": "changed"}, NOW) == 1
    assert outbox.claim(conn, channel, LATER - SECOND) is None
    edit = claim(conn, channel, LATER)
    assert (edit.kind, edit.edits) == ("group", "m1")
    assert told(edit) == [SIX[0], "changed", *SIX[2:]]
    outbox.sent(conn, edit.id, "m1", LATER)
    assert outbox.claim(conn, channel, LATER + outbox.EDIT_PAUSE) is None


def test_a_change_while_the_group_is_on_its_way_edits_it_afterwards(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    group = claim(conn, channel)
    edits.amend(conn, SIX[1], {"key": "changed"}, NOW)
    outbox.sent(conn, group.id, "m1", NOW)
    assert told(claim(conn, channel, LATER))[1] == "changed"


def test_a_group_that_was_not_sent_keeps_its_place_and_its_members(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.retry(conn, claim(conn, channel).id, "no network", LATER)
    owe(conn, channel, "later", *(f"{key} again" for key in SIX))
    assert outbox.claim(conn, channel, LATER - SECOND) is None
    again = claim(conn, channel, LATER)
    assert (told(again), again.possible_repeat) == (SIX, False)


def test_a_crash_neither_loses_a_group_nor_repeats_it_unmarked(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    claim(conn, channel)
    owe(conn, channel, "later")
    assert outbox.recover(conn, NOW, alone=True) == 1
    again = claim(conn, channel)
    assert (told(again), again.possible_repeat) == (SIX, True)
    assert [row.possible_repeat for row in outbox.history(conn) if row.key in SIX] == [True] * len(SIX)


def test_of_a_refused_group_each_member_goes_alone(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.failed(conn, claim(conn, channel).id, "refused", NOW)
    for key in SIX:
        alone = claim(conn, channel)
        assert (alone.kind, alone.key) == ("alert", key)
        outbox.sent(conn, alone.id, key, NOW)


def test_a_group_that_may_have_arrived_too_often_is_given_up_with_its_members(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.unknown(conn, claim(conn, channel).id, "timed out", NOW, NOW)
    outbox.failed(conn, claim(conn, channel).id, "given up", NOW)
    assert set(states(conn).values()) == {"failed"}


def test_what_was_tried_before_goes_alone_before_a_group(conn: Connection, channel: int) -> None:
    owe(conn, channel, "first")
    outbox.retry(conn, claim(conn, channel).id, "no network", NOW)
    owe(conn, channel, *SIX)
    assert claim(conn, channel).key == "first"


def test_a_member_that_is_taken_back_is_not_told(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.retry(conn, claim(conn, channel).id, "no network", NOW)
    assert outbox.withdraw(conn, SIX[0]) == 1
    assert told(claim(conn, channel)) == SIX[1:]


def test_a_group_of_which_all_is_taken_back_is_not_sent(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    outbox.retry(conn, claim(conn, channel).id, "no network", NOW)
    for key in SIX:
        outbox.withdraw(conn, key)
    owe(conn, channel, "later")
    assert claim(conn, channel).key == "later"


def test_members_on_their_way_count_as_told(conn: Connection, channel: int) -> None:
    owe(conn, channel, *SIX)
    claim(conn, channel)
    assert outbox.withdraw(conn, SIX[0]) == 0
    assert [row.key for row in outbox.told(conn, SIX[0])] == [SIX[0]]
    row = conn.execute(select(rows.c.state, rows.c.group_id).where(rows.c.key == SIX[0])).one()
    assert row.state == "sending"
    assert row.group_id is not None
