"""Actions of buttons: words joined by colons, at most 64 bytes; here they are made and read.

    case:RU:ecpt · timeline:RU:ecpt · mute:RU:ecpt:7d     of a case; `case:#12` where the treaty's id is too long
    sources:12 · why:12                                   of an event, by its row
    report:34                                             of a report, by its row
    page:cases:2:RU                                       page 2 of the answer to "/cases RU"

Whoever can see a button can send any text in its place: what is read here is only well formed, not true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.message import ACTION_LIMIT
from store import events

if TYPE_CHECKING:
    from store.database import Connection

_PROVISIONAL: Final = "provisional"
_LARGEST_ROW: Final = 2**31 - 1
_LONGEST_NUMBER: Final = 10


class StaleActionError(Exception):
    """An action that names nothing (any more), or that no button ever had."""


@dataclass(frozen=True, slots=True)
class CaseRef:
    """The case that an action speaks of, and the words behind it."""

    state: str
    treaty: str
    rest: tuple[str, ...] = ()


def fits(action: str) -> bool:
    """Whether a button may carry the action."""
    return len(action.encode()) <= ACTION_LIMIT


def case_action(conn: Connection, verb: str, state: str, treaty: str, *rest: str) -> str | None:
    """The action of a button on a case; None where none fits, as for a long id of which no event is known."""
    action = ":".join((verb, state, treaty, *rest))
    if fits(action):
        return action
    row = events.row_in(conn, state, treaty)
    return ":".join((verb, f"#{row}", *rest)) if row is not None else None


def read_case(conn: Connection, words: str) -> CaseRef:
    """The case in what stands behind an action's verb.

    Raises:
        StaleActionError: there is none in it.
    """
    first, *rest = words.split(":")
    if first.startswith("#"):
        event = events.by_row(conn, number(first[1:]))
        if event is None:
            raise StaleActionError(words)
        return CaseRef(event.state, event.treaty, tuple(rest))
    if rest[:1] == [_PROVISIONAL] and len(rest) > 1:
        rest = [f"{_PROVISIONAL}:{rest[1]}", *rest[2:]]
    if not first or not rest or not rest[0]:
        raise StaleActionError(words)
    return CaseRef(first, rest[0], tuple(rest[1:]))


def number(text: str) -> int:
    """The number that an action names: a row or a page.

    Raises:
        StaleActionError: it is none that a database could hold.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text) <= _LARGEST_ROW):
        raise StaleActionError(text)
    return int(text)
