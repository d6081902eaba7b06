"""What an update says: the place, the command, the topic. Pure functions over the library's objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from telegram import Message, MessageEntity
from telegram.constants import ChatMemberStatus, ChatType

from bot.conversation.model import Place
from bot.telegram.address import Address

if TYPE_CHECKING:
    from telegram import Chat, ChatMember, MaybeInaccessibleMessage, User

    from bot.conversation.model import PlaceKind

PLATFORM: Final = "telegram"

# The library's names, and Telegram's: the General topic of a forum has this number, and refuses to be sent to by it.
_GENERAL_TOPIC: Final = 1
_KINDS: Final[dict[str, PlaceKind]] = {
    ChatType.PRIVATE: "private",
    ChatType.GROUP: "group",
    ChatType.SUPERGROUP: "group",
    ChatType.CHANNEL: "channel",
}
_ABSENT: Final = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command as it was typed.

    Attributes:
        name: without slash and without the bot's name.
        text: what follows it.
        named: whether the bot was called by its name.
    """

    name: str
    text: str
    named: bool


def spoken(message: Message, username: str) -> Spoken | None:
    """The command that the text of a message begins with; None if there is none, or if it is for another bot."""
    entity = message.entities[0] if message.text and message.entities else None
    if entity is None or entity.type != MessageEntity.BOT_COMMAND or entity.offset != 0:
        return None
    text = message.text or ""
    name, _, bot = text[1 : entity.length].partition("@")
    if bot and bot.casefold() != username.casefold():
        return None
    return Spoken(name, text[entity.length :].strip(), named=bool(bot))


def topic_of(message: MaybeInaccessibleMessage) -> int | None:
    """The topic in which a message stands; None for the General one and outside of forums.

    Outside of forums a thread number only means a reply. Of a message that is too old the topic is not known.
    """
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return None if thread == _GENERAL_TOPIC else thread


def answered(message: Message) -> str | None:
    """The number of the message that this one replies to; in a forum all reply to the one that opened the topic."""
    other = message.reply_to_message
    return str(other.message_id) if other and other.forum_topic_created is None else None


def speaker(message: Message) -> int:
    """Who wrote a message: a user, or the chat itself in whose name its administrators and channels write."""
    if message.sender_chat and message.sender_chat.id == message.chat.id:
        return message.sender_chat.id
    return message.from_user.id if message.from_user else message.chat.id


def address_of(message: Message) -> Address:
    """Where a message stands."""
    return Address(message.chat.id, topic_of(message))


def place(chat: Chat, topic: int | None = None) -> Place:
    """A chat as the conversation knows it."""
    title = chat.title or chat.full_name or chat.username or str(chat.id)
    return Place(PLATFORM, str(Address(chat.id, topic)), title, _KINDS.get(chat.type, "group"))


def own_place(user: User) -> Place:
    """The private chat of a user, for those who ask from somewhere else."""
    return Place(PLATFORM, str(user.id), user.full_name, "private")


def language(user: User | None) -> str | None:
    """The language of a user's client as two small letters."""
    code = (user.language_code or "")[:2].lower() if user else ""
    return code or None


def came(before: ChatMember, after: ChatMember) -> bool:
    """Whether somebody who was not there is there now."""
    return not there(before) and there(after)


def there(member: ChatMember) -> bool:
    """Whether somebody is in the chat (in a private chat: has not blocked the bot)."""
    return member.status not in _ABSENT
