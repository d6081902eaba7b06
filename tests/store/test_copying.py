"""Copying a store: everything arrives whatever the two kinds are, and the copy goes on where the other stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from store import audit, channels, copying, events, feeds, outbox, reports
from store.database import Database, StoreError
from store.feeds import FeedSpec
from store.tables import metadata
from treaties.model import Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewUrl

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest) -> Iterator[Database]:
    urls: NewUrl = request.getfixturevalue(f"{request.param}_urls")
    with Database(urls()) as opened:
        yield opened


def fill(database: Database, many: int = 3) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec("https://a.example/rss", "A", "LV", "lv")])
        room = channels.sync(conn, "console", "out", title="Out\U0001f600")
        made = Event(
            "e1", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 9, 1)), (Source("A", url="https://a.example"),)
        )
        event = events.add_event(conn, made, NOW)
        outbox.queue(conn, room, key="alert:e1", kind="alert", payload={"a": ["é", None]}, now=NOW)
        audit.record(conn, who="Anna", action="x", subject="y", detail={"z": 1}, now=NOW)
        for number in range(many):
            report = Report(f"r{number}", "Title\u0000 – ж", published=NOW)
            row = reports.remember(conn, report, feed=None, now=NOW)
            assert row is not None
            claim = Claim("LV", "ottawa", Stage.ANNOUNCED, None, Role.NEWS, "q", "r")
            reports.save_reading(conn, row, Reading(report.id, Label.DEVELOPMENT, "en", (claim,), "r"))
            reports.save_verdict(conn, row, 0, Verdict(VerdictKind.KNOWN, "k", event.id))
            events.cover(conn, row, event.id, Role.NEWS)


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


def test_everything_arrives(database: Database, target: Database) -> None:
    fill(database)
    told: list[tuple[str, int]] = []
    copied = copying.copy(database, target, lambda table, rows: told.append((table, rows)))
    assert everything(target) == everything(database)
    assert copied.total == sum(rows for _, rows in told) > 8
    assert copied.rows["reports"] == 3


def test_more_than_a_batch_arrives(database: Database, target: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BATCH", 4)
    fill(database, 11)
    copying.copy(database, target)
    assert everything(target) == everything(database)


def test_the_copy_goes_on(database: Database, target: Database) -> None:
    fill(database)
    copying.copy(database, target)
    with target.transaction() as conn:
        row = reports.remember(conn, Report("new", "New"), feed=None, now=NOW)
        assert row is not None
        assert row > 3
        assert reports.remember(conn, Report("r1", "Old"), feed=None, now=NOW) is None


def test_a_store_that_is_not_empty_is_left_as_it_is(database: Database, target: Database) -> None:
    fill(database)
    fill(target, 1)
    before = everything(target)
    with pytest.raises(StoreError, match="the target is not empty"):
        copying.copy(database, target)
    assert everything(target) == before


def test_a_copy_that_breaks_off_leaves_nothing(database: Database, target: Database) -> None:
    fill(database)

    def broken(table: str, _rows: int) -> None:
        if table == "reports":
            raise RuntimeError("pulled out")

    with pytest.raises(RuntimeError):
        copying.copy(database, target, broken)
    assert not any(everything(target).values())
