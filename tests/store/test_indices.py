"""Handling a report never reads through all that is stored: it takes as long on the last day as on the first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import event as sqlalchemy_event

from store import channels, coverage, edits, events, feeds, gauges, held, looking, outbox, provisional, reports
from store.audience import audience
from treaties.model import Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
SOURCE = Source("Wire", "https://wire.example/1", report="r1")
VOTE = Event("fi-ottawa-vote", "FI", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 6, 19)), (SOURCE,))
CLAIM = Claim("FI", "ottawa", VOTE.stage, VOTE.when, Role.NEWS, "votes", "voted")


def handle_and_deliver(conn: Connection, channel: int) -> None:
    row = reports.remember(conn, Report("r1", "News"), feed=None, now=NOW)
    assert row is not None
    reports.save_reading(conn, row, Reading("r1", Label.DEVELOPMENT, "en", (CLAIM,), "read"))
    provisional.bound_to(conn, "provisional:tides")
    provisional.tellings(conn, "FI", NOW.date())
    events.case(conn, "FI", "ottawa")
    stored = events.add_event(conn, VOTE, NOW)
    events.add_source(conn, stored.id, SOURCE, NOW)
    events.cover(conn, row, stored.id, Role.NEWS)
    events.prefer(conn, stored.id, When(date(2025, 6, 20)), NOW)
    reports.save_verdict(conn, row, 0, Verdict(VerdictKind.NEW_CASE, "new", stored.id))
    outbox.queue(conn, channel, key="alert", kind="alert", payload={}, now=NOW, reply_to_key="before")
    outbox.waiting(conn, NOW)
    outbox.abandoned(conn, NOW)
    outbox.tried_since(conn, "console", NOW)
    delivery = outbox.claim(conn, channel, NOW)
    assert delivery is not None
    outbox.sent(conn, delivery.id, "m1", NOW)
    outbox.newest(conn, ["alert", "before"])
    outbox.recover(conn, NOW)
    looking.message_of(conn, channel, "alert")
    edits.amend(conn, "alert", {"sources": []}, NOW)
    coverage.languages(conn, [stored.id])
    audience(conn, ["FI"], "ottawa", VOTE.stage, ["fi"], NOW)
    held.find(conn, stored.id)
    held.due(conn, NOW)
    reports.of_ids(conn, ["r1", "r2"])
    reports.at(conn, row)
    reports.find(conn, "r1")
    feeds.due(conn, NOW)


def plans_of(database: Database, ask: Callable[[Connection, int], object]) -> list[tuple[str, str]]:
    """How SQLite finds the rows of each statement, with the statement."""
    asked: list[tuple[str, Any]] = []

    def listen(_conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.append((statement, parameters))

    with database.transaction() as conn:
        channel = channels.sync(conn, "console", "out", title="Console")
        sqlalchemy_event.listen(conn, "before_cursor_execute", listen)
        ask(conn, channel)
        sqlalchemy_event.remove(conn, "before_cursor_execute", listen)
        return [
            (row.detail, statement)
            for statement, parameters in asked
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def test_every_step_finds_its_rows_by_an_index(sqlite_database: Database) -> None:
    plans = plans_of(sqlite_database, handle_and_deliver)
    assert len(plans) > 20
    # There are few channels, and few bindings: people make them. They may be read through.
    few = {"SCAN channels", "SCAN treaty_bindings", "SCAN CONSTANT ROW"}
    assert [plan for plan in plans if plan[0].startswith("SCAN") and plan[0] not in few] == []


def test_what_is_owed_is_found_without_reading_through_what_was_told(sqlite_database: Database) -> None:
    def ask(conn: Connection, _channel: int) -> None:
        outbox.depth(conn)
        gauges.owed(conn)

    found = [plan for plan, _ in plans_of(sqlite_database, ask) if "outbox" in plan]
    assert len(found) == 2
    assert all("state=?" in plan for plan in found)
