"""Notices: what the owner is told about the bot itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.message import Line, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.speech import Speech


def notice_message(payload: Mapping[str, Any], speech: Speech) -> Message:
    """A notice with its headline in the language where `about` says of what kind it is; the details are in English.

    Args:
        payload: `headline` and `lines`; `about` is `feeds` (with their number `n`), `lost` or `gone` (with the
            `channel`), or `topic`.
        speech: the language.

    Raises:
        KeyError, TypeError, ValueError: the payload is of another kind.
    """
    message = stored_message("notice", payload)
    match payload.get("about"):
        case "feeds":
            return replace(
                message, headline=speech.ngettext("{n} feed needs a look", "{n} feeds need a look", payload["n"])
            )
        case "lost":
            lost = speech.gettext("A message could not be delivered to {channel}", channel=payload["channel"])
            return replace(message, headline=lost)
        case "gone":
            gone = speech.gettext("{channel} cannot be reached any more and was disabled", channel=payload["channel"])
            return replace(message, headline=gone)
        case "topic":
            gone = speech.gettext("The topic that I posted in was deleted.")
            here = speech.gettext("My messages come here now; /subscription shows which.")
            return replace(message, headline=gone, lines=(Line(here, own=True),))
        case _:
            return message


def encode_lines(message: Message) -> list[Any]:
    """The lines of a message as JSON values: a text, or a text with its style and its link."""
    return [[line.text, line.style, line.link] if isinstance(line, Line) else line for line in message.lines]


def stored_message(kind: str, payload: Mapping[str, Any]) -> Message:
    """The message of which `headline` and `lines` were stored when it was queued.

    Raises:
        KeyError, TypeError, ValueError: the payload is of another kind.
    """
    lines = (line if isinstance(line, str) else Line(*line) for line in payload["lines"])
    return Message(kind, payload["headline"], tuple(lines))
