"""The menu of commands that Telegram shows while somebody types, in every language, and the bot's short description."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import telegram
from telegram.constants import BotCommandLimit, BotDescriptionLimit

from bot.conversation.commands import COMMANDS
from bot.plain import cut
from bot.speech import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from bot.conversation.commands import Who
    from bot.speech import Speech

_FOR_MEMBERS: Final[tuple[Who, ...]] = ("everyone",)
_FOR_SETTERS: Final[tuple[Who, ...]] = ("everyone", "setters")
_SCOPES: Final = (
    (telegram.BotCommandScopeAllPrivateChats(), _FOR_SETTERS),
    (telegram.BotCommandScopeAllGroupChats(), _FOR_MEMBERS),
    (telegram.BotCommandScopeAllChatAdministrators(), _FOR_SETTERS),
)


@dataclass(frozen=True, slots=True)
class Menu:
    """What is shown to some people in one language; `lang` is empty for the languages without a menu of their own."""

    scope: telegram.BotCommandScope
    lang: str
    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Face:
    """All that Telegram shows of the bot before it is talked to."""

    menus: tuple[Menu, ...]
    descriptions: tuple[tuple[str, str], ...]

    @property
    def mark(self) -> str:
        """Changes when anything of it does."""
        said = [[menu.scope.type, menu.lang, menu.commands] for menu in self.menus]
        return hashlib.sha256(json.dumps([said, self.descriptions]).encode()).hexdigest()


def face(speeches: Mapping[str, Speech]) -> Face:
    """What is to be shown, in each language of the bot."""
    codes = [("" if lang == "en" else lang, speeches[lang]) for lang in LANGUAGES]
    menus = tuple(Menu(scope, code, tuple(_entries(who, speech))) for scope, who in _SCOPES for code, speech in codes)
    return Face(menus, tuple((code, _description(speech)) for code, speech in codes))


def _entries(who: tuple[Who, ...], speech: Speech) -> Iterable[tuple[str, str]]:
    for command in COMMANDS:
        if command.who in who:
            yield command.name, cut(speech.gettext(command.description), BotCommandLimit.MAX_DESCRIPTION)


def _description(speech: Speech) -> str:
    text = speech.gettext("I watch the news for states that leave treaties, and tell each new step once.")
    return cut(text, BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)


async def show(
    bot: telegram.Bot,
    wanted: Face,
    shown: Callable[[str], Awaitable[str | None]],
    keep: Callable[[str, str], Awaitable[None]],
) -> None:
    """Show it, unless that was done: Telegram remembers it for good, and limits how often it may be set.

    Args:
        bot: the bot.
        wanted: what is to be shown.
        shown: the mark of what is shown, by the name under which it is kept.
        keep: keeps the mark.

    Raises:
        TelegramError: it could not be shown; nothing is kept, and the next start tries again.
    """
    name = f"telegram.face.{bot.id}"
    if await shown(name) == wanted.mark:
        return
    for menu in wanted.menus:
        await bot.set_my_commands(menu.commands, scope=menu.scope, language_code=menu.lang or None)
    for lang, text in wanted.descriptions:
        await bot.set_my_short_description(text, language_code=lang or None)
    await keep(name, wanted.mark)
