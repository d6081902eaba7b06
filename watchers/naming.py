"""Naming: one id for every treaty that the registry does not list, whatever each report calls it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store import provisional
from treaties.provisional import Telling, is_provisional, same_treaty

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from store.database import Connection
    from treaties.model import Claim, Reading


@dataclass(frozen=True, slots=True)
class _Name:
    """The id under which a treaty is known, and what that adds to the reason of a claim."""

    treaty: str
    reason: str = ""


def named(conn: Connection, reading: Reading, day: date, generic: Collection[str]) -> Reading:
    """The reading with the ids under which its unlisted treaties are known.

    Args:
        conn: an open transaction.
        reading: what a report was read as.
        day: the report's day.
        generic: stems of words that name a kind of treaty, see `treaties.provisional.generic_stems`.
    """
    names: dict[tuple[str, str], _Name] = {}
    for claim in reading.claims:
        key = claim.state, claim.treaty
        if is_provisional(claim.treaty) and key not in names:
            mine = [name.treaty for (state, _), name in names.items() if state == claim.state]
            names[key] = _name(conn, claim.state, Telling(claim.treaty, day, reading.lang), mine, generic)
    if not names:
        return reading
    return replace(
        reading, claims=tuple(_renamed(claim, names.get((claim.state, claim.treaty))) for claim in reading.claims)
    )


def _name(conn: Connection, state: str, told: Telling, mine: Collection[str], generic: Collection[str]) -> _Name:
    """The id of a treaty; `mine` are those that the same report told of just now, which the store does not know yet."""
    bound = provisional.bound_to(conn, told.treaty)
    if bound:
        return _Name(bound, f"; {told.treaty} was bound to {bound} by a reviewer")
    tellings = (*provisional.tellings(conn, state, told.day), *(replace(told, treaty=one) for one in mine))
    same = same_treaty(told, tellings, generic=generic, taken=mine)
    if same is None:
        return _Name(told.treaty)
    known = provisional.bound_to(conn, same.treaty) or same.treaty
    return _Name(known, f"; {told.treaty} is taken for it: {same.reason}")


def _renamed(claim: Claim, name: _Name | None) -> Claim:
    return replace(claim, treaty=name.treaty, reason=claim.reason + name.reason) if name else claim
