"""Presence: chats that the bot is removed from and comes back to, and chats that get another address.

A chat may have several channels: a forum's topics have addresses of their own, `-1001/56` in the chat `-1001`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select, update

from store import audit, moves
from store.tables import channels

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

REMOVED: Final = "the bot was removed from the chat"
"""Why a channel is disabled from whose chat the bot was removed."""


def leave(conn: Connection, platform: str, chat: str, now: datetime) -> int:
    """The bot was removed from a chat: post nothing there any more. What was chosen there is kept.

    Returns:
        How many channels that were.
    """
    values = {"enabled": False, "disabled_reason": REMOVED}
    found = conn.execute(update(channels).where(_in_chat(platform, chat), channels.c.enabled).values(**values)).rowcount
    if found:
        _log(conn, "leave chat", f"{platform} {chat}", {"reason": REMOVED}, now)
    return found


def come_back(conn: Connection, platform: str, chat: str, now: datetime) -> int:
    """The bot is in a chat again: post there as before, unless the chat was ended for another reason.

    Returns:
        How many channels that were.
    """
    removed = _in_chat(platform, chat) & (channels.c.disabled_reason == REMOVED)
    found = conn.execute(update(channels).where(removed).values(enabled=True, disabled_reason=None)).rowcount
    if found:
        _log(conn, "come back to chat", f"{platform} {chat}", {}, now)
    return found


def move(conn: Connection, platform: str, old: str, new: str, now: datetime) -> int:
    """A chat has another address from now on, and its topics with it; all that was chosen there goes along.

    What becomes of a channel that is at the new address already, `store.moves` says.

    Returns:
        How many channels moved.
    """
    rows = conn.execute(select(channels.c.id, channels.c.address).where(_in_chat(platform, old))).all()
    for row in rows:
        moves.move(conn, row.id, new + row.address.removeprefix(old), now)
    return len(rows)


def _in_chat(platform: str, chat: str) -> ColumnElement[bool]:
    """The channels of a chat: the chat itself and its topics."""
    topics = channels.c.address.startswith(f"{chat}/", autoescape=True)
    return (channels.c.platform == platform) & or_(channels.c.address == chat, topics)


def _log(conn: Connection, action: str, subject: str, detail: dict[str, str], now: datetime) -> None:
    audit.record(conn, who="treatywatch", action=action, subject=subject, detail=detail, now=now)
