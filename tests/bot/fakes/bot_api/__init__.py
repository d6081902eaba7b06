"""Telegram's Bot API on loopback: strict where Telegram is strict, in its words, with people on the other side.

    async with bot_api() as telegram:
        ann = telegram.private(7, "Ann", lang="uk")
        ...  # start a bot with base_url=telegram.url and the token TOKEN
        answer = await ann.ask("/case RU ecpt")
        await ann.tap("Timeline")
        telegram.faults.append(flood(17))

The modules: `formatting` parses HTML, `keyboards` buttons; `world` has people, chats and messages as users see them;
`updates` what the bot has not heard yet; `methods` the Bot API; `limits` counts the pace; `faults` is what can go
wrong; `server` puts it behind HTTP. `python -m tests.bot.fakes.bot_api` runs it by itself, see `control`.
"""

from tests.bot.fakes.bot_api.faults import Fault, cutting, flood, garbage, hanging, page, refused, slow
from tests.bot.fakes.bot_api.formatting import Entity, Formatted, MalformedError, from_html, parse, units
from tests.bot.fakes.bot_api.server import TOKEN, Call, FakeBotApi, bot_api
from tests.bot.fakes.bot_api.world import BOT_ID, Chat, Message, Note, Person, Press, Question

__all__ = [
    "BOT_ID",
    "TOKEN",
    "Call",
    "Chat",
    "Entity",
    "FakeBotApi",
    "Fault",
    "Formatted",
    "MalformedError",
    "Message",
    "Note",
    "Person",
    "Press",
    "Question",
    "bot_api",
    "cutting",
    "flood",
    "from_html",
    "garbage",
    "hanging",
    "page",
    "parse",
    "refused",
    "slow",
    "units",
]
