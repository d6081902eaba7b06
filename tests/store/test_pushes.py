from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store import feeds, pushes
from store.feeds import FeedSpec
from store.pushes import Push

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


def test_a_push_is_kept_in_place_of_the_one_before_and_forgotten_in_the_end(database: Database) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec("https://a.example/", "A"), FeedSpec("https://b.example/", "B")])
        first, second = (state.id for state in feeds.all_feeds(conn))
        asked = Push(first, "https://hub.example/", "https://a.example/", "token", "secret", "subscribe", NOW)
        other = replace(
            asked, feed=second, token=f"other {asked.token}", asked=None, since=NOW, until=NOW, next_try=NOW, failures=2
        )
        pushes.keep(conn, other)
        pushes.keep(conn, asked)
        assert pushes.all_pushes(conn) == (asked, other)

        promised = replace(asked, token=f"new {asked.token}", asked=None, until=NOW, error="half a pair \ud800")
        pushes.keep(conn, promised)
        pushes.drop(conn, second)
        pushes.drop(conn, second)
        assert pushes.all_pushes(conn) == (replace(promised, error="half a pair ?"),)


def test_only_feeds_that_are_polled_can_be_found(database: Database) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(f"https://{name}.example/", name) for name in ("well", "gone", "unlisted")])
        well, gone, unlisted = feeds.all_feeds(conn)
        feeds.save(conn, gone._replace(gone=True))
        feeds.sync(conn, [well.spec, gone.spec])
        assert feeds.polled_rows(conn) == {well.id}
        assert feeds.polled(conn, well.id) == well
        assert [feeds.polled(conn, row) for row in (gone.id, unlisted.id, 999)] == [None, None, None]
