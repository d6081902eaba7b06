"""The webhook: Telegram calls, and is told that an update has arrived only once it is handled."""

from __future__ import annotations

import hmac
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Update

from bot.listening import serve
from bot.telegram.polling import WANTED

if TYPE_CHECKING:
    from telegram import Bot

    from bot.telegram.inbox import Inbox
    from bot.telegram.trying import Trying

_logger = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
CONNECTIONS: Final = 20
"""How many updates Telegram may hand over at a time."""

_LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram calls.

    Attributes:
        url: the public address, whose path is served.
        listen: `host:port` to listen at, without encryption: a proxy in front of it sees to that.
        secret: what Telegram sends along, so that nobody else is listened to.
    """

    url: str
    listen: str
    secret: str = field(repr=False)


class Webhook:
    """Listens until stopped.

    Args:
        bot: the bot.
        inbox: handles the updates.
        trying: tries until Telegram has taken the address.
        hook: where to listen.
    """

    def __init__(self, bot: Bot, inbox: Inbox, trying: Trying, hook: Hook) -> None:
        self._bot = bot
        self._inbox = inbox
        self._trying = trying
        self._hook = hook

    async def run(self) -> None:
        """Listen until `trying` is stopped; what was taken is handled, and Telegram told so, before this returns.

        Raises:
            OSError: the place to listen at cannot be used.
        """
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post(urlsplit(self._hook.url).path or "/", self._hear)
        runner = await serve(app, self._hook.listen, patience=5)
        try:
            await self._trying.until_done(self._announce)
            await self._trying.wait()
        finally:
            await runner.cleanup()

    async def confirm(self) -> None:
        """Nothing is left to say: each call was answered."""

    async def _announce(self) -> None:
        await self._bot.set_webhook(
            self._hook.url,
            allowed_updates=WANTED,
            secret_token=self._hook.secret,
            max_connections=CONNECTIONS,
        )

    async def _hear(self, request: web.Request) -> web.Response:
        told = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(told.encode(), self._hook.secret.encode()):
            raise web.HTTPForbidden
        try:
            update = Update.de_json(json.loads(await request.read()), self._bot)
        except Exception as error:  # noqa: BLE001 - what cannot be read now cannot be read when it is sent again
            _logger.error("an update cannot be read and is left out: %s", type(error).__name__)  # noqa: TRY400
            return web.Response()
        await self._inbox.take([update])
        return web.Response()
