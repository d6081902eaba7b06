"""What the program shows of a feed in a file."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

from tests.watchers.hostile import item, rss

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.bot.program import Run

FEED = rss(
    item("Latvia &amp;amp; the treaty", "lv-1", "Mon, 22 Sep 2025 10:00:00 +0300", "/a?utm_source=x"),
    item("Undated", link="https://wire.example/b"),
    head="<language>en</language>",
)


def test_a_feed_is_printed_as_one_json_report_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(FEED)
    code, out, err = run("feeds", "parse", "feed.xml", "--json", "--url", "https://wire.example/rss")
    first, second = (json.loads(line) for line in out.splitlines())
    assert (code, err) == (0, "")
    assert list(first) == ["id", "title", "summary", "published", "lang", "url", "guid", "version"]
    assert (first["title"], first["guid"], first["lang"]) == ("Latvia & the treaty", "lv-1", "en")
    assert (first["published"], first["url"]) == ("2025-09-22T10:00:00+03:00", "https://wire.example/a")
    assert (second["published"], second["guid"]) == (None, None)
    assert first["id"] != second["id"]


def test_people_see_day_title_and_address(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(FEED)
    _, out, _ = run("feeds", "parse", "feed.xml")
    assert out.splitlines() == ["2025-09-22\tLatvia & the treaty\t", "no date   \tUndated\thttps://wire.example/b"]


def test_a_feed_comes_from_standard_input_with_the_type_that_a_server_gave(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "<rss><channel><item><title>Дума</title></item></channel></rss>".encode("koi8-r")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(words)))
    _, out, _ = run("feeds", "parse", "-", "--json", "--content-type", "text/xml; charset=koi8-r")
    assert json.loads(out)["title"] == "Дума"


def test_what_is_no_feed_and_what_is_no_file_are_one_line_each(run: Run, tmp_path: Path) -> None:
    (tmp_path / "page").write_text(
        "<html><link rel=alternate type=application/rss+xml href=https://b.example/f></html>"
    )
    assert run("feeds", "parse", "page", "--json") == (
        1,
        "",
        "treatywatch: page is HTML, not a feed; it names a feed at https://b.example/f\n",
    )
    code, out, err = run("feeds", "parse", "missing")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "missing cannot be read" in err


def test_a_feed_that_breaks_off_is_printed_and_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(FEED.removesuffix(b"</channel></rss>"))
    code, out, err = run("feeds", "parse", "feed.xml")
    assert (code, "Undated" in out, err) == (0, True, "treatywatch: feed.xml breaks off before its end\n")


def test_half_an_item_is_left_for_when_the_feed_comes_whole(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(FEED[:-25])
    code, out, _ = run("feeds", "parse", "feed.xml")
    assert (code, out.count("\n")) == (0, 1)
