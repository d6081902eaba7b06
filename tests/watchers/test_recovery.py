"""Faults in one item of a feed cost none of the others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.feeds import FeedSpec
from watchers.entries import MOST_ENTRIES
from watchers.parse import ParsedFeed, parse
from watchers.recovery import apart

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
SPEC = FeedSpec("https://wire.example/feeds/all.xml", "Example Wire")
RSS = (
    "<item><title>No. {0}</title><link>/{0}</link><guid>{0}</guid><description>&lt;p>Words {0}&lt;/p></description>"
    "<pubDate>Sat, 22 Nov 2025 01:30:0{0} GMT</pubDate></item>"
)
ATOM = (
    '<entry><title type="html">No. {0}</title><link href="/{0}"/><id>urn:{0}</id><summary>Words {0}</summary>'
    "<updated>2025-11-22T01:30:0{0}Z</updated></entry>"
)
FRAMES = {
    RSS: '<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>%s</channel></rss>',
    ATOM: '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>%s</feed>',
}
SHREDS = (
    *("<", ">", "&", '"', "'", "</", "<!", "<?", "<![", "<b", "<div>", "</div>", "<svg>", "<a href='x>", "<script>"),
    *("<![CDATA[", "]]>", "<!--", "-->", "<title>", "</title>", "<source>", "<image>", "<textInput>", "<link/>", "\0"),
    *("<content type='xhtml'>", "<plaintext>", "&#0;", "&lt", "<!DOCTYPE", "<author>", "\udcff"),
)


def read(body: str) -> ParsedFeed:
    return parse(body.encode("utf-8", "surrogateescape"), spec=SPEC, base_url=SPEC.url, now=NOW)


@st.composite
def faulty(draw: st.DrawFn) -> tuple[str, list[str], int]:
    """A frame, its items, and which of them has a fault: letters lost, or a shred of markup too much."""
    kind = draw(st.sampled_from(sorted(FRAMES)))
    items = [kind.format(n) for n in range(1, 6)]
    bad = draw(st.integers(0, 4))
    item = items[bad]
    # Not in the tags of the item itself: without them there is none.
    at = draw(st.integers(len("<entry>"), len(item) - len("</entry>")))
    lost = draw(st.integers(0, 12))
    behind = item[max(at, min(at + lost, len(item) - len("</entry>"))) :]
    items[bad] = item[:at] + draw(st.sampled_from(("", *SHREDS))) + behind
    return FRAMES[kind], items, bad


def told(body: str) -> set[tuple[str, str, str | None, datetime | None]]:
    return {(one.title, one.summary, one.url, one.published) for one in read(body).reports}


@settings(max_examples=150, deadline=None)
@given(faulty())
def test_a_fault_in_one_item_costs_none_of_the_others(feed: tuple[str, list[str], int]) -> None:
    frame, items, bad = feed
    body = frame % "".join(items)
    assert told(frame % "".join(items[:bad] + items[bad + 1 :])) <= told(body)
    assert read(body).title == "Wire"


def test_the_order_of_a_feed_stays() -> None:
    items = [RSS.format(n) for n in range(1, 6)]
    items[1] = items[1].replace("</guid>", "<guid>")
    items[3] = items[3].replace("</description>", "</descr>")
    titles = [report.title[:5] for report in read(FRAMES[RSS] % "".join(items)).reports]
    assert titles == ["No. 1", "No. 2", "No. 3", "No. 4", "No. 5"]


@pytest.mark.parametrize(
    "wrapped", ["<!-- {} -->", "<item><title>Sample</title><description><![CDATA[{}]]></description></item>"]
)
def test_items_in_comments_and_in_texts_are_none(wrapped: str) -> None:
    body = FRAMES[RSS] % (RSS.format(1) + "<br>" + wrapped.format("<item><title>Not this</title>") + RSS.format(2))
    assert "Not this" not in [report.title for report in read(body).reports]
    assert {"No. 1", "No. 2"} <= {report.title for report in read(body).reports}


def test_a_text_that_is_not_closed_hides_no_item() -> None:
    third = "<item><title><![CDATA[3]]></title></item>"
    body = FRAMES[RSS] % ("<br><item><title><![CDATA[One</title></item>" + RSS.format(2) + third)
    assert {"No. 2", "3"} <= {report.title for report in read(body).reports}


def test_of_a_long_feed_with_a_fault_both_ends_are_read() -> None:
    items = "".join(f"<item><title>No. {n}</title></item>" for n in range(MOST_ENTRIES + 100))
    titles = [report.title for report in read(FRAMES[RSS] % ("<br>" + items)).reports]
    assert (titles[0], titles[-1]) == ("No. 0", f"No. {MOST_ENTRIES + 99}")
    assert len(titles) <= MOST_ENTRIES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<item><title>x</title></item>",
        b"<rss/>",
        b"<rss><channel><item><title>x</item></channel></rss>",
        b"<rss " + b"x='y' " * 4_000 + b"><item><title>x</title></item><br></rss>",
        b"<rss>" + b"<item><title>x</title></item><item>" * 300 + b"</rss>",
    ],
)
def test_what_cannot_be_cut_up_is_left_as_it_is(body: bytes) -> None:
    assert apart(body) is None
