"""The owner hears once of a job that has not ended in its time or fails each time, and once when it is well again."""

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


def ran(
    database: Database, name: str, started: datetime, finished: datetime | None = None, error: str | None = None
) -> None:
    """A run of a job that is to end every ten minutes."""
    with database.transaction() as conn:
        jobs.started(conn, name, started, 600)
        if finished:
            jobs.finished(conn, name, finished, error)


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


def fails(database: Database, minutes: float, error: str | None = "OSError: no room") -> None:
    """A short run of a job that ends with an error, or well."""
    moment = BEGAN + minutes * MINUTE
    ran(database, "poll", moment, moment, error)
    ran(database, "deliver", moment, moment)


def test_a_job_that_fails_each_time_is_told_once_and_once_when_it_is_well(owned: Database) -> None:
    found = []
    for minutes in range(16):
        fails(owned, minutes, None if minutes in (0, 15) else f"OSError: no room {minutes}")
        found += [minutes for name in look(owned, minutes) if name == "poll"]
    assert found == [12, 15]
    assert told(owned) == [
        (
            "Job poll fails each time",
            [
                "job poll has failed each time since 2025-10-01 09:31:00+00:00; it must end well every 600 seconds",
                "last error: OSError: no room 12",
            ],
        ),
        ("Job poll ends well again", ["it failed at 2025-10-01T09:42:00+00:00"]),
    ]


def test_a_job_that_ends_well_now_and_then_is_not_told_of(owned: Database) -> None:
    for minutes in range(60):
        fails(owned, minutes, None if minutes % 9 == 0 else "OSError: no room")
        assert look(owned, minutes) == ()


def test_another_spell_of_failures_is_told_of_again(owned: Database) -> None:
    for first in (0, 100):
        fails(owned, first)
        fails(owned, first + 11)
        assert look(owned, first + 11) == ("poll",)
        fails(owned, first + 12, None)
        assert look(owned, first + 12) == ("poll",)
    assert len(told(owned)) == 4


def test_a_restart_neither_repeats_nor_forgets_that_a_job_fails(owned: Database) -> None:
    fails(owned, 0)
    fails(owned, 5)
    again = BEGAN + 6 * MINUTE
    fails(owned, 12)
    assert look(owned, 12, began=again) == ()  # the program has just begun
    fails(owned, 17)
    assert look(owned, 17, began=again) == ("poll",)
    fails(owned, 40)
    assert look(owned, 40, began=BEGAN + 20 * MINUTE) == ()  # it was told by the program before
    fails(owned, 41, None)
    assert look(owned, 41, began=BEGAN + 40 * MINUTE) == ("poll",)


def test_a_job_that_fails_and_then_hangs_is_in_two_troubles(owned: Database) -> None:
    fails(owned, 0)
    fails(owned, 11)
    assert look(owned, 11) == ("poll",)
    ran(owned, "poll", BEGAN + 12 * MINUTE)
    ran(owned, "deliver", BEGAN + 22 * MINUTE, BEGAN + 22 * MINUTE)
    assert look(owned, 22) == ("poll",)
    fails(owned, 23, None)
    assert look(owned, 23) == ("poll",)
    assert [headline for headline, _ in told(owned)] == [
        "Job poll fails each time",
        "Job poll has not ended in its time",
        "Job poll runs in time again",
        "Job poll ends well again",
    ]


async def test_a_job_that_fails_in_the_scheduler_is_told_of(owned: Database) -> None:
    async def fail() -> None:
        raise OSError("no room")

    observed = Observed(load_settings(None, {}), owned)
    scheduler = observed.scheduler()
    scheduler.every(0.01, "poll", fail, limit=0.05)
    scheduler.start()
    try:
        async with asyncio.timeout(30):
            while not any("fails" in headline for headline, _ in told(owned)):
                await observed._tell_late()
    finally:
        await scheduler.stop()
    notices = dict(told(owned))
    assert notices["Job poll fails each time"][1] == "last error: OSError: no room"


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
