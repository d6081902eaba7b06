"""Digests in the store: each channel's own, each moment in exactly one, filtered like alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.digests import Digests, digest_for, gather
from store import channels, coverage, events, feeds, held, outbox, reports
from store.channels import STOPPED, Subscription
from store.database import Database
from store.feeds import FeedSpec
from store.held import Held
from treaties.alerts import alert_key
from treaties.digest import Digest, Question, TakingEffect, decode
from treaties.model import Case, Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.outbox import OutboxRow
    from tests.conftest import NewUrl

OTTAWA = Treaty(
    "ottawa",
    "Convention on Mines",
    "Mine Ban Treaty",
    {},
    in_force=date(1999, 3, 1),
    clause=Clause("Article 20", "from_receipt_by_depositary", "P6M", "Six months after the notice."),
)
KNOWLEDGE = Knowledge({"ottawa": OTTAWA}, {"LV": State("LV", "Latvia", {})}, (), {}, ())
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
BEGINNING = datetime(2025, 9, 24, 7, tzinfo=UTC)
NOON = datetime(2025, 9, 24, 12, tzinfo=UTC)
DUE = datetime(2025, 9, 25, 7, tzinfo=UTC)
DEPOSITARY = "https://depositary.example/xml"
VOTE = Event(
    "lv-vote",
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    When(date(2025, 9, 24)),
    (Source("Tide Table", report="lv-vote"),),
)


def look(database: Database, now: datetime = DUE) -> int:
    """The program looks whether a digest is due."""
    return Digests(database, KNOWLEDGE, frozenset({DEPOSITARY})).queue_due(now)


def add_channel(database: Database, address: str = "C1", *, first: datetime | None = BEGINNING, **given: Any) -> int:
    """A channel at which the program looked first at that moment."""
    with database.transaction() as conn:
        row = channels.sync(conn, "console", address, title=address, **given)
    if first:
        assert look(database, first) == 0
    return row


def happened(database: Database, event: Event = VOTE, now: datetime = NOON, lang: str = "lv") -> None:
    """An event is recorded from a report."""
    with database.transaction() as conn:
        events.add_event(conn, event, now)
        row = reports.remember(conn, Report(event.id, "…", lang=lang), feed=None, now=now)
        assert row is not None
        events.cover(conn, row, event.id, Role.NEWS)


def told(  # noqa: PLR0913, PLR0917 - a report and what is made of it
    database: Database, name: str, kind: VerdictKind, treaty: str = "ottawa", now: datetime = NOON, lang: str = "en"
) -> int:
    """A report with one claim on which the verdict is such."""
    claim = Claim("LV", treaty, None, None, Role.NEWS, "…", "…")
    report = Report(name, f"Story {name}", outlet="Tide Table", country="LV")
    with database.transaction() as conn:
        row = reports.remember(conn, report, feed=None, now=now)
        assert row is not None
        reports.save_reading(conn, row, Reading(name, Label.TALK, lang, (claim,), "…"))
        reports.save_verdict(conn, row, 0, Verdict(kind, "…"))
    return row


def queued(database: Database) -> tuple[OutboxRow, ...]:
    with database.reading() as conn:
        return tuple(row for row in outbox.history(conn) if row.kind == "digest")


def digests(database: Database) -> list[Digest]:
    return [decode(row.payload) for row in queued(database)]


def the_digest(database: Database) -> Digest:
    """The one digest of the day, once it is due."""
    assert look(database) == 1
    (only,) = digests(database)
    return only


def spans(database: Database, zone: str = "UTC") -> list[tuple[str, str]]:
    """The periods of the digests as the clocks of a zone show them."""
    here = ZoneInfo(zone)
    return [
        (f"{one.start.astimezone(here):%m-%d %H:%M}", f"{one.end.astimezone(here):%m-%d %H:%M}")
        for one in digests(database)
    ]


def test_a_digest_tells_what_the_period_held(database: Database) -> None:
    add_channel(database)
    happened(database)
    told(database, "t1", VerdictKind.TALK)
    told(database, "t2", VerdictKind.UNSURE)
    digest = the_digest(database)
    (step,) = digest.developments
    assert (step.case, step.stage, step.opens, step.alerted) == (("LV", "ottawa"), VOTE.stage, True, False)
    assert (step.reports, step.voices) == (1, 1)
    (talk,) = digest.talk
    assert [(mention.title, mention.label) for mention in talk.mentions] == [("Story t1", Label.TALK)]
    assert (digest.reports, digest.waiting, digest.questions) == (3, 1, ())
    assert queued(database)[0].key == "digest:2025-09-25T07:00Z"


def test_a_channel_gets_its_first_digest_when_its_next_period_ends(database: Database) -> None:
    add_channel(database, first=None)
    happened(database)
    assert [look(database, NOON), look(database, DUE - SECOND), look(database, DUE)] == [0, 0, 1]
    assert spans(database) == [("09-24 07:00", "09-25 07:00")]


def test_a_period_is_told_once_however_often_it_is_asked_for(database: Database) -> None:
    add_channel(database)
    happened(database)
    assert [look(database, DUE + timedelta(minutes=n)) for n in (0, 1, 600)] == [1, 0, 0]


def test_a_restart_at_the_time_of_the_digest_sends_it_once(database_url: str) -> None:
    with Database(database_url) as before:
        add_channel(before)
        assert look(before, DUE - SECOND) == 0
    for moment, due in ((DUE, 1), (DUE, 0), (DUE + SECOND, 0)):
        with Database(database_url) as after:
            assert look(after, moment) == due


def test_two_that_look_at_once_send_one(database: Database) -> None:
    add_channel(database)
    with database.reading() as conn:
        (seen_by_both,) = channels.enabled(conn)
    with database.transaction() as conn:
        assert channels.digested(conn, seen_by_both, DUE, seen_by_both.digest_seen)
        assert not channels.digested(conn, seen_by_both, DUE, seen_by_both.digest_seen)


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        ("Europe/Riga", "2025-03-28T07:00", [24, 23, 24]),
        ("Europe/Riga", "2025-10-24T07:00", [24, 25, 24]),
        ("America/New_York", "2025-03-07T07:00", [24, 23, 24]),
        ("America/New_York", "2025-10-31T07:00", [24, 25, 24]),
    ],
    ids=["Riga, spring", "Riga, autumn", "New York, spring", "New York, autumn"],
)
def test_digests_keep_their_local_time_when_the_clocks_change(
    database: Database, zone: str, first: str, expected: list[int]
) -> None:
    start = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    add_channel(database, timezone=zone, first=start)
    for hours in range(1, 4 * 24):
        look(database, start + hours * HOUR)
    found = digests(database)
    assert [(one.end - one.start) / HOUR for one in found][: len(expected)] == expected
    assert {end[-5:] for _, end in spans(database, zone)} == {"07:00"}


@pytest.mark.parametrize(
    ("zone", "at", "eve", "expected"),
    [
        ("Europe/Riga", "03:30", "2025-03-29T00:00", ["03-29 03:30", "03-30 04:30", "03-31 03:30"]),
        ("Europe/Riga", "03:30", "2025-10-25T00:00", ["10-25 03:30", "10-26 03:30", "10-27 03:30"]),
        ("America/New_York", "02:30", "2025-03-08T00:00", ["03-08 02:30", "03-09 03:30", "03-10 02:30"]),
        ("America/New_York", "01:30", "2025-11-01T00:00", ["11-01 01:30", "11-02 01:30", "11-03 01:30"]),
    ],
    ids=["Riga, skipped", "Riga, twice", "New York, skipped", "New York, twice"],
)
def test_a_time_that_the_clocks_skip_or_show_twice_gives_one_digest_a_day(
    database: Database, zone: str, at: str, eve: str, expected: list[str]
) -> None:
    start = datetime.fromisoformat(eve).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    add_channel(database, timezone=zone, digest_at=at, first=start)
    for quarters in range(3 * 96):
        look(database, start + quarters * HOUR / 4)
    assert [end for _, end in spans(database, zone)] == expected


def test_after_three_days_of_outage_one_digest_tells_of_all_of_it(database: Database) -> None:
    add_channel(database)
    assert look(database) == 1
    for day in range(3):
        happened(database, replace(VOTE, id=f"day {day}"), NOON + (day + 1) * DAY)
    assert [look(database, DUE + 3 * DAY + 5 * HOUR), look(database, DUE + 3 * DAY + 6 * HOUR)] == [1, 0]
    assert look(database, DUE + 4 * DAY) == 1
    assert spans(database) == [
        ("09-24 07:00", "09-25 07:00"),
        ("09-25 07:00", "09-28 07:00"),
        ("09-28 07:00", "09-29 07:00"),
    ]
    assert [len(one.developments) for one in digests(database)] == [0, 3, 0]


def test_a_weekly_digest_covers_the_week_up_to_monday_also_after_an_outage(database: Database) -> None:
    monday = datetime(2025, 9, 22, 5, 30, tzinfo=UTC)
    add_channel(database, digest="weekly", digest_at="08:30", timezone="Europe/Riga", first=monday)
    assert look(database, monday + 7 * DAY - SECOND) == 0
    assert look(database, monday + 7 * DAY) == 1
    assert look(database, monday + 23 * DAY) == 1
    zone = "Europe/Riga"
    assert spans(database, zone) == [("09-22 08:30", "09-29 08:30"), ("09-29 08:30", "10-13 08:30")]


def test_what_is_stored_late_stands_in_the_next_digest(database: Database) -> None:
    add_channel(database)
    assert look(database) == 1
    # Polled before the period ended, stored after somebody looked at it.
    happened(database, now=DUE - SECOND)
    told(database, "t1", VerdictKind.TALK, now=DUE - SECOND)
    assert look(database, DUE + DAY) == 1
    _, late = digests(database)
    assert (len(late.developments), len(late.talk), late.reports, late.coverage.reports) == (1, 1, 2, 1)
    assert late.developments[0].opens
    assert look(database, DUE + 2 * DAY) == 1
    assert digests(database)[-1].developments == ()


def test_a_step_that_waited_for_a_second_voice_stands_in_the_digest_of_the_day_it_was_told(database: Database) -> None:
    add_channel(database)
    happened(database)
    with database.transaction() as conn:
        held.hold(conn, Held(VOTE.id, 1, 0, VerdictKind.NEW_CASE, "…", NOON, NOON))
    assert the_digest(database).developments == ()
    with database.transaction() as conn:
        held.drop(conn, VOTE.id, DUE + HOUR)
    assert look(database, DUE + DAY) == 1
    assert [one.opens for one in digests(database)[-1].developments] == [True]
    assert look(database, DUE + 2 * DAY) == 1
    assert digests(database)[-1].developments == ()


def test_an_empty_digest_comes_unless_it_is_switched_off(database: Database) -> None:
    add_channel(database, "all")
    add_channel(database, "some", digest_empty=False)
    assert look(database) == 1
    assert the_rows(database) == {"all": 1}
    happened(database, now=NOON + DAY)
    assert look(database, DUE + DAY) == 2
    assert the_rows(database) == {"all": 2, "some": 1}
    # Nothing lies between: the empty day is dealt with.
    assert spans(database)[-1] == ("09-25 07:00", "09-26 07:00")


def the_rows(database: Database) -> dict[str, int]:
    """How many digests each channel was owed."""
    with database.reading() as conn:
        titles = {channel.id: channel.title for channel in channels.enabled(conn)}
    owed = [titles[row.channel_id] for row in queued(database)]
    return {title: owed.count(title) for title in owed}


def test_digests_that_were_off_begin_anew(database: Database) -> None:
    add_channel(database)
    add_channel(database, digest="off", first=DUE)
    happened(database)
    assert look(database, DUE + 5 * DAY) == 0
    add_channel(database, digest="daily", first=DUE + 20 * DAY + HOUR)
    assert look(database, DUE + 21 * DAY) == 1
    assert spans(database) == [("10-15 07:00", "10-16 07:00")]


def test_a_chat_that_was_stopped_gets_no_digest_of_the_time_in_between(database: Database) -> None:
    row = add_channel(database)
    with database.transaction() as conn:
        channels.disable(conn, row, STOPPED, NOON)
    assert look(database) == 0
    add_channel(database, first=DUE + 9 * DAY)
    assert look(database, DUE + 10 * DAY) == 1
    assert spans(database) == [("10-04 07:00", "10-05 07:00")]


def test_each_channel_has_its_own_time(database: Database) -> None:
    add_channel(database, "riga", timezone="Europe/Riga", first=NOON)
    add_channel(database, "new york", timezone="America/New_York", first=NOON)
    moments = (datetime(2025, 9, 25, hour, minute, tzinfo=UTC) for hour, minute in ((3, 59), (4, 0), (10, 59), (11, 0)))
    assert [look(database, moment) for moment in moments] == [0, 1, 0, 1]


def test_a_zone_that_there_is_not_costs_no_other_channel_its_digest(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    add_channel(database, "sound")
    add_channel(database, "broken", timezone="Atlantis/Capital", first=None)
    assert look(database) == 1
    assert "no digest for channel" in caplog.text


def test_a_disabled_channel_gets_no_digest(database: Database) -> None:
    channel = add_channel(database)
    with database.transaction() as conn:
        channels.disable(conn, channel, "gone", NOON)
    assert look(database) == 0


def test_quiet_hours_hold_a_digest(database: Database) -> None:
    row = add_channel(database)
    with database.transaction() as conn:
        (before,) = channels.enabled(conn)
        channels.save(conn, before, replace(before, quiet_from="06:00", quiet_to="08:00"), who="Ann", now=NOON)
    assert look(database) == 1
    with database.transaction() as conn:
        assert outbox.claim(conn, row, DUE + 59 * timedelta(minutes=1)) is None
        assert outbox.claim(conn, row, DUE + HOUR) is not None


def test_the_language_is_that_of_the_moment_at_which_it_is_sent(database: Database) -> None:
    row = add_channel(database)
    assert look(database) == 1
    add_channel(database, lang="de", first=None)
    with database.transaction() as conn:
        delivery = outbox.claim(conn, row, DUE)
    assert delivery
    assert delivery.lang == "de"
    assert "headline" not in delivery.payload


def collected(database: Database) -> Digest:
    """What the first channel's digest of the day would hold."""
    with database.reading() as conn:
        (first, *_) = channels.enabled(conn)
        return digest_for(conn, first, gather(conn, BEGINNING, DUE, {DEPOSITARY}), KNOWLEDGE, DUE)


def test_a_channel_hears_only_what_it_subscribed_to(database: Database) -> None:
    add_channel(
        database, subscription=Subscription(treaties=frozenset({"ottawa"}), stages=frozenset({Stage.SIGNED_INTO_LAW}))
    )
    happened(database)
    happened(database, replace(VOTE, id="signed", stage=Stage.SIGNED_INTO_LAW))
    happened(database, replace(VOTE, id="other", stage=Stage.SIGNED_INTO_LAW, treaty="tides"))
    told(database, "t1", VerdictKind.TALK)
    told(database, "t2", VerdictKind.REACTION, treaty="tides")
    digest = collected(database)
    assert [(one.case, one.stage) for one in digest.developments] == [(("LV", "ottawa"), Stage.SIGNED_INTO_LAW)]
    assert [one.mentions[0].title for one in digest.talk] == ["Story t1"]
    assert (digest.reports, digest.coverage.reports) == (5, 1)


def test_a_channel_hears_only_what_is_told_in_its_languages(database: Database) -> None:
    add_channel(database, subscription=Subscription(langs=frozenset({"en"})))
    happened(database, lang="lv")
    happened(database, replace(VOTE, id="english"), lang="en-GB")
    told(database, "t1", VerdictKind.TALK, lang="ru")
    told(database, "t2", VerdictKind.TALK, lang="en")
    digest = collected(database)
    assert len(digest.developments) == 1
    assert [one.mentions[0].title for one in digest.talk] == ["Story t2"]


def test_a_muted_case_stands_in_no_digest_as_long_as_it_is_muted(database: Database) -> None:
    row = add_channel(database)
    happened(database)
    told(database, "t1", VerdictKind.TALK)
    with database.transaction() as conn:
        channels.mute(conn, row, "LV", "ottawa", until=DUE + SECOND, who="Ann", now=NOON)
    assert collected(database).is_empty
    with database.transaction() as conn:
        channels.mute(conn, row, "LV", "ottawa", until=DUE, who="Ann", now=NOON)
    assert not collected(database).is_empty


def test_what_this_channel_was_alerted_to_is_marked(database: Database) -> None:
    row = add_channel(database)
    other = add_channel(database, "other")
    names = ("sent", "withheld", "elsewhere", "joint")
    for name in names:
        happened(database, replace(VOTE, id=name, state={"sent": "LV", "joint": "LT"}.get(name, name[:2].upper())))
    with database.transaction() as conn:
        events.tell_with(conn, "joint", "sent")
        outbox.queue(conn, row, key=alert_key("sent"), kind="alert", payload={}, now=NOON)
        outbox.queue(conn, other, key=alert_key("elsewhere"), kind="alert", payload={}, now=NOON)
        outbox.queue_all(conn, {row: "muted"}, key=alert_key("withheld"), kind="alert", payload={}, now=NOON)
    found = {one.state: one.alerted for one in collected(database).developments}
    assert found == {"LV": True, "WI": False, "EL": False, "LT": True}


def test_a_case_of_which_something_was_known_is_not_new(database: Database) -> None:
    add_channel(database)
    happened(database, replace(VOTE, id="before", stage=Stage.ANNOUNCED), BEGINNING - SECOND)
    happened(database)
    with database.transaction() as conn:
        events.seed(conn, [Case("EE", "ottawa", (replace(VOTE, id="listed", state="EE"),))], NOON)
    happened(database, replace(VOTE, id="ee", state="EE", stage=Stage.SIGNED_INTO_LAW))
    happened(database, replace(VOTE, id="lt", state="LT"))
    assert [(one.state, one.opens) for one in collected(database).developments] == [
        ("LT", True),
        ("EE", False),
        ("LV", False),
    ]


def test_a_digest_leaves_out_what_lies_before_and_after_its_period(database: Database) -> None:
    add_channel(database)
    stages = (Stage.ANNOUNCED, Stage.BILL_SUBMITTED, Stage.PARLIAMENT_PASSED, Stage.SIGNED_INTO_LAW)
    moments = (BEGINNING - SECOND, BEGINNING, DUE - SECOND, DUE)
    for stage, moment in zip(stages, moments, strict=True):
        happened(database, replace(VOTE, id=stage, stage=stage), moment)
    digest = collected(database)
    assert [one.stage for one in digest.developments] == [Stage.BILL_SUBMITTED, Stage.PARLIAMENT_PASSED]
    assert digest.reports == 2


def test_what_was_known_from_the_start_is_no_news(database: Database) -> None:
    add_channel(database)
    with database.transaction() as conn:
        events.seed(conn, [Case("LV", "ottawa", (VOTE,))], NOON)
    assert collected(database).developments == ()


def test_a_digest_looks_ninety_days_ahead(database: Database) -> None:
    add_channel(database)
    notified = replace(VOTE, stage=Stage.NOTIFIED_DEPOSITARY)
    # Six months after the notice: the 90th day from the end of the period, and the one after it.
    happened(database, replace(notified, id="in time", when=When(date(2025, 6, 24))), BEGINNING - DAY)
    happened(database, replace(notified, id="later", state="EE", when=When(date(2025, 6, 25))), BEGINNING - DAY)
    assert collected(database).coming == (TakingEffect("LV", "ottawa", date(2025, 12, 24), sure=True),)


def test_who_hears_no_end_of_an_exit_is_not_told_of_its_day(database: Database) -> None:
    add_channel(database, subscription=Subscription(stages=frozenset({Stage.ANNOUNCED})))
    happened(database, replace(VOTE, stage=Stage.NOTIFIED_DEPOSITARY, when=When(date(2025, 6, 24))))
    assert collected(database).coming == ()


def test_dates_that_sources_disagree_on_are_told_in_the_period_in_which_they_do(database: Database) -> None:
    add_channel(database)
    says = [Source(f"Outlet {day}", report=f"r{day}", says=When(date(2025, 9, day))) for day in (23, 24)]
    happened(database, replace(VOTE, sources=(says[0],)), BEGINNING - DAY)
    happened(database, replace(VOTE, id="later", state="EE", sources=(says[0],)), BEGINNING - DAY)
    assert collected(database).disputes == ()
    with database.transaction() as conn:
        events.add_source(conn, VOTE.id, says[1], NOON)
    (dispute,) = collected(database).disputes
    assert dispute.dates == ((When(date(2025, 9, 23)), ("Outlet 23",)), (When(date(2025, 9, 24)), ("Outlet 24",)))
    with database.transaction() as conn:
        events.add_source(conn, "later", replace(says[1], report="r"), DUE)
    assert len(collected(database).disputes) == 1


@pytest.mark.parametrize("role", ["reviewers", "owner"])
def test_those_who_judge_are_told_what_waits(database: Database, role: Any) -> None:
    add_channel(database, role=role)
    for number in range(5):
        told(database, f"u{number}", VerdictKind.UNSURE, now=BEGINNING - DAY)
    digest = collected(database)
    assert (digest.waiting, digest.questions) == (5, (Question("LV", "ottawa", None),) * 3)
    assert not digest.is_empty


def test_coverage_is_told_by_outlet_country_and_language(database: Database) -> None:
    add_channel(database)
    for name, kind, lang in (
        ("a", VerdictKind.NEW_CASE, "lv"),
        ("b", VerdictKind.KNOWN, "lv"),
        ("c", VerdictKind.TALK, "en"),
    ):
        told(database, name, kind, lang=lang)
    told(database, "d", VerdictKind.BACKGROUND)
    found = collected(database).coverage
    assert (found.reports, found.outlets.most, found.countries.most) == (3, (("Tide Table", 3),), (("LV", 3),))
    assert (found.languages.total, found.languages.most) == (2, (("lv", 2), ("en", 1)))


def test_a_digest_says_how_many_feeds_are_well_and_when_a_depositary_was_read(database: Database) -> None:
    add_channel(database)
    with database.transaction() as conn:
        names = ("well", "ill", "gone", "new", "depositary", "twin")
        feeds.sync(conn, [FeedSpec(f"https://{name}.example/xml", name) for name in names])
        well, ill, gone, _, depositary, twin = feeds.all_feeds(conn)
        feeds.save(conn, well._replace(last_ok=NOON))
        feeds.save(conn, ill._replace(last_ok=NOON, failures=2))
        feeds.save(conn, gone._replace(last_ok=NOON, gone=True))
        feeds.save(conn, depositary._replace(last_ok=NOON + HOUR))
        assert feeds.join(conn, twin.id, well.address)
    found = collected(database).feeds
    assert (found.healthy, found.total, found.depositary) == (2, 5, NOON + HOUR)


def test_languages_are_those_of_the_reports_of_each_event(database: Database) -> None:
    happened(database, lang="pt-BR")
    happened(database, replace(VOTE, id="other"), lang="")
    with database.reading() as conn:
        found = coverage.languages_by_event(conn, {VOTE.id, "other", "none"})
    assert found == {VOTE.id: {"pt"}, "other": {None}, "none": frozenset()}


ZONES = st.sampled_from(["Europe/Riga", "America/New_York", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe"])
TIMES = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
PAUSES = st.lists(st.timedeltas(timedelta(), timedelta(days=9)), min_size=1, max_size=12)
ANY_TIME = st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ANY_TIME, pauses=PAUSES, zone=ZONES, at=TIMES, every=st.sampled_from(["daily", "weekly"]), late=st.data())
def test_every_report_stands_in_exactly_one_digest(  # noqa: PLR0913, PLR0917 - each is one thing that chance decides
    sqlite_urls: NewUrl,
    first: datetime,
    pauses: Sequence[timedelta],
    zone: str,
    at: str,
    every: str,
    late: st.DataObject,
) -> None:
    with Database(sqlite_urls()) as database:
        add_channel(database, timezone=zone, digest_at=at, digest=every, first=first)
        now, count = first, 0
        for pause in pauses:
            came = now + pause * late.draw(st.sampled_from([0.0, 0.5, 1.0]))
            # A poll that began a while ago is stored now, whatever was looked at meanwhile.
            began = came - late.draw(st.sampled_from([timedelta(), SECOND, HOUR]))
            told(database, f"r{count}", VerdictKind.TALK, now=max(began, first))
            count += 1
            now += pause
            assert look(database, now) <= 1
            assert look(database, now) == 0
        assert look(database, now + 8 * DAY) == 1
        found = digests(database)
    assert sum(one.reports for one in found) == count
    assert [one.start for one in found][1:] == [one.end for one in found][:-1]
