"""People, chats and messages as their users see them, and what users do: write, press, type, come and go."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from tests.bot.fakes.bot_api import formatting
from tests.bot.fakes.bot_api.refusals import bad, forbidden

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.bot.fakes.bot_api.formatting import Entity, Formatted
    from tests.bot.fakes.bot_api.keyboards import Button, Keyboard
    from tests.bot.fakes.bot_api.refusals import RefusedError

ChatKind = Literal["private", "group", "supergroup", "channel"]
Standing = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]
PRESENT: Final = frozenset({"creator", "administrator", "member", "restricted"})
BOT_ID: Final = 123456
ANONYMOUS_ID: Final = 1087968824
_RIGHTS: Final = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip
_PERMISSIONS: Final = (
    "can_change_info", "can_invite_users", "can_pin_messages", "can_send_messages", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_manage_topics", "can_send_audios",
    "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes",
    "can_edit_tag",
)  # fmt: skip


class Post(Protocol):
    """Where what people do goes: the bot's updates."""

    def __call__(self, kind: str, content: dict[str, Any]) -> int: ...


class Until(Protocol):
    """Waits until something holds."""

    def __call__(self, found: Callable[[], Any], seconds: float = 10) -> Awaitable[Any]: ...


@dataclass(eq=False, slots=True)
class Person:
    """Somebody with an account."""

    id: int
    name: str
    username: str | None = None
    lang: str | None = None
    is_bot: bool = False

    def as_json(self) -> dict[str, Any]:
        return _filled(
            id=self.id,
            is_bot=self.is_bot,
            first_name=self.name,
            username=self.username,
            language_code=self.lang,
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or a document that was sent."""

    kind: Literal["photo", "document"]
    name: str
    content: bytes
    file_id: str
    width: int = 0
    height: int = 0

    def as_json(self) -> dict[str, Any]:
        file = {"file_id": self.file_id, "file_unique_id": f"u{self.file_id}", "file_size": len(self.content)}
        if self.kind == "photo":
            return {"photo": [file | {"width": self.width, "height": self.height}]}
        return {"document": file | {"file_name": self.name}}


@dataclass(frozen=True, slots=True)
class Look:
    """What a message shows at a time."""

    said: Formatted
    buttons: Keyboard = ()
    attachment: Attachment | None = None
    preview: bool = True


@dataclass(eq=False, slots=True)
class Message:
    """A message in a chat as those who read it see it. `looks` are what it showed, the newest last."""

    id: int
    chat: Chat
    sender: Person | None
    at: float
    looks: list[Look]
    reply_to: Message | None = None
    thread: int | None = None
    silent: bool = False
    deleted: bool = False
    edited_at: float | None = None
    service: dict[str, Any] = field(default_factory=dict)

    @property
    def look(self) -> Look:
        return self.looks[-1]

    @property
    def text(self) -> str:
        """The words, or those under the picture."""
        return self.look.said.text

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.look.said.entities

    @property
    def links(self) -> list[str]:
        return self.look.said.links

    @property
    def buttons(self) -> Keyboard:
        return self.look.buttons

    @property
    def labels(self) -> list[list[str]]:
        """What the buttons say, row by row."""
        return [[button.text for button in row] for row in self.buttons]

    @property
    def attachment(self) -> Attachment | None:
        return self.look.attachment

    @property
    def edits(self) -> list[str]:
        """The words that it had before, the oldest first."""
        return [look.said.text for look in self.looks[:-1]]

    @property
    def by_bot(self) -> bool:
        return self.sender is not None and self.sender.id == BOT_ID

    def button(self, wanted: str) -> Button:
        """The button with that label, or whose label begins so, or with that data."""
        everything = [button for row in self.buttons for button in row]
        tests: tuple[Callable[[Button], bool], ...] = (
            lambda button: button.text == wanted,
            lambda button: button.data == wanted,
            lambda button: wanted in button.text,
        )
        for test in tests:
            for button in everything:
                if test(button):
                    return button
        raise AssertionError(f"no button {wanted!r} under {self.text!r}, only {self.labels}")

    def as_json(self, *, quoting: bool = True) -> dict[str, Any]:
        body = _filled(
            message_id=self.id,
            date=int(self.at),
            chat=self.chat.as_json(),
            edit_date=int(self.edited_at) if self.edited_at else None,
            message_thread_id=self.thread,
            is_topic_message=True if self.thread else None,
            reply_to_message=self.reply_to.as_json(quoting=False) if self.reply_to and quoting else None,
            reply_markup=_markup(self.buttons),
        )
        return body | self._from() | self._content() | self.service

    def _from(self) -> dict[str, Any]:
        if self.chat.kind == "channel":
            return {"sender_chat": self.chat.as_json()}
        if self.sender is None:
            return {}
        behind = {"sender_chat": self.chat.as_json()} if self.sender.id == ANONYMOUS_ID else {}
        return {"from": self.sender.as_json()} | behind

    def _content(self) -> dict[str, Any]:
        if self.service:
            return {}
        marks = [entity.as_json() for entity in self.entities]
        if self.attachment:
            return self.attachment.as_json() | _filled(caption=self.text or None, caption_entities=marks or None)
        return _filled(text=self.text, entities=marks or None)


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _markup(buttons: Keyboard) -> dict[str, Any] | None:
    return {"inline_keyboard": [[button.as_json() for button in row] for row in buttons]} if buttons else None


@dataclass(frozen=True, slots=True)
class Note:
    """What the bot says to whoever pressed a button."""

    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass(eq=False, slots=True)
class Press:
    """A button that was pressed; `note` is there once the bot has answered."""

    id: str
    message: Message | None
    by: Person
    data: str
    at: float
    note: Note | None = None


@dataclass(eq=False, slots=True)
class Question:
    """A look-up that somebody types in any chat; `results` are there once the bot has answered."""

    id: str
    by: Person
    query: str
    at: float
    results: list[dict[str, Any]] | None = None


@dataclass(eq=False, slots=True)
class Chat:
    """A chat, and what its users do there."""

    world: World
    id: int
    kind: ChatKind
    title: str
    username: str | None = None
    person: Person | None = None
    forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    standings: dict[int, Standing] = field(default_factory=dict)
    migrated_to: Chat | None = None
    blocked: bool = False
    deactivated: bool = False
    started: bool = True
    gone: bool = False
    all_messages: list[Message] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    # What is there to see

    @property
    def messages(self) -> list[Message]:
        """What stands in the chat, the oldest first."""
        return [message for message in self.all_messages if not message.deleted]

    @property
    def told(self) -> list[Message]:
        """What the bot says there, the oldest first."""
        return [message for message in self.messages if message.by_bot]

    @property
    def last(self) -> Message:
        """The bot's newest message."""
        assert self.told, f"the bot has said nothing in {self.title}"
        return self.told[-1]

    def message(self, number: int) -> Message | None:
        return next((message for message in self.messages if message.id == number), None)

    def topic(self, number: int) -> list[Message]:
        """What stands in a topic of a forum."""
        return [message for message in self.messages if message.thread == number]

    def standing(self, user_id: int) -> Standing:
        if self.kind == "private":
            return "member"
        return self.standings.get(user_id, "left")

    def as_json(self) -> dict[str, Any]:
        person = self.person
        names = {"first_name": person.name, "username": person.username} if person else {"title": self.title}
        return _filled(
            id=self.id, type=self.kind, is_forum=True if self.forum else None, **{"username": self.username} | names
        )

    def trouble(self) -> RefusedError | None:
        """Why the bot may not speak here, if it may not."""
        if self.migrated_to:
            return bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrated_to.id)
        if self.kind == "private":
            return self._private_trouble()
        name = f"{self.kind} chat"
        if self.gone:
            return forbidden(f"the {name} was deleted")
        standing = "reader" if (self.kind, self.standing(BOT_ID)) == ("channel", "member") else self.standing(BOT_ID)
        return {
            "kicked": forbidden(f"bot was kicked from the {name}"),
            "left": forbidden(f"bot is not a member of the {name}"),
            "restricted": bad("not enough rights to send text messages to the chat"),
            "reader": bad("need administrator rights in the channel chat"),
        }.get(standing)

    def _private_trouble(self) -> RefusedError | None:
        if self.deactivated:
            return forbidden("user is deactivated")
        if self.blocked:
            return forbidden("bot was blocked by the user")
        return None if self.started else forbidden("bot can't initiate conversation with a user")

    # What users do

    def says(
        self,
        text: str,
        by: Person | None = None,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
        anonymous: bool = False,
    ) -> Message:
        """Somebody writes; in a channel, the channel itself does."""
        sender = self.world.anonymous if anonymous else (by or self.person)
        assert sender or self.kind == "channel", "say who writes"
        look = Look(formatting.plain(text))
        message = self.add(sender if self.kind != "channel" else None, look, reply_to=reply_to, thread=thread)
        if self.kind == "channel":
            self.world.publish("channel_post", message.as_json())
        elif self._reaches_bot(message):
            self.started, self.blocked = True, False
            self.world.publish("message", message.as_json())
        return message

    def edits_own(self, message: Message, text: str) -> None:
        """Somebody changes what they wrote."""
        message.looks.append(Look(formatting.plain(text)))
        message.edited_at = self.world.clock()
        if self._reaches_bot(message):
            self.world.publish("edited_message", message.as_json())

    def _reaches_bot(self, message: Message) -> bool:
        """In groups a bot with privacy mode hears commands, mentions and replies to it, or all as an administrator."""
        if self.kind == "private":
            return True
        if self.standing(BOT_ID) not in PRESENT:
            return False
        if self.standing(BOT_ID) == "administrator" or (message.reply_to and message.reply_to.by_bot):
            return True
        name = f"@{self.world.bot.username}"
        commands = message.look.said.of("bot_command")
        mine = any("@" not in command or command.endswith(name) for command in commands)
        return mine or name in message.look.said.of("mention")

    def press(self, button: str, by: Person | None = None, message: Message | None = None) -> Press:
        """Somebody presses a button of a message, of the newest with buttons if none is named."""
        shown = message or next((one for one in reversed(self.messages) if one.buttons), None)
        assert shown, f"no message in {self.title} has buttons"
        found = shown.button(button)
        assert found.data is not None, f"{found} opens something: nothing is sent to the bot"
        return self.press_data(found.data, by, shown)

    def press_data(self, data: str, by: Person | None, message: Message) -> Press:
        """Somebody's client sends any data at all for a message."""
        user = by or self.person
        assert user, "say who presses"
        press = Press(str(next(self.world.numbers)), message, user, data, self.world.clock())
        self.world.presses[press.id] = press
        self.world.publish(
            "callback_query",
            {
                "id": press.id,
                "from": user.as_json(),
                "message": message.as_json(),
                "chat_instance": str(self.id),
                "data": data,
            },
        )
        return press

    def deletes(self, message: Message) -> None:
        """A user deletes a message; the bot is not told."""
        message.deleted = True
        self.world.changed()

    def becomes(self, person: Person, standing: Standing, by: Person | None = None) -> None:
        """Somebody's standing changes: `my_chat_member` for the bot, `chat_member` for others."""
        actor = by or self.person or person
        old = self.world.member(self, person)
        self.standings[person.id] = standing
        change = {
            "chat": self.as_json(),
            "from": actor.as_json(),
            "date": int(self.world.clock()),
            "old_chat_member": old,
            "new_chat_member": self.world.member(self, person),
        }
        self.world.publish("my_chat_member" if person.id == BOT_ID else "chat_member", change)

    def blocks(self) -> None:
        """The user of a private chat blocks the bot."""
        assert self.person
        self._private_change("kicked")
        self.blocked = True

    def unblocks(self) -> None:
        """The user of a private chat lets the bot in again."""
        self.blocked = False
        self._private_change("member")

    def _private_change(self, standing: Standing) -> None:
        assert self.person
        before: Standing = "member" if standing == "kicked" else "kicked"
        self.world.publish(
            "my_chat_member",
            {
                "chat": self.as_json(),
                "from": self.person.as_json(),
                "date": int(self.world.clock()),
                "old_chat_member": self.world.member_json(self.world.bot, before),
                "new_chat_member": self.world.member_json(self.world.bot, standing),
            },
        )

    def becomes_supergroup(self, new_id: int) -> Chat:
        """The group is upgraded: it has a new number, and both chats tell of it."""
        upgraded = self.world.group(new_id, self.title, kind="supergroup")
        upgraded.standings = dict(self.standings)
        self.migrated_to = upgraded
        for chat, service in ((self, {"migrate_to_chat_id": new_id}), (upgraded, {"migrate_from_chat_id": self.id})):
            message = chat.add(self.world.anonymous, Look(formatting.plain("")), service=service)
            self.world.publish("message", message.as_json())
        return upgraded

    async def ask(self, text: str, by: Person | None = None, *, thread: int | None = None) -> Message:
        """Somebody writes; returns the bot's next message in the chat."""
        count = len(self.told)
        self.says(text, by, thread=thread)
        await self.world.until(lambda: len(self.told) > count)
        return self.told[count]

    async def tap(self, button: str, by: Person | None = None, message: Message | None = None) -> Note:
        """Somebody presses a button; returns what the bot said to them."""
        press = self.press(button, by, message)
        await self.world.until(lambda: press.note is not None)
        assert press.note
        return press.note

    # What the server does

    def add(  # noqa: PLR0913 - a message has that many properties, all named
        self,
        sender: Person | None,
        look: Look,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
        silent: bool = False,
        service: dict[str, Any] | None = None,
    ) -> Message:
        """Put a message into the chat."""
        number = len(self.all_messages) + 1
        at = self.world.clock()
        message = Message(number, self, sender, at, [look], reply_to, thread, silent, service=service or {})
        self.all_messages.append(message)
        self.world.changed()
        return message

    def change(self, message: Message, **values: Any) -> None:
        """Give a message another look."""
        message.looks.append(replace(message.look, **values))
        message.edited_at = self.world.clock()
        self.world.changed()


@dataclass(eq=False, slots=True)
class World:
    """Everything that the server knows.

    Attributes:
        clock: seconds since 1970.
        publish: queues an update for the bot.
        changed: told of every change.
        until: waits until something holds.
    """

    clock: Callable[[], float]
    publish: Post
    changed: Callable[[], None]
    until: Until
    bot: Person = field(default_factory=lambda: Person(BOT_ID, "Treatywatch", "treatywatch_bot", is_bot=True))
    anonymous: Person = field(default_factory=lambda: Person(ANONYMOUS_ID, "Group", "GroupAnonymousBot", is_bot=True))
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))

    def person(self, user_id: int, name: str, *, username: str | None = None, lang: str | None = None) -> Person:
        """Somebody with an account, who has not written to the bot."""
        return self.people.setdefault(user_id, Person(user_id, name, username, lang))

    def private(
        self,
        user_id: int,
        name: str = "Ann",
        *,
        username: str | None = None,
        lang: str | None = None,
        started: bool = True,
    ) -> Chat:
        """Somebody's private chat with the bot."""
        person = self.person(user_id, name, username=username, lang=lang)
        return self.chats.setdefault(user_id, Chat(self, user_id, "private", name, person=person, started=started))

    def group(  # noqa: PLR0913 - a chat has that many properties, all named
        self,
        chat_id: int,
        title: str = "Group",
        *,
        kind: ChatKind = "group",
        forum: bool = False,
        username: str | None = None,
        bot: Standing = "member",
    ) -> Chat:
        """A group with the bot in it."""
        assert chat_id < 0, "groups have negative numbers"
        chat = Chat(self, chat_id, kind, title, username=username, forum=forum)
        chat.standings[BOT_ID] = bot
        return self.chats.setdefault(chat_id, chat)

    def channel(self, chat_id: int, title: str = "Channel", *, username: str | None = None) -> Chat:
        """A channel in which the bot may post."""
        return self.group(chat_id, title, kind="channel", username=username, bot="administrator")

    def asks_inline(self, person: Person, query: str) -> Question:
        """Somebody types the bot's name and a look-up in some chat."""
        question = Question(str(next(self.numbers)), person, query, self.clock())
        self.questions[question.id] = question
        self.publish(
            "inline_query",
            {"id": question.id, "from": person.as_json(), "query": query, "offset": "", "chat_type": "private"},
        )
        return question

    async def offered(self, person: Person, query: str) -> list[dict[str, Any]]:
        """What the bot offers to somebody who types a look-up."""
        question = self.asks_inline(person, query)
        await self.until(lambda: question.results is not None)
        assert question.results is not None
        return question.results

    def choose(self, question: Question, result_id: str) -> None:
        """Somebody takes one of the answers offered."""
        self.publish(
            "chosen_inline_result",
            {"result_id": result_id, "from": question.by.as_json(), "query": question.query},
        )

    def member(self, chat: Chat, person: Person) -> dict[str, Any]:
        """A chat member as the Bot API tells of it."""
        return self.member_json(person, chat.standing(person.id))

    def member_json(self, person: Person, standing: Standing) -> dict[str, Any]:
        who = {"user": person.as_json(), "status": standing}
        match standing:
            case "creator":
                return who | {"is_anonymous": False}
            case "administrator":
                return who | dict.fromkeys(_RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
            case "restricted":
                return who | dict.fromkeys(_PERMISSIONS, False) | {"is_member": True, "until_date": 0}
            case "kicked":
                return who | {"until_date": 0}
            case _:
                return who

    def transcript(self) -> str:
        """All chats, as one who looks over everybody's shoulder reads them."""
        lines: list[str] = []
        for chat in self.chats.values():
            lines.append(f"== {chat.title} ({chat.id})")
            for message in chat.messages:
                lines.append(f"[{message.id}] {message.sender.name if message.sender else chat.title}: {message.text}")
                lines += ["    " + " ".join(f"[{label}]" for label in row) for row in message.labels]
        return "\n".join(lines)
