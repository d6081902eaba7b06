"""`run --once`: one turn of every job, as cron wants it."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bot.program import Run

NEWS = "Latvia's parliament votes to leave the Istanbul Convention"
FEED = (
    f'<rss version="2.0"><channel><title>Wire</title><item><title>{NEWS}</title><guid>1</guid>'
    "<pubDate>Wed, 01 Oct 2025 09:00:00 GMT</pubDate></item></channel></rss>"
)


class Answering(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = FEED.encode()
        self.send_response(200 if self.path == "/good" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a server of two listed feeds is asked."""
    Answering.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        here = f"127.0.0.1:{running.server_port}"
        file = tmp_path / "list.toml"
        file.write_text(
            "".join(f'[[feed]]\nurl = "http://{here}/{name}"\noutlet = "O"\nlang = "en"\n' for name in ("good", "bad"))
        )
        monkeypatch.setenv("TREATYWATCH_FEEDS__FILE", str(file))
        monkeypatch.setenv("TREATYWATCH_FEEDS__ALLOW_HOSTS", here)
        yield Answering.asked
        running.shutdown()
        thread.join()


def test_what_is_due_is_polled_and_told_once(run: Run, asked: list[str]) -> None:
    code, out, _ = run("run", "--once")
    assert (code, asked) == (0, ["/good", "/bad"])
    assert "NEW  🇱🇻 Latvia" in out
    assert out.endswith("2 feeds were due: 1 with something new, 0 unchanged, 1 failed; 1 new reports.\n")

    code, out, _ = run("run", "--once")
    assert (code, asked) == (0, ["/good", "/bad"])
    assert "Latvia" not in out
    assert out.endswith("0 feeds were due: 0 with something new, 0 unchanged, 0 failed; 0 new reports.\n")
