"""Wiring of the rules: the whole chain over a store, and replays in a store that forgets."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.wiring.ready import facts, loaded
from bot.wiring.start import clock
from store import events
from store.database import Database
from treaties.provisional import generic_stems
from watchers.pipeline import Pipeline
from watchers.rereading import reread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from config.settings import Settings
    from store.reports import StoredReport
    from treaties.changes import Changes
    from treaties.model import Alert, Case, Report
    from treaties.reading.read import Reader
    from treaties.registry import Knowledge
    from treaties.verdict import Corroboration
    from watchers.counts import Counts


def pipeline_over(  # noqa: PLR0913 - each is one more thing that is known or chosen, the last given by name
    database: Database,
    reading: Reader,
    knowledge: Knowledge,
    *,
    known: tuple[Case, ...] | None = None,
    corroboration: Corroboration | None = None,
    counts: Counts | None = None,
    most_sources: int | None = None,
) -> Pipeline:
    """The whole chain of rules over a store; `known` cases instead of the knowledge's own give the facts."""
    return Pipeline(
        database,
        reading,
        facts(knowledge.known if known is None else known),
        knowledge.treaties,
        corroboration=corroboration,
        generic=generic_stems(knowledge.words.values()),
        counts=counts,
        most_sources=most_sources,
    )


@contextmanager
def replaying(*, with_known: bool) -> Iterator[Callable[[Report, datetime], tuple[Alert, ...]]]:
    """A fresh store that forgets, and a function that runs one report through the whole rule chain."""
    knowledge, reading = loaded()
    with forgetting() as database:
        if with_known:
            with database.transaction() as conn:
                events.seed(conn, knowledge.known, clock())
        pipeline = pipeline_over(database, reading, knowledge)

        def handle(report: Report, moment: datetime) -> tuple[Alert, ...]:
            handled = pipeline.handle(report, feed=None, now=moment)
            return handled.alerts if handled else ()

        yield handle


@contextmanager
def forgetting() -> Iterator[Database]:
    """A fresh store that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="treatywatch-") as folder,
        Database(f"sqlite:///{folder}/replay.db") as database,
    ):
        database.upgrade()
        yield database


def rereading(
    chosen: Settings, shown: Callable[[Iterable[StoredReport], int], Iterable[StoredReport]]
) -> tuple[Knowledge, Changes]:
    """What the present rules would make of all stored reports; `shown` may draw a progress bar.

    The store is only read: an older one is not brought to the newest schema for this.
    """
    knowledge, reading = loaded(chosen.overlay)
    with Database(chosen.database_url) as stored, forgetting() as fresh:
        stored.require_current()
        with fresh.transaction() as conn:
            events.seed(conn, knowledge.known, clock())
        pipeline = pipeline_over(fresh, reading, knowledge)
        with stored.reading() as conn:
            return knowledge, reread(conn, pipeline, shown)
