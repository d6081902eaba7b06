"""Channels: where to post, and what each one wants to hear."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, delete, insert, or_, select, update

from store import audit
from store.database import insert_once
from store.seen import Seen
from store.tables import channels, mutes, subscriptions
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
    """What a channel wants to hear. An empty set asks for everything; `langs` are languages of sources."""

    states: frozenset[str] = frozenset()
    treaties: frozenset[str] = frozenset()
    stages: frozenset[Stage] = frozenset()
    langs: frozenset[str] = frozenset()

    def wants(self, state: str, treaty: str, stage: Stage) -> bool:
        """Whether this is asked for: one of the states, and one of the treaties, and one of the stages."""
        return self.wants_case(state, treaty) and (not self.stages or stage in self.stages)

    def wants_told(self, langs: Collection[str | None]) -> bool:
        """Whether an event is asked for of which reports in these languages tell; a language that is not known counts.

        A filter by language leaves out what is surely told in other languages only.
        """
        return not self.langs or not langs or None in langs or not self.langs.isdisjoint(langs)

    def wants_case(self, state: str, treaty: str) -> bool:
        """Whether the case is asked for, whatever the stage."""
        return (not self.states or state in self.states) and (not self.treaties or treaty in self.treaties)


EVERYTHING = Subscription()

STOPPED: Final = "ended in the chat"
"""Why a channel is disabled to which people said `/stop`."""


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A chat, a Slack channel or the console, as stored.

    `digest_at`, `quiet_from` and `quiet_to` are `HH:MM` in the channel's own time zone; without the latter there are
    no quiet hours. `origin` says whether the settings list it or people set it up in their chat. `digest_empty` asks
    for a digest also where nothing happened; digests have told of everything before `digest_until`, when rows up to
    `digest_report` and `digest_event` could be seen.
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
    digest_empty: bool = True
    digest_until: datetime | None = None
    digest_report: int | None = None
    digest_event: int | None = None

    @property
    def digest_seen(self) -> Seen:
        """What could be seen when its last digest was made."""
        return Seen(self.digest_report, self.digest_event)


@dataclass(frozen=True, slots=True)
class Mute:
    """A case of which a channel hears nothing, until a moment or for good (None), and who wanted it so."""

    state: str
    treaty: str
    until: datetime | None
    who: str


_CHOSEN_IN_CHATS: Final = (
    "enabled",
    "disabled_reason",
    "timezone",
    "lang",
    "digest",
    "digest_at",
    "digest_empty",
    "quiet_from",
    "quiet_to",
    "snoozed_until",
    "subscription",
)


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
    digest_empty: bool = True,
    subscription: Subscription = EVERYTHING,
) -> int:
    """Add the channel, or make its settings these; a disabled one is enabled again.

    Once people have changed anything in the chat itself, what the chat chose holds: then only its title and its role
    are taken over, and a chat that was ended with `STOPPED` stays so.

    Returns:
        Its id.
    """
    named: dict[str, Any] = {"title": title, "role": role}
    well = {"enabled": True, "disabled_reason": None}
    chosen = {
        "timezone": timezone,
        "lang": lang,
        "digest": digest,
        "digest_at": digest_at,
        "digest_empty": digest_empty,
    }
    here = _here(platform, address)
    place = {"platform": platform, "address": address}
    insert_once(conn, channels, {**place, **named, **well, **chosen}, unless=here)
    row = conn.execute(select(channels.c.id, channels.c.origin, channels.c.disabled_reason).where(here)).one()
    if row.origin == "chat":
        values = named if row.disabled_reason == STOPPED else named | well
    else:
        values = named | well | chosen
        _subscribe(conn, row.id, subscription)
    conn.execute(update(channels).where(here).values(**values))
    channel_id: int = row.id
    return channel_id


def at(conn: Connection, platform: str, address: str) -> ChannelRow | None:
    """The channel at that address, enabled or not; None where there is none."""
    found = _load(conn, _here(platform, address))
    return found[0] if found else None


def unknown(platform: str, address: str, timezone: str) -> ChannelRow:
    """A channel that is not stored, as it would be by default."""
    return ChannelRow(
        id=0,
        platform=platform,
        address=address,
        title=address,
        role="public",
        enabled=False,
        disabled_reason=None,
        timezone=timezone,
        lang="en",
        digest="daily",
        digest_at="07:00",
        subscription=EVERYTHING,
        origin="chat",
    )


def open_chat(  # noqa: PLR0913 - a channel has that many settings, all named
    conn: Connection,
    platform: str,
    address: str,
    *,
    title: str,
    lang: str,
    timezone: str,
    who: str,
    now: datetime,
) -> ChannelRow:
    """Add a channel that people set up in their chat, which hears everything; one that is there stays as it is."""
    values = {
        "platform": platform,
        "address": address,
        "title": title,
        "role": "public",
        "enabled": True,
        "timezone": timezone,
        "lang": lang,
        "digest": "daily",
        "digest_at": "07:00",
        "origin": "chat",
    }
    here = _here(platform, address)
    if insert_once(conn, channels, values, unless=here) is not None:
        _log(conn, who, "open chat", f"{platform} {address}", {"title": title}, now)
    return _load(conn, here)[0]


def save(conn: Connection, before: ChannelRow, after: ChannelRow, *, who: str, now: datetime) -> ChannelRow:
    """Change what people may change in their chat, from `before` to `after`, and log it; no difference changes nothing.

    From now on the chat's own choices hold, also where the settings list it.

    Returns:
        The channel as it is now.
    """
    names = [name for name in _CHOSEN_IN_CHATS if getattr(before, name) != getattr(after, name)]
    changes = {name: _shown(getattr(after, name)) for name in names}
    if not changes:
        return before
    values = {name: getattr(after, name) for name in names if name != "subscription"}
    mine = channels.c.id == before.id
    conn.execute(update(channels).where(mine).values(**values, origin="chat"))
    if "subscription" in names:
        _subscribe(conn, before.id, after.subscription)
    _log(conn, who, "change chat", f"channel {before.id}", changes, now)
    return _load(conn, mine)[0]


def _shown(value: object) -> object:
    """A setting as the audit log shows it."""
    if isinstance(value, Subscription):
        return {name: sorted(getattr(value, name)) for name in ("states", "treaties", "stages", "langs")}
    return value if value is None or isinstance(value, bool) else str(value)


def mute(  # noqa: PLR0913 - a mute has that many sides, all named
    conn: Connection, channel_id: int, state: str, treaty: str, *, until: datetime | None, who: str, now: datetime
) -> None:
    """Tell a channel nothing more of a case until that moment, or for good; a later call replaces an earlier one."""
    _unmute(conn, channel_id, state, treaty)
    row = {"channel_id": channel_id, "state": state, "treaty": treaty, "until": until, "who": who}
    conn.execute(insert(mutes).values(**row))
    detail = {"case": f"{state} {treaty}", "until": until.isoformat() if until else None}
    _log(conn, who, "mute case", f"channel {channel_id}", detail, now)


def unmute(  # noqa: PLR0913 - as `mute`
    conn: Connection, channel_id: int, state: str, treaty: str, *, who: str, now: datetime
) -> bool:
    """Tell a channel of a case again, and return whether it was muted."""
    was = _unmute(conn, channel_id, state, treaty)
    if was:
        _log(conn, who, "unmute case", f"channel {channel_id}", {"case": f"{state} {treaty}"}, now)
    return was


def _unmute(conn: Connection, channel_id: int, state: str, treaty: str) -> bool:
    which = (mutes.c.channel_id == channel_id) & (mutes.c.state == state) & (mutes.c.treaty == treaty)
    return conn.execute(delete(mutes).where(which)).rowcount > 0


def muted(conn: Connection, channel_id: int, now: datetime) -> tuple[Mute, ...]:
    """The cases of which a channel hears nothing now, by state and treaty."""
    lasting = or_(mutes.c.until.is_(None), mutes.c.until > now)
    query = select(mutes).where(mutes.c.channel_id == channel_id, lasting).order_by(mutes.c.state, mutes.c.treaty)
    return tuple(Mute(row.state, row.treaty, row.until, row.who) for row in conn.execute(query))


def _log(  # noqa: PLR0913, PLR0917 - an entry has that many columns
    conn: Connection, who: str, action: str, subject: str, detail: dict[str, Any], now: datetime
) -> None:
    audit.record(conn, who=who, action=action, subject=subject, detail=detail, now=now)


def _here(platform: str, address: str) -> ColumnElement[bool]:
    return (channels.c.platform == platform) & (channels.c.address == address)


def _subscribe(conn: Connection, channel_id: int, subscription: Subscription) -> None:
    wanted = {
        "state": subscription.states,
        "treaty": subscription.treaties,
        "stage": subscription.stages,
        "lang": subscription.langs,
    }
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


def lost(conn: Connection, which: Collection[int]) -> tuple[ChannelRow, ...]:
    """Those of the channels that are disabled."""
    return _load(conn, and_(channels.c.id.in_(which), ~channels.c.enabled))


def by_role(conn: Connection, role: ChannelRole) -> tuple[ChannelRow, ...]:
    """The enabled channels of that role."""
    return _load(conn, channels.c.enabled & (channels.c.role == role))


def digested(conn: Connection, channel: ChannelRow, until: datetime, seen: Seen) -> bool:
    """Note until when digests have told a channel of everything.

    Returns:
        False where somebody else has noted it since the channel was read; then nothing changes.
    """
    before = channels.c.digest_until
    unchanged = before.is_(None) if channel.digest_until is None else before == channel.digest_until
    values = {"digest_until": until, "digest_report": seen.report, "digest_event": seen.event}
    return conn.execute(update(channels).where(channels.c.id == channel.id, unchanged).values(**values)).rowcount == 1


def forget_digests(conn: Connection) -> int:
    """Let digests begin anew where people wanted none for a while, and return in how many channels.

    So nobody gets a digest of all the time in which they wanted none.
    """
    unwanted = or_(channels.c.digest == "off", channels.c.disabled_reason == STOPPED)
    mine = unwanted & channels.c.digest_until.is_not(None)
    return conn.execute(update(channels).where(mine).values(digest_until=None)).rowcount


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
        langs=frozenset(wanted["lang"]),
    )
    return ChannelRow(**row._mapping, subscription=subscription)  # noqa: SLF001 - the public name of a row's columns
