"""Reminders: an exit of which people heard takes effect soon, or today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from bot.message import ACTION_LIMIT, Button, Message
from bot.plain import isolated
from bot.wording.names import states_named
from treaties.alerts import decode_when
from treaties.model import When

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.speech import Speech


def reminder_message(payload: Mapping[str, Any], speech: Speech, today: date, *, curators: bool = False) -> Message:
    """How many days are left, on which day the exit takes effect, and by which article.

    Args:
        payload: `state`, `treaty`, `day`, the day `notified`, the `article`, and the `row` of the notification's event.
        speech: the language.
        today: the day on which it is sent.
        curators: it goes to people who can say whether it did.

    Raises:
        KeyError, ValueError: the payload is of another kind.
    """
    day = date.fromisoformat(payload["day"])
    case = f"{states_named([payload['state']], speech)} – {isolated(speech.treaty(payload['treaty']))}"
    lines = [
        " · ".join(filter(None, (speech.day(When(day)), "" if payload["article"] == "none" else payload["article"]))),
        speech.gettext("Depositary notified: {day}", day=speech.day(decode_when(payload["notified"]))),
    ]
    if curators:
        lines.append(speech.gettext("Did it take effect? It is known as such once somebody confirms it."))
    buttons = list(_buttons(payload, speech, curators=curators))
    headline = f"📅 {speech.told(case, _left((day - today).days, speech))}"
    return Message("reminder", headline, tuple(lines), buttons=(tuple(buttons),) if buttons else ())


def _left(days: int, speech: Speech) -> str:
    if days < 0:
        return speech.ngettext("took effect {n} day ago", "took effect {n} days ago", -days)
    if days == 0:
        return speech.gettext("takes effect today")
    return speech.ngettext("takes effect in {n} day", "takes effect in {n} days", days)


def _buttons(payload: Mapping[str, Any], speech: Speech, *, curators: bool) -> Iterator[Button]:
    timeline = f"timeline:{payload['state']}:{payload['treaty']}"
    if len(timeline.encode()) <= ACTION_LIMIT:
        yield Button(speech.gettext("Timeline"), timeline)
    if curators and payload["row"]:
        yield Button(speech.gettext("It is in effect"), f"effect:{payload['row']}")
