from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from store import channels, coverage, edits, events, outbox, reports
from treaties.model import Event, Report, Role
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def tell(conn: Connection, *addresses: str) -> list[int]:
    """Owe one alert to a channel of each address."""
    rows = [channels.sync(conn, "console", address, title=address) for address in addresses]
    for row in rows:
        outbox.queue(conn, row, key="alert:e", kind="alert", payload={"title": "x", "sources": 1}, now=NOW)
    return rows


def owed(conn: Connection) -> list[tuple[str, str, Any]]:
    return [(row.key, row.state, row.payload["sources"]) for row in outbox.history(conn)]


def test_an_alert_that_still_waits_takes_the_changes_over(database: Database) -> None:
    with database.transaction() as conn:
        tell(conn, "a")
        assert edits.amend(conn, "alert:e", {"sources": 2}, NOW) == 1
        assert owed(conn) == [("alert:e", "pending", 2)]


def test_an_alert_that_is_out_is_followed_by_one_edit_for_a_burst(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        delivery = outbox.claim(conn, channel, NOW)
        assert delivery
        outbox.sent(conn, delivery.id, "m1", NOW)
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        edits.amend(conn, "alert:e", {"sources": 3}, NOW)
        assert owed(conn) == [("alert:e", "sent", 1), ("alert:e:edit:1", "pending", 3)]
        edit = outbox.claim(conn, channel, NOW)
        assert edit
        assert (edit.edits, edit.payload) == ("m1", {"title": "x", "sources": 3})


def test_changes_that_come_while_an_edit_is_on_its_way_make_another(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        first = outbox.claim(conn, channel, NOW)
        assert first
        outbox.sent(conn, first.id, "m1", NOW)
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        assert outbox.claim(conn, channel, NOW)
        edits.amend(conn, "alert:e", {"sources": 3}, NOW)
        assert owed(conn)[1:] == [("alert:e:edit:1", "sending", 2), ("alert:e:edit:2", "pending", 3)]


def test_what_was_never_told_is_not_edited(database: Database) -> None:
    with database.transaction() as conn:
        assert edits.amend(conn, "alert:e", {"sources": 2}, NOW) == 0
        assert outbox.history(conn) == ()


def test_every_channel_that_was_told_is_brought_up_to_date(database: Database) -> None:
    with database.transaction() as conn:
        one, _ = tell(conn, "a", "b")
        delivery = outbox.claim(conn, one, NOW)
        assert delivery
        outbox.sent(conn, delivery.id, "m1", NOW)
        assert edits.amend(conn, "alert:e", {"sources": 2}, NOW) == 2
        assert owed(conn) == [("alert:e", "sent", 1), ("alert:e", "pending", 2), ("alert:e:edit:1", "pending", 2)]


def test_the_newest_of_some_messages_is_found(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        outbox.queue(conn, channel, key="alert:f", kind="alert", payload={}, now=NOW)
        assert outbox.newest(conn, channel, ["alert:e", "alert:f", "alert:g"]) == "alert:f"
        assert outbox.newest(conn, channel, ["alert:g"]) is None
        assert outbox.newest(conn, channel, []) is None


def test_coverage_says_which_report_tells_of_which_event(database: Database) -> None:
    with database.transaction() as conn:
        row = reports.remember(conn, Report("r1", "A title", url="https://a.example/1"), feed=None, now=NOW)
        assert row is not None
        event = events.add_event(conn, Event("e1", "LV", "ottawa", Stage.ANNOUNCED, None), NOW)
        events.cover(conn, row, event.id, Role.NEWS)
        (told,) = coverage.told(conn)
        assert (told.report, told.url, told.event, told.role) == ("r1", "https://a.example/1", "e1", Role.NEWS)
        assert (told.state, told.treaty, told.stage) == ("LV", "ottawa", Stage.ANNOUNCED)
