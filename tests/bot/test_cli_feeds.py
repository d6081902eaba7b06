"""The command line's tools for feeds."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree

from bot.feed_lines import FeedLine, checked_block, checked_line
from config.sources import load_sources
from store import feeds
from store.database import Database
from store.feeds import FeedSpec, FeedState
from tests.bot.program import NOW
from watchers.asking import Asked, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bot.program import Run

HOUR = timedelta(hours=1)
FEED = '<rss version="2.0"><channel><title>T</title><item><title>News</title><guid>1</guid></item></channel></rss>'


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = FEED.encode()
        self.send_response(200 if self.path == "/good" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """A server with one feed, at /good, and nothing else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of one feed in place of the shipped one."""
    file = tmp_path / "list.toml"
    file.write_text('[[feed]]\nurl = "https://a.example/rss"\noutlet = "A & B"\nlang = "fr"\n', encoding="utf-8")
    monkeypatch.setenv("TREATYWATCH_FEEDS__FILE", str(file))
    return file


def opml(file: Path, *urls: str) -> str:
    rows = "".join(f'<outline text="Outlet {url[8:]}" xmlUrl="{url}"/>' for url in urls)
    file.write_text(f'<opml version="2.0"><body><outline text="Mine">{rows}</outline></body></opml>', encoding="utf-8")
    return str(file)


STATE = FeedState(1, FeedSpec("https://a.example/rss", "A"), "https://a.example/rss")
WELL = STATE._replace(last_ok=NOW - HOUR, next_poll=NOW + HOUR)


@pytest.mark.parametrize(
    ("state", "silent", "health"),
    [
        (STATE, False, "new"),
        (WELL, False, "well"),
        (WELL, True, "silent"),
        (WELL._replace(failures=2, last_error="answers HTTP 500"), True, "failing"),
        (WELL._replace(last_error="breaks off"), False, "failing"),
        (WELL._replace(gone=True, last_error="gone"), False, "gone"),
        (WELL._replace(twin_of=7), False, "twin"),
    ],
)
def test_the_health_of_a_feed(state: FeedState, health: str, *, silent: bool) -> None:
    assert FeedLine(state, silent, NOW).health == health


def test_a_feed_as_cells() -> None:
    lively = FeedLine(WELL._replace(last_item=NOW - 3 * HOUR, rhythm=1_800.0), silent=False, now=NOW)

    assert lively.cells() == ("well", "A", "every 30 min", "3 h ago", "in 60 min", "–", "https://a.example/rss")
    assert FeedLine(STATE, silent=False, now=NOW).cells()[2:6] == ("–", "–", "due", "–")
    assert FeedLine(STATE._replace(gone=True), silent=False, now=NOW).cells()[4] == "never"


def test_the_list_tells_of_feeds_that_were_never_polled(run: Run, listed: Path) -> None:
    code, out, _ = run("feeds", "list")

    assert (code, listed.exists()) == (0, True)
    assert out == "new\tA & B\t–\t–\tdue\t–\thttps://a.example/rss\n"


def test_the_list_as_data_has_what_the_store_knows(run: Run, listed: Path, url: str) -> None:
    run("db", "upgrade")
    with Database(url) as database, database.transaction() as conn:
        feeds.sync(conn, [FeedSpec("https://a.example/rss", "Old name"), FeedSpec("https://gone.example/", "Gone")])
        state = feeds.all_feeds(conn)[0]
        known = state._replace(last_ok=NOW, next_poll=NOW + HOUR, last_status=200, last_item=NOW - HOUR, rhythm=60.0)
        feeds.save(conn, known)
    code, out, _ = run("feeds", "list", "--json")
    [feed] = json.loads(out)

    assert (code, listed.exists()) == (0, True)
    assert feed == {
        "url": "https://a.example/rss",
        "outlet": "A & B",
        "country": None,
        "lang": "fr",
        "kind": "outlet",
        "group": None,
        "health": "well",
        "rhythm": 60.0,
        "last_item": "2025-10-01T08:30:00+00:00",
        "last_ok": "2025-10-01T09:30:00+00:00",
        "next_poll": "2025-10-01T10:30:00+00:00",
        "interval": state.interval,
        "failures": 0,
        "last_status": 200,
        "last_error": None,
        "address": "https://a.example/rss",
    }


def test_feeds_are_imported_once_and_polled_from_then_on(run: Run, listed: Path, tmp_path: Path) -> None:
    file = opml(tmp_path / "in.opml", "https://a.example/rss", "https://b.example/rss", "https://c.example/rss")

    assert run("feeds", "import", file) == (0, "2 feeds added to data/feeds.toml, 1 listed already\n", "")
    assert run("feeds", "import", file) == (0, "0 feeds added to data/feeds.toml, 3 listed already\n", "")
    found = load_sources(listed, tmp_path / "data" / "feeds.toml").feeds
    assert [(feed.outlet, feed.folder) for feed in found] == [
        ("A & B", None),
        ("Outlet b.example/rss", "Mine"),
        ("Outlet c.example/rss", "Mine"),
    ]
    assert len(run("feeds", "list")[1].splitlines()) == 3


def test_addresses_that_must_not_be_asked_are_told_and_the_rest_is_imported(
    run: Run, listed: Path, tmp_path: Path
) -> None:
    file = opml(tmp_path / "in.opml", "http://169.254.169.254/latest", "https://b.example/rss", "gopher://c.example/")
    code, out, err = run("feeds", "import", file)

    assert (code, listed.exists()) == (1, True)
    assert out == "1 feeds added to data/feeds.toml, 2 cannot be used\n"
    assert "http://169.254.169.254/latest leads to an inside address" in err
    assert "gopher://c.example/ is neither http nor https" in err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<!DOCTYPE opml [<!ENTITY a 'aa'>]><opml>&a;</opml>", "has a document type or entities"),
        ("nonsense", "is not well-formed XML"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_line(run: Run, tmp_path: Path, text: str | None, why: str) -> None:
    file = tmp_path / "in.opml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    code, out, err = run("feeds", "import", str(file))

    assert (code, out) == (1, "")
    assert err.startswith(f"treatywatch: {file}: ")
    assert why in err
    assert not (tmp_path / "data" / "feeds.toml").exists()


def test_a_list_that_cannot_be_written_is_one_line(run: Run, listed: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way", encoding="utf-8")
    code, _, err = run("feeds", "import", opml(tmp_path / "in.opml", "https://b.example/rss"))

    assert (code, listed.exists()) == (1, True)
    assert err.startswith("treatywatch: data/feeds.toml: ")


def test_what_is_exported_can_be_imported_again(run: Run, listed: Path, tmp_path: Path) -> None:
    run("feeds", "import", opml(tmp_path / "in.opml", "https://b.example/rss"))
    code, out, _ = run("feeds", "export", "-o", "out.opml")
    folders = {
        one.get("text"): [feed.get("xmlUrl") for feed in one]
        for one in ElementTree.parse(tmp_path / "out.opml").iter()
        if len(one)
    }

    assert (code, out) == (0, "2 feeds written to out.opml\n")
    assert folders["Outlets"] == ["https://a.example/rss"]
    assert folders["Mine"] == ["https://b.example/rss"]
    listed.write_text('[[feed]]\nurl = "https://z.example/"\noutlet = "Z"\n', encoding="utf-8")
    assert run("feeds", "import", "out.opml")[1] == "1 feeds added to data/feeds.toml, 1 listed already\n"
    assert run("feeds", "export")[1].count("xmlUrl=") == 3


def test_the_shipped_list_survives_export_and_import(run: Run, tmp_path: Path, listed: Path) -> None:
    with pytest.MonkeyPatch.context() as bare:
        bare.delenv("TREATYWATCH_FEEDS__FILE")
        run("feeds", "export", "-o", "all.opml")
    run("feeds", "import", "all.opml")
    mine = load_sources(listed, tmp_path / "data" / "feeds.toml").feeds[1:]

    assert {replace(feed, folder=None) for feed in mine} == set(load_sources().feeds)


def test_an_export_that_cannot_be_written_is_one_line(run: Run) -> None:
    code, out, err = run("feeds", "export", "-o", "nowhere/out.opml")

    assert (code, out) == (1, "")
    assert err == "treatywatch: nowhere/out.opml: No such file or directory\n"


def test_every_feed_is_asked_once_and_one_that_fails_is_a_fault(
    run: Run, listed: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREATYWATCH_FEEDS__ALLOW_HOSTS", server.removeprefix("http://"))
    good = f'[[feed]]\nurl = "{server}/good"\noutlet = "Good"\n'
    listed.write_text(good, encoding="utf-8")
    code, out, _ = run("check", "--feeds")
    assert code == 0
    assert f"well\tGood\t{server}/good\t1 items\n" in out
    assert "1 of 1 feeds are well\n" in out

    listed.write_text(good + f'[[feed]]\nurl = "{server}/bad"\noutlet = "Bad"\n', encoding="utf-8")
    code, out, err = run("check", "--feeds")
    assert (code, err) == (1, "1 of 2 feeds are well\n")
    assert f"fails\tBad\t{server}/bad\t{server}/bad answers HTTP 404\n" in out


def test_without_a_network_the_check_says_so(
    run: Run, listed: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("TREATYWATCH_FEEDS__ALLOW_HOSTS", "127.0.0.1")
    rows = (f'[[feed]]\nurl = "http://127.0.0.1:{unused_tcp_port}/{n}"\noutlet = "O"\n' for n in range(20))
    listed.write_text("".join(rows), encoding="utf-8")
    code, out, err = run("check", "--feeds")

    assert code == 1
    assert "treatywatch: there seems to be no network" in err
    assert "0 of 20 feeds are well" in err
    assert out.count("not asked\t") == 8


def on_terminal(*arguments: str, columns: int, cwd: Path) -> tuple[int, list[str]]:
    """Run the program on a terminal of that width; its exit code, and what stands on the terminal then."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "bot", *arguments]
    shown = b""
    with subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, cwd=cwd, env=environment
    ) as running:
        os.close(follower)
        with suppress(OSError):  # what Linux says of a terminal whose last user is gone
            while more := os.read(leader, 4_096):
                shown += more
    os.close(leader)
    return running.returncode, shown.decode().replace("\r", "").splitlines()


def test_on_a_narrow_terminal_feeds_are_listed_in_blocks_and_on_a_wide_one_in_a_table(
    listed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert listed.exists()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    code, lines = on_terminal("feeds", "list", columns=60, cwd=tmp_path)
    assert (code, [line.rstrip() for line in lines]) == (
        0,
        ["new     A & B", "  next poll due", "  https://a.example/rss"],
    )
    code, lines = on_terminal("feeds", "list", columns=140, cwd=tmp_path)
    assert code == 0
    assert any("https://a.example/rss" in line and "│" in line for line in lines)


def test_on_a_terminal_a_check_says_an_address_once(
    listed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("TREATYWATCH_FEEDS__ALLOW_HOSTS", "127.0.0.1")
    url = f"http://127.0.0.1:{unused_tcp_port}/"
    listed.write_text(f'[[feed]]\nurl = "{url}"\noutlet = "O"\n', encoding="utf-8")
    code, lines = on_terminal("check", "--feeds", columns=60, cwd=tmp_path)
    assert code == 1
    assert "out of reach  O" in [line.rstrip() for line in lines]
    assert sum(url in line for line in lines) == 1
    assert max(map(len, lines[:3])) <= 60


def test_a_block_says_what_is_known_of_a_feed() -> None:
    state = WELL._replace(rhythm=3_600.0, last_item=NOW - 2 * HOUR, last_error="answers HTTP 500", failures=1)
    assert FeedLine(state, silent=False, now=NOW).block() == (
        "failing A",
        "last item 2 h ago, every 60 min, next poll in 60 min",
        "answers HTTP 500",
        "https://a.example/rss",
    )


def test_the_password_of_an_address_is_shown_nowhere() -> None:
    url = "https://some:one@a.example:8443/rss?a=b@c"
    line = FeedLine(WELL._replace(spec=replace(WELL.spec, url=url), address=url), silent=False, now=NOW)
    shown = "https://some:***@a.example:8443/rss?a=b@c"
    assert line.cells()[-1] == line.block()[-1] == line.json()["url"] == line.json()["address"] == shown
    checked = Asked(url, "A", Condition.WELL, "30 items")
    assert checked_line(checked) == f"{Condition.WELL}\tA\t{shown}\t30 items"
    assert checked_block(checked)[1:] == (shown, "30 items")
    plain = "https://a.example/some:one@there"
    assert FeedLine(STATE._replace(spec=replace(STATE.spec, url=plain)), silent=False, now=NOW).cells()[-1] == plain


def test_the_check_without_feeds_asks_nobody(run: Run, listed: Path) -> None:
    assert run("check") == (0, "settings, data files, feeds and tokens are fine\n", "")
    assert listed.exists()


def test_pages_records_and_searches_are_watched_like_feeds(
    run: Run, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed.write_text(
        '[[page]]\nurl = "https://p.example/"\noutlet = "Page"\nselect = "main"\n'
        '[[depositary]]\nurl = "https://d.example/x.xml"\noutlet = "Record"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("TREATYWATCH_FEEDS__QUERY_TEMPLATES", "https://s.example/?q={query}&hl={lang}")
    monkeypatch.setenv("TREATYWATCH_FEEDS__QUERY_MOST", "3")
    found = json.loads(run("feeds", "list", "--json")[1])

    assert [(one["outlet"], one["kind"]) for one in found[-2:]] == [("Page", "official"), ("Record", "official")]
    assert [one["outlet"] for one in found[:-2]] == ["News search"] * 3
    assert all(one["url"].startswith("https://s.example/?q=") for one in found[:-2])
    assert run("feeds", "export")[1].count("xmlUrl") == 0


def test_full_text_without_its_library_is_a_fault(run: Run, listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_FEEDS__FULL_TEXT", "true")
    assert run("check")[0] == 0
    monkeypatch.setitem(sys.modules, "watchers.article", None)
    code, _, err = run("check")

    assert (code, listed.exists()) == (1, True)
    assert err == "treatywatch: feeds.full_text needs trafilatura; install it with `make full-text`\n"
