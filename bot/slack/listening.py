"""Listening: what becomes of everything that people do at Slack. Acknowledged first; then the desk answers."""

from __future__ import annotations

import logging
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from slack_bolt.response import BoltResponse

from bot.conversation import commands
from bot.conversation.forms import Form
from bot.conversation.model import Reply, Request
from bot.manners import Manners, apology, too_fast
from bot.message import Line, Message
from bot.redaction import where
from bot.slack import home, incoming, modals, posting
from bot.slack.incoming import PLATFORM
from bot.slack.posting import Question
from bot.slack.typing import SLASH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.conversation.model import Person, Place
    from bot.desk import Desk
    from bot.slack.answering import Answering
    from bot.slack.inbox import Inbox
    from bot.slack.incoming import Asked, Payload, Pressed, Shown, User
    from bot.slack.rights import Rights

_logger = logging.getLogger(__name__)

SHORTCUT: Final = "what_is_known"
"""The message shortcut's name, as the manifest has it."""

HOME_OPENED: Final = "app_home_opened"
_HOME: Final = "home"


class Listener:
    """Hears what people do, and sees that they are answered.

    Args:
        desk: answers.
        rights: who may do what.
        answering: shows what is answered.
        inbox: does it after the acknowledgement.
    """

    def __init__(self, desk: Desk, rights: Rights, answering: Answering, inbox: Inbox) -> None:
        self._desk = desk
        self._rights = rights
        self._answering = answering
        self._inbox = inbox
        self._manners = Manners(PLATFORM, desk.clock)

    def add_to(self, app: AsyncApp) -> None:
        """Have the app hand over what it is told."""
        app.use(self._once)
        app.command(SLASH)(self._on_command)
        app.action(re.compile(""))(self._on_press)
        app.view(modals.SUBSCRIPTION)(self._on_form)
        app.message_shortcut(SHORTCUT)(self._on_shortcut)
        app.event(HOME_OPENED)(self._on_home)
        app.error(self._on_error)

    # What Slack tells

    async def _once(self, body: Payload, next: Callable[[], Awaitable[Any]]) -> BoltResponse | None:  # noqa: A002 - Bolt's name
        """What is told again is acknowledged again, and no more."""
        if self._inbox.first(incoming.name_of(body)):
            await next()
            return None
        return BoltResponse(status=200)

    async def _on_command(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        asked = incoming.asked(body)
        self._inbox.take(asked.user.id, lambda: self._command(asked))

    async def _on_press(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        pressed = incoming.pressed(body)
        # What only opens a link is told as well.
        if pressed.action:
            self._inbox.take(pressed.user.id, lambda: self._press(pressed))

    async def _on_shortcut(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        shown = incoming.shown(body)
        self._inbox.take(shown.user.id, lambda: self._known(shown))

    async def _on_home(self, event: Payload) -> None:
        user = incoming.User(event["user"], event["user"])
        if event.get("tab") == _HOME:
            self._inbox.take(user.id, lambda: self._home(user))

    async def _on_form(self, ack: AsyncAck, body: Payload) -> None:
        """A form is read before it is acknowledged: only then its faults can stand at its fields."""
        view, user = body["view"], incoming.user(body)
        filled, place = modals.filled(view), incoming.unpacked(view["private_metadata"])
        person = await self._rights.person(user, place)
        request = Request(place, person, self._desk.clock())
        try:
            faults = await self._desk.faults(request, filled)
        except Exception as error:
            await ack(response_action="errors", errors=modals.at_a_field(view, {"": self._apology(person, error)}))
            raise
        if faults:
            await ack(response_action="errors", errors=modals.at_a_field(view, faults))
            return
        await ack()
        self._inbox.take(user.id, lambda: self._fill(request, filled))

    async def _on_error(self, error: Exception) -> None:
        _logger.error("something that Slack told could not be handled: %s", where(error))

    # What comes of it

    async def _command(self, asked: Asked) -> None:
        person = await self._rights.person(asked.user, asked.place)
        async with self._apologizing(person, asked.place, asked.url):
            if wait := self._manners.wait(asked.user.id):
                await self._answering.whisper(asked.url, self._too_fast(person, wait))
                return
            request = Request(asked.place, person, self._desk.clock())
            command = commands.find(asked.typed.name)
            if command and command.name == "watch" and not asked.typed.text:
                await self._open_form(request, asked)
                return
            reply = await self._desk.command(request, asked.typed.name, asked.typed.text)
            if command and command.changes and person.may_set:
                await self._tell_setter(request, asked.url, reply)
                return
            question = Question("command", asked.typed.name, asked.typed.text)
            await self._whisper(request, asked.url, reply, question)

    async def _press(self, pressed: Pressed) -> None:
        person = await self._rights.person(pressed.user, pressed.place)
        if pressed.url is None:
            # In the home tab and in what was opened from it there is no channel whose settings could be changed.
            person = replace(person, may_set=False)
        async with self._apologizing(person, pressed.place, pressed.url):
            request = Request(pressed.place, person, self._desk.clock(), pressed.message)
            if wait := self._manners.wait(pressed.user.id):
                await self._show(pressed, request, Reply(self._too_fast(person, wait)))
            elif pressed.id == posting.ID:
                await self._publish(pressed, request)
            else:
                await self._show(pressed, request, await self._desk.press(request, pressed.action))

    async def _known(self, shown: Shown) -> None:
        person = await self._rights.person(shown.user, shown.place)
        async with self._apologizing(person, shown.place, shown.url):
            if wait := self._manners.wait(shown.user.id):
                await self._answering.whisper(shown.url, self._too_fast(person, wait))
                return
            request = Request(shown.place, person, self._desk.clock())
            reply = await self._desk.known(request, shown.text, shown.links)
            await self._whisper(request, shown.url, reply, None)

    async def _home(self, user: User) -> None:
        place = incoming.home(user)
        person = replace(await self._rights.person(user, place), may_set=False)
        request = Request(place, person, self._desk.clock())
        await self._answering.home(user.id, home.view(await self._desk.overview(request)))

    async def _fill(self, request: Request, filled: Form) -> None:
        reply = await self._desk.fill(request, filled)
        await self._tell_setter(request, None, reply)

    async def _open_form(self, request: Request, asked: Asked) -> None:
        form = await self._desk.form(request)
        if isinstance(form, Form):
            speech = self._desk.speech(form.lang)
            await self._answering.open(asked.trigger, modals.subscription(form, asked.place, speech))
        else:
            await self._whisper(request, asked.url, form, None)

    # How it is shown

    async def _tell_setter(self, request: Request, url: str | None, reply: Reply) -> None:
        """Show what was set in the channel, for that shows as well whether the bot can post there."""
        place, message = request.place, _words(reply)
        there = await self._answering.whisper_in(place.address, request.person.id, message)
        if there:
            await self._desk.came(PLATFORM, place.address)
            return
        if there is False:
            await self._desk.left(PLATFORM, place.address)
            say = self._desk.speech(request.person.lang).gettext
            hint = say("I am not in this channel and cannot post here. Type /invite and my name, then: /start")
            message = replace(message, lines=(Line(hint, "strong"), *message.lines))
        if url:
            await self._answering.whisper(url, message)

    async def _show(self, pressed: Pressed, request: Request, reply: Reply) -> None:
        """Show what a button brings: where it stands if that is the reader's own, else to the reader alone."""
        message, speech = _words(reply), self._desk.speech(request.person.lang)
        if pressed.view:
            await self._answering.update(pressed.view, modals.answer(_in_words(message), speech))
        elif pressed.url is None:
            await self._answering.open(pressed.trigger, modals.answer(_in_words(message), speech))
        elif not (pressed.message and await self._pictured(pressed.place, message, pressed.thread)):
            question = Question("press", pressed.action)
            await self._whisper(request, pressed.url, reply, question, replaces=reply.replaces)

    async def _pictured(self, place: Place, message: Message, thread: str | None = None) -> bool:
        """Post the picture of a message for everybody in a channel or a thread; returns whether that was done."""
        picture = message.picture
        return picture is not None and await self._answering.picture(place.address, thread, picture, message)

    async def _whisper(
        self, request: Request, url: str, reply: Reply, question: Question | None, *, replaces: bool = False
    ) -> None:
        message = _words(reply)
        private = request.place.kind == "private"
        if question and private and await self._pictured(request.place, message):
            return
        more = []
        if question and not private and reply.message:
            more = posting.button(question, self._desk.speech(request.person.lang))
        if replaces:
            await self._answering.replace(url, _in_words(message), more)
        else:
            await self._answering.whisper(url, _in_words(message), more)

    async def _publish(self, pressed: Pressed, request: Request) -> None:
        """Ask the question again, and show the answer to everybody in the place of the one that one person saw."""
        question = posting.read(pressed.action)
        if question is None or pressed.url is None:
            return
        if question.kind == "command":
            reply = await self._desk.command(request, question.name, question.text)
        else:
            reply = await self._desk.press(request, question.name)
        asked_by = self._desk.speech(request.person.lang).gettext("Asked by {name}", name=request.person.name)
        message = _words(reply)
        message = replace(message, lines=(*message.lines, Line(asked_by, "small")))
        shown = await self._pictured(pressed.place, message)
        if shown or await self._answering.publish(pressed.url, _in_words(message)):
            await self._answering.remove(pressed.url)

    @asynccontextmanager
    async def _apologizing(self, person: Person, place: Place, url: str | None) -> AsyncIterator[None]:
        """Tell whoever asked when it came to nothing."""
        try:
            yield
        except Exception as error:
            message = Message("answer", self._apology(person, error))
            if url:
                await self._answering.whisper(url, message)
            else:
                _logger.info("%s: nobody is told that their question came to nothing", place.address)
            raise

    def _apology(self, person: Person, error: Exception) -> str:
        return apology(self._desk.speech(person.lang), error)

    def _too_fast(self, person: Person, wait: float) -> Message:
        return Message("answer", too_fast(self._desk.speech(person.lang), wait))


def _words(reply: Reply) -> Message:
    """A reply as a message: a note is one, too."""
    return reply.message or Message("answer", reply.note or "…")


def _in_words(message: Message) -> Message:
    """A message for where no picture can be: in its place stand the words for it."""
    if message.picture is None:
        return message
    return replace(message, lines=(*message.lines, message.picture.alt), picture=None)
