"""The state of a run, beside its output: what was found in every chunk that is done, so that none is read twice.

A line for every report that claims something, then one for the chunk that it was in; a chunk without that line is
read again. A line that a crash cut off is dropped. Whatever order chunks come back in, the order of what was found is
that of the archives.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from bot.backfill.model import BackfillError
from bot.backfill.notes import as_note, from_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bot.backfill.model import Chunk, Found, Outcome

VERSION: Final = 1
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A report that claims something: where it is noted, and when it came."""

    at: int
    published: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class _Done:
    kept: tuple[_Kept, ...]
    last: datetime | None


class Journal:
    """What is done and what was found so far. Made by `opened`.

    Attributes:
        reports: how many reports were read.
        wrong: how many lines or records could not be.
        size: how many bytes of the archives, as they lie on the disk, are done.
    """

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._path = path
        self._done: dict[tuple[int, int], _Done] = {}
        self.reports = self.wrong = self.size = 0

    def __len__(self) -> int:
        """How many reports claim something."""
        return sum(len(one.kept) for one in self._done.values())

    @property
    def begun(self) -> bool:
        """Whether any chunk is done."""
        return bool(self._done)

    def has(self, chunk: Chunk) -> bool:
        """Whether a chunk is done."""
        return (chunk.archive, chunk.place) in self._done

    def note(self, outcome: Outcome) -> None:
        """Keep what was found in a chunk.

        Raises:
            BackfillError: it cannot be written; what was noted before stays.
        """
        at = self._file.tell()
        lines = [_line(as_note(found)) for found in outcome.found]
        kept: list[_Kept] = []
        for found, line in zip(outcome.found, lines, strict=True):
            kept.append(_Kept(at, found.report.published, found.after))
            at += len(line)
        end = {
            "archive": outcome.archive,
            "chunk": outcome.place,
            "size": outcome.size,
            "reports": outcome.reports,
            "wrong": outcome.wrong,
            "last": outcome.last.isoformat() if outcome.last else None,
        }
        self.write(b"".join([*lines, _line(end)]))
        self._count(end, kept)

    def write(self, lines: bytes) -> None:
        """Add whole lines.

        Raises:
            BackfillError: they cannot be written.
        """
        try:
            self._file.write(lines)
            self._file.flush()
        except OSError as error:
            with suppress(OSError):  # closing tries once more to write what is left
                self._file.close()
            raise BackfillError(
                f"{self._path} cannot be written: {error.strerror}; make room there; the same command goes on from here"
            ) from error

    def in_order(self) -> Iterator[tuple[Found, datetime]]:
        """Everything found in order of publication, each with the moment at which it is handled.

        A report without a date keeps its place behind the one before it in its archive.
        """
        placed: list[tuple[datetime, int, int]] = []
        archive, last = -1, _START
        for key in sorted(self._done):
            if key[0] != archive:
                archive, last = key[0], _START
            for one in self._done[key].kept:
                placed.append((one.published or one.after or last, len(placed), one.at))
            last = self._done[key].last or last
        for moment, _, at in sorted(placed):
            self._file.seek(at)
            yield from_note(json.loads(self._file.readline())), moment

    def recall(self) -> None:
        """Take up what the file holds behind its first line, and cut off what is not whole."""
        kept: list[_Kept] = []
        whole = at = self._file.tell()
        while line := self._file.readline():
            try:
                told = json.loads(line)
                if "chunk" in told:
                    self._count(told, kept)
                    kept = []
                else:
                    found = from_note(told)
                    kept.append(_Kept(at, found.report.published, found.after))
            except (LookupError, TypeError, ValueError):
                break
            at += len(line)
            whole = at if "chunk" in told else whole
        self._file.truncate(whole)
        self._file.seek(whole)

    def _count(self, end: dict[str, Any], kept: Sequence[_Kept]) -> None:
        last = datetime.fromisoformat(end["last"]) if end["last"] else None
        self._done[end["archive"], end["chunk"]] = _Done(tuple(kept), last)
        self.reports += end["reports"]
        self.wrong += end["wrong"]
        self.size += end["size"]


@contextmanager
def opened(path: Path, run: dict[str, Any], *, fresh: bool) -> Iterator[Journal]:
    """The state of a run in a file, which is made, or gone on with where it holds a part of this very run.

    Args:
        path: the file.
        run: what the run is about: JSON values.
        fresh: forget what the file holds.

    Raises:
        BackfillError: it is the state of another run, or cannot be written.
    """
    head = _line({"treatywatch backfill": VERSION} | run)
    try:
        # Neither way empties a file that another run writes to.
        file = path.open("r+b" if path.exists() else "x+b")
    except OSError as error:
        raise BackfillError(f"{path} cannot be written: {error.strerror}; choose another --output") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = f"another backfill writes to {path} just now; wait for it, or choose another --output"
            raise BackfillError(what) from None
        there = b"" if fresh else file.readline()
        if there.endswith(b"\n") and there != head:
            raise BackfillError(
                f"{path} is the state of a run with other archives, or other rules than the program has now; "
                "give the same archives in the same order, or --fresh to begin again"
            )
        journal = Journal(file, path)
        if there != head:
            file.seek(0)
            file.truncate()
            journal.write(head)
        journal.recall()
        yield journal


def forget(path: Path) -> None:
    """Remove the state of a run that has come to its end."""
    path.unlink(missing_ok=True)


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        BackfillError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BackfillError(f"{path} cannot be written: {error.strerror}; the same command tries again") from error


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
