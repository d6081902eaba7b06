"""Places: the channel objects behind the rows of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channel import Channel
    from store.outbox import Waiting


class Places:
    """The channels by their row in the store, made when they are first needed.

    Args:
        known: channels that are there already.
        make: makes the channel at a platform's address; None where it knows no such platform. Asked before `known` is
            looked at, and again for a channel whose address has changed.
    """

    def __init__(self, known: Mapping[int, Channel], make: Callable[[str, str], Channel | None] | None = None) -> None:
        self._known = known
        self._make = make
        self._made: dict[int, tuple[str, Channel]] = {}

    def find(self, waiting: Waiting) -> Channel | None:
        """The channel where something waits; None where it cannot be posted to."""
        address, channel = self._made.get(waiting.channel_id, (None, None))
        if channel is not None and address == waiting.address:
            return channel
        made = self._make(waiting.platform, waiting.address) if self._make else None
        if made is None:
            return self._known.get(waiting.channel_id)
        self._made[waiting.channel_id] = (waiting.address, made)
        return made
