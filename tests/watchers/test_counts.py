"""What the watchers do is counted and logged, one line for each poll and each verdict, and only what is stored."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from store import feeds
from store.feeds import FeedSpec
from tests.watchers.hostile import answer, item, rss
from treaties.model import Claim, Label, Reading, Report, Role, VerdictKind, When
from treaties.stages import Stage
from watchers.arrivals import Arrival
from watchers.pipeline import Pipeline
from watchers.polling import Poller, PollOptions, PollSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.database import Connection, Database
    from tests.watchers.hostile import HostileServer
    from treaties.reading.read import Reader
    from watchers.fetch import Fetcher

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
TODAY = "Sat, 22 Nov 2025 10:00:00 GMT"
LEAVES = Report("leaves", "Latvia leaves", published=NOW, outlet="Wire", url="https://wire.example/1")
RAIN = Report("rain", "Rain", published=NOW, outlet="Wire")


class Tally:
    """Counts by name, and by what a count is of."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def poll(self, outcome: str) -> None:
        self.counted[f"poll {outcome}"] += 1

    def parse_error(self, kind: str) -> None:
        self.counted[f"parse error {kind}"] += 1

    def reports(self, new: int) -> None:
        self.counted["report"] += new

    def readings(self, label: Label, number: int) -> None:
        self.counted[f"reading {label}"] += number

    def verdict(self, kind: VerdictKind) -> None:
        self.counted[f"verdict {kind}"] += 1

    def set_aside(self) -> None:
        self.counted["set aside"] += 1


class Titles:
    """Reads titles: who leaves makes a claim, who stumbles is a fault of the rules, all else is nothing."""

    def read(self, report: Report) -> Reading:
        if "stumbles" in report.title:
            raise ValueError("bad rule")
        if "leaves" not in report.title:
            return Reading(report.id, Label.NONE, "en", (), "prepared")
        stage = Stage.UPPER_HOUSE_PASSED if "now" in report.title else Stage.LOWER_HOUSE_PASSED
        claim = Claim("LV", "ottawa", stage, When(NOW.date()), Role.NEWS, "quote", "reason")
        return Reading(report.id, Label.DEVELOPMENT, "en", (claim,), "prepared")


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def pipeline(sqlite_database: Database, tally: Tally) -> Pipeline:
    return Pipeline(sqlite_database, cast("Reader", Titles()), counts=tally)


@pytest.fixture
def poller(sqlite_database: Database, fetcher: Fetcher, pipeline: Pipeline, tally: Tally) -> Poller:
    return Poller(sqlite_database, fetcher, pipeline.prepare, PollOptions(jitter=lambda: 0.0, counts=tally))


def listed(database: Database, *urls: str) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, "Wire", lang="en") for url in urls])


def facts(records: Sequence[logging.LogRecord], event: str) -> list[dict[str, Any]]:
    found = (getattr(record, "facts", {}) for record in records)
    return [one for one in found if one.get("event") == event]


async def test_polls_are_counted_by_how_they_went(
    server: HostileServer, poller: Poller, tally: Tally, sqlite_database: Database
) -> None:
    listed(
        sqlite_database,
        server.say("/new", answer(200, rss(item("Latvia leaves", "1", TODAY), item("Rain", "2", TODAY)), ETag='"1"')),
        server.say("/same", answer(200, rss(), ETag='"1"'), answer(304, ETag='"1"')),
        server.say("/gone", answer(410)),
        server.say("/page", answer(200, b"<html><body>Nothing here</body></html>", **{"Content-Type": "text/html"})),
        server.say("/broken", answer(500)),
    )
    assert (await poller.poll_due(NOW)).reports == 2
    assert tally.counted == {
        "poll new": 1,
        "poll unchanged": 1,
        "poll gone": 1,
        "poll failed": 2,
        "parse error no_feed": 1,
        "report": 2,
        "reading development": 1,
        "reading none": 1,
        "verdict new_case": 1,
    }


async def test_a_feed_that_breaks_off_is_counted_and_what_was_whole_of_it_is_taken_in(
    server: HostileServer, poller: Poller, tally: Tally, sqlite_database: Database
) -> None:
    body = rss(item("Rain", "1", TODAY), item("Latvia leaves", "2", TODAY))
    listed(sqlite_database, server.say("/rss", answer(200, body[: body.rindex(b"<item>") + 8])))
    await poller.poll_due(NOW)
    assert (tally.counted["parse error cut_off"], tally.counted["report"]) == (1, 1)


async def test_each_poll_is_one_line_and_one_that_changed_nothing_is_for_debugging(
    server: HostileServer, poller: Poller, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="watchers.polling")
    url = server.say(
        "/rss?key=secret",
        answer(200, rss(item("One", "1", TODAY)), ETag='"1"'),
        answer(304, ETag='"1"'),
        answer(500),
        answer(500),
        answer(200, rss(item("One", "1", TODAY), item("Two", "2", TODAY), item("Three", "3", TODAY)), ETag='"2"'),
    )
    listed(sqlite_database, url)
    for hours in range(0, 15, 3):
        assert await poller.poll_due(NOW + timedelta(hours=hours)) != PollSummary()
    told = [record for record in caplog.records if record.name == "watchers.polling"]
    name = server.url("/rss?…")
    assert [(record.levelname, record.getMessage().partition(";")[0]) for record in told] == [
        ("INFO", f"feed {name}: 1 new report"),
        ("DEBUG", f"feed {name}: unchanged"),
        ("WARNING", f"feed {name}: answers HTTP 500"),
        ("DEBUG", f"feed {name}: answers HTTP 500"),
        ("INFO", f"feed {name}: is well again"),
    ]
    polls = facts(told, "poll")
    assert [one["outcome"] for one in polls] == ["new", "unchanged", "failed", "failed", "new"]
    assert [one["status"] for one in polls] == [200, 304, 500, 500, 200]
    assert [one["reports"] for one in polls] == [1, 0, 0, 0, 2]
    assert {one["feed"] for one in polls} == {name}
    assert "secret" not in caplog.text + repr(polls)


def test_a_verdict_is_one_line_with_its_facts(
    pipeline: Pipeline, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="watchers.pipeline")
    pipeline.handle(LEAVES, feed=None, now=NOW)
    (told,) = facts(caplog.records, "verdict")
    assert told == {
        "event": "verdict",
        "report": "leaves",
        "outlet": "Wire",
        "url": "https://wire.example/1",
        "state": "LV",
        "treaty": "ottawa",
        "stage": "lower_house_passed",
        "date": "2025-11-22",
        "verdict": "new_case",
        "known_event": "lv-ottawa-lower_house_passed-2025-11-22",
        "reason": "nothing is known of this case yet",
        "quiet": False,
        "edited": False,
    }
    assert caplog.messages == ["report leaves: LV ottawa new_case: nothing is known of this case yet"]
    assert tally.counted == {"report": 1, "reading development": 1, "verdict new_case": 1}


def test_what_comes_again_counts_only_where_it_says_something_new(pipeline: Pipeline, tally: Tally) -> None:
    pipeline.handle(LEAVES, feed=None, now=NOW)
    pipeline.handle(LEAVES, feed=None, now=NOW)
    once = tally.counted.copy()
    pipeline.handle(replace(LEAVES, title="Latvia now leaves"), feed=None, now=LATER)
    assert once == {"report": 1, "reading development": 1, "verdict new_case": 1}
    assert tally.counted - once == {"reading development": 1, "verdict new_development": 1}


def test_what_the_rules_stumble_over_is_counted(pipeline: Pipeline, tally: Tally) -> None:
    assert pipeline.handle(replace(RAIN, title="It stumbles"), feed=None, now=NOW) is None
    assert tally.counted == {"report": 1, "set aside": 1}


def test_what_is_taken_back_is_neither_counted_nor_logged(
    pipeline: Pipeline, tally: Tally, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    writes = pipeline.prepare([Arrival(LEAVES, None, NOW), Arrival(RAIN, None, NOW)])

    def written(conn: Connection, *, well: bool) -> None:
        writes(conn)
        if not well:
            raise OSError("no room")

    def in_one(*, well: bool) -> None:
        with sqlite_database.transaction() as conn:
            written(conn, well=well)

    with pytest.raises(OSError, match="no room"):
        in_one(well=False)
    assert (tally.counted, caplog.messages) == ({}, [])
    in_one(well=True)
    assert tally.counted == {"report": 2, "reading development": 1, "reading none": 1, "verdict new_case": 1}
    assert len(caplog.messages) == 1
