"""What is claimed belongs to one process for a while; what is held back is held; what is muted is withheld."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from store import channels, groups, looking, outbox, senders
from store.tables import channels as channel_rows
from store.tables import mutes
from treaties.alerts import encode
from treaties.model import Alert, Companion, VerdictKind
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database
    from store.outbox import Delivery, Withheld

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


@pytest.fixture
def channel(conn: Connection) -> int:
    return channels.sync(conn, "slack", "C1", title="Desk", timezone="Europe/Riga")


def owe(conn: Connection, channel: int, *keys: str, **more: Any) -> None:
    for key in keys:
        values = {"kind": "alert", "payload": {"headline": key}, "now": NOW, **more}
        outbox.queue(conn, channel, key=key, **values)


def claim(conn: Connection, channel: int, now: datetime = NOW, by: str = "") -> Delivery:
    delivery = outbox.claim(conn, channel, now, by)
    assert delivery is not None
    return delivery


def states(conn: Connection) -> dict[str, str]:
    return {row.key: row.state for row in outbox.history(conn)}


def test_what_a_living_process_has_in_hand_stays_with_it(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    claim(conn, channel, by="first")
    assert not outbox.abandoned(conn, NOW + outbox.LEASE - SECOND)
    assert outbox.recover(conn, NOW + outbox.LEASE - SECOND) == 0
    assert outbox.claim(conn, channel, NOW + outbox.LEASE - SECOND, "second") is None


def test_what_a_killed_process_had_in_hand_comes_back_marked(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", "b")
    claim(conn, channel, by="killed")
    assert outbox.abandoned(conn, NOW + outbox.LEASE)
    assert outbox.recover(conn, NOW + outbox.LEASE) == 1
    again = claim(conn, channel, NOW + outbox.LEASE, "second")
    assert (again.key, again.possible_repeat, again.repeats) == ("a", True, 1)


def test_who_is_alone_takes_everything_back_at_once(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    claim(conn, channel, by="the run before")
    assert outbox.recover(conn, NOW, alone=True) == 1


def test_a_process_whose_claim_has_ended_changes_nothing_of_the_next_one(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    late = claim(conn, channel, by="slow")
    outbox.recover(conn, NOW + outbox.LEASE)
    claim(conn, channel, NOW + outbox.LEASE, "second")
    for outcome in (outbox.retry, outbox.failed):
        outcome(conn, late.id, "late", NOW, by="slow")
    outbox.unknown(conn, late.id, "late", NOW, NOW, by="slow")
    outbox.sent(conn, late.id, "m1", NOW, by="slow")
    assert states(conn) == {"a": "sending"}


def test_word_that_it_arrived_counts_even_late_as_long_as_nobody_sends_it_again(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a")
    late = claim(conn, channel, by="slow")
    outbox.recover(conn, NOW + outbox.LEASE)
    outbox.sent(conn, late.id, "m1", NOW, by="slow")
    assert states(conn) == {"a": "sent"}


def test_a_message_that_ends_the_program_each_time_is_given_up(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", "b")
    for _ in range(outbox.MOST_REPEATS + 1):
        assert claim(conn, channel).key == "a"
        outbox.recover(conn, NOW, alone=True)
    assert claim(conn, channel).key == "b"
    assert states(conn) == {"a": "failed", "b": "sending"}


def test_quiet_hours_hold_everything_by_the_channels_own_clocks(conn: Connection, channel: int) -> None:
    settings = {"quiet_from": "22:00", "quiet_to": "07:00"}
    conn.execute(update(channel_rows).values(**settings))
    owe(conn, channel, "a")
    night, morning = NOW.replace(hour=19, minute=0), NOW.replace(day=2, hour=4, minute=0)
    for moment in (night, morning - SECOND):
        assert outbox.claim(conn, channel, moment) is None
        assert outbox.waiting(conn, moment) == ()
    assert states(conn)["a"] == "pending"
    assert outbox.held_until(channels.enabled(conn)[0], night) == morning
    assert claim(conn, channel, morning).key == "a"


def test_a_pause_holds_everything_and_longer_than_quiet_hours(conn: Connection, channel: int) -> None:
    settings = {"quiet_from": "22:00", "quiet_to": "07:00", "snoozed_until": NOW + 48 * HOUR}
    conn.execute(update(channel_rows).values(**settings))
    owe(conn, channel, "a")
    assert outbox.claim(conn, channel, NOW) is None
    assert outbox.held_until(channels.enabled(conn)[0], NOW.replace(hour=20)) == NOW + 48 * HOUR
    assert claim(conn, channel, NOW + 48 * HOUR).key == "a"


def test_what_was_held_goes_out_together(conn: Connection, channel: int) -> None:
    conn.execute(update(channel_rows).values(snoozed_until=NOW + HOUR))
    keys = [f"alert {number}" for number in range(groups.FROM)]
    owe(conn, channel, *keys)
    group = claim(conn, channel, NOW + HOUR)
    assert [one["headline"] for one in group.payload["alerts"]] == keys


def test_a_time_zone_that_nobody_knows_holds_nothing_back(conn: Connection, channel: int) -> None:
    conn.execute(update(channel_rows).values(timezone="Mars/Olympus", quiet_from="00:00", quiet_to="23:59"))
    owe(conn, channel, "a")
    assert len(outbox.waiting(conn, NOW)) == 1


def alert(state: str, *others: str) -> dict[str, Any]:
    together = tuple(Companion(f"{other}-out", other, None) for other in others)
    return encode(
        Alert(
            "out",
            VerdictKind.NEW_CASE,
            state,
            "ottawa",
            Stage.ANNOUNCED,
            None,
            "r",
            "Title",
            "new",
            companions=together,
        )
    )


def mute(conn: Connection, channel: int, state: str, until: datetime | None = None) -> None:
    row = {"channel_id": channel, "state": state, "treaty": "ottawa", "until": until, "who": "Anna"}
    conn.execute(insert(mutes).values(**row))


def test_an_alert_on_a_case_that_was_muted_meanwhile_is_withheld(conn: Connection, channel: int) -> None:
    owe(conn, channel, "muted", payload=alert("LV"))
    owe(conn, channel, "other", payload=alert("EE"))
    mute(conn, channel, "LV")
    assert claim(conn, channel).key == "other"
    assert states(conn)["muted"] == "withheld"
    message = looking.message_of(conn, channel, "muted")
    assert message
    assert message.error == "muted"


def test_a_mute_ends(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", payload=alert("LV"))
    mute(conn, channel, "LV", NOW)
    assert claim(conn, channel).key == "a"


def test_an_alert_on_several_cases_is_told_while_one_of_them_is_not_muted(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", payload=alert("LV", "EE"))
    mute(conn, channel, "LV")
    assert claim(conn, channel).key == "a"


def test_a_digest_comes_though_a_case_is_muted(conn: Connection, channel: int) -> None:
    owe(conn, channel, "digest", kind="digest", payload=alert("LV"))
    mute(conn, channel, "LV")
    assert claim(conn, channel).key == "digest"


def test_what_is_withheld_is_nothing_to_answer(conn: Connection, channel: int) -> None:
    owe(conn, channel, "told")
    outbox.queue_all(conn, {channel: "muted"}, key="withheld", kind="alert", payload={}, now=NOW)
    assert outbox.newest(conn, ["told", "withheld"]) == {channel: "told"}
    assert outbox.newest(conn, ["told", "withheld"], channel + 1) == {}


def test_one_message_is_owed_to_many_channels_once(conn: Connection, channel: int) -> None:
    other, third = (channels.sync(conn, "slack", name, title=name) for name in ("C2", "C3"))
    owe(conn, other, "a")
    wanted: dict[int, Withheld | None] = {channel: None, other: None, third: "language"}
    replies = {channel: "before"}
    for expected in (2, 0):
        queued = outbox.queue_all(conn, wanted, key="a", kind="alert", payload={"n": 1}, now=NOW, replies=replies)
        assert queued == expected
    assert [(row.channel_id, row.state) for row in outbox.history(conn)] == [
        (other, "pending"),
        (channel, "pending"),
        (third, "withheld"),
    ]
    assert outbox.withheld(conn, "a", "language") == {third: {"n": 1}}
    assert outbox.withheld(conn, "a", "muted") == {}


def test_what_was_withheld_is_owed_after_all_behind_what_was_told_since(conn: Connection, channel: int) -> None:
    outbox.queue_all(conn, {channel: "language"}, key="first", kind="alert", payload={"n": 1}, now=NOW, priority=10)
    owe(conn, channel, "second", priority=10)
    assert outbox.release(conn, channel, "first", NOW, "second")
    assert not outbox.release(conn, channel, "first", NOW, "second")
    outbox.sent(conn, claim(conn, channel).id, "m2", NOW)
    delivery = claim(conn, channel)
    assert (delivery.key, delivery.payload, delivery.reply_to) == ("first", {"n": 1}, "m2")


def test_a_channel_with_urgent_messages_says_so(conn: Connection, channel: int) -> None:
    other = channels.sync(conn, "slack", "C2", title="Other")
    owe(conn, channel, "digest")
    owe(conn, other, "alert", priority=10)
    owe(conn, other, "digest")
    found = [(one.channel_id, one.platform, one.address, one.priority) for one in outbox.waiting(conn, NOW)]
    assert found == [(channel, "slack", "C1", 0), (other, "slack", "C2", 10)]


def test_attempts_are_remembered_for_whoever_counts_them(conn: Connection, channel: int) -> None:
    owe(conn, channel, "a", "b")
    outbox.sent(conn, claim(conn, channel, NOW).id, "m1", NOW + SECOND)
    claim(conn, channel, NOW + 2 * SECOND)
    found = [(one.channel_id, moment) for one, moment in outbox.tried_since(conn, "slack", NOW)]
    assert found == [(channel, NOW + SECOND), (channel, NOW + 2 * SECOND)]
    assert outbox.tried_since(conn, "telegram", NOW) == ()
    assert outbox.tried_since(conn, "slack", NOW + 2 * SECOND) == ()


def test_one_process_at_a_time_sends_to_a_platform(conn: Connection) -> None:
    assert senders.hold(conn, "telegram", "first", NOW)
    assert senders.hold(conn, "telegram", "first", NOW + SECOND)
    assert not senders.hold(conn, "telegram", "second", NOW + senders.HOLD)
    assert senders.hold(conn, "slack", "second", NOW)
    assert senders.hold(conn, "telegram", "second", NOW + SECOND + senders.HOLD)
    assert not senders.hold(conn, "telegram", "first", NOW + 2 * SECOND + senders.HOLD)
    assert senders.holder(conn, "telegram") == "second"


def test_who_lets_go_lets_another_send_at_once(conn: Connection) -> None:
    senders.hold(conn, "telegram", "first", NOW)
    senders.let_go(conn, "second")
    assert not senders.hold(conn, "telegram", "second", NOW)
    senders.let_go(conn, "first")
    assert senders.hold(conn, "telegram", "second", NOW)
    senders.clear(conn)
    assert senders.holder(conn, "telegram") is None
