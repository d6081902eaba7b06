"""Wiring of look-ups, reviews and exports: a connection, and what answers over it."""

from __future__ import annotations

import getpass
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.bindings import Bindings
from bot.corrections import Corrections
from bot.exports.asked import gather
from bot.questions import Questions
from bot.wiring.ready import opened
from bot.wiring.start import clock
from config.knowledge import load
from config.known import read_known, write_known
from store import audit, events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.settings import Settings
    from store.database import Connection
    from treaties.registry import Knowledge


@contextmanager
def looking_up(chosen: Settings) -> Iterator[tuple[Connection, Questions]]:
    """A connection and the answers, for one look-up."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.reading() as conn:
        yield conn, Questions(knowledge)


@dataclass(frozen=True, slots=True)
class Reviewing:
    """A write transaction, what reviewers can do in it, and who does it."""

    conn: Connection
    bindings: Bindings
    corrections: Corrections
    questions: Questions
    who: str


@contextmanager
def reviewing(chosen: Settings) -> Iterator[Reviewing]:
    """Everything that a reviewer at the command line needs, in one transaction."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.transaction() as conn:
        yield Reviewing(conn, Bindings(knowledge), Corrections(knowledge), Questions(knowledge), _user())


@contextmanager
def exporting(chosen: Settings) -> Iterator[tuple[Connection, Knowledge]]:
    """A write transaction and the knowledge: what a calendar gives out is remembered."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.transaction() as conn:
        yield conn, knowledge


def export_known(chosen: Settings) -> str:
    """The known event set as TOML, with the facts around it."""
    with exporting(chosen) as (conn, knowledge):
        return write_known(one.case for one in gather(conn, knowledge, clock()).cases)


def import_known(chosen: Settings, file: Path) -> tuple[int, int]:
    """Take over the events of a file, and return how many were added and how many changed. It is logged.

    Raises:
        KnowledgeError: the file is faulty.
        StoreError: one of its ids names an event of another case.
    """
    with exporting(chosen) as (conn, knowledge):
        now = clock()
        added, changed = events.adopt(conn, read_known(file, knowledge), now)
        detail = {"added": added, "changed": changed}
        audit.record(conn, who=_user(), action="import known events", subject=file.name, detail=detail, now=now)
        return added, changed


def _user() -> str:
    """Who runs the command line, as the system knows them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container's user has a number, and no name
        return f"user {os.getuid()} (command line)"
