"""What passes between those who cut archives, those who read the pieces, and the one who matches what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from treaties.model import Reading, Report


class BackfillError(Exception):
    """It cannot begin, or cannot go on; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line or a record that could not be read; `number` counts from 1 within its archive."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a crawl.

    Attributes:
        number: of its record in the archive.
        url: where it stood.
        content_type: what the server said it is.
        crawled: when it was fetched, None where the record does not say.
        body: as it was sent, unpacked.
    """

    number: int
    url: str
    content_type: str
    crawled: datetime | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an archive that one worker reads at a time.

    Attributes:
        archive: the place of the archive among those given.
        place: how many chunks of the archive come before this one.
        first: the number of its first line.
        lines: whole lines of JSON; empty for a crawl.
        pages: pages of a crawl; empty for lines.
        faults: what could not even be cut.
        size: bytes of the archive, as they lie on the disk, since the chunk before.
    """

    archive: int
    place: int
    first: int
    lines: bytes
    pages: tuple[Page, ...]
    faults: tuple[Fault, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """A report that claims something. `after`: when the last dated report before it in its chunk was published."""

    report: Report
    reading: Reading
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read in a chunk.

    Attributes:
        archive: as in `Chunk`.
        place: as in `Chunk`.
        size: as in `Chunk`.
        reports: how many reports it has.
        found: those that claim something, in their order.
        faults: the first of what could not be read.
        wrong: how much could not be read.
        last: when the last dated report of the chunk was published.
    """

    archive: int
    place: int
    size: int
    reports: int
    found: tuple[Found, ...]
    faults: tuple[Fault, ...]
    wrong: int
    last: datetime | None


class Crew(Protocol):
    """Reads chunks: the cores of this machine, or a cluster."""

    def outcomes(self, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """What was read in each chunk, in any order; only a few chunks are asked for ahead.

        Raises:
            BackfillError: a worker was lost.
        """
        ...
