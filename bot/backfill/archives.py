"""Archives as bytes: unpacked by what they are, whatever their name, and cut into chunks at fixed places.

An archive is JSON Lines or a WARC of a crawl, plain or packed. The same archive always falls into the same chunks, so
that a run that was stopped knows which of them are done. However large a line, a page or an archive is, only a chunk
of it is in memory.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from bot.backfill.model import BackfillError, Chunk, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.backfill.model import Page

CHUNK: Final = 512 * 1024
"""Bytes of an archive, unpacked, that a worker gets at a time."""

LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes of a line; no report is that long, and a file without line ends must not fill the memory."""

MAGIC: Final = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_WARC: Final = b"WARC/"
_LONGEST_MAGIC: Final = 6

# What the libraries raise over a file that is damaged or breaks off. Zstandard's error is no kind of these.
DAMAGED: Final = (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError)


@dataclass(frozen=True, slots=True)
class Archive:
    """One file, as it was when the run began."""

    path: Path
    size: int
    changed: int

    @property
    def identity(self) -> list[str | int]:
        """What shows that it is still the same file."""
        return [self.path.name, self.size, self.changed]


def archive_at(path: Path) -> Archive:
    """The file as it is now.

    Raises:
        BackfillError: it is no file that can be read.
    """
    try:
        if not path.is_file():
            raise BackfillError(f"{path} is no file; give archives of reports, such as news.jsonl.gz")
        with path.open("rb"):
            about = path.stat()
    except OSError as error:
        raise BackfillError(f"{path} cannot be read: {error.strerror}; give a file that can") from error
    return Archive(path, about.st_size, about.st_mtime_ns)


def chunks_of(archive: Archive, number: int) -> Iterator[Chunk]:
    """The chunks of an archive, the last with a fault where it is damaged or breaks off.

    Args:
        archive: the file.
        number: its place among those given.

    Raises:
        BackfillError: what it takes to read it is not installed.
    """
    with ExitStack() as stack:
        raw = stack.enter_context(archive.path.open("rb"))
        packing = next((name for magic, name in MAGIC.items() if _begins(raw, magic)), "")
        unpacked = stack.enter_context(_unpacking(packing, archive)(raw)) if packing else raw
        stream = _Stream(unpacked, raw)
        if stream.begins(_WARC):
            yield from _pages(stream, archive, number)
        else:
            yield from _lines(stream, number)


def _begins(raw: IO[bytes], magic: bytes) -> bool:
    start = raw.read(_LONGEST_MAGIC)
    raw.seek(0)
    return start.startswith(magic)


def _unpacking(packing: str, archive: Archive) -> Callable[[IO[bytes]], IO[bytes]]:
    if packing == "zstd":
        try:
            # Only here: it comes with Python from 3.14 on, and is an extra before.
            from bot.backfill.zstandard import unpacked  # noqa: PLC0415
        except ImportError as error:
            raise BackfillError(f"{archive.path} needs Zstandard; install it with `make archives`") from error
        return unpacked
    ways = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
    return cast("Callable[[IO[bytes]], IO[bytes]]", ways[packing])


def _pages(stream: _Stream, archive: Archive, number: int) -> Iterator[Chunk]:
    try:
        # Only here: the library is an extra.
        from bot.backfill.crawls import pages_of  # noqa: PLC0415
    except ImportError as error:
        raise BackfillError(f"{archive.path} is a WARC and needs warcio; install it with `make archives`") from error
    cutter = _Cutter(stream, number)
    for page in pages_of(stream):
        if isinstance(page, Fault):
            cutter.faults.append(page)
            continue
        cutter.pages.append(page)
        cutter.held += len(page.body)
        if cutter.held >= CHUNK:
            yield cutter.chunk()
    yield cutter.chunk()


def _lines(stream: _Stream, number: int) -> Iterator[Chunk]:
    cutter = _Cutter(stream, number)
    rest = b""
    skipping = False
    while block := stream.block():
        if skipping:
            _, found, block = block.partition(b"\n")
            if not found:
                continue
            skipping = False
            cutter.first += 1
        rest += block
        end = rest.rfind(b"\n") + 1
        if end:
            yield cutter.chunk(rest[:end])
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            what = f"longer than {LONGEST_LINE:,} bytes; one report a line is expected"
            cutter.faults.append(Fault(cutter.first, what))
            rest, skipping = b"", True
    if stream.damage:
        last = cutter.first + rest.count(b"\n")
        cutter.faults.append(Fault(last, f"{stream.damage}; what stands before was read"))
        rest = rest[: rest.rfind(b"\n") + 1]
    yield cutter.chunk(rest)


class _Cutter:
    """Makes chunks of one archive, one after the other."""

    def __init__(self, stream: _Stream, number: int) -> None:
        self._stream = stream
        self._number = number
        self._place = 0
        self._told = 0
        self.first = 1
        self.pages: list[Page] = []
        self.faults: list[Fault] = []
        self.held = 0

    def chunk(self, lines: bytes = b"") -> Chunk:
        """What has gathered, with whole lines of JSON."""
        at = self._stream.at
        faults, pages = tuple(self.faults), tuple(self.pages)
        made = Chunk(self._number, self._place, self.first, lines, pages, faults, at - self._told)
        self.first += lines.count(b"\n")
        self._place += 1
        self._told = at
        self.pages, self.faults, self.held = [], [], 0
        return made


class _Stream:
    """The unpacked bytes of an archive, of which some were looked at already.

    Attributes:
        damage: what is wrong with the archive, once a read has come to it.
    """

    def __init__(self, unpacked: IO[bytes], raw: IO[bytes]) -> None:
        self._unpacked = unpacked
        self._raw = raw
        self._ahead = b""
        self.damage = ""

    @property
    def at(self) -> int:
        """How far into the file on the disk it has come, in bytes."""
        return self._raw.tell()

    def begins(self, with_: bytes) -> bool:
        """Whether the archive begins so; asked before anything is read."""
        self._ahead = self._exactly(len(with_))
        return self._ahead == with_

    def block(self) -> bytes:
        """The next `CHUNK` bytes, fewer only at the end."""
        ahead, self._ahead = self._ahead, b""
        return ahead + self._exactly(CHUNK - len(ahead))

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, as a file gives them; nothing at the end, and where the archive is damaged."""
        if size < 0:
            raise ValueError("an archive is never read whole")
        if self._ahead:
            ahead, self._ahead = self._ahead[:size], self._ahead[size:]
            return ahead
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        """So many bytes, in small reads: one that fails loses none of those before it."""
        parts: list[bytes] = []
        while size > 0 and not self.damage:
            try:
                part = self._unpacked.read1(size)  # type: ignore[attr-defined]
            except Exception as error:
                if not isinstance(error, DAMAGED) and type(error).__name__ != "ZstdError":
                    raise
                self.damage = f"the archive is damaged or breaks off here ({str(error) or type(error).__name__})"
                break
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
