from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.digests import Digests, collect
from store import channels, events, feeds, outbox, reports
from store.channels import Subscription
from store.feeds import FeedSpec
from treaties.model import Case, Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.registry import Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.channels import ChannelRow
    from store.database import Database
    from store.outbox import OutboxRow

KNOWLEDGE = Knowledge(
    {"ottawa": Treaty("ottawa", "Convention on Mines", "Mine Ban Treaty", {})},
    {"LV": State("LV", "Latvia", {})},
    (),
    {},
    (),
)
DAY = timedelta(days=1)
NOON = datetime(2025, 9, 24, 12, tzinfo=UTC)
DUE = datetime(2025, 9, 25, 7, tzinfo=UTC)
VOTE = Event("lv-vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 9, 24)), (Source("Tide Table"),))


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def add_channel(database: Database, address: str = "C1", **settings: Any) -> int:
    with database.transaction() as conn:
        return channels.sync(conn, "console", address, title=address, **settings)


def happened(database: Database, event: Event = VOTE, now: datetime = NOON) -> None:
    """An event is recorded from a report."""
    with database.transaction() as conn:
        events.add_event(conn, event, now)
        reports.remember(conn, Report(event.id, "…"), feed=None, now=now)


def told(database: Database, name: str, kind: VerdictKind, treaty: str = "ottawa", now: datetime = NOON) -> None:
    """A report with one claim on which the verdict is such."""
    claim = Claim("LV", treaty, None, None, Role.NEWS, "…", "…")
    with database.transaction() as conn:
        row = reports.remember(conn, Report(name, f"Story {name}", outlet="Tide Table"), feed=None, now=now)
        assert row is not None
        reports.save_reading(conn, row, Reading(name, Label.TALK, "en", (claim,), "…"))
        reports.save_verdict(conn, row, 0, Verdict(kind, "…"))


def queue_due(database: Database, now: datetime = DUE) -> int:
    return Digests(database, KNOWLEDGE).queue_due(now)


def queued(database: Database) -> tuple[OutboxRow, ...]:
    with database.reading() as conn:
        return outbox.history(conn)


def channel_row(database: Database) -> ChannelRow:
    with database.reading() as conn:
        return channels.enabled(conn)[0]


def test_a_digest_tells_what_the_period_held(database: Database) -> None:
    add_channel(database)
    happened(database)
    told(database, "t1", VerdictKind.TALK)
    told(database, "t2", VerdictKind.UNSURE)
    assert queue_due(database) == 1
    (row,) = queued(database)
    assert (row.kind, row.key) == ("digest", "digest:2025-09-25T07:00Z")
    assert row.payload["headline"] == "Digest 24 Sep 07:00 to 25 Sep 07:00"
    assert row.payload["lines"] == [
        ["🇱🇻 Latvia – Mine Ban Treaty: passed by parliament", "strong", None],
        "24 September 2025 · 1 report, 1 independent",
        "",
        ["Talk", "strong", None],
        ["🇱🇻 Latvia – Mine Ban Treaty: “Story t1” (Tide Table)", "plain", None],
        "",
        ["1 waiting for review", "small", None],
        ["3 reports read · feeds healthy: 0 of 0", "small", None],
    ]


def test_a_digest_is_in_the_language_of_its_channel(database: Database) -> None:
    add_channel(database, lang="de")
    happened(database)
    queue_due(database)
    assert queued(database)[0].payload["headline"] == "Übersicht 24. Sept., 07:00 – 25. Sept., 07:00"


def test_a_period_is_told_once_however_often_it_is_asked_for(database: Database) -> None:
    add_channel(database)
    happened(database)
    assert [queue_due(database, DUE + timedelta(minutes=n)) for n in (0, 1, 600)] == [1, 0, 0]
    assert len(queued(database)) == 1


def test_the_next_period_begins_where_the_last_ended(database: Database) -> None:
    add_channel(database)
    happened(database)
    queue_due(database)
    later = replace(VOTE, id="later", stage=Stage.SIGNED_INTO_LAW)
    happened(database, later, DUE)
    queue_due(database, DUE + DAY)
    first, second = queued(database)
    assert "passed by parliament" in first.payload["lines"][0][0]
    assert "signed into law" in second.payload["lines"][0][0]
    assert len(second.payload["lines"]) == 4


def test_after_an_outage_one_digest_tells_of_all_of_it(database: Database) -> None:
    add_channel(database)
    happened(database)
    queue_due(database)
    happened(database, replace(VOTE, id="later", stage=Stage.SIGNED_INTO_LAW), DUE + DAY)
    assert queue_due(database, DUE + 5 * DAY) == 1
    *_, last = queued(database)
    assert last.payload["headline"] == "Digest 25 Sep 07:00 to 30 Sep 07:00"
    assert "signed into law" in last.payload["lines"][0][0]


def test_a_quiet_period_is_told_once_something_was_told_before(database: Database) -> None:
    add_channel(database)
    happened(database)
    queue_due(database)
    assert queue_due(database, DUE + DAY) == 1
    assert queued(database)[1].payload["lines"][0] == "No new development."


def test_before_the_bot_saw_anything_nothing_is_told(database: Database) -> None:
    add_channel(database)
    assert queue_due(database) == 0


@pytest.mark.parametrize(("rhythm", "due"), [("off", 0), ("daily", 1), ("weekly", 1)])
def test_each_channel_has_its_rhythm(database: Database, rhythm: str, due: int) -> None:
    add_channel(database, digest=rhythm)
    happened(database, now=NOON - 7 * DAY)
    happened(database, replace(VOTE, id="later"), NOON)
    assert queue_due(database) == due


def test_a_weekly_digest_covers_the_week_up_to_monday(database: Database) -> None:
    add_channel(database, digest="weekly", digest_at="08:30", timezone="Europe/Riga")
    happened(database)
    monday = datetime(2025, 9, 29, 5, 30, tzinfo=UTC)
    assert queue_due(database, monday - timedelta(minutes=1)) == 0
    assert queue_due(database, monday) == 1
    assert queued(database)[0].payload["headline"] == "Digest 22 Sep 08:30 to 29 Sep 08:30"


def test_a_digest_comes_at_the_channels_own_time(database: Database) -> None:
    add_channel(database, "C1", timezone="Europe/Riga")
    add_channel(database, "C2", timezone="America/New_York")
    happened(database)
    assert queue_due(database, datetime(2025, 9, 25, 4, tzinfo=UTC)) == 1
    assert queue_due(database, datetime(2025, 9, 25, 10, 59, tzinfo=UTC)) == 0
    assert queue_due(database, datetime(2025, 9, 25, 11, tzinfo=UTC)) == 1
    assert [row.payload["headline"] for row in queued(database)] == ["Digest 24 Sep 07:00 to 25 Sep 07:00"] * 2


def test_a_disabled_channel_gets_no_digest(database: Database) -> None:
    channel = add_channel(database)
    happened(database)
    with database.transaction() as conn:
        channels.disable(conn, channel, "gone", NOON)
    assert queue_due(database) == 0


def test_a_channel_hears_only_what_it_subscribed_to(database: Database) -> None:
    add_channel(
        database, subscription=Subscription(treaties=frozenset({"ottawa"}), stages=frozenset({Stage.SIGNED_INTO_LAW}))
    )
    happened(database)
    happened(database, replace(VOTE, id="signed", stage=Stage.SIGNED_INTO_LAW))
    happened(database, replace(VOTE, id="other", stage=Stage.SIGNED_INTO_LAW, treaty="tides"))
    told(database, "t1", VerdictKind.TALK)
    told(database, "t2", VerdictKind.REACTION, treaty="tides")
    with database.reading() as conn:
        digest = collect(conn, channel_row(database), DUE - DAY, DUE)
    assert [event.id for event in digest.developments] == ["signed"]
    assert [mention.title for mention in digest.mentions] == ["Story t1"]
    assert digest.reports == 5


def test_a_digest_leaves_out_what_lies_before_and_after_its_period(database: Database) -> None:
    add_channel(database)
    for number, moment in enumerate((DUE - DAY - timedelta(seconds=1), DUE - DAY, DUE - timedelta(seconds=1), DUE)):
        happened(database, replace(VOTE, id=f"e{number}"), moment)
    with database.reading() as conn:
        digest = collect(conn, channel_row(database), DUE - DAY, DUE)
    assert [event.id for event in digest.developments] == ["e1", "e2"]
    assert digest.reports == 2


def test_what_was_known_from_the_start_is_no_news(database: Database) -> None:
    add_channel(database)
    with database.transaction() as conn:
        events.seed(conn, [Case("LV", "ottawa", (VOTE,))], NOON)
        digest = collect(conn, channels.enabled(conn)[0], DUE - DAY, DUE)
    assert digest.developments == ()


def test_a_digest_says_how_many_feeds_are_well(database: Database) -> None:
    add_channel(database)
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(f"https://{name}.example/rss", name) for name in ("well", "ill", "gone", "new")])
        well, ill, gone, _ = feeds.all_feeds(conn)
        feeds.save(conn, replace(well, last_ok=NOON))
        feeds.save(conn, replace(ill, last_ok=NOON, failures=2))
        feeds.save(conn, replace(gone, last_ok=NOON, gone=True))
        digest = collect(conn, channels.enabled(conn)[0], DUE - DAY, DUE)
    assert digest.feeds_total == 4
    assert digest.feeds_healthy == 1
