"""What delivery would send, shown in a conversation: the same wording, without the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.wording import say
from store.outbox import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.conversation.talk import Talk
    from bot.message import Message


def shown(talk: Talk, kind: str, payload: Mapping[str, Any]) -> Message:
    """What a message of that kind would say to this chat now."""
    delivery = Delivery(
        id=0,
        channel_id=talk.channel.id if talk.channel else 0,
        key="",
        kind=kind,
        payload=dict(payload),
        attempts=0,
        possible_repeat=False,
        reply_to=None,
        edits=None,
        lang=talk.speech.lang,
        timezone=talk.zone.key,
        platform=talk.place.platform,
        address=talk.place.address,
    )
    return say(delivery, talk.speech, talk.today)
