"""The outbox: a row for every message owed to a channel, from deciding to send it until it is known how that went.

    pending ──claim──▶ sending ──▶ sent | failed          withheld: not told, and why; `release` owes it after all
       ▲                  │         │ ▲
       └── retry · unknown · recover│ │   stale ──claim──▶ editing ──▶ fresh | stale | closed
           (the last two as a       ▼ │
            possible repeat)        stale: what it says has changed (`store.edits`)

A channel's messages go out in order: while one is on its way or waits for another try, none of that channel is handed
out. A claim ends by itself after `LEASE`, so that what a killed process had in hand comes back, as a possible repeat;
what a living one has in hand stays with it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, case, delete, exists, func, insert, or_, select, true, update

from store import groups
from store.channels import muted as muted_cases
from store.database import insert_once
from store.tables import channels, outbox
from treaties.alerts import told_cases
from treaties.quiet import quiet_until

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Row
    from sqlalchemy.engine import Connection

DeliveryState = Literal["pending", "sending", "sent", "failed", "withheld"]
Upkeep = Literal["fresh", "stale", "editing", "outdated", "closed"]
Withheld = Literal["muted", "language"]

LEASE: Final = timedelta(minutes=2)
"""How long a claim lasts: longer than any attempt."""

MOST_REPEATS: Final = 5
"""So often a message that may have arrived is sent once more; `bot.outcomes` has as many waits."""

EDIT_PAUSE: Final = timedelta(minutes=1)
"""A message is edited no sooner than this after it was posted or edited; what changes meanwhile is one edit."""

EDIT_PRIORITY: Final = -1
"""Edits go after all messages: those are few, edits come as long as coverage grows."""

# Nearly every message ever told is in no group: SQLite, asked for those, would read through all of them.
OWED: Final = and_(outbox.c.state.in_(["pending", "sending"]), func.coalesce(outbox.c.group_id, 0) == 0)
"""Of a message: it is owed. A group counts as one."""

_EDITED: Final = ("editing", "outdated")
"""An edit is under way; the second: and what it shows is out of date already."""

_DONE: Final = case((outbox.c.upkeep == "editing", "fresh"), else_="stale")
"""What a message is after its edit."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to send now.

    `kind` is that of the row, `edit` for an alert that is to be edited, or `group` for several alerts in one message,
    whose payload has theirs as a list `alerts`. `repeats` counts how often the message may have arrived already.
    `reply_to` and `edits` are the platform's ids of the messages meant, if they have any; `shown` is the fingerprint of
    what the message shows so far; the last five are those of the row's channel.
    """

    id: int
    channel_id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    possible_repeat: bool
    reply_to: str | None
    edits: str | None
    lang: str = "en"
    timezone: str = "UTC"
    platform: str = "console"
    address: str = ""
    role: str = "public"
    shown: str | None = None
    repeats: int = 0

    @property
    def is_edit(self) -> bool:
        """Whether it replaces what a message shows."""
        return self.edits is not None


@dataclass(frozen=True, slots=True)
class Left:
    """What programs that are gone had claimed: only what they claimed before a moment."""

    by: Collection[str]
    before: datetime


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message owed or told, for looking back.

    `payload` is what it should say by now; `upkeep` tells whether a message that is out says so: `fresh`, `stale` where
    it is to be edited, `editing` or `outdated` while it is, `closed` where it cannot be edited any more.
    """

    key: str
    kind: str
    state: DeliveryState
    possible_repeat: bool
    channel_id: int
    payload: dict[str, Any]
    sent_at: datetime | None
    upkeep: Upkeep = "fresh"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A channel for which `claim` has something now: where it is, and how urgent its next message is."""

    channel_id: int
    platform: str
    address: str
    priority: int


def queue(  # noqa: PLR0913 - a message has that many properties, all named
    conn: Connection,
    channel_id: int,
    *,
    key: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    reply_to_key: str | None = None,
    priority: int = 0,
) -> bool:
    """Owe a message to a channel, once for each key; one that is there already stays as it is.

    Args:
        conn: an open write transaction.
        channel_id: the channel.
        key: names the message within its channel.
        kind: what the channel shall render.
        payload: the content, as JSON.
        now: the current time.
        reply_to_key: the message that this one answers.
        priority: higher goes first.

    Returns:
        Whether the message is owed because of this call.
    """
    values = _values(channel_id, key, kind, payload, now, reply_to_key, priority)
    same = (outbox.c.channel_id == channel_id) & (outbox.c.key == key)
    return insert_once(conn, outbox, values, unless=same) is not None


def queue_all(  # noqa: PLR0913 - as `queue`
    conn: Connection,
    wanted: Mapping[int, Withheld | None],
    *,
    key: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    replies: Mapping[int, str] | None = None,
    priority: int = 0,
) -> int:
    """Owe one message to many channels, as `queue` does for one.

    Args:
        conn: an open write transaction.
        wanted: the channels, each with the reason why it is not told, or None to tell it.
        key: names the message within its channel.
        kind: what the channel shall render.
        payload: the content, as JSON.
        now: the current time.
        replies: by channel, the message that this one answers there.
        priority: higher goes first.

    Returns:
        To how many channels it is owed, or withheld from, because of this call.
    """
    there = set(conn.execute(select(outbox.c.channel_id).where(outbox.c.key == key)).scalars())
    rows = [
        _values(one, key, kind, payload, now, (replies or {}).get(one), priority)
        | ({"state": "withheld", "error": reason} if reason else {"error": None})
        for one, reason in wanted.items()
        if one not in there
    ]
    if rows:
        conn.execute(insert(outbox), rows)
    return len(rows)


def _values(  # noqa: PLR0913, PLR0917 - as `queue`
    channel_id: int,
    key: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    reply_to_key: str | None,
    priority: int,
) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "key": key,
        "kind": kind,
        "payload": dict(payload),
        "priority": priority,
        "reply_to_key": reply_to_key,
        "state": "pending",
        "attempts": 0,
        "possible_repeat": False,
        "queued_at": now,
        "due": now,
    }


def release(conn: Connection, channel_id: int, key: str, now: datetime, reply_to_key: str | None) -> bool:
    """Owe a message that was withheld from a channel, as if it were queued now; True if it was withheld."""
    mine = and_(outbox.c.channel_id == channel_id, outbox.c.key == key, outbox.c.state == "withheld")
    row = conn.execute(select(outbox).where(mine)).one_or_none()
    if row is None:
        return False
    # A row of its own place in the order: what was told since then stays before it.
    conn.execute(delete(outbox).where(outbox.c.id == row.id))
    return queue(
        conn,
        channel_id,
        key=key,
        kind=row.kind,
        payload=row.payload,
        now=now,
        reply_to_key=reply_to_key,
        priority=row.priority,
    )


def withheld(conn: Connection, key: str, reason: Withheld) -> dict[int, dict[str, Any]]:
    """The channels from which a message is withheld for that reason, with its payload there."""
    mine = and_(outbox.c.key == key, outbox.c.state == "withheld", outbox.c.error == reason)
    query = select(outbox.c.channel_id, outbox.c.payload).where(mine).order_by(outbox.c.channel_id)
    return {row.channel_id: row.payload for row in conn.execute(query)}


def claim(conn: Connection, channel_id: int, now: datetime, by: str = "") -> Delivery | None:
    """Take the channel's next message, or an edit where no message waits; None if there is nothing to send now.

    From now on it is on its way. Two processes never get the same one, nor two of the same channel at a time. Many
    alerts that wait at once are taken as a group (`store.groups`); an alert on a muted case is withheld. Quiet hours
    and a pause hold everything.

    Args:
        conn: an open write transaction.
        channel_id: the channel.
        now: the current time.
        by: who takes it; the outcome counts from them alone.
    """
    # The lock of the row keeps others away from the whole channel where writers do not wait for each other.
    here = (channels.c.id == channel_id) & channels.c.enabled
    channel = conn.execute(select(channels).where(here).with_for_update(skip_locked=True, key_share=True)).one_or_none()
    if channel is None or held_until(channel, now) or _is_busy(conn, channel_id, now):
        return None
    row = _next_message(conn, channel_id, now)
    if row is not None:
        return _take(conn, row, channel, now, by)
    return _take_edit(conn, channel, now, by)


def held_until(channel: Any, now: datetime) -> datetime | None:
    """Until when a channel's quiet hours or its pause hold messages back; None where nothing does.

    Args:
        channel: a row of the table of channels, or a `ChannelRow`.
        now: the current time.
    """
    try:
        quiet = quiet_until(now, channel.timezone, channel.quiet_from, channel.quiet_to)
    except (KeyError, ValueError):  # a zone or an hour that there is not holds back nothing, and no other channel
        quiet = None
    snooze = channel.snoozed_until if channel.snoozed_until and channel.snoozed_until > now else None
    return max((moment for moment in (quiet, snooze) if moment), default=None)


def _busy(channel_id: ColumnElement[int], now: datetime) -> ColumnElement[bool]:
    """Something of the channel is on its way, or waits for another try."""
    mine = outbox.c.channel_id == channel_id
    return or_(
        exists().where(mine, outbox.c.state == "sending").correlate(channels),
        exists().where(mine, outbox.c.upkeep.in_(_EDITED)).correlate(channels),
        exists().where(mine, outbox.c.state == "pending", outbox.c.due > now).correlate(channels),
    )


def _is_busy(conn: Connection, channel_id: int, now: datetime) -> bool:
    query = select(channels.c.id).where(channels.c.id == channel_id, _busy(channels.c.id, now))
    return conn.execute(query).first() is not None


def _next_message(conn: Connection, channel_id: int, now: datetime) -> Row[Any] | None:
    muted = _muted(conn, channel_id, now)
    while True:
        rows = conn.execute(_pending(channel_id).limit(groups.SIZE)).all()
        silent = [row.id for row in rows if row.kind == "alert" and _all_muted(row.payload, muted)]
        if not silent:
            break
        conn.execute(update(outbox).where(outbox.c.id.in_(silent)).values(state="withheld", error="muted"))
    if not rows:
        return None
    together = groups.candidates(rows)
    if not together:
        return _not_empty(conn, rows[0], channel_id, now)
    group_id = groups.form(conn, together, now)
    return conn.execute(select(outbox).where(outbox.c.id == group_id)).one()


def _not_empty(conn: Connection, row: Row[Any], channel_id: int, now: datetime) -> Row[Any] | None:
    """The row; or the next one, where it is a group whose members were all taken back."""
    if row.kind != groups.KIND or groups.payload(conn, row.id)["alerts"]:
        return row
    conn.execute(delete(outbox).where(outbox.c.id == row.id))
    return _next_message(conn, channel_id, now)


def _pending(channel_id: int) -> Any:
    """The channel's messages in order, those left out that answer one that still waits before them."""
    target = outbox.alias()
    too_early = exists().where(
        target.c.channel_id == outbox.c.channel_id,
        target.c.key == outbox.c.reply_to_key,
        target.c.state == "pending",
        target.c.id < outbox.c.id,
        target.c.priority < outbox.c.priority,
    )
    mine = and_(outbox.c.channel_id == channel_id, outbox.c.state == "pending", outbox.c.group_id.is_(None))
    # A group that waits for another try was formed of what came first: its own row is younger.
    group_first = case((outbox.c.kind == groups.KIND, 0), else_=1)
    return select(outbox).where(mine, ~too_early).order_by(outbox.c.priority.desc(), group_first, outbox.c.id)


def _muted(conn: Connection, channel_id: int, now: datetime) -> frozenset[tuple[str, str]]:
    return frozenset((one.state, one.treaty) for one in muted_cases(conn, channel_id, now))


def _all_muted(payload: dict[str, Any], muted: frozenset[tuple[str, str]]) -> bool:
    told = told_cases(payload) if muted else frozenset()
    return bool(told) and told <= muted


def _take(conn: Connection, row: Row[Any], channel: Row[Any], now: datetime, by: str) -> Delivery:
    values = {"state": "sending", "attempts": row.attempts + 1, **_claimed(by, now)}
    conn.execute(update(outbox).where(outbox.c.id == row.id).values(**values))
    groups.set_members(conn, outbox.c.group_id == row.id, state="sending")
    return _delivery(conn, row, channel, row.attempts + 1)


def _take_edit(conn: Connection, channel: Row[Any], now: datetime, by: str) -> Delivery | None:
    query = select(outbox).where(_to_edit(now), outbox.c.channel_id == channel.id)
    row = conn.execute(query.order_by(outbox.c.due, outbox.c.id).limit(1)).one_or_none()
    if row is None:
        return None
    conn.execute(update(outbox).where(outbox.c.id == row.id).values(upkeep="editing", **_claimed(by, now)))
    return _delivery(conn, row, channel, row.attempts, edits=row.message_id)


def _to_edit(now: datetime) -> ColumnElement[bool]:
    """A message that is out under a name of the platform, and does not say what it should."""
    stale = and_(outbox.c.upkeep == "stale", outbox.c.state == "sent")
    return and_(stale, outbox.c.due <= now, outbox.c.message_id.is_not(None))


def _claimed(by: str, now: datetime) -> dict[str, Any]:
    return {"claimed_by": by, "claimed_until": now + LEASE, "tried_at": now}


def _delivery(
    conn: Connection, row: Row[Any], channel: Row[Any], attempts: int, *, edits: str | None = None
) -> Delivery:
    kind = "edit" if edits is not None and row.kind == "alert" else row.kind
    return Delivery(
        id=row.id,
        channel_id=row.channel_id,
        key=row.key,
        kind=kind,
        payload=groups.payload(conn, row.id) if row.kind == groups.KIND else row.payload,
        attempts=attempts,
        possible_repeat=row.possible_repeat,
        reply_to=_message_id(conn, row.channel_id, row.reply_to_key),
        edits=edits,
        lang=channel.lang,
        timezone=channel.timezone,
        platform=channel.platform,
        address=channel.address,
        role=channel.role,
        shown=row.shown,
        repeats=row.repeats,
    )


def _message_id(conn: Connection, channel_id: int, key: str | None) -> str | None:
    """The platform's id of the message of that key; of a grouped one, that of its group's message."""
    if key is None:
        return None
    mine = (outbox.c.channel_id == channel_id) & (outbox.c.key == key)
    return conn.execute(select(outbox.c.message_id).where(mine)).scalar_one_or_none()


def sent(  # noqa: PLR0913 - an outcome has that many sides, the last two given by name
    conn: Connection, delivery_id: int, message_id: str | None, now: datetime, *, by: str = "", shown: str | None = None
) -> None:
    """The message arrived, or the edit; `message_id` is the platform's name for it, `shown` the mark of its text.

    It counts also after the claim has ended, as long as nobody else has taken the message.
    """
    ours = or_(outbox.c.claimed_by == by, outbox.c.claimed_by.is_(None))
    out = and_(outbox.c.id == delivery_id, ours, outbox.c.state.in_(["sending", "pending"]))
    told = {"state": "sent", "message_id": message_id, "sent_at": now, "error": None}
    if _end(conn, out, now, due=now + EDIT_PAUSE, shown=shown, **told):
        groups.set_members(conn, outbox.c.group_id == delivery_id, **told)
        return
    _end(conn, _edited(delivery_id, by), now, upkeep=_DONE, due=now + EDIT_PAUSE, shown=shown, error=None)


def retry(conn: Connection, delivery_id: int, error: str, at: datetime, *, by: str = "") -> None:
    """The message surely did not arrive: try again at that time."""
    if _end(conn, _on_its_way(delivery_id, by), None, state="pending", error=error, due=at):
        groups.set_members(conn, outbox.c.group_id == delivery_id, state="pending")
    else:
        _end(conn, _edited(delivery_id, by), None, upkeep="stale", error=error, due=at)


def failed(  # noqa: PLR0913 - an outcome has that many sides, the last two given by name
    conn: Connection, delivery_id: int, error: str, now: datetime, *, by: str = "", for_good: bool = False
) -> None:
    """The message did not arrive and never will. A message that is out stays as it is; `for_good`: it can't be edited.

    Of a group that was refused each member goes out alone, so that one bad member costs no other.
    """
    if _end(conn, _on_its_way(delivery_id, by), now, state="failed", error=error, due=now):
        groups.dissolve(conn, delivery_id, error)
        return
    upkeep = "closed" if for_good else _DONE
    _end(conn, _edited(delivery_id, by), now, upkeep=upkeep, error=error, due=now + EDIT_PAUSE)


def unknown(  # noqa: PLR0913 - an outcome has that many sides, the last given by name
    conn: Connection, delivery_id: int, error: str, now: datetime, at: datetime, *, by: str = ""
) -> None:
    """Nobody knows whether the message arrived: it goes out again at that time, marked as a possible repeat.

    An edit that comes twice shows nothing twice: it does not make a possible repeat of its message. One that was a
    possible repeat stays marked.
    """
    repeat = {"state": "pending", "possible_repeat": True}
    again = {"repeats": outbox.c.repeats + 1, "error": error, "due": at}
    if _end(conn, _on_its_way(delivery_id, by), now, **repeat, **again):
        groups.set_members(conn, outbox.c.group_id == delivery_id, **repeat)
    else:
        _end(conn, _edited(delivery_id, by), now, upkeep="stale", error=error, due=at)


def _on_its_way(delivery_id: int, by: str) -> ColumnElement[bool]:
    return and_(outbox.c.id == delivery_id, outbox.c.claimed_by == by, outbox.c.state == "sending")


def _edited(delivery_id: int, by: str) -> ColumnElement[bool]:
    """An edit under way."""
    return and_(outbox.c.id == delivery_id, outbox.c.claimed_by == by, outbox.c.upkeep.in_(_EDITED))


def _end(conn: Connection, which: ColumnElement[bool], now: datetime | None, **values: Any) -> bool:
    """End an attempt that may have reached the platform at `now`, and say whether it was under way."""
    tried = {"tried_at": now} if now else {}
    done = {"claimed_by": None, "claimed_until": None, **tried, **values}
    return conn.execute(update(outbox).where(which).values(**done)).rowcount == 1


def recover(conn: Connection, now: datetime, *, alone: bool = False, left: Left | None = None) -> int:
    """Take back what nobody has in hand any more: it goes out again, marked as a possible repeat.

    What may have arrived `MOST_REPEATS` times and once more is given up instead: a message that ends the program each
    time it is sent would otherwise come at every start.

    Args:
        conn: an open write transaction.
        now: the current time.
        alone: nobody else uses the database, so that no claim of before is anybody's; otherwise a claim has to end.
        left: claims that are nobody's either, though they have not ended.

    Returns:
        How many messages that were.
    """
    ended = true() if alone else _ended(now, left)
    free = {"claimed_by": None, "claimed_until": None, "due": now}
    conn.execute(update(outbox).where(outbox.c.upkeep.in_(_EDITED), ended).values(upkeep="stale", **free))
    gone = and_(outbox.c.state == "sending", outbox.c.group_id.is_(None), ended)
    back = conn.execute(select(outbox.c.id, outbox.c.repeats).where(gone)).all()
    for row in back:
        hopeless = row.repeats >= MOST_REPEATS
        values = {"state": "failed" if hopeless else "pending", "possible_repeat": True}
        error = {"error": "given up: every attempt to send it was interrupted"} if hopeless else {}
        again = {"repeats": row.repeats + 1, **free, **error}
        conn.execute(update(outbox).where(outbox.c.id == row.id).values(**values, **again))
        groups.set_members(conn, outbox.c.group_id == row.id, **values, **error)
    return len(back)


def abandoned(conn: Connection, now: datetime, left: Left | None = None) -> bool:
    """Whether there is something for `recover` to take back."""
    ended = _ended(now, left)
    sending = exists().where(outbox.c.state == "sending", outbox.c.group_id.is_(None), ended)
    edited = exists().where(outbox.c.upkeep.in_(_EDITED), ended)
    return bool(conn.execute(select(or_(sending, edited))).scalar_one())


def _ended(now: datetime, left: Left | None = None) -> ColumnElement[bool]:
    ended = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    if not left:
        return ended
    return or_(ended, and_(outbox.c.claimed_by.in_(left.by), outbox.c.claimed_until <= left.before + LEASE))


def depth(conn: Connection) -> int:
    """How many messages are owed to enabled channels; a group counts as one."""
    query = select(func.count()).select_from(outbox.join(channels)).where(OWED, channels.c.enabled)
    return conn.execute(query).scalar_one()


def waiting(conn: Connection, now: datetime) -> tuple[Waiting, ...]:
    """The channels for which `claim` has something now, in the order in which they were set up.

    It asks a few questions of an index for each channel, however many messages are owed.
    """
    mine = outbox.c.channel_id == channels.c.id
    top = select(func.max(outbox.c.priority)).where(mine, outbox.c.state == "pending").correlate(channels)
    stale = exists().where(mine, _to_edit(now)).correlate(channels)
    query = (
        select(channels, top.scalar_subquery().label("top"), stale.label("stale"))
        .where(channels.c.enabled, ~_busy(channels.c.id, now))
        .order_by(channels.c.id)
    )
    return tuple(
        Waiting(row.id, row.platform, row.address, EDIT_PRIORITY if row.top is None else row.top)
        for row in conn.execute(query)
        if (row.top is not None or row.stale) and not held_until(row, now)
    )


def tried_since(conn: Connection, platform: str, since: datetime) -> tuple[tuple[Waiting, datetime], ...]:
    """Every channel of a platform with each attempt after a moment, the oldest first: what it has counted lately."""
    query = (
        select(outbox.c.channel_id, channels.c.address, outbox.c.priority, outbox.c.tried_at)
        .join(channels)
        .where(outbox.c.tried_at > since, channels.c.platform == platform)
        .order_by(outbox.c.tried_at)
    )
    return tuple(
        (Waiting(row.channel_id, platform, row.address, row.priority), row.tried_at) for row in conn.execute(query)
    )


def newest(conn: Connection, keys: Collection[str], channel_id: int | None = None) -> dict[int, str]:
    """Of the messages with these keys, by channel, the key of the one last owed there; only `channel_id` if given.

    What was withheld or failed is nothing to answer.
    """
    if not keys:
        return {}
    told = and_(outbox.c.key.in_(list(keys)), outbox.c.state.in_(["pending", "sending", "sent"]))
    here = true() if channel_id is None else outbox.c.channel_id == channel_id
    query = select(outbox.c.channel_id, outbox.c.key).where(told, here).order_by(outbox.c.id)
    return {row.channel_id: row.key for row in conn.execute(query)}


def told(conn: Connection, key: str) -> tuple[OutboxRow, ...]:
    """The message of that key in every channel that was told it, or may have been."""
    out = outbox.c.state.in_(["sending", "sent"]) | ((outbox.c.state == "pending") & outbox.c.possible_repeat)
    rows = conn.execute(select(*_looked_at()).where(outbox.c.key == key, out).order_by(outbox.c.id))
    return tuple(OutboxRow(*row) for row in rows)


def heard(conn: Connection, channel_id: int, keys: Collection[str]) -> frozenset[str]:
    """Which of the messages with these keys a channel was told, or is about to be."""
    out = outbox.c.state.in_(["pending", "sending", "sent"])
    mine = and_(outbox.c.channel_id == channel_id, outbox.c.key.in_(list(keys)), out)
    return frozenset(conn.execute(select(outbox.c.key).where(mine)).scalars())


def answers(conn: Connection, channel_id: int, key: str, kind: str) -> int:
    """How many messages of that kind answer a message in a channel."""
    mine = (outbox.c.channel_id == channel_id) & (outbox.c.reply_to_key == key) & (outbox.c.kind == kind)
    return conn.execute(select(func.count()).select_from(outbox).where(mine)).scalar_one()


def withdraw(conn: Connection, key: str) -> int:
    """Take back a message that surely nobody has got yet, and return from how many channels."""
    untold = or_(outbox.c.state == "withheld", (outbox.c.state == "pending") & ~outbox.c.possible_repeat)
    return conn.execute(delete(outbox).where(outbox.c.key == key, untold)).rowcount


def content(conn: Connection, key: str) -> dict[str, Any] | None:
    """What the first message of that key says in the channel to which it was owed first; None where there is none."""
    query = select(outbox.c.payload).where(outbox.c.key == key).order_by(outbox.c.id).limit(1)
    return conn.execute(query).scalar_one_or_none()


def history(conn: Connection) -> tuple[OutboxRow, ...]:
    """Every message owed, told or withheld, in the order in which they were queued."""
    return tuple(OutboxRow(*row) for row in conn.execute(select(*_looked_at()).order_by(outbox.c.id)))


def _looked_at() -> list[Column[Any]]:
    return [outbox.c[field.name] for field in fields(OutboxRow)]
