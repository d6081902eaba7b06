"""Buttons under messages, held to Telegram's rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.bot.fakes.bot_api.refusals import bad

if TYPE_CHECKING:
    from tests.bot.fakes.bot_api.refusals import Params

MOST_BUTTONS: Final = 100
LONGEST_ROW: Final = 8
LONGEST_DATA: Final = 64
_OTHER_KINDS: Final = frozenset({"keyboard", "remove_keyboard", "force_reply"})
_ACTIONS: Final = frozenset(
    {
        "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    """A button as its user sees it: what it says, and what it sends or opens."""

    text: str
    data: str | None = None
    url: str | None = None
    switch_inline_query: str | None = None

    def as_json(self) -> dict[str, Any]:
        more = {
            "callback_data": self.data,
            "url": self.url,
            "switch_inline_query_current_chat": self.switch_inline_query,
        }
        return {"text": self.text} | {name: value for name, value in more.items() if value is not None}


Keyboard = tuple[tuple[Button, ...], ...]


def keyboard(params: Params) -> Keyboard:
    """The inline keyboard of a call; empty where it has none. Rows without buttons are dropped, as Telegram does."""
    markup = params.decoded("reply_markup", "reply keyboard markup")
    if markup is None and "reply_markup" not in params.values:
        return ()
    return of_markup(markup)


def of_markup(markup: Any) -> Keyboard:
    """The inline keyboard in a decoded markup."""
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if not _OTHER_KINDS & set(markup):
            raise bad("object expected as reply markup")
        return ()
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad('Field "inline_keyboard" must be of type Array')
    made = tuple(tuple(_button(button) for button in _row(row)) for row in rows)
    if sum(map(len, made)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return tuple(row for row in made if row)


def _row(row: Any) -> list[Any]:
    if not isinstance(row, list):
        raise bad("can't parse inline keyboard: Expected an Array of Array of InlineKeyboardButton")
    if len(row) > LONGEST_ROW:
        raise bad("REPLY_MARKUP_INVALID")
    return row


def _button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: Expected an Object")
    if not isinstance(button.get("text"), str):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    actions = _ACTIONS & set(button)
    if not actions or button.get("callback_data") == "":
        raise bad("Text buttons are not allowed in the inline keyboard")
    if len(actions) > 1:
        raise bad("BUTTON_TYPE_INVALID")
    data, url = button.get("callback_data"), button.get("url")
    if data is not None and len(str(data).encode()) > LONGEST_DATA:
        raise bad("BUTTON_DATA_INVALID")
    if url is not None and not re.fullmatch(r"(?:https?|tg)://[^\s/?#]+\S*", str(url)):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    inline = button.get("switch_inline_query_current_chat", button.get("switch_inline_query"))
    return Button(button["text"], data, url, inline)
