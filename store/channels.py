"""Channels: where to post, and what each one wants to hear."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from store import audit
from store.database import insert_once
from store.tables import channels, subscriptions
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.engine import Connection

ChannelRole = Literal["public", "reviewers", "owner"]
ChannelOrigin = Literal["settings", "chat"]
DigestRhythm = Literal["daily", "weekly", "off"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a channel wants to hear. An empty set asks for everything."""

    states: frozenset[str] = frozenset()
    treaties: frozenset[str] = frozenset()
    stages: frozenset[Stage] = frozenset()

    def wants(self, state: str, treaty: str, stage: Stage) -> bool:
        """Whether this is asked for: one of the states, and one of the treaties, and one of the stages."""
        return self.wants_case(state, treaty) and (not self.stages or stage in self.stages)

    def wants_case(self, state: str, treaty: str) -> bool:
        """Whether the case is asked for, whatever the stage."""
        return (not self.states or state in self.states) and (not self.treaties or treaty in self.treaties)


EVERYTHING = Subscription()


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A chat, a Slack channel or the console, as stored.

    `digest_at`, `quiet_from` and `quiet_to` are `HH:MM` in the channel's own time zone; without the latter there are
    no quiet hours. `origin` says whether the settings list it or people set it up in their chat.
    """

    id: int
    platform: str
    address: str
    title: str
    role: ChannelRole
    enabled: bool
    disabled_reason: str | None
    timezone: str
    lang: str
    digest: DigestRhythm
    digest_at: str
    subscription: Subscription
    origin: ChannelOrigin = "settings"
    quiet_from: str | None = None
    quiet_to: str | None = None
    snoozed_until: datetime | None = None


def sync(  # noqa: PLR0913 - a channel has that many settings, all named
    conn: Connection,
    platform: str,
    address: str,
    *,
    title: str,
    role: ChannelRole = "public",
    timezone: str = "UTC",
    lang: str = "en",
    digest: DigestRhythm = "daily",
    digest_at: str = "07:00",
    subscription: Subscription = EVERYTHING,
) -> int:
    """Add the channel, or make its settings these; a disabled one is enabled again.

    Returns:
        Its id.
    """
    settings = {
        "title": title,
        "role": role,
        "enabled": True,
        "disabled_reason": None,
        "timezone": timezone,
        "lang": lang,
        "digest": digest,
        "digest_at": digest_at,
    }
    here = (channels.c.platform == platform) & (channels.c.address == address)
    if insert_once(conn, channels, {"platform": platform, "address": address, **settings}, unless=here) is None:
        conn.execute(update(channels).where(here).values(**settings))
    channel_id: int = conn.execute(select(channels.c.id).where(here)).scalar_one()
    _subscribe(conn, channel_id, subscription)
    return channel_id


def _subscribe(conn: Connection, channel_id: int, subscription: Subscription) -> None:
    wanted = {"state": subscription.states, "treaty": subscription.treaties, "stage": subscription.stages}
    rows = [
        {"channel_id": channel_id, "dimension": dimension, "value": str(value)}
        for dimension, values in wanted.items()
        for value in sorted(values)
    ]
    conn.execute(delete(subscriptions).where(subscriptions.c.channel_id == channel_id))
    if rows:
        conn.execute(insert(subscriptions), rows)


def keep_only(conn: Connection, listed: Collection[int], reason: str, now: datetime) -> None:
    """Disable every channel of the settings that they list no more, so that nothing piles up for it."""
    for channel in enabled(conn):
        if channel.origin == "settings" and channel.id not in listed:
            disable(conn, channel.id, reason, now)


def enabled(conn: Connection) -> tuple[ChannelRow, ...]:
    """Every channel that can be posted to."""
    return _load(conn, channels.c.enabled)


def by_role(conn: Connection, role: ChannelRole) -> tuple[ChannelRow, ...]:
    """The enabled channels of that role."""
    return _load(conn, channels.c.enabled & (channels.c.role == role))


def title(conn: Connection, channel_id: int) -> str | None:
    """What a channel is called; None where there is none."""
    return conn.execute(select(channels.c.title).where(channels.c.id == channel_id)).scalar_one_or_none()


def disable(conn: Connection, channel_id: int, reason: str, now: datetime) -> None:
    """Stop posting to a channel that cannot be reached any more, and log it. What is owed to it is kept."""
    conn.execute(update(channels).where(channels.c.id == channel_id).values(enabled=False, disabled_reason=reason))
    audit.record(
        conn,
        who="treatywatch",
        action="disable channel",
        subject=f"channel {channel_id}",
        detail={"reason": reason},
        now=now,
    )


def _load(conn: Connection, condition: ColumnElement[bool]) -> tuple[ChannelRow, ...]:
    wanted: defaultdict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in conn.execute(select(subscriptions).join(channels).where(condition)):
        wanted[row.channel_id][row.dimension].add(row.value)
    rows = conn.execute(select(channels).where(condition).order_by(channels.c.id))
    return tuple(_channel(row, wanted[row.id]) for row in rows)


def _channel(row: Row[Any], wanted: dict[str, set[str]]) -> ChannelRow:
    subscription = Subscription(
        states=frozenset(wanted["state"]),
        treaties=frozenset(wanted["treaty"]),
        stages=frozenset(Stage(value) for value in wanted["stage"]),
    )
    return ChannelRow(**row._mapping, subscription=subscription)  # noqa: SLF001 - the public name of a row's columns
