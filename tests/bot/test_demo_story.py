from __future__ import annotations

import calendar
import re
import socket
import threading
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from bot.demo.comparison import Raised, compare
from bot.demo.feeds import render_feed
from bot.demo.server import StoryServer
from bot.demo.story import (
    FEED_LENGTH,
    FeedFormat,
    Outlet,
    Part,
    Story,
    StoryReport,
    days,
    parse_story,
    story_id,
    visible,
)
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

TEXT = (resources.files("config") / "demo" / "story.toml").read_text(encoding="utf-8")
STORY = parse_story(TEXT)
BASE = "http://127.0.0.1:8080"
THE_END = datetime(2025, 10, 4, tzinfo=UTC)
SOURCES = Path(__file__).parents[3] / "shared" / "sources"
SUMMER_OFFSETS = {"LV": 3, "LT": 3, "SE": 2, "IE": 1, "RU": 3, "UA": 3, "FR": 2, "CH": 2, "GB": 1}
EVENTS = {
    Stage.GOVERNMENT_APPROVED: date(2025, 8, 23),
    Stage.BILL_SUBMITTED: date(2025, 9, 8),
    Stage.LOWER_HOUSE_PASSED: date(2025, 9, 17),
    Stage.UPPER_HOUSE_PASSED: date(2025, 9, 24),
    Stage.SIGNED_INTO_LAW: date(2025, 9, 29),
}
OUTLETS = [pytest.param(outlet, id=outlet.id) for outlet in STORY.outlets]

SMALL = """
title = "Utopia leaves"
state = "UT"
treaty = "toy"
[[event]]
stage = "bill_submitted"
date = 2025-09-08
[[outlet]]
id = "paper"
name = "Paper"
lang = "en"
country = "IE"
format = "rss"
kind = "outlet"
[[report]]
id = "p-01"
outlet = "paper"
published = 2025-09-08T10:00:00+01:00
title = "Utopia tables a bill"
summary = "It is on the table."
expect = "new:bill_submitted"
[[report]]
id = "p-02"
outlet = "paper"
published = 2025-09-09T10:00:00+01:00
title = "Utopia tabled a bill"
summary = "It was on the table."
expect = "same:bill_submitted"
[[report]]
id = "p-03"
outlet = "paper"
published = 2025-09-10T10:00:00+01:00
title = "Chess club leaves the league"
summary = "It found no fourth board."
expect = "none"
"""


# the story


def test_the_story_has_the_five_steps_on_their_days() -> None:
    assert (STORY.state, STORY.treaty) == ("RU", "ecpt")
    assert {event.stage: event.day for event in STORY.events} == EVENTS


@pytest.mark.parametrize("stage", EVENTS)
def test_each_step_has_one_first_report_and_others_soon_after_it(stage: Stage) -> None:
    first, *others = STORY.telling(stage)
    assert first.expect.part is Part.NEW
    assert all(report.expect.part is Part.SAME for report in others)
    soon = [report for report in others if report.published - first.published <= timedelta(days=3)]
    assert 3 <= len(soon) <= 5
    assert all(report.published.date() >= EVENTS[stage] for report in (first, *others))


def test_the_first_reports_are_in_different_languages() -> None:
    firsts = [report for report in STORY.reports if report.expect.part is Part.NEW]
    assert [language(report) for report in firsts] == ["en", "ru", "uk", "fr", "en"]


def test_some_reports_retell_a_step_after_a_week_and_after_a_later_step() -> None:
    late = [
        report.expect.stage
        for report in STORY.entries
        if report.expect.stage
        and report.published - STORY.telling(report.expect.stage)[0].published > timedelta(days=7)
    ]
    assert {Stage.GOVERNMENT_APPROVED, Stage.BILL_SUBMITTED, Stage.LOWER_HOUSE_PASSED} <= set(late)


def test_the_story_has_enough_of_everything_that_must_raise_no_alert() -> None:
    parts = Counter(report.expect.part for report in STORY.entries)
    assert parts[Part.REACTION] >= 3
    assert parts[Part.TALK] >= 3
    assert parts[Part.BACKGROUND] >= 2
    assert parts[Part.NONE] >= 12


def test_the_story_speaks_four_languages_in_every_format() -> None:
    assert {outlet.lang for outlet in STORY.outlets} == {"en", "ru", "uk", "fr"}
    assert {outlet.format for outlet in STORY.outlets} == set(FeedFormat)
    assert {report.outlet for report in STORY.reports} == {outlet.id for outlet in STORY.outlets}


def test_two_outlets_of_one_owner_print_the_same_wire_copy() -> None:
    owners = {outlet.id: outlet.group for outlet in STORY.outlets if outlet.group}
    copies = Counter(
        (report.title, report.summary, owners[report.outlet]) for report in STORY.reports if report.outlet in owners
    )
    assert [count for count in copies.values() if count > 1] == [2]


def test_one_report_is_published_again_with_another_headline() -> None:
    [again] = [report for report in STORY.reports if report.edits]
    before = visible(STORY, again.outlet, again.published - timedelta(seconds=1))
    after = visible(STORY, again.outlet, again.published)
    old, new = (next(entry for entry in feed if entry.id == again.edits) for feed in (before, after))
    assert old.guid == new.guid
    assert (old.title, new.title, new.updated) == (old.title, again.title, again.published)
    assert old.title != new.title
    assert len(before) == len(after)


def test_every_report_is_published_by_day_in_its_outlets_own_time() -> None:
    for report in STORY.reports:
        assert report.published.utcoffset() == timedelta(hours=SUMMER_OFFSETS[outlet_of(report).country])
        assert 6 <= report.published.hour < 23
        assert date(2025, 8, 20) <= report.published.date() <= date(2025, 10, 3)


def test_headlines_and_summaries_are_short() -> None:
    assert all(len(report.title) <= 130 for report in STORY.reports)
    assert all(len(re.findall(r"[.!?](?:\s|$)", report.summary)) in {1, 2, 3} for report in STORY.reports)


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source articles are not part of the project")
def test_the_story_shares_no_eight_words_in_a_row_with_the_source_articles() -> None:
    told = {run for report in STORY.reports for text in (report.title, report.summary) for run in runs(text)}
    written = {run for path in SOURCES.iterdir() for run in runs(path.read_text(encoding="utf-8"))}
    assert written
    assert told & written == set()


def test_the_days_run_from_the_first_report_to_the_last() -> None:
    moments = days(STORY)
    assert moments[0] == datetime(2025, 8, 20, 23, 59, tzinfo=UTC)
    assert moments[-1] == datetime(2025, 10, 3, 23, 59, tzinfo=UTC)
    assert len(moments) == 45
    assert len(days(STORY, (time(23, 59), time(11)))) == 90
    assert list(days(STORY, (time(23, 59), time(11)))) == sorted(days(STORY, (time(23, 59), time(11))))


# reading a story


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('title = "Utopia leaves"', "title =", "no valid TOML"),
        ('state = "UT"\n', "", "'state' must be a text"),
        ("[[event]]", "[[step]]", r"at least one \[\[event\]\]"),
        ("date = 2025-09-08", 'date = "September"', "'date' must be a day"),
        ('stage = "bill_submitted"', 'stage = "bill_eaten"', "no stage 'bill_eaten'"),
        ('id = "paper"', 'id = "The Paper"', "an id is of small letters"),
        ('id = "p-01"', 'id = "feed"', "and not 'feed'"),
        ('format = "rss"', 'format = "fax"', "'format' must be one of rss, atom, rdf, broken-rss"),
        ('kind = "outlet"', 'kind = "pub"', "'kind' must be one of"),
        ('outlet = "paper"', 'outlet = "radio"', "no outlet 'radio'"),
        ("2025-09-08T10:00:00+01:00", "2025-09-08T10:00:00", "a time with an offset"),
        ('expect = "none"', 'expect = "nothing"', "'expect' must begin with"),
        ('expect = "none"', 'expect = "none:considered"', "names a stage after 'new:' and 'same:'"),
        ('expect = "none"', 'expect = "same"', "names a stage after 'new:' and 'same:'"),
        ('expect = "none"', 'expect = "same:considered"', "the story has no event considered"),
        (
            'expect = "same:bill_submitted"',
            'expect = "new:bill_submitted"',
            "exactly one report must be new, not p-01, p-02",
        ),
        ('expect = "new:bill_submitted"', 'expect = "talk"', "exactly one report must be new, not none"),
        ("2025-09-09T10", "2025-09-07T10", "p-02 tells of it before the first report p-01"),
        ('id = "p-02"', 'id = "p-01"', "report p-01 stands in the story 2 times"),
        ('expect = "none"', 'expect = "none"\nedits = "p-09"', "no report of the story"),
        ('expect = "none"', 'expect = "none"\nedits = "p-01"', "cannot be expected to be none"),
        ('expect = "same:bill_submitted"', 'expect = "none"\nedits = "p-03"', "an earlier report of the same outlet"),
    ],
)
def test_a_bad_story_is_refused_with_its_reason(old: str, new: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_story(SMALL.replace(old, new, 1))


# the feeds


@pytest.mark.parametrize("outlet", OUTLETS)
def test_every_feed_reads_as_what_was_published(outlet: Outlet) -> None:
    reports = visible(STORY, outlet.id, THE_END)
    parsed = read(render_feed(outlet, reports, BASE))
    assert parsed.feed.title == outlet.name
    assert [entry.title for entry in parsed.entries] == [report.title for report in reports]
    assert [entry.link for entry in parsed.entries] == [f"{BASE}/{outlet.id}/{report.id}" for report in reports]
    assert [entry.id for entry in parsed.entries] == [report.guid for report in reports]
    assert [entry.summary.replace("\xa0", "") for entry in parsed.entries] == [report.summary for report in reports]
    for entry, report in zip(parsed.entries, reports, strict=True):
        told = entry.published_parsed if "published_parsed" in entry else entry.updated_parsed
        assert calendar.timegm(told) == report.published.timestamp()


@pytest.mark.parametrize("outlet", OUTLETS)
def test_only_the_broken_feed_is_not_well_formed(outlet: Outlet) -> None:
    body = render_feed(outlet, visible(STORY, outlet.id, THE_END), BASE)
    parsed = read(body)
    if outlet.format is FeedFormat.BROKEN_RSS:
        assert parsed.bozo
        with pytest.raises(ET.ParseError):
            ET.fromstring(body)  # noqa: S314 - our own text
    else:
        assert not parsed.bozo
        ET.fromstring(body)  # noqa: S314 - our own text


def test_the_broken_feed_has_each_of_its_faults() -> None:
    [outlet] = [outlet for outlet in STORY.outlets if outlet.format is FeedFormat.BROKEN_RSS]
    body = render_feed(outlet, visible(STORY, outlet.id, THE_END), BASE)
    assert b" & " in body
    assert b"&nbsp;" in body
    assert b"</channel>" not in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("us-ascii")


@pytest.mark.parametrize("format_", [FeedFormat.RSS, FeedFormat.ATOM, FeedFormat.RDF])
def test_markup_in_a_report_stays_text(format_: FeedFormat) -> None:
    outlet = Outlet("paper", "Cut & <Dried>", "en", "IE", format_)
    [report] = [entry for entry in parse_story(SMALL).entries if entry.id == "p-03"]
    hostile = StoryReport("p-04", "paper", report.published, 'a < b & "c" ]]>', "x &amp; y", report.expect)
    root = ET.fromstring(render_feed(outlet, (hostile,), BASE))  # noqa: S314 - our own text
    texts = {element.text for element in root.iter()}
    assert {outlet.name, hostile.title, hostile.summary} <= texts


@pytest.mark.parametrize("outlet", OUTLETS)
def test_a_feed_is_readable_before_its_first_report(outlet: Outlet) -> None:
    parsed = read(render_feed(outlet, (), BASE))
    assert parsed.version
    assert parsed.entries == []


def test_a_feed_shows_the_latest_entries_newest_first() -> None:
    template, _, _ = parse_story(SMALL).reports
    many = "".join(
        f'[[report]]\nid = "q-{number}"\noutlet = "paper"\npublished = 2025-09-{number}T09:00:00+01:00\n'
        f'title = "Rain"\nsummary = "More rain."\nexpect = "none"\n'
        for number in range(10, 31)
    )
    shown = visible(parse_story(SMALL + many), "paper", THE_END)
    assert len(shown) == FEED_LENGTH
    assert [report.id for report in shown[:2]] == ["q-30", "q-29"]
    assert template not in shown


# the server


def test_the_server_shows_only_what_is_published_by_the_moment() -> None:
    with StoryServer(STORY) as server:
        assert read(get(server.url("baltic-courier"))[2]).entries == []
        server.publish_until(datetime(2025, 8, 25, 23, 59, tzinfo=UTC))
        assert [entry.link for entry in read(get(server.url("baltic-courier"))[2]).entries] == [
            f"{server.base_url}/baltic-courier/bc-01"
        ]


@pytest.mark.parametrize("outlet", OUTLETS)
def test_every_feed_reads_well_with_the_headers_it_is_served_with(outlet: Outlet) -> None:
    with StoryServer(STORY) as server:
        server.publish_until(THE_END)
        status, headers, body = get(server.url(outlet.id))
    parsed = feedparser.parse(body, response_headers={"content-type": headers["Content-Type"]})
    assert status == 200
    assert [entry.title for entry in parsed.entries] == [report.title for report in visible(STORY, outlet.id, THE_END)]


@pytest.mark.parametrize(("sent", "received"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")])
def test_a_feed_that_has_not_changed_is_not_sent_again(sent: str, received: str) -> None:
    with StoryServer(STORY) as server:
        server.publish_until(datetime(2025, 8, 28, tzinfo=UTC))
        url = server.url("nordic-wire")
        validator = get(url)[1][received]
        assert get(url, {sent: validator})[0::2] == (304, b"")
        server.publish_until(datetime(2025, 9, 4, tzinfo=UTC))
        status, headers, body = get(url, {sent: validator})
        assert status == 200
        assert headers[received] != validator
        assert b"nw-03" in body


def test_an_edit_alone_makes_a_feed_new() -> None:
    [again] = [report for report in STORY.reports if report.edits]
    with StoryServer(STORY) as server:
        server.publish_until(again.published - timedelta(minutes=1))
        old = get(server.url(again.outlet))[1]
        server.publish_until(again.published)
        for sent, received in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            assert get(server.url(again.outlet), {sent: old[received]})[0] == 200


def test_a_tag_weighs_more_than_a_date_and_nonsense_weighs_nothing() -> None:
    with StoryServer(STORY) as server:
        server.publish_until(THE_END)
        url = server.url("vestnik")
        headers = get(url)[1]
        assert get(url, {"If-None-Match": '"old"', "If-Modified-Since": headers["Last-Modified"]})[0] == 200
        assert get(url, {"If-None-Match": f'"old", W/{headers["ETag"]}'})[0] == 304
        assert get(url, {"If-Modified-Since": "yesterday"})[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/feed", "/nowhere/feed", "/vestnik", "/vestnik/vn-01", "/vestnik/feed/x", "//feed"]
)
def test_everything_but_a_feed_is_not_found(path: str) -> None:
    with StoryServer(STORY) as server:
        server.publish_until(THE_END)
        assert get(server.base_url + path)[0] == 404


def test_the_server_leaves_neither_port_nor_thread_behind() -> None:
    before = threading.active_count()
    with StoryServer(STORY) as server:
        address = ("127.0.0.1", int(server.base_url.rpartition(":")[2]))
        get(server.url("vestnik"))
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=1)
    with pytest.raises(RuntimeError, match="no address"):
        server.url("vestnik")


def test_an_unknown_outlet_has_no_address() -> None:
    with StoryServer(STORY) as server, pytest.raises(KeyError):
        server.url("nowhere")


def test_a_client_that_hangs_up_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    with StoryServer(STORY) as server:
        server.publish_until(THE_END)
        with socket.create_connection(("127.0.0.1", int(server.base_url.rpartition(":")[2])), timeout=5) as client:
            client.sendall(b"GET /vestnik/feed HTTP/1.0\r\n")
        assert get(server.url("vestnik"))[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:40123/vestnik/vn-03", "vn-03"),
        ("http://127.0.0.1:1/vestnik/vn-03?from=feed#top", "vn-03"),
        ("http://127.0.0.1:1/vestnik/feed", None),
        ("http://127.0.0.1:1/vestnik", None),
        ("http://news.example/vestnik/vn-03", None),
        ("http://[oops/vestnik/vn-03", None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_leads_back_to_its_report(url: str | None, expected: str | None) -> None:
    assert story_id(url) == expected


# the comparison


def test_a_story_that_goes_as_it_should_has_no_faults() -> None:
    comparison = compare(STORY, perfect_alerts(STORY), perfect_joins(STORY))
    assert comparison.faults == ()
    assert comparison.ok
    assert all(row.ok for row in comparison.rows)
    assert [(row.stage, row.day, row.alerts) for row in comparison.rows] == [(*event, 1) for event in EVENTS.items()]
    assert comparison.quiet == comparison.should_be_quiet == 26


def test_any_report_of_a_step_may_raise_its_alert_and_recall_earlier_steps() -> None:
    alerts = [*perfect_alerts(STORY)[:-1], Raised("RU", "ecpt", Stage.SIGNED_INTO_LAW, "nt-06")]
    joins = {**perfect_joins(STORY), "nw-04": frozenset({Stage.BILL_SUBMITTED, Stage.GOVERNMENT_APPROVED})}
    assert compare(STORY, alerts, joins).ok


def test_a_silent_step_and_a_step_told_twice_are_faults() -> None:
    _, *others = perfect_alerts(STORY)
    comparison = compare(STORY, [*others, others[-1]], perfect_joins(STORY))
    assert comparison.faults == (
        "2025-08-23 government_approved: expected one alert, saw none",
        "2025-09-29 signed_into_law: expected one alert, saw 2",
    )
    assert [row.ok for row in comparison.rows] == [False, True, True, True, False]


def test_an_alert_from_the_wrong_report_is_a_fault() -> None:
    small = parse_story(SMALL)
    alerts = [
        *perfect_alerts(small),
        Raised("UT", "chess", Stage.ANNOUNCED, "p-03"),
        Raised("UT", "toy", Stage.SIGNED_INTO_LAW, "p-02"),
        Raised("XX", "toy", Stage.ANNOUNCED, None),
    ]
    comparison = compare(small, alerts, perfect_joins(small))
    assert comparison.faults == (
        "report p-03 (a look-alike or other news) raised an alert about UT chess announced",
        "report p-02 tells of UT toy bill_submitted but raised an alert about UT toy signed_into_law",
        "an alert about XX toy announced came from no report of the story",
    )
    assert (comparison.quiet, comparison.should_be_quiet) == (0, 1)


def test_coverage_that_is_missing_or_too_much_is_a_fault() -> None:
    small = parse_story(SMALL)
    joins = {"p-01": {Stage.BILL_SUBMITTED}, "p-03": {Stage.BILL_SUBMITTED}}
    comparison = compare(small, perfect_alerts(small), joins)
    assert comparison.faults == (
        "report p-02 should have joined bill_submitted, but joined nothing",
        "report p-03 (a look-alike or other news) joined bill_submitted",
    )


def outlet_of(report: StoryReport) -> Outlet:
    outlet = STORY.outlet(report.outlet)
    assert outlet
    return outlet


def language(report: StoryReport) -> str:
    return outlet_of(report).lang


def runs(text: str) -> set[tuple[str, ...]]:
    """Every eight words in a row; the treaty's own name, which nobody can avoid, counts as one word."""
    words = re.findall(r"\w+", text.casefold())
    told = " ".join(words).replace("european convention for the prevention of torture", "ecpt").split()
    return {tuple(told[start : start + 8]) for start in range(len(told) - 7)}


def read(body: bytes) -> Any:
    return feedparser.parse(body)


def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def perfect_alerts(story: Story) -> list[Raised]:
    return [Raised(story.state, story.treaty, event.stage, story.telling(event.stage)[0].id) for event in story.events]


def perfect_joins(story: Story) -> dict[str, frozenset[Stage]]:
    return {report.id: frozenset({report.expect.stage}) for report in story.entries if report.expect.stage}
