"""One statement for many rows: stored as SQLAlchemy would store them, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, update

from store import feeds
from store.feeds import FeedSpec
from store.many import execute_many
from store.tables import feeds as table

if TYPE_CHECKING:
    from store.database import Database
    from store.feeds import FeedState

NOW = datetime(2025, 10, 1, 9, 30, 0, 250, tzinfo=UTC)
NAMES = ("feed", "moment", "flag", "text", "bytes", "number")
STATEMENT = (
    update(table)
    .where(table.c.id == bindparam("feed"), table.c.gone.is_(False))
    .values(
        next_poll=bindparam("moment", type_=table.c.next_poll.type),
        validated=bindparam("flag", type_=table.c.validated.type),
        last_error=bindparam("text", type_=table.c.last_error.type),
        etag=bindparam("bytes", type_=table.c.etag.type),
        rhythm=bindparam("number", type_=table.c.rhythm.type),
    )
)


@pytest.fixture
def stored(database: Database) -> tuple[FeedState, ...]:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(f"https://{name}.example/feed", name) for name in ("one", "two", "three")])
        return feeds.all_feeds(conn)


def test_values_of_every_kind_are_stored_as_they_are_elsewhere(
    database: Database, stored: tuple[FeedState, ...]
) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    rows = [
        (stored[0].id, elsewhere, True, "a\0b % %(feed)s ? :x", b'"\xff\x00"', 1.5),
        (stored[1].id, None, None, None, None, None),
    ]
    with database.transaction() as conn:
        assert execute_many(conn, STATEMENT, NAMES, rows) == 2
    with database.reading() as conn:
        first, second, third = feeds.all_feeds(conn)
    assert first == stored[0]._replace(
        next_poll=NOW, validated=True, last_error="a\ufffdb % %(feed)s ? :x", etag=b'"\xff\x00"', rhythm=1.5
    )
    assert (second, third) == stored[1:]


def test_it_tells_how_many_rows_were_found(database: Database, stored: tuple[FeedState, ...]) -> None:
    row = (NOW, True, None, None, None)
    with database.transaction() as conn:
        assert execute_many(conn, STATEMENT, NAMES, []) == 0
        assert execute_many(conn, STATEMENT, NAMES, iter([(stored[0].id, *row), (99, *row)])) == 1


def test_a_moment_without_an_offset_is_refused_here_too(database: Database, stored: tuple[FeedState, ...]) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without an offset"), database.transaction() as conn:
        execute_many(conn, STATEMENT, NAMES, [(stored[0].id, naive, None, None, None, None)])
