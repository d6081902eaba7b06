"""The Bot API's methods: what each refuses, what it does, and what it answers."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tests.bot.fakes.bot_api import commands, formatting
from tests.bot.fakes.bot_api.commands import Commands
from tests.bot.fakes.bot_api.formatting import Entity, Formatted, MalformedError, units
from tests.bot.fakes.bot_api.keyboards import keyboard
from tests.bot.fakes.bot_api.refusals import Params, RefusedError, bad
from tests.bot.fakes.bot_api.world import ANONYMOUS_ID, BOT_ID, Attachment, Chat, Look, Message, Note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.bot.fakes.bot_api.limits import Pace
    from tests.bot.fakes.bot_api.refusals import Upload
    from tests.bot.fakes.bot_api.updates import Updates
    from tests.bot.fakes.bot_api.world import World

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
LONGEST_NOTE: Final = 200
MOST_RESULTS: Final = 50
LONGEST_RESULT_ID: Final = 64
PRESS_SECONDS: Final = 30
PHOTO_BYTES: Final = 10 * 1024 * 1024
DOCUMENT_BYTES: Final = 50 * 1024 * 1024
GENERAL_TOPIC: Final = 1
_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_ACTIONS: Final = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
        "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip
_NAMES: Final = {"setmyname": ("name", 64), "setmydescription": ("description", 512)} | {
    "setmyshortdescription": ("short_description", 120)
}


@dataclass(slots=True)
class Methods:
    """What the bot may ask for.

    Attributes:
        world: what there is.
        updates: what the bot has not heard yet.
        pace: what counts its messages.
        commands: the lists of commands that it set.
        about: name, description and short description by language.
    """

    world: World
    updates: Updates
    pace: Pace
    commands: Commands = field(default_factory=Commands)
    about: dict[tuple[str, str], str] = field(default_factory=dict)
    _files: int = 0

    def named(self, name: str) -> Callable[[Params], Awaitable[Any]] | None:
        """The method of that name in small letters; None where there is none."""
        method = _METHODS.get(name)
        return partial(method, self) if method else None

    # The bot itself

    async def get_me(self, _: Params) -> Any:
        return self.world.bot.as_json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }

    async def set_my_commands(self, params: Params) -> Any:
        self.commands.lists[commands.scope(params), commands.language(params)] = commands.listed(params)
        return True

    async def get_my_commands(self, params: Params) -> Any:
        return self.commands.lists.get((commands.scope(params), commands.language(params)), [])

    async def delete_my_commands(self, params: Params) -> Any:
        self.commands.lists.pop((commands.scope(params), commands.language(params)), None)
        return True

    async def set_about(self, params: Params) -> Any:
        for name, most in _NAMES.values():
            if name in params.values:
                if len(params.text(name)) > most:
                    raise bad(f"{name} is too long")
                self.about[name, commands.language(params)] = params.text(name)
        return True

    # Updates

    async def get_updates(self, params: Params) -> Any:
        self.updates.subscribe(_kinds(params))
        return await self.updates.poll(
            params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
        )

    async def set_webhook(self, params: Params) -> Any:
        self.updates.subscribe(_kinds(params))
        if params.flag("drop_pending_updates"):
            self.updates.drop()
        if params.text("url"):
            self.updates.set_webhook(params.text("url"), params.text("secret_token"))
        else:
            self.updates.delete_webhook()
        return True

    async def delete_webhook(self, params: Params) -> Any:
        self.updates.delete_webhook()
        if params.flag("drop_pending_updates"):
            self.updates.drop()
        return True

    async def get_webhook_info(self, _: Params) -> Any:
        hook, trouble = self.updates.webhook, self.updates.last_error
        told = {"last_error_message": trouble, "last_error_date": int(self.world.clock())} if trouble else {}
        return told | {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending),
            "allowed_updates": sorted(self.updates.allowed),
        }

    # Chats

    async def get_chat(self, params: Params) -> Any:
        chat = self._chat(params, speaking=False)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        return chat.as_json() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, True),
        }

    async def get_chat_member(self, params: Params) -> Any:
        chat = self._chat(params, speaking=False)
        number = params.integer("user_id")
        person = self.world.bot if number == BOT_ID else self.world.people.get(number)
        if person is None:
            raise bad("PARTICIPANT_ID_INVALID")
        return self.world.member(chat, person)

    async def get_chat_administrators(self, params: Params) -> Any:
        chat = self._chat(params, speaking=False)
        if chat.kind == "private":
            raise bad("there are no administrators in the private chat")
        ruling = [number for number, standing in chat.standings.items() if standing in {"creator", "administrator"}]
        people = {BOT_ID: self.world.bot} | self.world.people
        # Other bots are left out, this one is not.
        return [self.world.member(chat, people[number]) for number in ruling if number != ANONYMOUS_ID]

    async def leave_chat(self, params: Params) -> Any:
        chat = self._chat(params)
        if chat.kind == "private":
            raise bad("chat member status can't be changed in private chats")
        chat.becomes(self.world.bot, "left", by=self.world.bot)
        return True

    async def send_chat_action(self, params: Params) -> Any:
        chat = self._chat(params)
        if params.text("action") not in _ACTIONS:
            raise bad("wrong parameter action in request")
        chat.actions.append(params.text("action"))
        self.world.changed()
        return True

    # Messages

    async def send_message(self, params: Params) -> Any:
        chat = self._chat(params)
        said = _said(params, "text")
        look = Look(said, keyboard(params), preview=_preview(params))
        return self._sent(chat, params, look)

    async def send_photo(self, params: Params) -> Any:
        chat = self._chat(params)
        look = Look(_said(params, "caption"), keyboard(params), self._photo(_upload(params, "photo")))
        return self._sent(chat, params, look)

    async def send_document(self, params: Params) -> Any:
        chat = self._chat(params)
        look = Look(_said(params, "caption"), keyboard(params), self._document(_upload(params, "document")))
        return self._sent(chat, params, look)

    def _sent(self, chat: Chat, params: Params, look: Look) -> Any:
        thread = _thread(chat, params)
        reply_to = _replied(chat, params)
        if reply_to and thread is None:
            thread = reply_to.thread
        self._count(chat)
        silent = params.flag("disable_notification")
        return chat.add(self.world.bot, look, reply_to=reply_to, thread=thread, silent=silent).as_json()

    async def edit_text(self, params: Params) -> Any:
        chat, message = self._editable(params)
        said = _said(params, "text")
        if message.attachment:
            raise bad("there is no text in the message to edit")
        return self._edited(chat, message, Look(said, keyboard(params), preview=_preview(params)))

    async def edit_caption(self, params: Params) -> Any:
        chat, message = self._editable(params)
        if not message.attachment:
            raise bad("there is no caption in the message to edit")
        return self._edited(chat, message, Look(_said(params, "caption"), keyboard(params), message.attachment))

    async def edit_markup(self, params: Params) -> Any:
        chat, message = self._editable(params)
        look = message.look
        return self._edited(chat, message, Look(look.said, keyboard(params), look.attachment, look.preview))

    async def edit_media(self, params: Params) -> Any:
        chat, message = self._editable(params)
        media = params.decoded("media", "InputMedia")
        if not isinstance(media, dict) or media.get("type") not in {"photo", "document"}:
            raise bad("can't parse InputMedia: unsupported type specified")
        kind = str(media["type"])
        inner = Params({name: str(value) for name, value in media.items()} | {kind: str(media["media"])}, params.files)
        upload = _upload(inner, kind)
        attachment = self._photo(upload) if kind == "photo" else self._document(upload)
        return self._edited(chat, message, Look(_said(inner, "caption"), keyboard(params), attachment))

    def _editable(self, params: Params) -> tuple[Chat, Message]:
        chat = self._chat(params)
        message = chat.message(params.integer("message_id"))
        if message is None:
            raise bad("message to edit not found")
        if not message.by_bot:
            raise bad("message can't be edited")
        return chat, message

    def _edited(self, chat: Chat, message: Message, look: Look) -> Any:
        now = message.look
        if (look.said, look.buttons, look.preview) == (now.said, now.buttons, now.preview) and _same(look, now):
            raise bad(_NOT_MODIFIED)
        self._count(chat)
        message.looks.append(look)
        message.edited_at = self.world.clock()
        self.world.changed()
        return message.as_json()

    async def delete_message(self, params: Params) -> Any:
        chat = self._chat(params)
        message = chat.message(params.integer("message_id"))
        if message is None:
            raise bad("message to delete not found")
        if not message.by_bot and chat.kind != "private" and chat.standing(BOT_ID) != "administrator":
            raise bad("message can't be deleted")
        message.deleted = True
        self.world.changed()
        return True

    # Answers

    async def answer_callback_query(self, params: Params) -> Any:
        press = self.world.presses.get(params.text("callback_query_id"))
        if press is None or press.note is not None or press.at < self.world.clock() - PRESS_SECONDS:
            raise bad(_TOO_OLD)
        if len(params.text("text")) > LONGEST_NOTE:
            raise bad("MESSAGE_TOO_LONG")
        press.note = Note(params.text("text"), params.flag("show_alert"), params.text("url"))
        self.world.changed()
        return True

    async def answer_inline_query(self, params: Params) -> Any:
        question = self.world.questions.get(params.text("inline_query_id"))
        if question is None or question.results is not None or question.at < self.world.clock() - PRESS_SECONDS:
            raise bad(_TOO_OLD)
        results = params.decoded("results", "inline query results")
        if not isinstance(results, list):
            raise bad("can't parse inline query results JSON object")
        if len(results) > MOST_RESULTS:
            raise bad("RESULTS_TOO_MUCH")
        ids = [str(one.get("id", "")) for one in results]
        if any(not 1 <= len(one.encode()) <= LONGEST_RESULT_ID for one in ids):
            raise bad("RESULT_ID_INVALID")
        if len(set(ids)) < len(ids):
            raise bad("RESULT_ID_DUPLICATE")
        question.results = [_result(one) for one in results]
        self.world.changed()
        return True

    # What they share

    def _chat(self, params: Params, *, speaking: bool = True) -> Chat:
        given = params.text("chat_id")
        if not given:
            raise bad("chat_id is empty")
        chat = next((chat for chat in self.world.chats.values() if given == f"@{chat.username}"), None)
        if re.fullmatch(r"-?\d+", given):
            chat = self.world.chats.get(int(given))
        if chat is None:
            raise bad("chat not found")
        trouble = chat.trouble()
        if trouble and (speaking or trouble.status == 403):
            raise trouble
        return chat

    def _count(self, chat: Chat) -> None:
        wait = self.pace.judge(chat.id, self.world.clock(), group=chat.kind != "private")
        if wait is not None:
            raise RefusedError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _photo(self, upload: Upload) -> Attachment:
        if len(upload.content) > PHOTO_BYTES:
            raise bad("file is too big")
        width, height = _size(upload.content)
        self._files += 1
        return Attachment("photo", upload.name, upload.content, f"file_{self._files}", width, height)

    def _document(self, upload: Upload) -> Attachment:
        if len(upload.content) > DOCUMENT_BYTES:
            raise bad("file is too big")
        if not upload.content:
            raise bad("file must be non-empty")
        self._files += 1
        return Attachment("document", upload.name, upload.content, f"file_{self._files}")


def _kinds(params: Params) -> Any:
    try:
        return params.decoded("allowed_updates", "allowed_updates")
    except RefusedError:
        raise bad("can't parse allowed_updates JSON array") from None


def _said(params: Params, name: str) -> Formatted:
    """The text or caption of a call, parsed and within its limit."""
    given = params.text(name)
    mode = params.text("parse_mode")
    try:
        match mode.lower():
            case "html":
                said = formatting.from_html(given)
            case "":
                said = formatting.plain(given, _entities(params, name))
            case _:
                raise bad("unsupported parse_mode")  # the bot under test speaks HTML, and so does the fake
    except MalformedError as error:
        raise bad(f"can't parse entities: {error}") from None
    if name == "text" and not said.text:
        raise bad("message text is empty")
    if name == "text" and units(said.text) > LONGEST_TEXT:
        raise bad("message is too long")
    if name == "caption" and units(said.text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return said


def _entities(params: Params, name: str) -> tuple[Entity, ...]:
    given = params.decoded("entities" if name == "text" else "caption_entities", "message entities") or []
    if not isinstance(given, list):
        raise bad("can't parse message entities: expected an Array")
    return tuple(
        Entity(str(one["type"]), int(one["offset"]), int(one["length"]), one.get("url"), one.get("language"))
        for one in given
    )


def _preview(params: Params) -> bool:
    options = params.decoded("link_preview_options", "link preview options") or {}
    if not isinstance(options, dict):
        raise bad("can't parse link preview options JSON object")
    return not (options.get("is_disabled") or params.flag("disable_web_page_preview"))


def _thread(chat: Chat, params: Params) -> int | None:
    number = params.integer("message_thread_id")
    if not number:
        return None
    # Telegram knows the general topic by no number when it is sent to.
    if not chat.forum or number not in chat.topics or number == GENERAL_TOPIC:
        raise bad("message thread not found")
    if number in chat.closed_topics and chat.standing(BOT_ID) != "administrator":
        raise bad("TOPIC_CLOSED")
    return number


def _replied(chat: Chat, params: Params) -> Message | None:
    given = params.decoded("reply_parameters", "reply parameters")
    if given is None:
        number = params.integer("reply_to_message_id")
        given = {"message_id": number, "allow_sending_without_reply": params.flag("allow_sending_without_reply")}
    if not isinstance(given, dict) or not isinstance(given.get("message_id"), int):
        raise bad("can't parse reply parameters JSON object")
    if not given["message_id"]:
        return None
    found = chat.message(given["message_id"])
    if found is None and not given.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return found


def _upload(params: Params, name: str) -> Upload:
    attached = params.text(name).removeprefix("attach://")
    upload = params.files.get(attached) or params.files.get(name)
    if upload is None:
        if params.text(name):
            raise bad("wrong file identifier/HTTP URL specified")
        raise bad(f"there is no {name} in the request")
    return upload


def _size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG picture."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or not content.endswith(b"IEND\xaeB`\x82"):
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", content[16:24])
    if width + height > 10_000 or not 0.05 <= width / max(height, 1) <= 20:
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _same(one: Look, other: Look) -> bool:
    return (one.attachment and one.attachment.content) == (other.attachment and other.attachment.content)


def _result(one: Any) -> dict[str, Any]:
    """An answer offered in inline mode, with its text as it would be shown."""
    if one.get("type") != "article":
        return dict(one)
    if not one.get("title"):
        raise bad('can\'t parse inline query result: Field "title" must be of type String')
    content = one.get("input_message_content")
    if not isinstance(content, dict) or "message_text" not in content:
        raise bad("can't parse inline query result: Message text must be non-empty")
    said = _said(Params({"text": content["message_text"], "parse_mode": content.get("parse_mode", "")}), "text")
    return dict(one) | {"said": said}


_METHODS: Final[dict[str, Callable[[Methods, Params], Awaitable[Any]]]] = {
    "getme": Methods.get_me,
    "setmycommands": Methods.set_my_commands,
    "getmycommands": Methods.get_my_commands,
    "deletemycommands": Methods.delete_my_commands,
    "setmyname": Methods.set_about,
    "setmydescription": Methods.set_about,
    "setmyshortdescription": Methods.set_about,
    "getupdates": Methods.get_updates,
    "setwebhook": Methods.set_webhook,
    "deletewebhook": Methods.delete_webhook,
    "getwebhookinfo": Methods.get_webhook_info,
    "getchat": Methods.get_chat,
    "getchatmember": Methods.get_chat_member,
    "getchatadministrators": Methods.get_chat_administrators,
    "leavechat": Methods.leave_chat,
    "sendchataction": Methods.send_chat_action,
    "sendmessage": Methods.send_message,
    "sendphoto": Methods.send_photo,
    "senddocument": Methods.send_document,
    "editmessagetext": Methods.edit_text,
    "editmessagecaption": Methods.edit_caption,
    "editmessagereplymarkup": Methods.edit_markup,
    "editmessagemedia": Methods.edit_media,
    "deletemessage": Methods.delete_message,
    "answercallbackquery": Methods.answer_callback_query,
    "answerinlinequery": Methods.answer_inline_query,
}
