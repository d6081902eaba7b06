"""The conversation: what people say and press in any chat, led to what answers it, with their rights looked at first.

It knows no platform: a chat hands it a `Request` and shows the `Reply`. Nothing that is typed raises; a database that
is busy does (`StoreBusyError`), since only the chat knows whether to try again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bot.conversation import commands, forms, knowing
from bot.conversation.actions import StaleActionError, number
from bot.conversation.forms import FormError
from bot.conversation.handlers import HANDLERS, PAGED, PRESSES, writes
from bot.conversation.memo import Memo
from bot.conversation.model import Reply
from bot.conversation.names import Names
from bot.conversation.offers import offers
from bot.conversation.overview import overview
from bot.conversation.paging import again, recalled
from bot.conversation.talk import RefusedError, Talk, Tools, answer
from bot.corrections import Corrections
from bot.message import ACTION_LIMIT, Button
from bot.plain import clean, cut
from bot.questions import Questions
from bot.speech import LANGUAGES, N_, Speech
from bot.treaty_questions import TreatyQuestions
from store import channels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.conversation.commands import Command
    from bot.conversation.forms import Form
    from bot.conversation.model import Found, Request
    from bot.conversation.talk import Drawings, Read
    from bot.message import Message
    from store.database import Database
    from treaties.registry import Knowledge

TEXT_LIMIT: Final = 1_000
"""Characters of what follows a command that are read; nobody asks for so much at once."""

STALE: Final = N_("This button is out of date. Please ask again.")

_NOTE_LIMIT: Final = 200
_NAME_LIMIT: Final = 40


class Conversation:
    """Answers people.

    Args:
        database: where everything is remembered.
        knowledge: names of states and treaties.
        timezone: the time zone of chats that have chosen none, an IANA name.
        version: the program's, for `/status`.
        draw: draws pictures; without it everything is text.
        depositaries: the addresses of the feeds that are records of depositaries.
        read: reads what people write as a report is read; without it only what they link to is looked up.
    """

    def __init__(  # noqa: PLR0913 - a conversation has that many sides, all named
        self,
        database: Database,
        knowledge: Knowledge,
        *,
        timezone: str = "UTC",
        version: str = "",
        draw: Drawings | None = None,
        depositaries: frozenset[str] = frozenset(),
        read: Read | None = None,
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
            corrections=Corrections(knowledge),
            timezone=timezone,
            version=version,
            draw=draw,
            depositaries=depositaries,
            read=read,
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
                return _unknown(talk, name, _bounded(text))
            try:
                return _commanded(talk, command, _bounded(text))
            except RefusedError as refusal:
                return _refused(refusal)
            except StaleActionError:
                return Reply(answer(talk.gettext(STALE)))

    def press(self, request: Request, action: str) -> Reply:
        """Answer a button.

        Args:
            request: who pressed it, where and when; `message_id` is the message under which it stands.
            action: what the button carries; whoever sends it may have made it up.

        Raises:
            StoreBusyError: the database is busy; nothing was changed.
        """
        pressed = clean(action[:ACTION_LIMIT])
        verb, _, words = pressed.partition(":")
        with self._talk(request, changes=writes(pressed)) as talk:
            try:
                return _pressed(talk, verb, words)
            except StaleActionError:
                return Reply(note=talk.gettext(STALE))
            except RefusedError as refusal:
                return _refused(refusal) if refusal.buttons else Reply(note=cut(refusal.text, _NOTE_LIMIT))

    def offer(self, request: Request, text: str) -> tuple[Found, ...]:
        """Up to ten cases and treaties that fit what somebody is typing, the likeliest first.

        Raises:
            StoreBusyError: the database is busy.
        """
        with self._talk(request, changes=False) as talk:
            return offers(talk, _bounded(text))

    def known(self, request: Request, text: str, links: Sequence[str]) -> Reply:
        """What is known about a message: of the report that it links to, else of what it says itself.

        Raises:
            StoreBusyError: the database is busy.
        """
        with self._talk(request, changes=False) as talk:
            return knowing.known(talk, text, links)

    def overview(self, request: Request) -> tuple[Message, ...]:
        """What a front page shows: watched cases, upcoming dates, how the bot is doing.

        Raises:
            StoreBusyError: the database is busy.
        """
        with self._talk(request, changes=False) as talk:
            return overview(talk)

    def form(self, request: Request) -> Form | Reply:
        """The settings of the place as a form to fill in, or why the person may not.

        Raises:
            StoreBusyError: the database is busy.
        """
        with self._talk(request, changes=False) as talk:
            try:
                return forms.form(talk)
            except RefusedError as refusal:
                return _refused(refusal)

    def faults(self, request: Request, filled: Form) -> dict[str, str]:
        """What is wrong in a form, by the field's name; nothing is stored.

        Raises:
            StoreBusyError: the database is busy.
        """
        with self._talk(request, changes=False) as talk:
            try:
                forms.check(talk, filled)
            except FormError as error:
                return error.faults
            except RefusedError as refusal:
                return {"states": refusal.text}
            return {}

    def fill(self, request: Request, filled: Form) -> Reply:
        """Store a form.

        Raises:
            StoreBusyError: the database is busy; nothing was changed.
        """
        with self._talk(request, changes=True) as talk:
            try:
                return Reply(forms.fill(talk, filled))
            except FormError as error:
                return Reply(answer(" ".join(error.faults.values())))
            except RefusedError as refusal:
                return _refused(refusal)

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


def _commanded(talk: Talk, command: Command, text: str) -> Reply:
    talk.require(command.who)
    return HANDLERS[command.name](talk, text)


def _pressed(talk: Talk, verb: str, words: str) -> Reply:
    """What a button does; whoever may not, is refused, whatever they were shown.

    Raises:
        StaleActionError: no such button stands anywhere, or what it speaks of is gone.
        RefusedError: the person may not, or it cannot be done.
    """
    if verb == "do":
        name, _, text = words.partition(":")
        command = commands.find(name)
        if command is None:
            raise StaleActionError(words)
        return _commanded(talk, command, recalled(talk.tools.memo, text))
    if verb == "page":
        return _turned(talk, words)
    if verb not in PRESSES:
        raise StaleActionError(words)
    press = PRESSES[verb]
    talk.require(press.who)
    return press.handle(talk, words)


def _turned(talk: Talk, words: str) -> Reply:
    """Another page of an answer: `<command>:<page>:<text>`."""
    name, _, rest = words.partition(":")
    page, _, text = rest.partition(":")
    if name not in PAGED:
        raise StaleActionError(words)
    message = PAGED[name](talk, recalled(talk.tools.memo, text), number(page))
    return Reply(message, replaces=True)


def _unknown(talk: Talk, name: str, text: str) -> Reply:
    shown = cut(clean(name).strip().removeprefix("/"), _NAME_LIMIT)
    close = commands.similar(name)
    if not close:
        # A plain word is as harmless as ours; anything else stays as inert as it was typed.
        return Reply(answer(talk.gettext("I do not know /{name}. See /help.", name=shown), own=shown.isidentifier()))
    headline = talk.gettext("I do not know /{name}. Did you mean one of these?", name=shown)
    return Reply(answer(headline, buttons=[[Button(f"/{one}", again(talk.tools.memo, one, text)) for one in close]]))


def _refused(refusal: RefusedError) -> Reply:
    return Reply(answer(refusal.text, buttons=[[one] for one in refusal.buttons], own=refusal.own))
