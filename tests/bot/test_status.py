"""`treatywatch status`: the facts of `/status`, for people and for scripts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.wiring.stores import JOBS
from store import channels, feeds, jobs, outbox
from store.database import Database
from store.feeds import FeedSpec
from tests.bot.program import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bot.program import Run

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    """A store that a bot has left behind: every job has run."""
    with Database(url) as database:
        database.upgrade()
        with database.transaction() as conn:
            for name in JOBS:
                jobs.started(conn, name, NOW - MINUTE, 600)
                jobs.finished(conn, name, NOW - MINUTE)
        yield database


def test_a_bot_that_is_well_says_so(run: Run, store: Database) -> None:
    with store.transaction() as conn:
        feeds.sync(conn, [FeedSpec("https://a.example/rss", "A"), FeedSpec("https://b.example/rss", "B")])
        state, _ = feeds.all_feeds(conn)
        feeds.save(conn, _well(state))
        owner = channels.sync(conn, "console", "stdout", title="Console")
        outbox.queue(conn, owner, key="k", kind="notice", payload={}, now=NOW)
    code, out, _ = run("status")
    assert code == 0
    assert out.splitlines() == [
        "The bot is at work.",
        "Feeds: 1 of 2 healthy",
        "Last poll: 2025-10-01 09:25:00 UTC",
        "Last report: never",
        "Last alert: never",
        "1 message waits to be sent",
        "Version 0.1.0",
    ]


def _well(state: feeds.FeedState) -> feeds.FeedState:
    return state._replace(last_ok=NOW - 5 * MINUTE, asked_at=NOW - 5 * MINUTE)


def test_a_late_and_a_failing_job_are_named(run: Run, store: Database) -> None:
    with store.transaction() as conn:
        jobs.started(conn, "poll", NOW - 30 * MINUTE, 600)
        jobs.finished(conn, "poll", NOW - 30 * MINUTE)
        jobs.finished(conn, "digest", NOW, "OSError: no room")
    code, out, _ = run("status")
    assert code == 0
    assert out.startswith("Something is not well.\n")
    assert "job poll last ended at 2025-10-01 09:00:00+00:00; it must every 600 seconds\n" in out
    assert "job digest failed last at 2025-10-01 09:30:00 UTC: OSError: no room\n" in out
    found = json.loads(run("status", "--json")[1])
    assert (found["well"], found["late"], found["last_poll"]) == (False, ["poll"], None)
    assert found["jobs"]["poll"] == {
        "started": "2025-10-01T09:00:00+00:00",
        "finished": "2025-10-01T09:00:00+00:00",
        "error": None,
        "limit_seconds": 600.0,
        "late": True,
        "failing_since": None,
    }
    assert found["jobs"]["digest"]["error"] == "OSError: no room"
    assert (found["jobs"]["digest"]["failing_since"], found["failing"]) == ("2025-10-01T09:30:00+00:00", [])


def test_a_job_that_has_failed_for_too_long_is_named_in_status_and_health(run: Run, store: Database) -> None:
    with store.transaction() as conn:
        for minutes in (20, 1):
            jobs.finished(conn, "digest", NOW - minutes * MINUTE, "OSError: no room")
    said = "job digest has failed each time since 2025-10-01 09:10:00+00:00; it must end well every 600 seconds\n"
    _, out, _ = run("status")
    assert f"{said}job digest failed last at 2025-10-01 09:29:00 UTC: OSError: no room\n" in out
    assert json.loads(run("status", "--json")[1])["failing"] == ["digest"]
    assert run("health") == (1, "", f"treatywatch: {said}")


def test_where_nothing_ran_yet_one_line_says_what_to_do(run: Run) -> None:
    code, out, error = run("status")
    assert (code, out) == (1, "")
    assert error.count("\n") == 1
    assert "run `treatywatch db upgrade`" in error
