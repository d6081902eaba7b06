from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import feeds
from store.feeds import FeedSpec
from tests.watchers.hostile import answer
from tests.watchers.test_polling import Taker
from watchers.pages import MOST_PIECES, PageReader
from watchers.parse import LONGEST_BODY, LONGEST_TITLE, NotAFeedError
from watchers.polling import Poller, PollOptions, PollSummary, in_a_thread
from watchers.sources import ByAddress

if TYPE_CHECKING:
    from store.database import Database
    from store.feeds import FeedState
    from tests.watchers.hostile import HostileServer
    from treaties.model import Report
    from watchers.fetch import Fetcher

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(minutes=61)
URL = "https://ministry.example/status"
SPEC = FeedSpec(URL, "Ministry", "FR", "fr", "official", "State")


def page(inner: str) -> bytes:
    return f"<!doctype html><html><head><title>Status</title></head><body>{inner}</body></html>".encode()


def read(body: bytes, reader: PageReader, content_type: str | None = None) -> tuple[Report, ...]:
    return reader(body, spec=SPEC, base_url=URL, now=NOW, content_type=content_type).reports


def titles(inner: str, select: str = "main", drop: str | None = None) -> list[str]:
    return [report.title for report in read(page(inner), PageReader(select, drop))]


def test_rows_items_and_paragraphs_are_pieces() -> None:
    inner = (
        "<main><h1>Parties</h1><p>Two <b>states</b>.</p><ul><li>One <p>with a paragraph</p></li><li>Two</li></ul>"
        "<table><thead><tr><th>State</th><th>Date</th></tr></thead><tr><td>Latvia</td><td></td><td>2 May</td></tr>"
        "</table>loose <i>words</i> <div>boxed</div> behind</main><footer><p>Not this</p></footer>"
    )

    assert titles(inner) == [
        "Parties",
        "Two states.",
        "One with a paragraph",
        "Two",
        "State | Date",
        "Latvia | 2 May",
        "loose words",
        "boxed",
        "behind",
    ]


def test_each_element_that_is_selected_is_read_once() -> None:
    assert titles("<ul><li>Outer<ul><li>Inner</li></ul></li><li>Next</li></ul>", "li") == ["Outer Inner", "Next"]
    assert titles("<div><div><p>A word</p></div></div>", "div") == ["A word"]


def test_scripts_comments_and_what_says_nothing_are_no_pieces() -> None:
    silent = "<script>x()</script><style>p{}</style><!-- <p>no</p> --><p>– –</p><p>12</p><p>   </p>"

    assert titles(f"<main>{silent}<p>Yes, this</p></main>") == ["Yes, this"]


def test_what_is_to_be_dropped_is_dropped_and_the_text_behind_it_stays() -> None:
    inner = "<main><span class='clock'>12:01</span> Behind <p>Kept <em class='clock'>12:02</em> too</p></main>"

    assert titles(inner, drop=".clock") == ["Behind", "Kept too"]


def test_a_report_bears_what_the_settings_say() -> None:
    [report] = read(
        page("<main><p>Left on 2 May. <a href='/note?utm_source=x'>Note</a></p></main>"), PageReader("main")
    )

    assert (report.outlet, report.country, report.lang, report.group) == ("Ministry", "FR", "fr", "State")
    assert (report.official, report.record, report.published) == (True, False, None)
    assert report.url == "https://ministry.example/note"


def test_a_piece_without_a_link_is_found_at_the_page() -> None:
    reports = read(page("<p>None</p><p><a href='javascript:x()'>Bad</a></p>"), PageReader("p"))

    assert [report.url for report in reports] == [URL, URL]


def test_the_title_of_the_settings_stands_before_each_piece() -> None:
    [report] = read(page("<p>Latvia has left.</p>"), PageReader("p", title="Mine Ban Treaty"))

    assert (report.title, report.summary) == ("Mine Ban Treaty: Latvia has left.", "")


def test_a_long_piece_is_told_in_full_behind_a_short_title() -> None:
    text = "word " * 300
    [report] = read(page(f"<p>{text}</p>"), PageReader("p"))

    assert len(report.title) <= LONGEST_TITLE
    assert report.summary == text.strip()


def test_a_piece_is_known_again_wherever_it_stands_and_however_it_is_set() -> None:
    [before] = read(page("<main><p>Latvia has  left.</p></main>"), PageReader("main"))
    found = read(
        page("<main><div>New words</div><ul><li><b>Latvia</b> has\nleft.</li></ul></main>"), PageReader("main")
    )

    assert before.id in {report.id for report in found}
    assert len({report.id for report in found}) == 2


def test_the_same_piece_on_another_page_is_another_report() -> None:
    other = FeedSpec("https://ministry.example/other", "Ministry")
    [mine] = read(page("<p>Latvia</p>"), PageReader("p"))
    [theirs] = PageReader("p")(page("<p>Latvia</p>"), spec=other, base_url=other.url, now=NOW).reports

    assert mine.id != theirs.id


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<p>Литва вышла</p>".encode(), None),
        ("<p>Литва вышла</p>".encode("cp1251"), "text/html; charset=windows-1251"),
        ("<meta charset='windows-1251'><p>Литва вышла</p>".encode("cp1251"), "text/html"),
        (b"\xef\xbb\xbf" + "<p>Литва вышла</p>".encode(), "text/html; charset=windows-1251"),
        ("<p>Литва вышла</p>".encode(), "text/html; charset=nonsense"),
    ],
    ids=["none", "header", "meta", "mark", "nonsense"],
)
def test_the_charset_is_found(body: bytes, content_type: str | None) -> None:
    assert [report.title for report in read(body, PageReader("p"), content_type)] == ["Литва вышла"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (page("<p>Sorry</p>"), "has nothing at 'main'"),
        (page("<main></main>"), "has nothing at 'main'"),
        (page("<main><p>–</p></main>"), "has nothing at 'main'"),
        (b"", "cannot be read|is empty|has nothing"),
        (b"\x00\x01\x02", "has nothing|cannot be read"),
        (b'{"json": 1}', "has nothing at 'main'"),
        (b" " * (LONGEST_BODY + 1), f"of more than {LONGEST_BODY:,} bytes"),
        (page("<main>" + "".join(f"<p>Row {n}</p>" for n in range(MOST_PIECES + 1)) + "</main>"), "more than 1,000 pi"),
    ],
    ids=["gone", "empty", "dash", "nothing", "binary", "json", "big", "many"],
)
def test_a_page_without_the_watched_part_is_an_error(body: bytes, why: str) -> None:
    with pytest.raises(NotAFeedError, match=why):
        read(body, PageReader("main"))


def test_hostile_markup_ends() -> None:
    deep = page("<main>" + "<div>" * 20_000 + "Deep down" + "</main>")
    bomb = b'<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><main><p>Text &b;</p></main>'
    attributes = page("<main><p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">Many attributes</p></main>")

    hidden = page("<main><p>&lt;script&gt;alert(1)&lt;/script&gt;\x1b[2J Safe\u202e text</p></main>")

    assert [report.title for report in read(hidden, PageReader("main"))] == ["[2J Safe text"]
    assert "aaaa" not in str(read(bomb, PageReader("main")))
    assert read(attributes, PageReader("main"))[0].title == "Many attributes"
    with suppress(NotAFeedError):
        assert len(read(deep, PageReader("main"))) <= 1


def poller(database: Database, fetcher: Fetcher, taker: Taker, url: str) -> Poller:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, "Ministry", kind="official")])
    reading = ByAddress({url: PageReader("main")}, (), in_a_thread)
    return Poller(database, fetcher, taker, PollOptions(jitter=lambda: 0.0), reading)


def state(database: Database) -> FeedState:
    with database.reading() as conn:
        [found] = feeds.all_feeds(conn)
    return found


async def test_what_is_new_on_a_page_is_a_report_and_what_was_there_is_none(
    server: HostileServer, sqlite_database: Database, fetcher: Fetcher
) -> None:
    taker = Taker(sqlite_database)
    old, new = "<p>Estonia is a party.</p>", "<p>Estonia has left.</p>"
    url = server.say(
        "/status", answer(200, page(f"<main>{old}</main>"), ETag='"1"'), answer(200, page(f"<main>{new}{old}</main>"))
    )
    watching = poller(sqlite_database, fetcher, taker, url)

    await watching.poll_due(NOW)
    assert taker.quiet == ["Estonia is a party."]
    assert await watching.poll_due(NOW + HOUR) == PollSummary(good=1, reports=1)
    assert (taker.titles[1:], len(taker.quiet)) == (["Estonia has left."], 1)
    assert taker.taken[-1].published == NOW + HOUR
    assert server.asked[1].header(b"if-none-match") == b'"1"'


async def test_a_page_that_vanishes_is_an_error_and_comes_back_without_a_flood(
    server: HostileServer, sqlite_database: Database, fetcher: Fetcher
) -> None:
    taker = Taker(sqlite_database)
    good = answer(200, page("<main><p>Estonia is a party.</p></main>"))
    url = server.say("/status", good, answer(404), answer(200, page("<p>We are building</p>")), good)
    watching = poller(sqlite_database, fetcher, taker, url)

    errors = []
    for days in range(4):
        await watching.poll_due(NOW + timedelta(days=2 * days))
        errors.append(state(sqlite_database).last_error)

    assert errors[0] is None
    assert "404" in str(errors[1])
    assert "has nothing at 'main'" in str(errors[2])
    assert errors[3] is None
    assert taker.titles == ["Estonia is a party."]
