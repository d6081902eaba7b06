"""The owner hears once of a job that has not ended in its time, and once when it runs in time again."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.lateness import tell_late
from bot.wiring.observing import Observed
from config.settings import load_settings
from store import channels, jobs, outbox

if TYPE_CHECKING:
    from store.database import Database

BEGAN = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = ("poll", "deliver")


def ran(database: Database, name: str, started: datetime, finished: datetime | None = None) -> None:
    """A run of a job that is to end every ten minutes."""
    with database.transaction() as conn:
        jobs.started(conn, name, started, 600)
        if finished:
            jobs.finished(conn, name, finished)


def look(database: Database, minutes: float, *, began: datetime = BEGAN) -> tuple[str, ...]:
    return tell_late(database, NAMES, BEGAN + minutes * MINUTE, began)


def told(database: Database) -> list[tuple[str, list[str]]]:
    with database.reading() as conn:
        notices = [row.payload for row in outbox.history(conn) if row.kind == "notice"]
        return [(one["headline"], one["lines"]) for one in notices]


@pytest.fixture
def owned(database: Database) -> Database:
    with database.transaction() as conn:
        channels.sync(conn, "console", "owner", title="Owner", role="owner")
        channels.sync(conn, "console", "public", title="All")
    return database


def test_a_job_that_hangs_is_told_once_and_once_when_it_is_well(owned: Database) -> None:
    ran(owned, "deliver", BEGAN, BEGAN)
    ran(owned, "poll", BEGAN)
    assert look(owned, 9) == ()
    ran(owned, "deliver", BEGAN + 9 * MINUTE, BEGAN + 9 * MINUTE)
    assert [look(owned, minutes) for minutes in (11, 12, 13)] == [("poll",), (), ()]
    ran(owned, "poll", BEGAN + 14 * MINUTE, BEGAN + 15 * MINUTE)
    assert [look(owned, minutes) for minutes in (16, 17)] == [("poll",), ()]
    assert told(owned) == [
        ("Job poll has not ended in its time", ["job poll last ended at no time; it must every 600 seconds"]),
        ("Job poll runs in time again", ["it was late at 2025-10-01T09:41:00+00:00"]),
    ]


def test_another_spell_is_told_of_again(owned: Database) -> None:
    for minutes in (0, 100):
        ran(owned, "poll", BEGAN + minutes * MINUTE, BEGAN + minutes * MINUTE)
        look(owned, minutes + 1)
        look(owned, minutes + 20)
    assert [headline for headline, _ in told(owned)] == [
        "Job poll has not ended in its time",
        "Job poll runs in time again",
        "Job poll has not ended in its time",
    ]


def test_a_restart_neither_repeats_nor_forgets_what_was_told(owned: Database) -> None:
    ran(owned, "poll", BEGAN)
    assert look(owned, 11) == ("poll",)
    again = BEGAN + 30 * MINUTE
    ran(owned, "poll", again)
    assert [look(owned, minutes, began=again) for minutes in (31, 45)] == [(), ()]
    ran(owned, "poll", again + 20 * MINUTE, again + 20 * MINUTE)
    assert look(owned, 51, began=again) == ("poll",)
    assert len(told(owned)) == 2


def test_a_program_that_was_off_for_a_day_gives_its_jobs_their_time(owned: Database) -> None:
    for name in NAMES:
        ran(owned, name, BEGAN, BEGAN)
    again = BEGAN + timedelta(days=1)
    ran(owned, "poll", again)
    assert look(owned, 24 * 60 + 1, began=again) == ()
    # Of a job that does not even begin, too.
    assert look(owned, 24 * 60 + 11, began=again) == NAMES
    assert told(owned)[1][1] == ["job deliver last ended at 2025-10-01 09:30:00+00:00; it must every 600 seconds"]


async def test_a_job_that_hangs_in_the_scheduler_is_told_while_the_others_run(owned: Database) -> None:
    observed, ended = Observed(load_settings(None, {}), owned), asyncio.Event()
    scheduler = observed.scheduler()
    scheduler.every(600, "poll", ended.wait, limit=0.01)
    scheduler.start()
    try:
        async with asyncio.timeout(30):
            while not told(owned):
                await observed._tell_late()
    finally:
        await scheduler.stop()
    assert [headline for headline, _ in told(owned)] == ["Job poll has not ended in its time"]


async def test_a_machine_that_was_asleep_gives_its_jobs_their_time(
    owned: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = BEGAN
    monkeypatch.setattr("bot.wiring.start._now", lambda: now)
    observed = Observed(load_settings(None, {}), owned)
    for name in NAMES:
        observed._started(name, BEGAN, 600)
        observed._finished(name, BEGAN, None)
    for minutes in (1, 2, 60, 61, 64, 68):
        now = BEGAN + minutes * MINUTE
        await observed._tell_late()
    assert told(owned) == []
    observed._finished("poll", now, None)
    now = BEGAN + 71 * MINUTE
    await observed._tell_late()
    assert [headline for headline, _ in told(owned)] == ["Job deliver has not ended in its time"]


def test_where_no_owner_is_the_log_tells(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ran(database, "poll", BEGAN)
    look(database, 11)
    ran(database, "poll", BEGAN + 12 * MINUTE, BEGAN + 12 * MINUTE)
    look(database, 13)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "job poll last ended at no time; it must every 600 seconds"),
        ("INFO", "job poll runs in time again"),
    ]
    assert told(database) == []
