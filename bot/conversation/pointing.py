"""What a person points at: the alert that they reply to, and the case of a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation.actions import StaleActionError, case_action
from bot.conversation.talk import RefusedError
from bot.message import Button
from bot.plain import cut
from bot.wording import stage_words
from store import events, looking

if TYPE_CHECKING:
    from bot.conversation.talk import Talk
    from treaties.model import Event

_NAMED: Final = 40
_PREFIXES: Final = ("alert:", "edit:alert:", "edit:")


def event_meant(talk: Talk, verb: str) -> Event | None:
    """The event of the alert that is replied to, or under which a button was pressed; None where it is no alert.

    Args:
        talk: the exchange.
        verb: what the actions of buttons begin with that ask the same of one event.

    Raises:
        RefusedError: the message tells of several; buttons offer them.
    """
    found = _events_meant(talk)
    if len(found) > 1:
        offered = [Button(_label(talk, one, step=True), f"{verb}:{events.row_of(talk.conn, one.id)}") for one in found]
        raise RefusedError(talk.gettext("Which case?"), offered)
    return found[0] if found else None


def case_meant(talk: Talk, verb: str) -> tuple[str, str] | None:
    """The case of the alert that is replied to; `verb` is what the actions begin with that ask the same of one case.

    Raises:
        RefusedError: the message tells of several; buttons offer them.
    """
    found = {(one.state, one.treaty): one for one in _events_meant(talk)}
    if len(found) > 1:
        offered = [
            Button(_label(talk, one, step=False), action)
            for key, one in found.items()
            if (action := case_action(talk.conn, verb, *key))
        ]
        raise RefusedError(talk.gettext("Which case?"), offered)
    return next(iter(found), None)


def _events_meant(talk: Talk) -> tuple[Event, ...]:
    if talk.channel is None or not talk.request.message_id:
        return ()
    told = looking.messages_at(talk.conn, talk.channel.id, talk.request.message_id)
    keys = [message.key.removeprefix(one) for message in told for one in _PREFIXES if message.key.startswith(one)]
    return events.find(talk.conn, keys)


def _label(talk: Talk, event: Event, *, step: bool) -> str:
    named = talk.speech.told(talk.speech.state(event.state), talk.speech.treaty(event.treaty))
    return f"{cut(named, _NAMED)}, {stage_words(event.stage, talk.speech)}" if step else named


def known_case(talk: Talk, state: str, treaty: str) -> tuple[str, str]:
    """The state and the treaty of an action, if there are such.

    Raises:
        StaleActionError: there are not.
    """
    listed = treaty in talk.knowledge.treaties or events.row_in(talk.conn, state, treaty) is not None
    if state not in talk.knowledge.states or not listed:
        raise StaleActionError(f"{state}:{treaty}")
    return state, treaty
