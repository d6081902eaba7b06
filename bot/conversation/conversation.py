"""The conversation: what people say and press in any chat, led to what answers it, with their rights looked at first.

It knows no platform: a chat hands it a `Request` and shows the `Reply`. Nothing that is typed raises; a database that
is busy does (`StoreBusyError`), since only the chat knows whether to try again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bot.conversation import commands
from bot.conversation.actions import StaleActionError
from bot.conversation.handlers import HANDLERS, PRESSES, Press
from bot.conversation.memo import Memo
from bot.conversation.model import Reply
from bot.conversation.names import Names
from bot.conversation.offers import offers
from bot.conversation.talk import RefusedError, Talk, Tools, answer
from bot.message import Button
from bot.plain import clean, cut
from bot.questions import Questions
from bot.speech import LANGUAGES, Speech
from bot.treaty_questions import TreatyQuestions
from store import channels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.conversation.model import Found, Request
    from bot.message import Picture
    from bot.questions import CaseAnswer
    from store.database import Database
    from treaties.registry import Knowledge

TEXT_LIMIT: Final = 1_000
"""Characters of what follows a command that are read; nobody asks for so much at once."""

_NOTE_LIMIT: Final = 200
_NAME_LIMIT: Final = 40


class Conversation:
    """Answers people.

    Args:
        database: where everything is remembered.
        knowledge: names of states and treaties.
        timezone: the time zone of chats that have chosen none, an IANA name.
        version: the program's, for `/status`.
        draw: draws a timeline as a picture; without it the timeline is text.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        *,
        timezone: str = "UTC",
        version: str = "",
        draw: Callable[[CaseAnswer, Speech], Picture] | None = None,
    ) -> None:
        self._database = database
        treaties = TreatyQuestions(knowledge)
        self._speeches = {lang: Speech(lang, knowledge) for lang in LANGUAGES}
        self._tools = Tools(
            knowledge=knowledge,
            questions=Questions(knowledge),
            treaties=treaties,
            names=Names(knowledge, treaties, tuple(self._speeches.values())),
            memo=Memo(),
            timezone=timezone,
            version=version,
            draw=draw,
        )

    def command(self, request: Request, name: str, text: str) -> Reply:
        """Answer a command.

        Args:
            request: who asks, where and when; `message_id` is the message that it replies to, if it does.
            name: the command, with or without its slash.
            text: what follows it.

        Raises:
            StoreBusyError: the database is busy; nothing was changed.
        """
        command = commands.find(name)
        with self._talk(request, changes=command is not None and command.changes) as talk:
            if command is None:
                return _unknown(talk, name)
            try:
                talk.require(command.who)
                handler = HANDLERS.get(command.name)
                return handler(talk, _bounded(text)) if handler else _unknown(talk, name)
            except RefusedError as refusal:
                return _refused(refusal)

    def press(self, request: Request, action: str) -> Reply:
        """Answer a button.

        Args:
            request: who pressed it, where and when; `message_id` is the message under which it stands.
            action: what the button carries; whoever sends it may have made it up.

        Raises:
            StoreBusyError: the database is busy; nothing was changed.
        """
        verb, _, words = clean(action).partition(":")
        found = PRESSES.get(verb)
        with self._talk(request, changes=found is not None and found.changes) as talk:
            try:
                return _pressed(talk, found, words)
            except StaleActionError:
                return Reply(note=talk.gettext("This button is out of date. Please ask again."))
            except RefusedError as refusal:
                return Reply(note=cut(refusal.text, _NOTE_LIMIT))

    def offer(self, request: Request, text: str) -> tuple[Found, ...]:
        """Up to ten cases and treaties that fit what somebody is typing, the likeliest first.

        Raises:
            StoreBusyError: the database is busy.
        """
        with self._talk(request, changes=False) as talk:
            return offers(talk, _bounded(text))

    @contextmanager
    def _talk(self, request: Request, *, changes: bool) -> Iterator[Talk]:
        opened = self._database.transaction() if changes else self._database.reading()
        with opened as conn:
            channel = channels.at(conn, request.place.platform, request.place.address)
            lang = channel.lang if channel else request.person.lang or ""
            speech = self._speeches.get(lang, self._speeches["en"])
            yield Talk(self._tools, conn, request, speech, channel)


def _bounded(text: str) -> str:
    """What follows a command as one line of visible characters, no longer than anybody needs."""
    return clean(text[:TEXT_LIMIT]).strip()


def _pressed(talk: Talk, found: Press | None, words: str) -> Reply:
    if found is None:
        raise StaleActionError(words)
    talk.require(found.who)
    return found.handle(talk, words)


def _unknown(talk: Talk, name: str) -> Reply:
    shown = cut(clean(name).strip().removeprefix("/"), _NAME_LIMIT)
    close = commands.similar(name)
    if not close:
        return Reply(answer(talk.gettext("I do not know /{name}. See /help.", name=shown)))
    headline = talk.gettext("I do not know /{name}. Did you mean one of these?", name=shown)
    return Reply(answer(headline, buttons=[[Button(f"/{one}", f"do:{one}") for one in close]]))


def _refused(refusal: RefusedError) -> Reply:
    return Reply(answer(refusal.text, buttons=[[one] for one in refusal.buttons]))
