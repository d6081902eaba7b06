"""Saying: from a row of the outbox to a message in the language of its channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.wording.alert import alert_message, corrected, correction_message, group_message
from bot.wording.digest import stored_message
from bot.wording.notice import notice_message
from bot.wording.reminder import reminder_message
from bot.wording.review import review_message
from treaties.alerts import decode

if TYPE_CHECKING:
    from datetime import date

    from bot.message import Message
    from bot.speech import Speech
    from store.outbox import Delivery

_CURATORS: Final = frozenset({"reviewers", "owner"})
_QUESTION: Final = "quote"
"""What the payload of a question has, and that of an alert has not."""


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


def _said(delivery: Delivery, speech: Speech, today: date) -> Message:  # noqa: PLR0911 - one for every kind
    payload = delivery.payload
    if delivery.kind in {"alert", "edit"}:
        return _alert(delivery, speech, today)
    match delivery.kind:
        case "group":
            return group_message(payload["alerts"], speech, today)
        case "correction":
            return correction_message(payload, speech)
        case "digest":
            return stored_message("digest", payload)
        case "reminder":
            return reminder_message(payload, speech, today, curators=delivery.role in _CURATORS)
        case "review":
            return review_message(payload, speech)
        case _:
            return notice_message(payload, speech)


def _alert(delivery: Delivery, speech: Speech, today: date) -> Message:
    """An alert, or what replaces an alert or a question that was sent before."""
    payload, edited = delivery.payload, delivery.kind == "edit"
    if edited and _QUESTION in payload:
        return replace(review_message(payload, speech), kind="edit")
    message = alert_message(decode(payload), speech, today, edited=edited, curators=delivery.role in _CURATORS)
    return corrected(message, payload.get("correction"), speech)
