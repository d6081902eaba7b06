from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from watchers.guard import Guard
from watchers.opml import LARGEST, MOST_FEEDS, Opml, OpmlError, Outline, read_opml, write_opml
from watchers.plaintext import plain

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
GUARD = Guard(())


def opml(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def outline(url: str, text: str = "A", inner: str = "") -> str:
    return f'<outline text="{text}" type="rss" xmlUrl="{url}">{inner}</outline>'


def read(body: str) -> tuple[Outline, ...]:
    return read_opml(opml(body), GUARD).feeds


def test_feeds_are_read_in_order_with_their_folders() -> None:
    body = (
        f'<outline text="Europe"><outline text="North">{outline("https://a.example/rss")}</outline>'
        f"{outline('https://b.example/rss', 'B')}</outline>{outline('https://c.example/rss', 'C')}"
    )

    assert read(body) == (
        Outline("https://a.example/rss", "A", folder="Europe/North"),
        Outline("https://b.example/rss", "B", folder="Europe"),
        Outline("https://c.example/rss", "C"),
    )


def test_a_title_wins_over_a_text_and_a_nameless_feed_is_called_by_its_host() -> None:
    body = (
        '<outline text="t" title="Title" xmlUrl="https://a.example/"/>'
        '<outline title=" " text="Text" xmlUrl="https://b.example/"/>'
        '<outline xmlUrl="https://c.example/"/>'
    )

    assert [feed.outlet for feed in read(body)] == ["Title", "Text", "c.example"]


def test_sloppy_documents_are_read() -> None:
    body = (
        '<outline TEXT="A" XMLURL=" https://a.example/ " language="EN-gb"/>'
        '<outline text="no feed" type="link" url="https://x.example/"/>'
        f"{outline('https://p.example/', 'P', outline('https://q.example/', 'Q'))}"
        '<outline text="x" xmlUrl="https://z.example/" language="English please"/>'
    )

    assert read(body) == (
        Outline("https://a.example/", "A", lang="en"),
        Outline("https://p.example/", "P"),
        Outline("https://q.example/", "Q"),
        Outline("https://z.example/", "x"),
    )


def test_a_blank_in_an_address_is_mended_and_one_in_a_host_is_told() -> None:
    body = outline("https://a.example/all news") + outline("http:// a.example/") + outline("https://b.example/")
    found = read_opml(opml(body), GUARD)

    assert [feed.url for feed in found.feeds] == ["https://a.example/all%20news", "https://b.example/"]
    assert len(found.faults) == 1


def test_the_same_address_comes_once() -> None:
    assert [feed.outlet for feed in read(outline("https://a.example/", "1") + outline("https://a.example/", "2"))] == [
        "1"
    ]


def test_an_address_that_must_not_be_asked_is_told_and_the_rest_is_read() -> None:
    inside = [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://169.254.169.254/x",
        "http://10.0.0.1/",
    ]
    other = ["ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "nonsense"]
    found = read_opml(opml("".join(map(outline, [*inside, *other, "https://a.example/"]))), GUARD)

    assert [feed.url for feed in found.feeds] == ["https://a.example/"]
    assert sum("inside address" in fault for fault in found.faults) == len(inside)
    assert sum("neither http nor https" in fault or "valid" in fault for fault in found.faults) == len(other)


def test_an_inside_address_that_the_settings_allow_is_read() -> None:
    document = opml(outline("http://127.0.0.1:8080/rss"))

    assert len(read_opml(document, Guard(["127.0.0.1:8080"])).feeds) == 1


def test_texts_are_plain_and_bounded() -> None:
    [feed] = read(outline("https://a.example/", "&lt;script&gt;x&lt;/script&gt;&#9;News" + "s" * 500))

    assert feed.outlet.startswith("News")
    assert len(feed.outlet) == 200


BOMB = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE opml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE opml SYSTEM "http://127.0.0.1/opml.dtd">'


@pytest.mark.parametrize("head", [BOMB, FILE, REMOTE], ids=["bomb", "file", "remote"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_encoding(head: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{head}<opml><body>{outline("https://a.example/")}</body></opml>'

    with pytest.raises(OpmlError, match="document type or entities"):
        read_opml(text.encode(encoding), GUARD)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "not well-formed"),
        (b"not xml", "not well-formed"),
        (b"<opml><body>", "not well-formed"),
        (b"<opml>&undefined;</opml>", "not well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><opml/>', "not well-formed"),
        (b"<rss><channel/></rss>", "is no OPML: it begins with <rss>"),
        (b"<!DOCTYPE html><html/>", "document type"),
        (b" " * (LARGEST + 1), "bigger than 10,000,000 bytes"),
        (opml("<outline>" * 60 + "</outline>" * 60), "nested more than 50 deep"),
        (opml("<outline>" * 500_000), "nested more than 50 deep"),
        (opml(outline("x") * (MOST_FEEDS + 2)), "more than 10,000 feeds"),
    ],
    ids=["empty", "text", "cut", "entity", "encoding", "rss", "html", "big", "deep", "deeper", "many"],
)
def test_what_is_no_opml_is_refused_with_the_reason(document: bytes, why: str) -> None:
    with pytest.raises(OpmlError, match=why):
        read_opml(document, GUARD)


def test_what_is_written_is_opml_2() -> None:
    text = write_opml([Outline("https://a.example/?x=1&y=2", 'A & "B" <C>', lang="fr")], title="T", now=NOW)
    root = ElementTree.fromstring(text)
    [feed] = root.iter("outline")

    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "T"
    assert root.findtext("head/dateCreated") == "Sat, 22 Nov 2025 12:00:00 +0000"
    assert {name: feed.get(name) for name in ("type", "text", "title", "xmlUrl", "language")} == {
        "type": "rss",
        "text": 'A & "B" <C>',
        "title": 'A & "B" <C>',
        "xmlUrl": "https://a.example/?x=1&y=2",
        "language": "fr",
    }


def test_a_folder_is_written_once() -> None:
    feeds = [
        Outline(f"https://{name}.example/", name, folder=folder)
        for name, folder in (("a", "x/y"), ("b", "x"), ("c", "x/y"))
    ]
    root = ElementTree.fromstring(write_opml(feeds, title="T", now=NOW))

    assert [one.get("text") for one in root.iter("outline")] == ["x", "y", "a", "c", "b"]


# Names as they are after reading: in one line, without markup.
names = st.text(min_size=1, max_size=40).filter(lambda text: plain(text, 40) == text and "/" not in text)
outlines = st.builds(
    Outline,
    url=st.integers(0, 99).map(lambda n: f"https://h{n}.example/?a=1&b=<2>"[:30]),
    outlet=names,
    country=st.none() | st.sampled_from(["FR", "RU"]),
    lang=st.none() | st.sampled_from(["fr", "ru"]),
    kind=st.sampled_from(["official", "agency", "outlet", "ngo", "blog"]),
    group=st.none() | names,
    folder=st.none() | st.lists(names, min_size=1, max_size=3).map("/".join),
)


@given(st.lists(outlines, max_size=8, unique_by=lambda feed: feed.url))
def test_what_is_written_is_read_again(feeds: list[Outline]) -> None:
    found = read_opml(write_opml(feeds, title="T", now=NOW).encode(), GUARD)

    assert found.faults == ()
    # A folder's feeds come together, so the order may change.
    assert {feed.url: feed for feed in found.feeds} == {feed.url: feed for feed in feeds}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(document: bytes) -> None:
    with suppress(OpmlError):
        assert isinstance(read_opml(document, GUARD), Opml)
