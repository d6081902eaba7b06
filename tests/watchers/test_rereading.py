"""Rereading all stored reports: with the same rules nothing changes, and with other rules every change is told."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from config.knowledge import load
from config.labelled import load_labelled
from store import events, outbox, provisional, reports
from treaties.changes import Changes
from treaties.labelled import stream
from treaties.model import Case, Claim, Event, Label, Reading, Report, Role, Source, When
from treaties.reading.read import Reader
from treaties.stages import Stage
from watchers.pipeline import Pipeline
from watchers.rereading import reread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from store.database import Database
    from store.reports import StoredReport

NOW = datetime(2025, 4, 17, 9, 30, tzinfo=UTC)
LISTED = Event("listed", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 1, 5)), (Source("Archive"),))
KNOWN = (Case("LV", "ottawa", (LISTED,)),)
OWN_REPORTS = Path(__file__).parents[1] / "reports"
SAMPLE = 60


class PreparedReader:
    """Reads every report as the test has prepared it; an exception is raised."""

    def __init__(self) -> None:
        self.prepared: dict[str, Reading | Exception] = {}

    def prepare(self, name: str, *claims: Claim, label: Label = Label.DEVELOPMENT) -> None:
        self.prepared[name] = Reading(name, label, "en", claims, "prepared")

    def read(self, report: Report) -> Reading:
        reading = self.prepared[report.id]
        if isinstance(reading, Exception):
            raise reading
        return reading


def claim(stage: Stage | None, when: date, **changes: object) -> Claim:
    made = Claim("LV", "ottawa", stage, When(when), Role.NEWS, "words", "reason", dated=True)
    return replace(made, **changes)  # type: ignore[arg-type]


def pipeline(database: Database, reader: object) -> Pipeline:
    """A pipeline over the database, in which the listed events are."""
    with database.transaction() as conn:
        events.seed(conn, KNOWN, NOW)
    return Pipeline(database, cast("Reader", reader))


def tell(database: Database, reader: PreparedReader, names: Iterable[str]) -> None:
    """The reports come in, an hour apart, the last written first."""
    running = pipeline(database, reader)
    for hours, name in enumerate(names):
        published = NOW + timedelta(days=30 - hours)
        report = Report(name, f"Story {name}", published=published, outlet=f"Outlet {name}")
        running.handle(report, feed=None, now=NOW + timedelta(hours=hours))


def reread_with(stored: Database, fresh: Database, reader: object) -> Changes:
    running = pipeline(fresh, reader)
    with stored.reading() as conn:
        return reread(conn, running)


def busy_stream(reader: PreparedReader) -> list[str]:
    """Reports of many steps of two cases, in no order, some set aside, some of nothing, some unsure."""
    chance = random.Random(7)
    names = [f"r{number}" for number in range(100)]
    for name in names:
        day = date(2025, 1, 1) + timedelta(days=chance.randrange(300))
        stage = chance.choice([None, *Stage])
        told = [
            claim(stage, day, dated=chance.random() < 0.5, confidence=chance.choice([0.3, 0.9]))
            for _ in range(chance.randrange(3))
        ]
        told = [replace(one, state=chance.choice(["LV", "FI"])) for one in told]
        reader.prepare(name, *told, label=Label.DEVELOPMENT if told else Label.NONE)
    reader.prepared["r10"] = ValueError("bad rule")
    return names


def test_with_the_same_rules_nothing_changes(database: Database, sqlite_urls: Callable[[], str]) -> None:
    reader = PreparedReader()
    tell(database, reader, busy_stream(reader))
    with type(database)(sqlite_urls()) as fresh:
        assert reread_with(database, fresh, reader) == Changes(100)
        with fresh.reading() as again, database.reading() as stored:
            assert events.cases(again) == events.cases(stored)
            assert len(events.cases(again)[0].events) > 3


def test_the_projects_own_reports_give_the_same_known_set_again(
    database: Database, sqlite_urls: Callable[[], str]
) -> None:
    knowledge = load()
    reader = Reader(knowledge)
    told = [row for row in load_labelled(OWN_REPORTS, knowledge) if row.label is Label.DEVELOPMENT]
    first = Pipeline(database, reader, treaties=knowledge.treaties)
    for report in stream(told)[:SAMPLE]:
        first.handle(report, feed=None, now=report.published or NOW)
    with type(database)(sqlite_urls()) as fresh, database.reading() as stored:
        changes = reread(stored, Pipeline(fresh, reader, treaties=knowledge.treaties))
        assert changes == Changes(reports.count(stored))
        with fresh.reading() as again:
            assert events.cases(again) == events.cases(stored)
            assert len(events.cases(again)) > 5


def test_every_change_of_other_rules_is_told(database: Database, sqlite_urls: Callable[[], str]) -> None:
    before, after = PreparedReader(), PreparedReader()
    vote, signed, notice = Stage.PARLIAMENT_PASSED, Stage.SIGNED_INTO_LAW, Stage.NOTIFIED_DEPOSITARY
    before.prepare("a", claim(vote, date(2025, 4, 16)))
    before.prepare("b", claim(notice, date(2025, 6, 1)))
    before.prepare("c", label=Label.NONE)
    before.prepared["d"] = ValueError("bad rule")
    after.prepare("a", claim(vote, date(2025, 4, 17)))
    after.prepare("b", label=Label.TALK)
    after.prepare("c", claim(signed, date(2025, 5, 1)))
    after.prepare("d", label=Label.NONE)
    tell(database, before, "abcd")
    with type(database)(sqlite_urls()) as fresh:
        changes = reread_with(database, fresh, after)
    assert [event.stage for event in changes.appearing] == [signed]
    assert [event.stage for event in changes.vanishing] == [notice]
    assert [(str(old.when), str(new.when)) for old, new in changes.changing] == [("2025-04-16", "2025-04-17")]
    assert [moved.report for moved in changes.moved] == ["b", "c"]
    assert [(one.report, one.before, one.after) for one in changes.relabelled] == [
        ("b", Label.DEVELOPMENT, Label.TALK),
        ("c", Label.NONE, Label.DEVELOPMENT),
        ("d", None, Label.NONE),
    ]


def test_the_stored_reports_come_in_the_order_in_which_they_were_seen(
    sqlite_database: Database, sqlite_urls: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchers.rereading._PAGE", 2)
    reader = PreparedReader()
    for name in "caebd":
        reader.prepare(name, label=Label.NONE)
    tell(sqlite_database, reader, "caebd")
    seen: list[str] = []

    def shown(items: Iterable[StoredReport], total: int) -> Iterable[StoredReport]:
        assert total == 5
        for item in items:
            seen.append(item.report.id)
            yield item

    with type(sqlite_database)(sqlite_urls()) as fresh, sqlite_database.reading() as conn:
        reread(conn, pipeline(fresh, reader), shown)
        with fresh.reading() as again:
            assert [one.seen_at for one in reports.after(again, 0, 9)] == [NOW + timedelta(hours=h) for h in range(5)]
            assert outbox.history(again) == ()
    assert "".join(seen) == "caebd"


def test_what_reviewers_bound_holds_for_reports_of_before(database: Database, sqlite_urls: Callable[[], str]) -> None:
    reader, name = PreparedReader(), "provisional:mine-convention"
    reader.prepare("a", claim(Stage.PARLIAMENT_PASSED, date(2025, 4, 16), treaty=name))
    tell(database, reader, "a")
    with database.transaction() as conn:
        provisional.bind(conn, name, "ottawa", who="Ada", now=NOW)
    with type(database)(sqlite_urls()) as fresh:
        reread_with(database, fresh, reader)
        with fresh.reading() as again:
            found = reports.find(again, "a")
    assert found
    assert [told.treaty for told, _ in found.claims] == ["ottawa"]


def test_an_edited_report_is_read_in_both_of_its_texts_when_they_came(
    database: Database, sqlite_urls: Callable[[], str]
) -> None:
    """Another outlet tells of the step before the edit does: read by its id alone, the report would come first."""

    class ByTitle(PreparedReader):
        def read(self, report: Report) -> Reading:
            return super().read(replace(report, id=report.title))

    reader = ByTitle()
    reader.prepare("Weighs", claim(Stage.CONSIDERED, date(2025, 4, 17)))
    reader.prepare("Leaves", claim(Stage.BILL_SUBMITTED, date(2025, 4, 20)))
    running = pipeline(database, reader)
    for hours, (name, title) in enumerate((("a", "Weighs"), ("b", "Leaves"), ("a", "Leaves"))):
        told = Report(name, title, url=f"https://{name}.example/", outlet=name, published=NOW)
        running.handle(told, feed=None, now=NOW + timedelta(hours=hours))
    with type(database)(sqlite_urls()) as fresh:
        assert reread_with(database, fresh, reader) == Changes(2)
        with fresh.reading() as again, database.reading() as stored:
            assert events.cases(again) == events.cases(stored)
            voices = [[source.report for source in event.sources] for event in events.cases(again)[0].events]
    assert voices == [[None, "a"], ["b", "a"]]
