from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from store import channels, coverage, edits, events, outbox, reports
from treaties.model import Event, Report, Role
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database
    from store.outbox import Delivery

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAUSE = outbox.EDIT_PAUSE
LATER = NOW + PAUSE
SECOND = timedelta(seconds=1)


def tell(conn: Connection, *addresses: str) -> list[int]:
    """Owe one alert to a channel of each address."""
    rows = [channels.sync(conn, "console", address, title=address) for address in addresses]
    for row in rows:
        outbox.queue(conn, row, key="alert:e", kind="alert", payload={"title": "x", "sources": 1}, now=NOW)
    return rows


def claim(conn: Connection, channel: int, now: datetime) -> Delivery:
    delivery = outbox.claim(conn, channel, now)
    assert delivery
    return delivery


def send(conn: Connection, channel: int, message_id: str) -> None:
    outbox.sent(conn, claim(conn, channel, NOW).id, message_id, NOW)


def owed(conn: Connection) -> list[tuple[str, str, Any]]:
    return [(row.key, row.state, row.payload["sources"]) for row in outbox.history(conn)]


def test_an_alert_that_still_waits_takes_the_changes_over(database: Database) -> None:
    with database.transaction() as conn:
        tell(conn, "a")
        assert edits.amend(conn, "alert:e", {"sources": 2}, NOW) == 1
        assert owed(conn) == [("alert:e", "pending", 2)]


def test_an_alert_that_is_out_is_edited_once_for_a_burst(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        edits.amend(conn, "alert:e", {"sources": 3}, NOW)
        edit = claim(conn, channel, LATER)
        assert (edit.kind, edit.edits, edit.payload) == ("edit", "m1", {"title": "x", "sources": 3})
        outbox.sent(conn, edit.id, "m1", LATER)
        assert outbox.claim(conn, channel, LATER + PAUSE) is None


def test_no_message_is_edited_more_often_than_once_a_minute(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        for sources, since, until in ((2, NOW, LATER), (3, LATER, LATER + PAUSE)):
            edits.amend(conn, "alert:e", {"sources": sources}, since)
            assert outbox.claim(conn, channel, until - SECOND) is None
            assert outbox.waiting(conn, until - SECOND) == ()
            edit = claim(conn, channel, until)
            assert edit.payload["sources"] == sources
            outbox.sent(conn, edit.id, "m1", until)


def test_changes_that_come_while_an_edit_is_on_its_way_make_another(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        first = claim(conn, channel, LATER)
        edits.amend(conn, "alert:e", {"sources": 3}, LATER)
        assert outbox.claim(conn, channel, LATER + PAUSE) is None
        outbox.sent(conn, first.id, "m1", LATER)
        assert claim(conn, channel, LATER + PAUSE).payload["sources"] == 3


def test_changes_that_come_while_the_message_itself_is_on_its_way_make_an_edit(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        first = claim(conn, channel, NOW)
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        assert outbox.claim(conn, channel, NOW) is None
        outbox.sent(conn, first.id, "m1", NOW)
        edit = claim(conn, channel, LATER)
        assert (edit.edits, edit.payload["sources"]) == ("m1", 2)


def test_what_changes_nothing_makes_no_edit(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        assert edits.amend(conn, "alert:e", {"sources": 1}, NOW) == 0
        assert outbox.claim(conn, channel, LATER) is None


def test_later_changes_keep_earlier_ones(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"title": "y"}, NOW)
        outbox.sent(conn, claim(conn, channel, LATER).id, "m1", LATER)
        edits.amend(conn, "alert:e", {"sources": 2}, LATER)
        assert claim(conn, channel, LATER + PAUSE).payload == {"title": "y", "sources": 2}


def test_a_message_that_cannot_be_edited_any_more_is_left_alone(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        outbox.failed(conn, claim(conn, channel, LATER).id, "message to edit not found", LATER, for_good=True)
        edits.amend(conn, "alert:e", {"sources": 3}, LATER)
        assert outbox.claim(conn, channel, LATER + PAUSE) is None
        assert [(row.state, row.upkeep) for row in outbox.history(conn)] == [("sent", "closed")]


def test_an_edit_that_is_refused_waits_for_the_next_change(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        outbox.failed(conn, claim(conn, channel, LATER).id, "odd entities", LATER)
        assert outbox.claim(conn, channel, LATER + PAUSE) is None
        edits.amend(conn, "alert:e", {"sources": 3}, LATER)
        assert claim(conn, channel, LATER + PAUSE).payload["sources"] == 3


def test_an_edit_that_did_not_arrive_is_tried_again_and_holds_up_no_message(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        outbox.retry(conn, claim(conn, channel, LATER).id, "no network", LATER + PAUSE)
        outbox.queue(conn, channel, key="alert:f", kind="alert", payload={}, now=LATER)
        assert claim(conn, channel, LATER).key == "alert:f"


def test_a_crash_during_an_edit_edits_again_without_a_mark(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        claim(conn, channel, LATER)
        assert outbox.recover(conn, LATER + outbox.LEASE) == 0
        again = claim(conn, channel, LATER + outbox.LEASE)
        assert (again.edits, again.possible_repeat) == ("m1", False)


def test_the_edit_of_a_possible_repeat_keeps_its_mark(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        first = claim(conn, channel, NOW)
        outbox.unknown(conn, first.id, "timed out", NOW, NOW)
        send(conn, channel, "m1")
        edits.amend(conn, "alert:e", {"sources": 2}, NOW)
        again = claim(conn, channel, LATER)
        assert (again.edits, again.possible_repeat) == ("m1", True)


def test_what_was_never_told_is_not_edited(database: Database) -> None:
    with database.transaction() as conn:
        assert edits.amend(conn, "alert:e", {"sources": 2}, NOW) == 0
        assert outbox.history(conn) == ()


def test_every_channel_that_was_told_is_brought_up_to_date(database: Database) -> None:
    with database.transaction() as conn:
        one, _ = tell(conn, "a", "b")
        send(conn, one, "m1")
        assert edits.amend(conn, "alert:e", {"sources": 2}, NOW) == 2
        assert owed(conn) == [("alert:e", "sent", 2), ("alert:e", "pending", 2)]
        assert [row.upkeep for row in outbox.history(conn)] == ["stale", "fresh"]


def test_the_newest_of_some_messages_is_found(database: Database) -> None:
    with database.transaction() as conn:
        (channel,) = tell(conn, "a")
        outbox.queue(conn, channel, key="alert:f", kind="alert", payload={}, now=NOW)
        assert outbox.newest(conn, ["alert:e", "alert:f", "alert:g"]) == {channel: "alert:f"}
        assert outbox.newest(conn, ["alert:g"]) == {}
        assert outbox.newest(conn, []) == {}


def test_coverage_says_which_report_tells_of_which_event(database: Database) -> None:
    with database.transaction() as conn:
        row = reports.remember(conn, Report("r1", "A title", url="https://a.example/1"), feed=None, now=NOW)
        assert row is not None
        event = events.add_event(conn, Event("e1", "LV", "ottawa", Stage.ANNOUNCED, None), NOW)
        events.cover(conn, row, event.id, Role.NEWS)
        (told,) = coverage.told(conn)
        assert (told.report, told.url, told.event, told.role) == ("r1", "https://a.example/1", "e1", Role.NEWS)
        assert (told.state, told.treaty, told.stage) == ("LV", "ottawa", Stage.ANNOUNCED)
