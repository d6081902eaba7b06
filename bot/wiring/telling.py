"""Wiring of what channels are told: each in its own language, on its own day."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.message import Message
    from bot.speech import Speech
    from store.outbox import Delivery


def said_to(speeches: Mapping[str, Speech], delivery: Delivery, now: datetime) -> Message:
    """What a channel is told; in English where its language is not spoken."""
    speech = speeches.get(delivery.lang, speeches["en"])
    return say(delivery, speech, now.astimezone(ZoneInfo(delivery.timezone)).date())
