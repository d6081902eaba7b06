"""How work keeps up, as a look at the store shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import channels, feeds, gauges, outbox
from store.feeds import FeedSpec
from store.gauges import Due, Owed

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_an_empty_store_owes_nothing(database: Database) -> None:
    with database.reading() as conn:
        assert gauges.due(conn, NOW) == Due(0, None)
        assert gauges.owed(conn) == ()
        assert gauges.feeds_by_health(conn) == {"well": 0, "failing": 0, "gone": 0, "new": 0}


def test_the_feed_that_waits_longest_says_how_far_polling_lags(database: Database) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(f"https://{name}.example/rss", name) for name in "abcdef"])
        a, b, c, d, e, _ = feeds.all_feeds(conn)
        feeds.save(
            conn,
            a._replace(next_poll=NOW - 2 * HOUR, failures=3, last_ok=NOW),
            b._replace(next_poll=NOW - HOUR, last_ok=NOW),
            c._replace(next_poll=NOW + HOUR, last_ok=NOW),
            d._replace(next_poll=NOW - 9 * HOUR, gone=True),
            e._replace(next_poll=NOW - 9 * HOUR, last_ok=NOW),
        )
        feeds.join(conn, e.id, b.address)
        found, health = gauges.due(conn, NOW), gauges.feeds_by_health(conn)
        same = feeds.due(conn, NOW)
    assert (found.number, found.since) == (len(same), NOW - 2 * HOUR)
    assert health == {"well": 2, "failing": 1, "gone": 1, "new": 1}


def test_what_is_owed_is_counted_by_platform_from_the_oldest_on(database: Database) -> None:
    with database.transaction() as conn:
        one = channels.sync(conn, "telegram", "7", title="Ann")
        two = channels.sync(conn, "telegram", "8", title="Ben")
        lost = channels.sync(conn, "slack", "C1", title="Lost")
        for number, channel in enumerate((one, one, two, lost)):
            queued = NOW - number * HOUR
            outbox.queue(conn, channel, key=f"k{number}", kind="notice", payload={}, now=queued)
        channels.disable(conn, lost, "gone", NOW)
        delivery = outbox.claim(conn, two, NOW, "me")
        assert delivery
        assert gauges.owed(conn) == (Owed("telegram", 3, NOW - 2 * HOUR),)
        assert outbox.depth(conn) == 3
        outbox.sent(conn, delivery.id, "m1", NOW, by="me")
        assert gauges.owed(conn) == (Owed("telegram", 2, NOW - HOUR),)
