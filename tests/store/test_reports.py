"""Reports are remembered once, with their reading, their verdicts and the reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from store import events, feeds, reports, reviews
from store.database import StoreError
from store.reports import PlainReport
from treaties.model import (
    Claim,
    Event,
    Label,
    Mention,
    Precision,
    Reading,
    Report,
    Role,
    Verdict,
    VerdictKind,
    When,
)
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
REPORT = Report(
    id="https://example.org/1",
    title="Saeima votes to leave — сейм голосует",
    summary="A long day ended after midnight.",
    published=datetime(2025, 10, 1, 0, 20, tzinfo=timezone(timedelta(hours=3))),
    lang="lv",
    url="https://example.org/1",
    outlet="Daily Example",
    country="LV",
    group="Example Group",
    official=True,
    record=True,
)
VOTE = Claim(
    state="LV",
    treaty="istanbul",
    stage=Stage.PARLIAMENT_PASSED,
    when=When(date(2025, 10, 30)),
    role=Role.NEWS,
    quote="votes to leave",
    reason="parliament + votes + leave",
    confidence=0.9,
    dated=True,
    effective=When(date(2026, 5, 1), Precision.MONTH),
)
PAST = Claim("RU", "echr", None, When(date(2022, 1, 1), Precision.YEAR), Role.BACKGROUND, "left in 2022", "past tense")
READING = Reading(REPORT.id, Label.DEVELOPMENT, "lv", (VOTE, PAST), "one claim is news")


def remembered(database: Database, report: Report, *claims: Claim, seen: datetime = NOW) -> int:
    with database.transaction() as conn:
        row = reports.remember(conn, report, feed=None, now=seen)
        assert row is not None
        reports.save_reading(conn, row, Reading(report.id, Label.DEVELOPMENT, "lv", claims, "because"))
    return row


def decide(database: Database, row: int, index: int, kind: VerdictKind) -> None:
    with database.transaction() as conn:
        reports.save_verdict(conn, row, index, Verdict(kind, "because"))


def test_a_report_is_remembered_once(database: Database) -> None:
    with database.transaction() as conn:
        assert reports.remember(conn, REPORT, feed=None, now=NOW) == 1
        assert reports.remember(conn, replace(REPORT, title="Edited"), feed=None, now=LATER) is None
    with database.transaction() as conn:
        assert reports.remember(conn, REPORT, feed=None, now=LATER) is None
        assert reports.count_between(conn, NOW, LATER + timedelta(days=1)) == 1


def test_a_report_comes_back_as_it_was_with_its_own_calendar_day(database: Database) -> None:
    with database.transaction() as conn:
        row = reports.remember(conn, REPORT, feed=None, now=NOW)
        found = reports.find(conn, REPORT.id)
    assert found == reports.StoredReport(row or 0, REPORT, NOW, None, None, None, None)
    assert found.report.published
    assert found.report.published.date() == date(2025, 10, 1)


def test_a_report_that_says_almost_nothing_comes_back_as_it_was(database: Database) -> None:
    with database.transaction() as conn:
        reports.remember(conn, Report("bare", ""), feed=None, now=NOW)
        found = reports.find(conn, "bare")
    assert found
    assert found.report == Report("bare", "")


def test_what_was_never_seen_is_not_found(database: Database) -> None:
    with database.reading() as conn:
        assert reports.find(conn, "unheard of") is None


def test_a_report_knows_its_feed(database: Database) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [feeds.FeedSpec("https://example.org/feed", "Daily Example")])
        (feed,) = feeds.all_feeds(conn)
        assert reports.remember(conn, REPORT, feed=feed.id, now=NOW) is not None


def test_a_report_of_a_feed_that_does_not_exist_is_an_error_not_a_repeat(database: Database) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key"), database.transaction() as conn:
        reports.remember(conn, REPORT, feed=99, now=NOW)


def test_an_id_of_any_length_and_any_characters_is_remembered_once(database: Database) -> None:
    for odd in ("x" * 100_000, "\0\ud800", "\0\ud801", ""):
        with database.transaction() as conn:
            assert reports.remember(conn, Report(odd, "News"), feed=None, now=NOW) is not None
            assert reports.remember(conn, Report(odd, "News"), feed=None, now=NOW) is None
            assert reports.find(conn, odd) is not None


def test_a_reading_is_kept_word_for_word(database: Database) -> None:
    with database.transaction() as conn:
        row = reports.remember(conn, REPORT, feed=None, now=NOW)
        assert row is not None
        reports.save_reading(conn, row, READING)
        found = reports.find(conn, REPORT.id)
    assert found == reports.StoredReport(
        row, REPORT, NOW, Label.DEVELOPMENT, "lv", "one claim is news", None, ((VOTE, None), (PAST, None))
    )


def test_a_report_is_found_by_its_address_the_newest_where_there_are_two(database: Database) -> None:
    first = replace(REPORT, id="1", url="https://tide.example/1")
    remembered(database, first, VOTE)
    remembered(database, replace(first, id="2"), VOTE)
    with database.reading() as conn:
        found = reports.find_by_url(conn, "https://tide.example/1")
        assert reports.find_by_url(conn, "https://tide.example/2") is None
    assert found
    assert (found.report.id, found.claims) == ("2", ((VOTE, None),))


def test_reports_are_found_by_their_ids_and_by_their_row(database: Database) -> None:
    for name in ("1", "2", "3"):
        row = remembered(database, Report(name, f"News {name}"), VOTE)
    with database.reading() as conn:
        found = reports.of_ids(conn, ["3", "1", "unheard of"])
        assert reports.of_ids(conn, []) == ()
        assert reports.at(conn, row) == reports.find(conn, "3")
    assert [report.title for report in found] == ["News 1", "News 3"]


def test_names_of_reports_come_newest_first(database: Database) -> None:
    for name in ("1", "2", "3"):
        remembered(database, Report(name, "News", url=f"https://tide.example/{name}" if name == "2" else None))
    with database.reading() as conn:
        assert reports.newest_names(conn, 2) == ("3", "2", "https://tide.example/2")


def test_reports_are_walked_through_in_the_order_in_which_they_were_seen(database: Database) -> None:
    for name, seen in (("b", LATER), ("a", NOW), ("c", LATER)):
        remembered(database, Report(name, "News"), VOTE, seen=seen)
    with database.reading() as conn:
        first = reports.after(conn, 0, 2)
        rest = reports.after(conn, first[-1].row, 2)
        assert reports.after(conn, rest[-1].row, 2) == ()
        assert reports.count(conn) == 3
    assert [(one.report.id, one.seen_at) for one in (*first, *rest)] == [("b", LATER), ("a", NOW), ("c", LATER)]
    assert first[0].claims == ()


def test_a_reading_without_claims_is_kept(database: Database) -> None:
    remembered(database, REPORT)
    with database.reading() as conn:
        found = reports.find(conn, REPORT.id)
    assert found
    assert (found.label, found.claims) == (Label.DEVELOPMENT, ())


def test_a_verdict_is_kept_with_its_reason_beside_its_claim(database: Database) -> None:
    verdict = Verdict(VerdictKind.KNOWN, "same stage, same day", "lv-istanbul-parliament", 0.8)
    row = remembered(database, REPORT, PAST, VOTE)
    with database.transaction() as conn:
        events.add_event(conn, Event("lv-istanbul-parliament", "LV", "istanbul", Stage.PARLIAMENT_PASSED, None), NOW)
        reports.save_verdict(conn, row, 1, verdict)
        found = reports.find(conn, REPORT.id)
    assert found
    assert found.claims == ((PAST, None), (VOTE, verdict))


def test_a_verdict_may_be_written_before_the_event_it_opens(database: Database) -> None:
    row = remembered(database, REPORT, VOTE)
    with database.transaction() as conn:
        reports.save_verdict(conn, row, 0, Verdict(VerdictKind.NEW_CASE, "never heard of", "lv-istanbul"))
        events.add_event(conn, Event("lv-istanbul", "LV", "istanbul", Stage.PARLIAMENT_PASSED, None), NOW)
    with database.reading() as conn:
        found = reports.find(conn, REPORT.id)
    assert found
    assert found.claims[0][1] == Verdict(VerdictKind.NEW_CASE, "never heard of", "lv-istanbul")


def test_a_verdict_on_an_event_that_never_comes_is_refused(database: Database) -> None:
    row = remembered(database, REPORT, VOTE)
    with pytest.raises(StoreError, match=r"(?i)foreign key"), database.transaction() as conn:
        reports.save_verdict(conn, row, 0, Verdict(VerdictKind.NEW_CASE, "never heard of", "lv-istanbul"))


def test_a_later_verdict_replaces_an_earlier_one(database: Database) -> None:
    row = remembered(database, REPORT, VOTE)
    for kind in (VerdictKind.UNSURE, VerdictKind.BACKGROUND):
        decide(database, row, 0, kind)
    with database.reading() as conn:
        found = reports.find(conn, REPORT.id)
        assert reviews.count_waiting(conn) == 0
    assert found
    assert found.claims[0][1] == Verdict(VerdictKind.BACKGROUND, "because")


def test_a_poisoned_report_is_set_aside_and_stays_seen(database: Database) -> None:
    row = remembered(database, REPORT)
    with database.transaction() as conn:
        reports.set_aside(conn, row, "the title never ends")
        assert reports.remember(conn, REPORT, feed=None, now=LATER) is None
        found = reports.find(conn, REPORT.id)
    assert found
    assert found.error == "the title never ends"


def test_reports_are_counted_from_the_start_and_before_the_end(database: Database) -> None:
    for number, seen in enumerate((NOW - timedelta(seconds=1), NOW, LATER - timedelta(seconds=1), LATER)):
        remembered(database, Report(f"r{number}", "News"), seen=seen)
    with database.reading() as conn:
        assert reports.count_between(conn, NOW, LATER) == 2


def test_what_waits_for_a_reviewer_is_counted(database: Database) -> None:
    row = remembered(database, REPORT, VOTE, PAST)
    decide(database, row, 0, VerdictKind.UNSURE)
    decide(database, remembered(database, Report("r2", "News"), VOTE, seen=LATER), 0, VerdictKind.UNSURE)
    with database.reading() as conn:
        assert reviews.count_waiting(conn) == len(reviews.waiting(conn, 10)) == 2


def test_talk_is_mentioned_once_for_each_report_and_case(database: Database) -> None:
    row = remembered(database, REPORT, VOTE, VOTE, PAST, replace(VOTE, state="LT"))
    for index, kind in enumerate((VerdictKind.TALK, VerdictKind.REACTION, VerdictKind.KNOWN, VerdictKind.REACTION)):
        decide(database, row, index, kind)
    second = remembered(database, Report("r2", "Opposition calls for exit"), VOTE)
    decide(database, second, 0, VerdictKind.TALK)
    late = remembered(database, Report("r3", "Too late"), VOTE, seen=LATER)
    decide(database, late, 0, VerdictKind.TALK)
    told = {
        "title": REPORT.title,
        "outlet": REPORT.outlet,
        "url": REPORT.url,
        "published": date(2025, 10, 1),
        "lang": "lv",
    }
    with database.reading() as conn:
        assert reports.mentions_between(conn, NOW, LATER) == (
            Mention("LV", "istanbul", Label.TALK, **told),  # type: ignore[arg-type]
            Mention("LT", "istanbul", Label.REACTION, **told),  # type: ignore[arg-type]
            Mention("LV", "istanbul", Label.TALK, "Opposition calls for exit", lang="lv"),
        )


def test_plain_reports_are_stored_together_each_once(database: Database) -> None:
    nothing = Reading("", Label.NONE, "en", (), "it has no leaving word")

    def plain(name: str, title: str = "Story") -> PlainReport:
        return PlainReport(Report(name, title), nothing, None, NOW, "0f")

    with database.transaction() as conn:
        assert reports.remember_plain(conn, []) == 0
        assert reports.remember_plain(conn, [plain("a"), plain("b"), plain("a", "Another")]) == 2
        assert reports.remember_plain(conn, [plain("b"), plain("c")]) == 1
        assert reports.remember_plain(conn, [plain("c")]) == 0
        assert [one.report.id for one in reports.after(conn, 0, 9)] == ["a", "b", "c"]
        stored = reports.find(conn, "a")
    assert stored
    assert (stored.report.title, stored.label, stored.lang, stored.reason) == (
        "Story",
        Label.NONE,
        "en",
        "it has no leaving word",
    )
