"""The loopback server that hands the story's feeds out, with validators as any newsroom's server has them."""

from __future__ import annotations

import hashlib
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self

from bot.demo.feeds import last_change, render_feed
from bot.demo.story import HOST, Story, visible

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from email.message import Message as Headers
    from pathlib import Path
    from types import TracebackType

# A client that opens a connection and says nothing must not keep the server from closing.
_PATIENCE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Page:
    """A feed as it stands at one moment, with what a client needs to ask for changes only."""

    body: bytes
    content_type: str
    changed: datetime | None

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'

    @property
    def last_modified(self) -> str | None:
        return format_datetime(self.changed.astimezone(UTC), usegmt=True) if self.changed else None

    def unchanged(self, headers: Headers) -> bool:
        """Whether the client has this page already. As HTTP has it, the date counts only where no tag was sent."""
        tags = headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or self.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        since = headers.get("If-Modified-Since")
        return bool(since and self.changed and _not_after(self.changed, since))


def _not_after(changed: datetime, since: str) -> bool:
    try:
        known = parsedate_to_datetime(since)
    except ValueError:
        return False
    return changed <= (known if known.tzinfo else known.replace(tzinfo=UTC))


class StoryServer:
    """Publishes a story's feeds on a free port of loopback; a context manager.

    Nothing is visible until `publish_until` is called. `/<outlet>/feed` answers with the feed, or with 304 to a client
    that has it already; everything else is 404.

    Args:
        story: what to publish.
        port: the port to take if it is free; 0 for any.
        note: a file in which the port that was taken is noted, None for none.
    """

    def __init__(self, story: Story, port: int = 0, note: Path | None = None) -> None:
        self._port = port
        self._note = note
        self._story = story
        self._moment = datetime.min.replace(tzinfo=UTC)
        self._http: _FeedServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Take a port and start to answer."""
        self._http = self._listening()
        if self._note:
            self._note.write_text(str(self.port), encoding="ascii")
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="story-server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the answers under way and give the port back."""
        if self._http and self._thread:
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()
        self._http = self._thread = None

    def _listening(self) -> _FeedServer:
        try:
            return _FeedServer(self, self._port)
        except OSError:
            return _FeedServer(self, 0)

    @property
    def port(self) -> int:
        """The port that was taken; 0 while the server is not running."""
        return self._http.server_port if self._http else 0

    @property
    def base_url(self) -> str:
        """Scheme, host and port.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._http is None:
            raise RuntimeError("the story server has no address before it is entered")
        return f"http://{HOST}:{self._http.server_port}"

    def url(self, outlet_id: str) -> str:
        """The address of an outlet's feed.

        Raises:
            KeyError: the story has no such outlet.
        """
        if self._story.outlet(outlet_id) is None:
            raise KeyError(outlet_id)
        return f"{self.base_url}/{outlet_id}/feed"

    def publish_until(self, moment: datetime) -> None:
        """Make visible what was published by `moment`, and nothing later."""
        self._moment = moment

    def page(self, path: str) -> _Page | None:
        """What stands at a path at present, or None."""
        outlet_id, slash, rest = path.partition("?")[0].removeprefix("/").partition("/")
        outlet = self._story.outlet(outlet_id) if slash and rest == "feed" else None
        if outlet is None:
            return None
        reports = visible(self._story, outlet.id, self._moment)
        return _Page(render_feed(outlet, reports, self.base_url), outlet.format.content_type, last_change(reports))


class _FeedServer(ThreadingHTTPServer):
    # Closing waits for the answers under way, so that no socket outlives the server.
    daemon_threads = False

    def __init__(self, pages: StoryServer, port: int) -> None:
        super().__init__((HOST, port), _FeedHandler)
        self.pages = pages

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: tuple[str, int]
    ) -> None:
        """Say nothing where a client hung up: its traceback would stand in the middle of the demo."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _FeedHandler(BaseHTTPRequestHandler):
    server: _FeedServer
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        page = self.server.pages.page(self.path)
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain; charset=utf-8"}, b"not found\n")
            return
        headers = {"Content-Type": page.content_type, "ETag": page.etag, "Last-Modified": page.last_modified}
        if page.unchanged(self.headers):
            self._answer(HTTPStatus.NOT_MODIFIED, {**headers, "Content-Type": None}, b"")
        else:
            self._answer(HTTPStatus.OK, headers, page.body)

    def _answer(self, status: HTTPStatus, headers: Mapping[str, str | None], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the overridden method has
        """Say nothing: the console belongs to the alerts."""
