"""What tells of nothing is forgotten after a time; what an event rests on never is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot import keeping
from bot.keeping import forget
from store import events, reports
from store.pruning import prune
from treaties.model import Claim, Event, Label, Reading, Report, Role, When
from treaties.stages import Stage

if TYPE_CHECKING:
    import pytest
    from sqlalchemy.engine import Connection

    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=100)
CLAIM = Claim("LV", "istanbul", Stage.ANNOUNCED, When(date(2025, 6, 20)), Role.NEWS, "says", "words", 0.9)


def stored(conn: Connection, name: str, *claims: Claim, seen: datetime = LONG_AGO, day: datetime = LONG_AGO) -> int:
    report = Report(name, f"Title of {name}", published=day)
    row = reports.remember(conn, report, feed=None, now=seen)
    assert row is not None
    label = Label.DEVELOPMENT if claims else Label.NONE
    reports.save_reading(conn, row, Reading(name, label, "en", claims, "why"))
    return row


def left(conn: Connection, *names: str) -> list[str]:
    return [name for name in names if reports.find(conn, name)]


def test_only_what_claims_nothing_and_is_old_goes(database: Database) -> None:
    with database.transaction() as conn:
        stored(conn, "old")
        stored(conn, "claiming", CLAIM)
        covering = stored(conn, "covering")
        event = Event("lv", "LV", "istanbul", Stage.ANNOUNCED, When(date(2025, 6, 20)))
        events.add_event(conn, event, LONG_AGO)
        events.cover(conn, covering, "lv", Role.NEWS)
        stored(conn, "seen lately", seen=NOW)
        stored(conn, "published lately", day=NOW)
        stored(conn, "newest")
        assert prune(conn, NOW - timedelta(days=90), 100) == 1
        names = ("old", "claiming", "covering", "seen lately", "published lately", "newest")
        assert left(conn, *names) == list(names[1:])


def test_a_few_go_at_a_time_and_in_the_end_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 2)
    with database.transaction() as conn:
        for number in range(6):
            stored(conn, str(number))
    with database.transaction() as conn:
        assert prune(conn, NOW, 2) == 2
    with database.reading() as conn:
        assert left(conn, *"012345") == [*"2345"]


async def test_the_job_forgets_until_nothing_old_is_left(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 2)
    with database.transaction() as conn:
        for number in range(6):
            stored(conn, str(number))
    assert await forget(database, 90, NOW) == 5
    assert await forget(database, 90, NOW) == 0
    with database.reading() as conn:
        assert left(conn, *"012345") == ["5"]


def test_what_was_forgotten_and_comes_again_claims_nothing_again(database: Database) -> None:
    with database.transaction() as conn:
        stored(conn, "a")
        stored(conn, "b")
        prune(conn, NOW, 100)
        assert reports.remember(conn, Report("a", "Title of a", published=LONG_AGO), feed=None, now=NOW) is not None
