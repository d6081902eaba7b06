"""Chats: which channels can be posted to, those that the settings list and those that set themselves up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import channels
from store.channels import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.channel import Channel
    from store.channels import ChannelRole, DigestRhythm
    from store.database import Connection
    from treaties.stages import Stage


@dataclass(frozen=True, slots=True)
class Listed:
    """A chat as the settings list it: where it is, and what it hears when."""

    platform: str
    address: str
    title: str
    role: ChannelRole
    states: frozenset[str]
    treaties: frozenset[str]
    stages: frozenset[Stage]
    lang: str
    timezone: str
    digest: DigestRhythm
    digest_at: str
    digest_empty: bool = True


class Platforms:
    """The platforms that the bot has a token for, and their channels by address: none has to be known beforehand.

    Args:
        makers: what makes a channel of a platform at an address.
    """

    def __init__(self, makers: Mapping[str, Callable[[str], Channel]]) -> None:
        self._makers = dict(makers)

    def __contains__(self, platform: object) -> bool:
        """Whether anything can be posted there."""
        return platform in self._makers

    def channel(self, platform: str, address: str) -> Channel | None:
        """The channel at that address; None where nothing can be posted on its platform."""
        make = self._makers.get(platform)
        return make(address) if make else None


def sync_chats(conn: Connection, listed: Iterable[Listed], platforms: Platforms) -> frozenset[int]:
    """Bring the store up to date with the chats that the settings list, where they can be posted to.

    Returns:
        Their rows.
    """
    return frozenset(_sync(conn, one) for one in listed if one.platform in platforms)


def sync_console(
    conn: Connection, timezone: str, digest: DigestRhythm, digest_at: str, *, digest_empty: bool = True
) -> int:
    """Bring the store up to date with the console, on which messages are printed; returns its row."""
    return channels.sync(
        conn,
        "console",
        "stdout",
        title="Console",
        timezone=timezone,
        digest=digest,
        digest_at=digest_at,
        digest_empty=digest_empty,
    )


def _sync(conn: Connection, wanted: Listed) -> int:
    return channels.sync(
        conn,
        wanted.platform,
        wanted.address,
        title=wanted.title,
        role=wanted.role,
        timezone=wanted.timezone,
        lang=wanted.lang,
        digest=wanted.digest,
        digest_at=wanted.digest_at,
        digest_empty=wanted.digest_empty,
        subscription=Subscription(wanted.states, wanted.treaties, wanted.stages),
    )
