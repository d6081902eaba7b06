"""What a person points at: the alert that they reply to, and the case of a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation.actions import StaleActionError
from store import events, looking

if TYPE_CHECKING:
    from bot.conversation.talk import Talk
    from treaties.model import Event

_PREFIXES: Final = ("alert:", "edit:alert:", "edit:")


def event_meant(talk: Talk) -> Event | None:
    """The event of the alert that is replied to, or under which a button was pressed; None where it is no alert."""
    if talk.channel is None or not talk.request.message_id:
        return None
    message = looking.message_at(talk.conn, talk.channel.id, talk.request.message_id)
    if message is None:
        return None
    key = next((message.key.removeprefix(one) for one in _PREFIXES if message.key.startswith(one)), None)
    found = events.find(talk.conn, [key]) if key else ()
    return found[0] if found else None


def case_meant(talk: Talk) -> tuple[str, str] | None:
    """The case of the alert that is replied to."""
    event = event_meant(talk)
    return (event.state, event.treaty) if event else None


def known_case(talk: Talk, state: str, treaty: str) -> tuple[str, str]:
    """The state and the treaty of an action, if there are such.

    Raises:
        StaleActionError: there are not.
    """
    listed = treaty in talk.knowledge.treaties or events.row_in(talk.conn, state, treaty) is not None
    if state not in talk.knowledge.states or not listed:
        raise StaleActionError(f"{state}:{treaty}")
    return state, treaty
