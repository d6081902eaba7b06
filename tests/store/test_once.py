"""A law: whatever a report says, and however often it is handled, twice is once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from store import channels, events, outbox, reports
from store.tables import metadata
from treaties.model import Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)

any_text = st.text(st.characters(), max_size=40)  # surrogates and NUL too: feeds send them
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=offsets)  # noqa: DTZ001 - hypothesis wants bounds without zones
any_report = st.builds(
    Report,
    id=any_text,
    title=any_text,
    summary=any_text,
    published=st.none() | moments,
    lang=st.none() | any_text,
    url=st.none() | any_text,
    outlet=st.none() | any_text,
    group=st.none() | any_text,
    official=st.booleans(),
)
any_claim = st.builds(
    Claim,
    state=st.sampled_from(["FI", "LV"]),
    treaty=st.sampled_from(["ottawa", "ccm"]),
    stage=st.sampled_from(Stage),
    when=st.none() | st.dates().map(When),
    role=st.sampled_from(Role),
    quote=any_text,
    reason=any_text,
    confidence=st.floats(0, 1),
)


def handle(conn: Connection, report: Report, claims: tuple[Claim, ...], channel: int) -> bool:
    """What is done with a report, in short: remember, read, match, apply, queue."""
    row = reports.remember(conn, report, feed=None, now=NOW)
    if row is None:
        return False
    reports.save_reading(conn, row, Reading(report.id, Label.DEVELOPMENT, "en", claims, "read"))
    for index, claim in enumerate(claims):
        source = Source(report.outlet or "?", report.url, report=report.id)
        proposal = Event("new", claim.state, claim.treaty, claim.stage or Stage.ANNOUNCED, claim.when, (source,))
        event = events.add_event(conn, proposal, NOW)
        events.cover(conn, row, event.id, claim.role)
        reports.save_verdict(conn, row, index, Verdict(VerdictKind.NEW_CASE, "new", event.id))
        outbox.queue(conn, channel, key=event.id, kind="alert", payload={"title": report.title}, now=NOW)
    return True


def everything(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {table.name: sorted(map(tuple, conn.execute(select(table))), key=repr) for table in metadata.tables.values()}


# Each example takes back what it wrote, so that one database serves them all.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(report=any_report, claims=st.lists(any_claim, max_size=3).map(tuple))
def test_handling_the_same_report_twice_is_handling_it_once(
    database: Database, report: Report, claims: tuple[Claim, ...]
) -> None:
    with database.transaction() as conn:
        channel = channels.sync(conn, "console", "out", title="Console")
        assert handle(conn, report, claims, channel)
        once = everything(conn)
        assert not handle(conn, report, claims, channel)
        assert everything(conn) == once
        conn.rollback()
