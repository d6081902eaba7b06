"""Saying: from a row of the outbox to a message in the language of its channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.wording.alert import alert_message, correction_message, group_message
from bot.wording.digest import stored_message
from bot.wording.notice import notice_message
from bot.wording.review import review_message
from treaties.alerts import decode

if TYPE_CHECKING:
    from datetime import date

    from bot.message import Message
    from bot.speech import Speech
    from store.outbox import Delivery

_CURATORS: Final = frozenset({"reviewers", "owner"})


def say(delivery: Delivery, speech: Speech, today: date) -> Message:
    """What a row of the outbox says on the day on which it is sent.

    Args:
        delivery: the row.
        speech: the language of its channel.
        today: the day it is there.

    Raises:
        KeyError, TypeError, ValueError: the row's payload is not of its kind.
    """
    return replace(_said(delivery, speech, today), repeat_mark=speech.gettext("(possible repeat)"))


def _said(delivery: Delivery, speech: Speech, today: date) -> Message:
    payload = delivery.payload
    match delivery.kind:
        case "alert" | "edit":
            curators = delivery.role in _CURATORS
            return alert_message(decode(payload), speech, today, edited=delivery.kind == "edit", curators=curators)
        case "group":
            return group_message([decode(one) for one in payload["alerts"]], speech, today)
        case "correction":
            return correction_message(payload, speech)
        case "digest":
            return stored_message("digest", payload)
        case "review":
            return review_message(payload, speech)
        case _:
            return notice_message(payload, speech)
