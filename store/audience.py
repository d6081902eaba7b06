"""Who hears of an alert: chosen by the database, however many channels there are and whatever they filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select, true

from store.tables import channels, mutes, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from store.outbox import Withheld
    from treaties.stages import Stage


def audience(  # noqa: PLR0913, PLR0917 - a development has that many sides
    conn: Connection,
    states: Collection[str],
    treaty: str,
    stage: Stage,
    langs: Collection[str | None],
    now: datetime,
) -> dict[int, Withheld | None]:
    """The enabled public channels whose filters ask for this stage of the case of one of the states.

    Args:
        conn: an open connection.
        states: the states that took the step together.
        treaty: the treaty's id.
        stage: the stage.
        langs: languages of the reports that tell of it; None for one that is not known, which suits every filter.
        now: the current time.

    Returns:
        The channels by their row, each with the reason why it is not told now: `muted` where each of these cases that
        it asks for is muted there, `language` where no report is in a language that it asks for; None where it is.
    """
    told = _told_in(langs)
    found: dict[int, list[bool]] = {}
    in_language: dict[int, bool] = {}
    for state in dict.fromkeys(states):
        asked = and_(_asks("state", [state]), _asks("treaty", [treaty]), _asks("stage", [str(stage)]))
        query = (
            select(channels.c.id, _muted(state, treaty, now).label("muted"), told.label("told"))
            .where(channels.c.enabled, channels.c.role == "public", asked)
            .order_by(channels.c.id)
        )
        for row in conn.execute(query):
            found.setdefault(row.id, []).append(bool(row.muted))
            in_language[row.id] = bool(row.told)
    return {one: _reason(all(muted), in_language[one]) for one, muted in sorted(found.items())}


def _reason(muted: bool, told: bool) -> Withheld | None:  # noqa: FBT001 - two facts of one row
    if muted:
        return "muted"
    return None if told else "language"


def _asks(dimension: str, values: Collection[str]) -> ColumnElement[bool]:
    """The channel's filter names one of the values, or nothing of this dimension."""
    mine = and_(subscriptions.c.channel_id == channels.c.id, subscriptions.c.dimension == dimension)
    return or_(~exists().where(mine), exists().where(mine, subscriptions.c.value.in_(list(values))))


def _told_in(langs: Collection[str | None]) -> ColumnElement[bool]:
    known = [lang for lang in langs if lang]
    return true() if len(known) < len(langs) or not langs else _asks("lang", known)


def _muted(state: str, treaty: str, now: datetime) -> ColumnElement[bool]:
    lasting = or_(mutes.c.until.is_(None), mutes.c.until > now)
    return exists().where(
        mutes.c.channel_id == channels.c.id, mutes.c.state == state, mutes.c.treaty == treaty, lasting
    )
