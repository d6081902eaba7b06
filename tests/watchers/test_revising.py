"""An item that its outlet edits is the same report with a new version."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from store import reports, versions
from tests.watchers.hostile import answer, item, rss
from tests.watchers.test_pipeline import NOW, Desk, claim, kinds
from tests.watchers.test_polling import LATER, TODAY, listed
from tests.watchers.test_polling import NOW as NOON
from treaties.model import Label, Reading, VerdictKind
from treaties.stages import Stage
from treaties.versions import MOST_SUMMARIES, MOST_TITLES
from watchers.polling import Poller, PollOptions, PollSummary

if TYPE_CHECKING:
    from store.database import Database
    from store.versions import Version
    from tests.watchers.hostile import HostileServer
    from watchers.fetch import Fetcher

HOUR = timedelta(hours=1)
WEIGHS, LEAVES = claim(Stage.CONSIDERED), claim(Stage.ANNOUNCED)


@pytest.fixture
def desk(database: Database) -> Desk:
    desk = Desk(database)
    desk.channel()
    return desk


def edited(desk: Desk, name: str = "a") -> Version | None:
    stored = desk.stored(name)
    assert stored
    with desk.database.reading() as conn:
        return versions.latest(conn, stored.row)


def test_an_edit_that_tells_of_a_new_step_alerts_in_reply_and_counts_once(desk: Desk) -> None:
    desk.tell("a", WEIGHS, title="Latvia weighs leaving")
    handled = desk.tell("a", LEAVES, title="Latvia leaves", now=NOW + HOUR)
    assert kinds(handled) == [VerdictKind.NEW_DEVELOPMENT]
    assert [alert.stage for alert in desk.alerts()] == [Stage.CONSIDERED, Stage.ANNOUNCED]
    assert desk.alerts()[1].title == "Latvia leaves"
    assert [len(event.sources) for event in desk.case().events] == [1, 1]
    stored = desk.stored("a")
    assert stored
    assert stored.report.title == "Latvia weighs leaving"
    assert [one.stage for one, _ in stored.claims] == [Stage.CONSIDERED, Stage.ANNOUNCED]
    assert stored.claims[1][0].reason == "the reason; in an edited text"
    version = edited(desk)
    assert version
    assert (version.number, version.title, version.seen_at) == (1, "Latvia leaves", NOW + HOUR)
    assert version.label is Label.DEVELOPMENT
    with desk.database.reading() as conn:
        assert reports.count(conn) == 1


def test_an_edit_that_tells_the_same_step_changes_nothing(desk: Desk) -> None:
    desk.tell("a", LEAVES, title="Latvia leaves")
    before = desk.case()
    handled = desk.tell("a", LEAVES, title="Latvia leaves the convention", now=NOW + HOUR)
    assert handled
    assert (handled.verdicts, handled.alerts) == ((), ())
    assert (desk.case(), len(desk.queued()), len(desk.covered())) == (before, 1, 1)
    version = edited(desk)
    assert version
    assert version.title == "Latvia leaves the convention"


def test_an_edit_that_joins_a_step_others_told_of_is_one_more_source_of_it(desk: Desk) -> None:
    desk.tell("b", LEAVES, title="The cabinet of Latvia decided to leave")
    desk.tell("a", title="Latvia's cabinet meets", label=Label.NONE)
    assert kinds(desk.tell("a", LEAVES, title="Latvia leaves", now=NOW + HOUR)) == [VerdictKind.KNOWN]
    assert [source.report for source in desk.case().events[0].sources] == ["b", "a"]
    assert len(desk.queued()) == 1


def test_a_text_that_was_seen_before_is_no_edit(desk: Desk) -> None:
    """Outlets try headlines in turn, and two feeds of one outlet give one article different teasers."""
    for title, summary in (("One", ""), ("Two", ""), ("One", "more"), ("One", ""), ("Two", ""), ("One", "more")):
        desk.tell("a", WEIGHS, title=title, summary=summary)
    version = edited(desk)
    assert version
    assert (version.number, version.title, version.summary) == (2, "One", "more")


def test_a_version_that_loses_its_claims_undoes_nothing_and_is_kept(desk: Desk) -> None:
    desk.tell("a", LEAVES, title="Latvia leaves")
    before = desk.case()
    handled = desk.tell("a", title="Correction", label=Label.NONE, now=NOW + HOUR)
    assert handled
    assert handled.verdicts == ()
    assert desk.case() == before
    version, stored = edited(desk), desk.stored("a")
    assert version
    assert stored
    assert (version.title, version.label, stored.label) == ("Correction", Label.NONE, Label.DEVELOPMENT)
    assert len(stored.claims) == 1


def test_a_guessed_stage_that_an_edit_names_is_put_right_in_the_alert(desk: Desk) -> None:
    desk.tell("a", claim(None, likely=Stage.ANNOUNCED), title="Latvia quits")
    assert kinds(desk.tell("a", claim(Stage.BILL_SUBMITTED), title="Latvia's cabinet sends bill to quit")) in (
        [VerdictKind.KNOWN],
        [VerdictKind.NEW_DEVELOPMENT],
    )
    assert desk.alerts()[-1].stage is Stage.BILL_SUBMITTED


@pytest.mark.parametrize(("part", "most"), [("title", MOST_TITLES), ("summary", MOST_SUMMARIES)])
def test_what_changes_all_the_time_is_read_a_few_times_a_day(desk: Desk, part: str, most: int) -> None:
    desk.tell("a", label=Label.NONE, title="Live")
    read = [
        desk.tell("a", label=Label.NONE, now=NOW + number * timedelta(minutes=1), **_text(part, number)) is not None
        for number in range(most + 2)
    ]
    assert read == [True] * most + [False] * 2
    version = edited(desk)
    assert version
    assert (version.number, version.reason) == (most + 2, "not read: it was edited too often on this day")
    assert getattr(version, part) == f"minute {most + 1}"
    next_day = desk.tell("a", LEAVES, now=NOW + timedelta(days=1), **_text(part, 99))
    assert kinds(next_day) == [VerdictKind.NEW_CASE]


def _text(part: str, number: int) -> dict[str, Any]:
    return {"title": "Live", part: f"minute {number}"}


def test_an_edit_that_the_rules_stumble_over_leaves_nothing_but_a_note(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.tell("a", WEIGHS, title="Latvia weighs leaving")
    before = desk.case()

    def stumble(*_: Any, **__: Any) -> Any:
        raise ValueError("no such tide")

    with monkeypatch.context() as patch:
        patch.setattr("watchers.pipeline.match", stumble)
        assert desk.tell("a", LEAVES, title="Latvia leaves") is None
    version, stored = edited(desk), desk.stored("a")
    assert version
    assert stored
    assert (version.label, version.reason) == (None, "set aside: ValueError: no such tide")
    assert (stored.error, len(stored.claims), desk.case()) == (None, 1, before)
    assert kinds(desk.tell("a", LEAVES, title="Latvia leaves now")) == [VerdictKind.NEW_DEVELOPMENT]


async def test_a_polled_item_that_is_edited_is_read_again_and_one_that_is_not_costs_nothing(
    server: HostileServer, sqlite_database: Database, fetcher: Fetcher
) -> None:
    first = rss(item("Weighs leaving", "1", TODAY), item("Other", "2", TODAY))
    second = rss(item("Leaves", "1", TODAY), item("Other", "2", TODAY))
    third = rss(item("Leaves", "1", TODAY), item("Other", "2", TODAY), item("Third", "3", TODAY))
    said = [answer(200, body, ETag=f'"{number}"') for number, body in enumerate((first, second, third))]
    listed(sqlite_database, server.say("/rss", *said))
    desk = Desk(sqlite_database)
    read: list[str] = []

    class Noting:
        def read(self, report: Any) -> Any:
            read.append(report.title)
            return desk.reader.read(report)

    desk.pipeline._reader = Noting()  # type: ignore[assignment]
    desk.channel()

    class Prepared(dict[str, Any]):
        def __missing__(self, _: str) -> Any:
            return _reading(read[-1])

    desk.reader.prepared = Prepared()
    poller = Poller(sqlite_database, fetcher, desk.pipeline.prepare, PollOptions(jitter=lambda: 0.0))
    assert await poller.poll_due(NOON) == PollSummary(good=1, reports=2)
    assert await poller.poll_due(LATER) == PollSummary(good=1, reports=1)
    assert await poller.poll_due(LATER + timedelta(minutes=31)) == PollSummary(good=1, reports=1)
    assert sorted(read[:2]) == ["Other", "Weighs leaving"]
    assert read[2:] == ["Leaves", "Third"]
    assert [alert.stage for alert in desk.alerts()] == [Stage.CONSIDERED, Stage.ANNOUNCED]


def _reading(title: str) -> Reading:
    said = {"Weighs leaving": (WEIGHS,), "Leaves": (LEAVES,)}.get(title, ())
    return Reading(title, Label.DEVELOPMENT if said else Label.NONE, "en", said, "prepared")
