"""Binding a treaty that the registry does not list to one that it does, and undoing that."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.questions import Questions, UnknownNameError
from store import edits, provisional, reviews
from treaties.alerts import alert_key
from treaties.provisional import PREFIX, is_provisional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Connection
    from store.provisional import Binding
    from treaties.registry import Knowledge


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a reviewer can do with provisional treaties; each answer is one line."""

    knowledge: Knowledge

    def bind(self, conn: Connection, name: str, treaty: str, *, who: str, now: datetime) -> str:
        """Bind a provisional treaty to one of the registry. Its alerts are edited.

        Raises:
            UnknownNameError: no report tells of such a provisional treaty, or the registry lists no such treaty.
            StoreError: it is bound already.
        """
        found = Questions(self.knowledge).treaty_id(conn, treaty)
        if is_provisional(found):
            raise UnknownNameError(f"the registry does not list {found}; give the id of a treaty that it lists")
        bound = [one.provisional for one in provisional.bindings(conn)]
        mine = _known(name, [*provisional.names(conn), *bound])
        moved = provisional.bind(conn, mine, found, who=who, now=now)
        _amend(conn, moved, found, now)
        return (
            f"{mine} is {found} from now on: {_moved(moved)} moved, later reports follow; "
            f"undo it with `treatywatch unbind {mine}`"
        )

    def unbind(self, conn: Connection, name: str, *, who: str, now: datetime) -> str:
        """Undo a binding: what moved with it moves back.

        Raises:
            UnknownNameError: no such provisional treaty is bound.
        """
        mine = _known(name, [one.provisional for one in provisional.bindings(conn)], "is bound")
        moved = provisional.unbind(conn, mine, who=who, now=now)
        _amend(conn, moved, mine, now)
        return f"{mine} is no longer {moved.treaty}: {_moved(moved)} moved back"


def _known(name: str, known: Sequence[str], what: str = "is known") -> str:
    wanted = name.strip()
    wanted = wanted if is_provisional(wanted) else PREFIX + wanted
    if wanted in known:
        return wanted
    close = difflib.get_close_matches(wanted, known, n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    raise UnknownNameError(f"no treaty {wanted!r} {what}{meant}")


def _amend(conn: Connection, moved: Binding, treaty: str, now: datetime) -> None:
    """Let alerts, and questions to the reviewers, name the treaty that it is now."""
    for event in moved.events:
        edits.amend(conn, alert_key(event), {"treaty": treaty}, now)
    for claim in moved.claims:
        edits.amend(conn, reviews.find(conn, claim).key, {"treaty": treaty}, now)


def _moved(moved: Binding) -> str:
    events, claims = len(moved.events), len(moved.claims)
    return f"{events} event{'' if events == 1 else 's'} and {claims} claim{'' if claims == 1 else 's'}"
