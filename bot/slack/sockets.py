"""Socket Mode: a connection that the app opens, over which Slack tells what people do. No public address is needed."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.channel import NotSentError
from bot.slack.secrecy import LOGGER
from bot.slack.sending import trouble_of

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest
    from slack_sdk.web.async_client import AsyncWebClient

_logger = logging.getLogger(__name__)

PING_SECONDS: Final = 5.0
"""How often it is looked whether the connection still stands."""

LONGEST_WAIT: Final = 60.0
"""Seconds between two tries at the most, but where Slack asks to wait longer."""


class Socket(SocketModeClient):
    """The library's client, but for how it connects.

    An address that Slack gives out works once and for a short time; the library would try a dead one again for ever,
    and gives up reconnecting where Slack gives out none.

    Args:
        web_client: asks for addresses, with the app-level token.
        ping_interval: seconds between two looks at the connection.
    """

    def __init__(self, web_client: AsyncWebClient, ping_interval: float = PING_SECONDS) -> None:
        # It logs whole messages and addresses, and a line for every failure: what matters is told here.
        logger = logging.getLogger(f"{LOGGER}.socket")
        logger.setLevel(logging.CRITICAL)
        super().__init__(
            app_token=str(web_client.token), web_client=web_client, ping_interval=ping_interval, logger=logger
        )
        self._failures = 0

    async def connect(self) -> None:
        """Connect, and try until that works or this is closed."""
        while not self.closed:
            if self.wss_uri is None:
                self.wss_uri = await self.issue_new_wss_url()
            try:
                # Within, the library tries the same address again after each pause between two pings.
                async with asyncio.timeout(2 * self.ping_interval):
                    await super().connect()  # type: ignore[no-untyped-call]  # the library leaves it so
            except TimeoutError:
                self.wss_uri = None
                self._failed("no connection stands")
            else:
                self._well()
                return

    async def issue_new_wss_url(self) -> str:
        """An address for one connection, however long it takes Slack to give one out."""
        while True:
            try:
                answer = await self.web_client.apps_connections_open(app_token=self.app_token)
            except SlackApiError as error:
                trouble = trouble_of(error)
                wait = trouble.retry_after if isinstance(trouble, NotSentError) else None
                self._failed(str(trouble))
            except Exception as error:  # noqa: BLE001 - aiohttp's errors, which are not imported here; hearing goes on
                wait = None
                self._failed(f"no answer from Slack ({type(error).__name__})")
            else:
                return str(answer["url"])
            await asyncio.sleep(wait or min(LONGEST_WAIT, self.ping_interval * self._failures))

    def _failed(self, reason: str) -> None:
        """Count a failure; only the first in a row is logged."""
        self._failures += 1
        if self._failures == 1:
            _logger.warning("nothing is heard from Slack: %s", reason)

    def _well(self) -> None:
        if self._failures:
            _logger.info("Slack is heard again")
        self._failures = 0


class SocketMode(AsyncBaseSocketModeHandler):
    """Hears over a socket until closed.

    Args:
        app: handles what is heard.
        web_client: asks for addresses, with the app-level token. (Without one of its own the library would ask with
            the bot token, at Slack's own address.)
        ping_interval: seconds between two looks at the connection.
    """

    def __init__(self, app: AsyncApp, web_client: AsyncWebClient, ping_interval: float = PING_SECONDS) -> None:
        self.app = self._app = app
        self.client: Socket = Socket(web_client, ping_interval)
        self.client.socket_mode_request_listeners.append(self.handle)

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Handle what one envelope holds, and acknowledge it."""
        begun = time.monotonic()
        response = await run_async_bolt_app(self._app, req)
        try:
            await send_async_response(client, req, response, begun)
        except ConnectionError:
            _logger.info("an acknowledgement could not be sent, Slack will tell it again")

    async def run(self) -> None:
        """Connect; the client itself connects again when the connection ends."""
        await self.client.connect()

    async def close(self) -> None:
        """Hear no more."""
        await self.client.close()  # type: ignore[no-untyped-call]  # the library leaves it so
