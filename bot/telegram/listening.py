"""Listening: what becomes of each kind of update. Who speaks, where, and may they; then the desk answers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import telegram
from telegram import Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, ChatMemberHandler, InlineQueryHandler, MessageHandler, filters

from bot.conversation import commands
from bot.conversation.model import Request
from bot.manners import Manners, apology, greeting, not_here, too_fast
from bot.message import Message
from bot.redaction import where
from bot.telegram import incoming
from bot.telegram.address import Address
from bot.telegram.answering import in_short
from bot.telegram.errors import reason_of
from bot.telegram.incoming import PLATFORM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from telegram.ext import Application, CallbackContext

    from bot.conversation.model import Person, Place, Reply
    from bot.desk import Desk
    from bot.telegram.answering import Answering
    from bot.telegram.rights import Rights
    from bot.telegram.trying import Patience

    AnyContext = CallbackContext[Any, Any, Any, Any]

_logger = logging.getLogger(__name__)

T = TypeVar("T")

# What is forwarded was said elsewhere, perhaps by somebody else: it is no order. (A channel's posts are forwarded to
# its discussion group by Telegram itself.)
_TYPED: Final = (filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST) & ~filters.FORWARDED


class Listener:
    """Hears what people do, and sees that they are answered.

    Args:
        bot: the bot.
        desk: answers.
        rights: who may do what.
        answering: shows what is answered.
        patience: when somebody who pressed a button is told that it was noticed.
    """

    def __init__(self, bot: telegram.Bot, desk: Desk, rights: Rights, answering: Answering, patience: Patience) -> None:
        self._bot = bot
        self._desk = desk
        self._rights = rights
        self._answering = answering
        self._patience = patience
        self._manners = Manners(PLATFORM, desk.clock)

    def add_to(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Have the application hand its updates over."""
        application.add_handler(MessageHandler(filters.COMMAND & _TYPED, self._on_command))
        application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._on_migration))
        application.add_handler(MessageHandler(filters.TEXT & filters.ChatType.PRIVATE & _TYPED, self._on_words))
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_handler(InlineQueryHandler(self._on_typing))
        application.add_handler(ChatMemberHandler(self._on_presence, ChatMemberHandler.MY_CHAT_MEMBER))
        application.add_error_handler(self._on_error)

    async def _on_command(self, update: Update, _: AnyContext) -> None:
        message = _there(update.effective_message)
        said = incoming.spoken(message, self._bot.username)
        if said and (said.named or _meant(said.name, message.chat)):
            await self._answer(message, said.name, said.text)

    async def _on_words(self, update: Update, _: AnyContext) -> None:
        """Words without a slash, in a private chat: a command where they begin with one, else a search."""
        message = _there(update.effective_message)
        words = (message.text or "").strip()
        first, __, rest = words.partition(" ")
        if commands.find(first):
            await self._answer(message, first, rest)
        else:
            await self._answer(message, "search", words)

    async def _answer(self, message: telegram.Message, name: str, text: str) -> None:
        address = incoming.address_of(message)
        speaker = incoming.speaker(message)
        thread = None if message.chat.type == ChatType.PRIVATE else str(message.message_id)
        if refusal := self._refusal(message.chat.id, speaker, incoming.language(message.from_user)):
            if refusal.aloud:
                await self._answering.post(address, Message("answer", refusal.text), thread)
            return
        person = await self._rights.author(message)
        place = incoming.place(message.chat, address.topic)
        request = Request(place, person, self._desk.clock(), incoming.answered(message))
        asked = self._desk.command(request, name, text)
        reply = await self._within(asked, lambda: self._answering.busy(address))
        shown = reply.message or (Message("answer", reply.note) if reply.note else None)
        if shown:
            await self._answering.post(address, shown, thread)

    async def _on_press(self, update: Update, _: AnyContext) -> None:
        query = _there(update.callback_query)
        shown = query.message
        if shown is None or not query.data:
            await self._answering.note(query)
            return
        if refusal := self._refusal(shown.chat.id, query.from_user.id, incoming.language(query.from_user)):
            await self._answering.note(query, refusal.text)
            return
        place = incoming.place(shown.chat, incoming.topic_of(shown))
        press = _Press(query, shown, place, await self._rights.person(query.from_user, shown.chat))
        request = Request(place, press.person, self._desk.clock(), str(shown.message_id))
        try:
            reply = await self._within(self._desk.press(request, query.data), lambda: self._note(press))
        except Exception as error:
            await self._note(press, apology(self._desk.speech(press.person.lang), error))
            raise
        await self._show(press, reply)

    async def _show(self, press: _Press, reply: Reply) -> None:
        if press.place.kind == "channel" and not press.person.may_set:
            # Whoever reads a channel may press its buttons: what they asked for is shown to them alone.
            await self._note(press, in_short(reply), aloud=True)
            return
        await self._note(press, reply.note)
        if reply.message is None:
            return
        address = Address.parse(press.place.address)
        if reply.replaces and press.replaceable and not reply.message.picture:
            await self._answering.replace(address, press.message_id, reply.message)
        else:
            thread = None if press.place.kind == "private" else press.message_id
            await self._answering.post(address, reply.message, thread)

    async def _note(self, press: _Press, text: str | None = None, *, aloud: bool = False) -> None:
        """Answer the press; only the first answer counts, so a later text is posted, as far as it may be seen."""
        if not press.answered:
            press.answered = True
            await self._answering.note(press.query, text, aloud=aloud)
        elif text and not aloud:
            await self._answering.post(Address.parse(press.place.address), Message("answer", text))

    async def _on_typing(self, update: Update, _: AnyContext) -> None:
        query = _there(update.inline_query)
        user = query.from_user
        if self._refusal(user.id, user.id, incoming.language(user)):
            await self._answering.offer(query, ())
            return
        person = await self._rights.person(user, None)
        request = Request(incoming.own_place(user), person, self._desk.clock())
        await self._answering.offer(query, await self._desk.offer(request, query.query))

    async def _on_presence(self, update: Update, _: AnyContext) -> None:
        """The bot was added to a chat, or removed from it."""
        change = _there(update.my_chat_member)
        chat = change.chat
        if not incoming.there(change.new_chat_member):
            await self._desk.left(PLATFORM, str(chat.id))
        elif incoming.came(change.old_chat_member, change.new_chat_member):
            back = await self._desk.came(PLATFORM, str(chat.id))
            if chat.type != ChatType.PRIVATE:
                speech = self._desk.speech(incoming.language(change.from_user))
                welcome = self._rights.welcome(chat.id, change.from_user.id)
                said = greeting(speech, back=back) if welcome else Message("answer", not_here(speech))
                await self._answering.post(Address(chat.id), said)

    async def _on_migration(self, update: Update, _: AnyContext) -> None:
        """A group has become a supergroup: both tell of it, whichever is heard first."""
        message = _there(update.effective_message)
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        await self._desk.moved(PLATFORM, str(old), str(new))

    async def _on_error(self, update: object, context: AnyContext) -> None:
        error = _there(context.error)
        said = reason_of(error, self._bot.token) if isinstance(error, TelegramError) else where(error)
        _logger.error("an update could not be handled: %s", said)
        message = update.message or update.channel_post if isinstance(update, Update) else None
        if message:
            speech = self._desk.speech(incoming.language(message.from_user))
            await self._answering.post(incoming.address_of(message), Message("answer", apology(speech, error)))

    def _refusal(self, chat: int, speaker: int, lang: str | None) -> _Refusal | None:
        """Why nobody answers; None if somebody does."""
        speech = self._desk.speech(lang)
        if not self._rights.welcome(chat, speaker):
            return _Refusal(not_here(speech), aloud=self._manners.first(f"here:{chat}"))
        if wait := self._manners.wait(speaker):
            return _Refusal(too_fast(speech, wait), aloud=self._manners.first(f"wait:{speaker}"))
        return None

    async def _within(self, work: Coroutine[Any, Any, T], late: Callable[[], Awaitable[None]]) -> T:
        """The result of the work; where it takes long, `late` tells those who wait that it is being done."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task], timeout=self._patience.press)
            if not task.done():
                await late()
            return await task
        finally:
            task.cancel()


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why nobody answers, and whether that is said once more."""

    text: str
    aloud: bool


@dataclass(slots=True)
class _Press:
    """A button that was pressed. Telegram takes one answer to it; until then the button shows that it is waited for."""

    query: telegram.CallbackQuery
    shown: telegram.MaybeInaccessibleMessage
    place: Place
    person: Person
    answered: bool = False

    @property
    def message_id(self) -> str:
        return str(self.shown.message_id)

    @property
    def replaceable(self) -> bool:
        """Whether another text may stand in its place: it is not too old, and no picture."""
        return isinstance(self.shown, telegram.Message) and self.shown.text is not None


def _there(value: T | None) -> T:
    """What every update of its kind has, though the library cannot know."""
    if value is None:
        raise ValueError("an update lacks what it is named after")
    return value


def _meant(name: str, chat: telegram.Chat) -> bool:
    """Whether a command that calls no bot by its name is for this one: among others, only what is like one of ours."""
    return chat.type == ChatType.PRIVATE or bool(commands.find(name) or commands.similar(name))
