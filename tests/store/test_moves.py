"""A chat that has moved is one channel at its new address, and nobody is told anything twice or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from store import audit, channels, groups, moves, outbox
from store.channels import Subscription
from store.seen import Seen
from store.tables import mutes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
LATVIA = Subscription(states=frozenset({"LV"}))


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def owe(conn: Connection, channel: int, *keys: str) -> None:
    for key in keys:
        outbox.queue(conn, channel, key=key, kind="alert", payload={"key": key}, now=NOW)


def owed(conn: Connection, channel: int) -> list[str]:
    return [row.key for row in outbox.history(conn) if row.channel_id == channel]


def test_the_new_address_is_kept_and_the_move_is_logged(conn: Connection) -> None:
    group = channels.sync(conn, "telegram", "-1", title="Room", subscription=LATVIA)
    owe(conn, group, "a")
    assert moves.move(conn, group, "-1001", NOW) == group
    (row,) = channels.enabled(conn)
    assert (row.id, row.address, row.subscription) == (group, "-1001", LATVIA)
    (entry,) = audit.entries(conn)
    assert entry.detail == {"platform": "telegram", "from": "-1", "to": "-1001"}
    assert moves.move(conn, group, "-1001", NOW) == group


def test_a_chat_that_is_listed_at_both_addresses_becomes_one(conn: Connection) -> None:
    old = channels.sync(conn, "telegram", "-1", title="Old", subscription=LATVIA)
    new = channels.sync(conn, "telegram", "-1001", title="New")
    other = channels.sync(conn, "slack", "-1001", title="Elsewhere")
    owe(conn, old, "both", "old only")
    owe(conn, new, "both", "new only")
    assert moves.move(conn, old, "-1001", NOW) == new
    assert owed(conn, new) == ["old only", "both", "new only"]
    assert owed(conn, old) == ["both"]
    assert [(row.id, row.subscription) for row in channels.enabled(conn)] == [
        (new, Subscription()),
        (other, Subscription()),
    ]


def test_a_disabled_channel_at_the_new_address_takes_the_settings_over(conn: Connection) -> None:
    old = channels.sync(conn, "telegram", "-1", title="Old", subscription=LATVIA, lang="lv", digest="off")
    new = channels.sync(conn, "telegram", "-1001", title="New")
    channels.disable(conn, new, "the bot was removed", NOW)
    conn.execute(insert(mutes).values(channel_id=old, state="LV", treaty="ccm", until=None, who="Anna"))
    moves.move(conn, old, "-1001", NOW)
    (row,) = channels.enabled(conn)
    assert (row.id, row.lang, row.digest, row.subscription, row.disabled_reason) == (new, "lv", "off", LATVIA, None)
    assert conn.execute(mutes.select().where(mutes.c.channel_id == new)).one().state == "LV"


def test_a_group_of_alerts_is_not_lost_in_a_move(conn: Connection) -> None:
    old, new = (channels.sync(conn, "telegram", address, title=address) for address in ("-1", "-1001"))
    keys = [f"alert {number}" for number in range(groups.FROM + 1)]
    owe(conn, old, *keys)
    owe(conn, new, keys[0])
    claimed = outbox.claim(conn, old, NOW)
    assert claimed
    outbox.retry(conn, claimed.id, "moved", NOW)
    moves.move(conn, old, "-1001", NOW)
    told = outbox.claim(conn, new, NOW)
    assert told
    assert sorted(one["key"] for one in told.payload["alerts"]) == keys


def test_digests_go_on_where_they_were_at_the_old_address(conn: Connection) -> None:
    old = channels.sync(conn, "telegram", "-1", title="Room")
    new = channels.sync(conn, "telegram", "-1001", title="Room")
    until = {row.id: row for row in channels.enabled(conn)}
    assert channels.digested(conn, until[old], NOW, Seen(7, 3))
    assert moves.move(conn, old, "-1001", NOW) == new
    (row,) = channels.enabled(conn)
    assert (row.id, row.digest_until, row.digest_seen) == (new, NOW, Seen(7, 3))
