"""WARC, the files of web crawls: the pages in them. The only module that imports warcio, an extra."""

from __future__ import annotations

import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final, cast

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from bot.backfill.model import Fault, Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Readable(Protocol):
        """Gives bytes; `damage` says what is wrong with them, once a read has come to it."""

        damage: str

        def read(self, size: int = -1) -> bytes:
            """At most so many bytes."""


LARGEST: Final = 2_000_000
"""Bytes of a page; a larger one is cut there, far behind its headline."""

_PAGES: Final = ("text/html", "application/xhtml+xml")
_ANSWERED: Final = "200"


def pages_of(stream: Readable) -> Iterator[Page | Fault]:
    """Every page that a server answered with, and a fault where the archive cannot be read on."""
    number = 0
    try:
        for number, record in enumerate(ArchiveIterator(cast("IO[bytes]", stream)), 1):
            page = _page(record, number)
            if page:
                yield page
    except (ArchiveLoadFailed, zlib.error, ValueError, EOFError) as error:
        yield Fault(number + 1, f"the crawl cannot be read on ({_line(error)}); what stands before was read")
        return
    if stream.damage:
        yield Fault(number + 1, f"{stream.damage}; what stands before was read")


def _page(record: Any, number: int) -> Page | None:
    if record.rec_type != "response" or record.http_headers is None:
        return None
    kind = record.http_headers.get_header("Content-Type") or ""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    answered = record.http_headers.get_statuscode() == _ANSWERED
    if not (answered and url and kind.partition(";")[0].strip().lower() in _PAGES):
        return None
    try:
        body = record.content_stream().read(LARGEST)
    except (zlib.error, EOFError):  # one page that was sent damaged
        return None
    return Page(number, url, kind, _moment(record.rec_headers.get_header("WARC-Date")), body)


def _moment(text: str | None) -> datetime | None:
    with suppress(ValueError):
        read = datetime.fromisoformat(text or "")
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    return None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
