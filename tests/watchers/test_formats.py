"""Every kind of feed, well formed and not: how many reports, with which titles, addresses, days and identities."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st

from store.feeds import FeedSpec
from watchers.parse import ParsedFeed, parse

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
SPEC = FeedSpec("https://wire.example/feeds/all.xml", "Example Wire")
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
DAY = "Sat, 22 Nov 2025 01:30:00 +0300"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def rss(*items: str, version: str = "2.0") -> str:
    return f'<?xml version="1.0"?><rss version="{version}"><channel><title>Wire</title>{"".join(items)}</channel></rss>'


def json_feed(*items: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": items})


def read(body: str | bytes) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse(data, spec=SPEC, base_url=SPEC.url, now=NOW)


HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "kinds_of_feeds.toml").read_text(encoding="utf-8"))["feed"]
NAMES = [case["is"] for case in CASES]
each_kind = pytest.mark.parametrize("case", CASES, ids=NAMES)


@each_kind
def test_a_kind_of_feed_is_read(case: dict[str, Any]) -> None:
    reports = read(case["body"]).reports
    found = [(report.title, report.url, report.published and report.published.date()) for report in reports]
    assert found == [(one["title"], one.get("url"), one.get("day")) for one in case["reports"]]
    for report, one in zip(reports, case["reports"], strict=True):
        assert report.summary == one.get("summary", report.summary)


@each_kind
def test_reading_a_feed_again_gives_the_same_ids(case: dict[str, Any]) -> None:
    reports = read(case["body"]).reports
    assert len({report.id for report in reports}) == len(reports)
    assert read(case["body"]).reports == reports


@each_kind
def test_a_report_that_was_marked_as_seen_is_left_out(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    first = read(body)
    again = parse(body, spec=SPEC, base_url=SPEC.url, now=NOW, seen=first.marks)
    assert again.reports in {(), first.reports}, "all that can be told apart, or none"
    assert (again.hints, again.title, again.whole) == (first.hints, first.title, first.whole)


def test_of_a_feed_that_is_too_long_both_ends_are_read() -> None:
    body = rss(*(f"<item><title>No. {n}</title></item>" for n in range(2_100)))
    titles = [report.title for report in read(body).reports]
    assert (len(titles), titles[0], titles[-1]) == (2_000, "No. 0", "No. 2099")
    assert len(read(body.replace("</channel>", "&nosuch;</channel>")).reports) == 2_000
    assert len(read(json_feed(*({"id": str(n), "title": str(n)} for n in range(2_100)))).reports) == 2_000


def test_an_edit_changes_the_version_and_not_the_id() -> None:
    first, second = (
        read(rss(f"<item><guid>1</guid><title>{title}</title></item>")) for title in ("Vote", "Vote today")
    )
    assert [report.id for report in first.reports] == [report.id for report in second.reports]
    assert first.versions != second.versions
    assert first.versions == read(rss("<item><title>Vote</title><guid>1</guid><category>x</category></item>")).versions


PARTS: list[str] = tomllib.loads((HERE / "parts_of_items.toml").read_text(encoding="utf-8"))["parts"]
SPACES = (
    f'{DC} {MEDIA} xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:own="https://own.example/ns" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom"'
)
FRAMES = {
    "item": [
        f'<rss version="2.0" {SPACES}><channel><title>W</title>%s</channel></rss>',
        f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/" {SPACES}><channel><title>W</title></channel>%s</rdf:RDF>',
    ],
    "entry": [f"<feed {ATOM} {SPACES}><title>W</title>%s</feed>"],
}
ITEM = st.lists(st.tuples(st.sampled_from(PARTS), st.integers(1, 9)), min_size=1, max_size=6).map(
    lambda parts: "".join(part.format(number) for part, number in parts)
)


@st.composite
def feeds(draw: st.DrawFn) -> tuple[str, list[str]]:
    name = draw(st.sampled_from(sorted(FRAMES)))
    items = [f"<{name}>{inside}</{name}>" for inside in draw(st.lists(ITEM, min_size=1, max_size=6))]
    return draw(st.sampled_from(FRAMES[name])), items


def read_by_feedparser(body: bytes) -> ParsedFeed:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("watchers.parse.scan", lambda _: None)
        patch.setattr("watchers.parse.apart", lambda _: None)
        return read(body)


@settings(max_examples=400, deadline=None)
@given(feeds())
def test_the_fast_way_gives_what_feedparser_gives(feed: tuple[str, list[str]]) -> None:
    frame, items = feed
    body = (frame % "".join(items)).encode()
    fast, slow = read(body), read_by_feedparser(body)
    assert fast.reports == slow.reports
    assert (fast.title, fast.hints) == (slow.title, slow.hints)


@settings(max_examples=100, deadline=None)
@given(feeds())
def test_item_by_item_a_feed_gives_the_same(feed: tuple[str, list[str]]) -> None:
    frame, items = feed
    body = (frame % "".join(items)).encode()
    whole, by_item = read(body), read(body.replace(b"<title>W</title>", b"<title>W</title><fault>", 1))
    assert by_item.reports == whole.reports
    assert (by_item.title, by_item.hints) == (whole.title, whole.hints)


NAMESPACES = sorted({*_FeedParserMixin.namespaces, "http://backend.userland.com/rss2"} - {""})
FIELDS = ("title", "link", "guid", "id", "description", "summary", "content", "encoded", "body", "date", "created")
DATES = ("issued", "modified", "published", "updated", "pubDate", "origLink")


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_element_means_what_its_namespace_says_under_any_prefix(namespace: str) -> None:
    for name in (*FIELDS, *DATES):
        item = f"<item><description>Words</description><odd:{name}>2025-11-01</odd:{name}></item>"
        body = rss(item).replace("<rss ", f'<rss xmlns:odd="{namespace}" ').encode()
        assert read(body).reports == read_by_feedparser(body).reports, name


@settings(max_examples=200, deadline=None)
@given(feeds(), ITEM)
def test_leaving_out_what_was_seen_changes_nothing_for_the_rest(feed: tuple[str, list[str]], new: str) -> None:
    frame, items = feed
    before = (frame % "".join(items)).encode()
    after = (
        frame % "".join([items[0].partition(">")[0] + ">" + new + items[0][-len("</item>") :].lstrip("y"), *items])
    ).encode()
    first, whole = read(before), read(after)
    part = parse(after, spec=SPEC, base_url=SPEC.url, now=NOW, seen=first.marks)
    assert set(part.reports) <= set(whole.reports)
    assert {report.id for report in whole.reports} <= {report.id for report in (*first.reports, *part.reports)}


def test_an_item_whose_address_is_in_another_form_than_a_page_shares_it_with_one_that_was_seen() -> None:
    link = '<link type="application/xml" href="https://wire.example/1"/>'
    feed = f"<feed {ATOM}><title>W</title>%s</feed>"
    before = (feed % f"<entry>{link}</entry>").encode()
    after = (feed % f"<entry><title>Vote</title>{link}</entry><entry>{link}</entry>").encode()
    part = parse(after, spec=SPEC, base_url=SPEC.url, now=NOW, seen=read(before).marks)
    assert part.reports == read(after).reports


@pytest.mark.parametrize(
    ("seen", "new"),
    [
        ("<title>T</title><link>https://wire.example/1</link>", f"<title>T</title><pubDate>{DAY}</pubDate>"),
        ("<title>T</title>", f"<title><![CDATA[<b>T</b>]]></title><pubDate>{DAY}</pubDate>"),
        (f"<title>T</title><pubDate>{DAY}</pubDate>", "<title>T</title><link>mailto:desk@wire.example</link>"),
        ("<link>/1</link><dc:identifier>d</dc:identifier>", "<title>T</title><dc:identifier>d</dc:identifier>"),
    ],
    ids=["words", "words in another form", "words beside an address that is none", "an identifier"],
)
def test_what_may_share_a_name_with_an_item_that_was_seen_is_judged_beside_it(seen: str, new: str) -> None:
    feed = f'<rss version="2.0" {DC}><channel><title>W</title>%s</channel></rss>'
    before = (feed % f"<item>{seen}</item>").encode()
    after = (feed % f"<item>{new}</item><item>{seen}</item>").encode()
    part = parse(after, spec=SPEC, base_url=SPEC.url, now=NOW, seen=read(before).marks)
    assert set(part.reports) <= set(read(after).reports)
    assert len(part.reports) >= 1
