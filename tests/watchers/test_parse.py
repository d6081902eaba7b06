from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.feeds import FeedSpec
from tests.watchers.hostile import item, rss
from treaties.model import Report
from watchers.parse import FeedHints, NotAFeedError, ParsedFeed, parse

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
SPEC = FeedSpec("https://wire.example/rss", "Example Wire", country="LT", kind="official", group="Example Group")
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Wire</title>
<entry><id>tag:wire.example,2025:1</id><title type="html">Saeima &amp;amp; Seimas</title>
<link href="/one?utm_source=x"/><updated>2025-11-21T23:30:00-05:00</updated>
<summary type="html">&lt;p&gt;They vote.&lt;/p&gt;</summary></entry></feed>"""


def read(body: bytes | str, content_type: str | None = None, spec: FeedSpec = SPEC) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse(data, spec=spec, base_url="https://wire.example/feeds/rss", now=NOW, content_type=content_type)


def titles(body: bytes | str, content_type: str | None = None) -> list[str]:
    return [report.title for report in read(body, content_type).reports]


def test_an_rss_item_becomes_a_report_with_what_the_settings_say_of_its_feed() -> None:
    body = rss(
        item("Title", "g1", "Sat, 22 Nov 2025 01:30:00 +0300", "/a?utm_medium=rss"), head="<language>lt-LT</language>"
    )
    (report,) = read(body).reports
    assert report == Report(
        id=report.id,
        title="Title",
        published=datetime.fromisoformat("2025-11-22T01:30:00+03:00"),
        lang="lt",
        url="https://wire.example/a",
        outlet="Example Wire",
        country="LT",
        group="Example Group",
        official=True,
    )
    assert report.published
    assert report.published.isoformat() == "2025-11-22T01:30:00+03:00"


def test_an_atom_entry_becomes_a_report() -> None:
    parsed = read(ATOM)
    (report,) = parsed.reports
    assert (parsed.title, parsed.whole) == ("Wire", True)
    assert (report.title, report.summary) == ("Saeima & Seimas", "They vote.")
    assert report.url == "https://wire.example/one"
    assert report.published
    assert report.published.isoformat() == "2025-11-21T23:30:00-05:00"


def test_the_language_of_the_settings_wins() -> None:
    body = rss(item("Title", "g"), head="<language>ru</language>")
    assert read(body).reports[0].lang == "ru"
    assert read(body, spec=FeedSpec("https://x.example/", "X", lang="uk")).reports[0].lang == "uk"
    assert read(rss(item("Title", "g"), head="<language>English</language>")).reports[0].lang is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<!DOCTYPE html><html><body>Not found</body></html>", "is HTML, not a feed"),
        (
            '<html><head><link rel="alternate" type="application/rss+xml" href="/real.xml"></head></html>',
            "it names a feed at https://wire.example/real.xml",
        ),
        (
            "<html><head><link title='a > b' href=/f.json type='application/feed+json' rel=alternate></head></html>",
            "it names a feed at https://wire.example/f.json",
        ),
        (
            "<html><body><a type='application/atom+xml' href='/atom?a=1&amp;b=2'>Atom</a></body></html>",
            "it names a feed at https://wire.example/atom",
        ),
        ("<html><link type='application/rss+xml' href='javascript:x'></html>", "is HTML, not a feed$"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "is JSON"),
        ('{"items": [{"id": 1, "price": 2}]}', "is JSON"),
        ('{"items": ' + "[" * 100_000, "is JSON"),
        ("", "is empty"),
        (" \n ", "is empty"),
        ("<opml><body><outline text='x'/></body></opml>", "is not a feed"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a feed"),
        ("\x89PNG\r\n\x1a\n", "is not a feed"),
    ],
)
def test_what_is_no_feed_is_an_error_that_says_what_it_is(body: str, says: str) -> None:
    with pytest.raises(NotAFeedError, match=says) as caught:
        read(body)
    assert "\n" not in str(caught.value)


def test_what_has_nothing_of_a_feed_never_reaches_feedparser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.parse._feedparsed", lambda _: pytest.fail("feedparser was asked"))
    for body in ("<html>" + "<link rel=alternate " * 1_000, "<a>" * 1_000, "word " * 1_000):
        with pytest.raises(NotAFeedError, match="not a feed"):
            read(body)


def test_a_feed_without_items_is_a_feed() -> None:
    assert read(rss()).reports == ()


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#x110000;", "&#0;", "&#99999999;", "&amp;#xD800;", "&#27;", "&nosuch;", "& "]
)
def test_a_bad_character_reference_costs_nothing_else(reference: str) -> None:
    assert [title.split()[0] for title in titles(rss(item(f"One {reference}", "1"), item("Two", "2")))] == [
        "One",
        "Two",
    ]
    illformed = rss(item(f"One {reference} <b>", "1"), item("Two", "2"))
    assert "Two" in titles(illformed)[-1]


@pytest.mark.parametrize(
    "date",
    [
        "0000-00-00 00:00:00",
        "garbage",
        "",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Tue, 19 Jan 2038 03:14:07 GMT",
        "-1",
        "9" * 50,
    ],
)
def test_a_bad_date_costs_only_itself(date: str) -> None:
    good = item("Good", "2", "Sat, 22 Nov 2025 10:00:00 GMT")
    reports = read(rss(item("Bad", "1", date), good)).reports
    assert [report.published is None for report in reports] == [True, False]


def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    whole = rss(item("One", "1"), item("Two", "2"))
    first_end = whole.index(b"</item>") + len(b"</item>")
    channel_end = whole.index(b"</channel>")
    for length in range(first_end, channel_end):
        parsed = read(whole[:length])
        assert ([report.title for report in parsed.reports], parsed.whole) == (["One"], False)
    assert titles(whole[:channel_end]) == ["One", "Two"]


@pytest.mark.parametrize(
    "end",
    ["<item><title>Three", "<item><title><![CDATA[Thr", "<item><ti", "<item><title>Three</title><link>https://wire"],
)
def test_half_an_item_is_none_for_it_would_be_another_report_than_the_whole_one(end: str) -> None:
    body = rss(item("One", "1"), item("Two", "2")).partition(b"</channel>")[0] + end.encode()
    assert titles(body) == ["One", "Two"]
    assert not read(body).whole


def test_where_no_item_is_closed_the_last_counts_too() -> None:
    assert titles("<rss><channel><item><title>One</title><item><title>Two</title>") == ["One", "Two"]


def test_the_text_of_an_item_is_not_taken_for_the_end_of_its_feed() -> None:
    body = rss("<item><title>One</title><description><![CDATA[</rss>]]></description></item>", item("Two", "2"))
    assert titles(body) == titles(body[:-10]) == titles(body.replace(b"One", b"One&nbsp;")) == ["One", "Two"]


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("Warning: foo() in /x.php on line 3<br />\n", ""),
        ("", "<!-- no end"),
        ("", '<script>show("<item>");</script>'),
        ("", "<html><body><h1>Error & more</h1></body></html>"),
        ("<b>Notice</b>: &nbsp;", "<img src=counter>"),
    ],
)
def test_what_scripts_write_before_and_behind_a_feed_is_no_part_of_it(before: str, behind: str) -> None:
    body = rss(item("Q&amp;A &lt; R"), item("Two", "2"))
    parsed = read(before.encode() + body + behind.encode())
    assert [report.title for report in parsed.reports] == ["Q&A < R", "Two"]
    assert parsed.reports == read(body).reports


def test_a_broken_json_feed_is_read_as_far_as_it_goes() -> None:
    whole = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "One"}, {"id": "2"}]}'
    first_end = whole.index("}") + 1
    for length in range(first_end, len(whole) - 3):
        parsed = read(whole[:length])
        assert ([report.title for report in parsed.reports], parsed.whole) == (["One"], False)
    assert len(read(whole[:-2]).reports) == 2
    assert read(whole).whole


def test_line_breaks_within_the_texts_of_a_json_feed_are_read() -> None:
    assert titles(
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "One\nand\ttwo"}]}'
    ) == ["One and two"]


@pytest.mark.parametrize("fault", ["<textInput></source>", "<image><title>x</tit\x7fle><width>8</width>"])
def test_of_an_ill_formed_feed_that_feedparser_raises_at_the_other_items_are_read(fault: str) -> None:
    bad = f"<item><source><title>S</title>{fault}</item>"
    body = rss(item("One", "1"), bad, item("Three", "3"))
    assert {"One", "Three"} <= set(titles(body))
    in_head = rss(item("One", "1"), item("Two", "2"), head=f"<source>{fault}")
    assert titles(in_head) == ["One", "Two"]


def test_what_a_feed_calls_a_report_and_where_it_stands_hold_no_signs_that_nobody_sees() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": "\x1b[2J\u202e1", "url": "/\u202ea\x85", "title": "T"}],
    }
    parsed = read(json.dumps(feed))
    (report,) = parsed.reports
    assert (parsed.guids[report.id], report.url) == ("[2J1", "https://wire.example/%E2%80%AEa")


def test_an_item_that_feedparser_raises_at_costs_only_itself() -> None:
    box = "<textInput><title>Search</title></textInput>"
    odd = "<item><title>Odd <b>one</b></title></item>"
    body = rss(item("One", "1"), f"<item>{box}<title>Two</title><link>/2</link></item>", odd, item("Four", "4"))
    parsed = read(body)
    assert [report.title for report in parsed.reports] == ["One", "Two", "Odd one", "Four"]
    assert [report.url for report in parsed.reports][1] == "https://wire.example/2"
    assert parsed.title == "Test wire"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_without_a_scheme_has_that_of_its_feed(scheme: str) -> None:
    body = rss(item("One", "1", link="//b.example/1"), "<item><title>Two<b/></title><link>//b.example/2</link></item>")
    parsed = parse(body, spec=SPEC, base_url=f"{scheme}://wire.example/rss", now=NOW)
    assert [report.url for report in parsed.reports] == [f"{scheme}://b.example/1", f"{scheme}://b.example/2"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss(item("Сейм", "1")), "text/html"),
        (rss(item("Сейм", "1")), None),
        (rss(item("Сейм", "1")).replace(b"utf-8", b"us-ascii"), "text/xml"),
        (rss(item("Сейм", "1")).partition(b"\n")[2], None),
        (rss(item("Сейм", "1")), "text/xml; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + rss(item("Сейм", "1")), "application/rss+xml"),
        (b" \n junk " + rss(item("Сейм", "1")), "application/rss+xml"),
        (rss(item("Сейм", "1")) + b"<!-- junk", "application/octet-stream"),
        (rss(item("Сейм", "1")).decode().replace("utf-8", "windows-1251").encode("cp1251"), "text/xml"),
        (rss(item("Сейм", "1")).decode().replace("utf-8", "koi8-r").encode("koi8-r"), "application/xml"),
        (rss(item("Сейм", "1")).decode().replace("utf-8", "utf-16").encode("utf-16"), "application/xml"),
        (rss(item("Сейм", "1")).decode().encode("cp1251"), "application/xml; charset=windows-1251"),
    ],
)
def test_sloppy_feeds_in_many_encodings_are_read(body: bytes, content_type: str | None) -> None:
    assert titles(body, content_type) == ["Сейм"]


def test_one_broken_byte_does_not_garble_the_rest() -> None:
    body = rss(item("Сейм проголосовал за выход из конвенции", "1"), item("Закон", "2")).replace(
        "Закон".encode(), b"\xff"
    )
    assert titles(body)[0] == "Сейм проголосовал за выход из конвенции"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp037"])
def test_an_element_with_very_many_attributes_is_refused_at_once(encoding: str) -> None:
    attributes = " ".join(f'a{number}=">"' for number in range(20_000))
    body = (
        f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0'><channel><item {attributes}/></channel></rss>"
    )
    with pytest.raises(NotAFeedError, match="attributes"):
        read(body.encode(encoding))


def test_many_equal_signs_in_a_text_are_no_attributes() -> None:
    assert titles(rss(item("=" * 400 + " a='b'" * 2_000, "1")))


def test_a_feed_over_the_limit_is_refused() -> None:
    with pytest.raises(NotAFeedError, match="more than 10,000,000 bytes"):
        read(b"<rss>" + b" " * 10_000_000)


def test_entities_are_neither_fetched_nor_blown_up() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "lol">{levels}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    body = rss(item("&e9;&x; One", "1")).decode().replace("<rss", bomb + "<rss")
    (title,) = titles(body)
    assert len(title) <= 500
    assert "root:" not in title


def test_titles_and_summaries_are_plain_and_bounded() -> None:
    description = f"<description>&lt;script&gt;x&lt;/script&gt;{'word ' * 2000}</description>"
    body = rss(item(f"&lt;b&gt;A&lt;/b&gt;\u202e {'x ' * 600}", "1").replace("</item>", description + "</item>"))
    (report,) = read(body).reports
    assert report.title.startswith("A x")
    assert (len(report.title) <= 500, len(report.summary) <= 4000) == (True, True)
    assert report.summary.startswith("word word")


def test_an_entry_without_a_title_takes_the_beginning_of_its_summary() -> None:
    assert titles(rss("<item><guid>1</guid><description>Only a summary</description></item>")) == ["Only a summary"]


def test_an_entry_without_words_is_a_report_that_differs_from_others() -> None:
    numbered = "<item><guid>2</guid></item>"
    dated = "<item><pubDate>Sat, 22 Nov 2025 10:00:00 GMT</pubDate></item>"
    reports = read(rss(numbered, dated, dated.replace("10:", "11:"), "<item><category>a</category></item>")).reports
    assert [report.title for report in reports] == [""] * 4
    assert len({report.id for report in reports}) == 4


def test_a_link_that_is_not_http_is_left_out() -> None:
    (report,) = read(rss(item("One", "1", link="javascript:alert(1)"))).reports
    assert report.url is None


def ids(*items: str, spec: FeedSpec = SPEC) -> list[str]:
    return [report.id for report in read(rss(*items), spec=spec).reports]


def test_identity_is_the_guid_whatever_else_changes() -> None:
    assert ids(item("One", "g", link="/a")) == ids(item("Another", " g ", link="/b"))
    assert ids(item("One", "g")) != ids(item("One", "h"))


def test_a_guid_counts_within_its_feed_unless_it_is_an_address_or_a_global_name() -> None:
    other = FeedSpec("https://other.example/rss", "Other")
    assert ids(item("One", "17")) != ids(item("One", "17"), spec=other)
    for name in ("https://wire.example/17", "tag:wire.example,2025:17"):
        assert ids(item("One", name)) == ids(item("One", name), spec=other)
    assert ids(item("One", "http://wire.example/17/")) == ids(item("One", "https://wire.example/17?utm_source=rss"))


def test_without_a_guid_identity_is_the_link_and_without_a_link_the_words() -> None:
    assert ids(item("One", link="/a?utm_source=x")) == ids(item("Two", link="/a"))
    assert ids(item("One")) == ids(item("One")) != ids(item("Two"))


def test_a_guid_that_does_not_say_what_it_is_survives_a_move_of_the_feed() -> None:
    body = rss(item("One", "17"))
    here, there = (
        parse(body, spec=SPEC, base_url=f"https://{at}/rss", now=NOW).reports[0] for at in ("a.example", "b.example/x")
    )
    assert here == there
    assert here.url is None


def test_a_guid_or_link_that_several_entries_share_is_none() -> None:
    shared = [item("One", "same", link="/a"), item("Two", "same", link="/b")]
    assert ids(*shared) == ids(item("x", link="/a"), item("y", link="/b"))
    assert len(set(ids(item("One", link="/home"), item("Two", link="/home")))) == 2


def test_who_is_known_by_another_name_does_not_change_what_its_neighbour_is_known_by() -> None:
    day = "<pubDate>Fri, 21 Nov 2025 09:00:00 GMT</pubDate></item>"
    words = item("Daily").replace("</item>", day)
    assert ids(words, item("Daily", link="/daily"))[:1] == ids(words)
    address = item("Daily", link="/daily")
    assert ids(address, item("Other", "g", link="/daily"))[:1] == ids(address)


def dated(title: str, date: str, link: str = "") -> str:
    return item(title, link=link).replace("</item>", f"<pubDate>{date}</pubDate></item>")


def test_without_a_guid_what_is_told_anew_of_another_moment_is_another_report() -> None:
    days = ("Thu, 20 Nov 2025 09:00:00 GMT", "Fri, 21 Nov 2025 09:00:00 GMT")
    for link in ("", "/daily"):
        both = ids(*(dated("Daily", day, link) for day in days))
        assert len(set(both)) == 2
        assert ids(*(dated("Daily", day, link) for day in reversed(days))) == both[::-1]
        assert len(ids(*(dated("Daily", days[0], link) for _ in range(2)))) == 1


def test_without_a_guid_what_says_something_else_under_one_address_is_another_report() -> None:
    told = [
        item("Daily", link="/daily").replace("</item>", f"<description>{words}</description></item>") for words in "ab"
    ]
    assert len(set(ids(*told))) == 2


def test_entries_of_one_guid_and_title_are_one_whatever_else_they_say() -> None:
    told = [item("Daily", "g").replace("</item>", f"<description>{words}</description></item>") for words in "ab"]
    assert len(ids(*told)) == 1


def test_guids_that_differ_in_a_feed_name_different_entries_however_alike_they_are() -> None:
    guids = ("https://wire.example/%7Eone", "https://wire.example/~one", "https://WIRE.example/~one")
    entries = "".join(f"<entry><id>{guid}</id></entry>" for guid in guids)
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'
    assert len({report.id for report in read(feed).reports}) == 3
    assert len(ids(item("One", "https://wire.example/1"), item("One", "http://wire.example/1/"))) == 1


def test_an_identifier_names_an_entry_without_another_name() -> None:
    head = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
    entries = [
        f"<item><title>{title}</title><dc:identifier>doi:10/1</dc:identifier></item>" for title in ("One", "Two")
    ]
    one, two = (read(f"{head}{entry}</channel></rss>") for entry in entries)
    assert [report.id for report in one.reports] == [report.id for report in two.reports]
    assert list(one.guids.values()) == ["doi:10/1"]


def test_what_stands_in_a_feed_twice_comes_once() -> None:
    assert titles(rss(item("First", "g", link="/a"), item("First", "g", link="/a?utm_source=rss"))) == ["First"]


def test_a_feed_says_how_often_it_wants_to_be_asked() -> None:
    head = (
        "<ttl>90</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours>"
        "<skipDays><day>Monday</day><day>Sunday</day><day>Noday</day></skipDays>"
        '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>'
        '<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">4</sy:updateFrequency>'
    )
    hints = read(rss(head=head)).hints
    assert hints == FeedHints(5_400, 21_600, frozenset({0, 5}), frozenset({0, 6}))


@pytest.mark.parametrize("ttl", ["-5", "0", "soon", "1e9", ""])
def test_broken_hints_are_none(ttl: str) -> None:
    assert read(rss(head=f"<ttl>{ttl}</ttl>")).hints == FeedHints()


def test_what_was_parsed_can_cross_to_another_process() -> None:
    parsed = read(ATOM)
    assert pickle.loads(pickle.dumps(parsed)) == parsed  # noqa: S301 - our own bytes


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from(rss(item("a", "b", "c", "d")).split(b">")), max_size=30).map(b">".join)
)
def test_any_bytes_are_a_feed_or_an_error(body: bytes) -> None:
    try:
        read(body)
    except NotAFeedError:
        return
