"""What every export tells of, gathered once from the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import events
from treaties.projection import project_case

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.database import Connection
    from store.events import Recorded
    from treaties.model import Case
    from treaties.projection import Projection
    from treaties.registry import Knowledge


@dataclass(frozen=True, slots=True)
class Exported:
    """A case with what follows from it.

    Attributes:
        case: the case, with its facts.
        projection: when its exit takes effect, if that can be told.
    """

    case: Case
    projection: Projection | None


@dataclass(frozen=True, slots=True)
class Export:
    """Everything known, at one moment.

    Attributes:
        cases: in order of state and treaty.
        recorded: the events with the moments at which they became known and last changed, the newest first.
        now: that moment.
        knowledge: names of states and treaties.
    """

    cases: tuple[Exported, ...]
    recorded: tuple[Recorded, ...]
    now: datetime
    knowledge: Knowledge

    @property
    def today(self) -> date:
        """The day of the export."""
        return self.now.date()


def gather(conn: Connection, knowledge: Knowledge, now: datetime, newest: int = 200) -> Export:
    """Read everything that an export tells of.

    Args:
        conn: an open connection.
        knowledge: names, clauses and facts.
        now: the current time.
        newest: how many of the events recorded last are told of one by one.
    """
    facts = {case.key: case.facts for case in knowledge.known if case.facts}
    known = {case.key: case for case in events.cases(conn)}
    every = [events.with_facts(known.get(key), key, facts.get(key, ())) for key in sorted({*known, *facts})]
    cases = tuple(Exported(case, project_case(case, knowledge.treaties, now.date())) for case in every)
    return Export(cases, events.newest(conn, newest), now, knowledge)
