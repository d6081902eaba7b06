"""Feeds in trouble are told of once, together, and again only when it is another spell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from store import channels, feeds, outbox
from store.feeds import FeedSpec
from watchers.troubles import MOST_LINES, tell_troubles

if TYPE_CHECKING:
    from store.database import Database
    from store.feeds import FeedState

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)


def listed(database: Database, count: int = 1) -> list[FeedState]:
    specs = [FeedSpec(f"https://{number}.example/rss?key=secret", f"Wire {number}") for number in range(count)]
    with database.transaction() as conn:
        feeds.sync(conn, specs)
        return list(feeds.all_feeds(conn))


def saved(database: Database, *states: FeedState) -> None:
    with database.transaction() as conn:
        feeds.save(conn, *states)


def notices(database: Database) -> list[dict[str, Any]]:
    with database.reading() as conn:
        return [row.payload for row in outbox.history(conn) if row.kind == "notice"]


def failing(state: FeedState, since: datetime) -> FeedState:
    return state._replace(failures=9, failing_since=since, asked_at=NOW, last_error="answers HTTP 500")


@pytest.fixture
def owned(database: Database) -> Database:
    with database.transaction() as conn:
        channels.sync(conn, "console", "owner", title="Owner", role="owner")
        channels.sync(conn, "console", "public", title="All")
    return database


def test_a_trouble_is_told_once_and_again_when_it_comes_back(owned: Database) -> None:
    (state,) = listed(owned)
    assert tell_troubles(owned, NOW) == 0
    saved(owned, failing(state, NOW - timedelta(days=2)))
    assert [tell_troubles(owned, NOW) for _ in range(3)] == [1, 0, 0]
    (told,) = notices(owned)
    assert told == {
        "headline": "A feed needs a look",
        "lines": ["Wire 0, https://0.example/rss?…: has failed since 2025-11-20 12:00 UTC: answers HTTP 500"],
        "about": "feeds",
        "n": 1,
    }
    saved(owned, state._replace(last_ok=NOW, asked_at=NOW))
    assert tell_troubles(owned, NOW) == 0
    with owned.reading() as conn:
        assert [feed.told for feed in feeds.all_feeds(conn)] == [None]
    saved(owned, failing(state, NOW - timedelta(days=1)))
    assert tell_troubles(owned, NOW + timedelta(hours=1)) == 1
    assert len(notices(owned)) == 2


def test_a_feed_that_was_told_of_does_not_count_as_healthy(owned: Database) -> None:
    (state,) = listed(owned)
    quiet = state._replace(last_ok=NOW, asked_at=NOW, last_item=NOW - timedelta(days=9), rhythm=60.0, longest_gap=60.0)
    saved(owned, quiet)
    assert quiet.healthy
    tell_troubles(owned, NOW)
    with owned.reading() as conn:
        assert not feeds.all_feeds(conn)[0].healthy
    assert "has published nothing since 2025-11-13" in notices(owned)[0]["lines"][0]


def test_many_feeds_are_told_of_in_one_message(owned: Database) -> None:
    count = MOST_LINES + 3
    saved(owned, *(failing(state, NOW - timedelta(days=2)) for state in listed(owned, count)))
    assert tell_troubles(owned, NOW) == count
    (told,) = notices(owned)
    assert told["headline"] == f"{count} feeds need a look"
    assert (len(told["lines"]), told["lines"][-1]) == (MOST_LINES + 1, "and 3 more")


def test_a_feed_that_is_gone_is_told_of(owned: Database) -> None:
    (state,) = listed(owned)
    saved(owned, state._replace(gone=True, asked_at=NOW, last_error="answers HTTP 410"))
    assert [tell_troubles(owned, NOW) for _ in range(2)] == [1, 0]
    assert "HTTP 410" in notices(owned)[0]["lines"][0]


def test_without_an_owner_it_stands_in_the_log(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    (state,) = listed(database)
    saved(database, failing(state, NOW - timedelta(days=2)))
    assert [tell_troubles(database, NOW) for _ in range(2)] == [1, 0]
    assert caplog.text.count("no owner can be told: Wire 0") == 1
    assert "secret" not in caplog.text
