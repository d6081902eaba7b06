"""Hearing: Bolt's AsyncApp, and the way by which it is told what people do.

    Slack ──socket or signed call──▶ AsyncApp ──▶ Listener ──acknowledge──▶ Slack
                                                      └──Inbox──Request──▶ Desk ──Reply──▶ Answering ──▶ Slack

Everything is acknowledged before it is worked on, so that the three seconds that Slack waits are kept however busy the
bot is; what Slack tells again is known by its name and not done again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.redaction import where
from bot.slack.answering import Answering
from bot.slack.calls import Calls, HttpMode
from bot.slack.inbox import Inbox
from bot.slack.listening import Listener
from bot.slack.rights import Rights, Trusted
from bot.slack.secrecy import LOGGER, keep_out_of_logs
from bot.slack.sockets import PING_SECONDS, SocketMode

if TYPE_CHECKING:
    from types import TracebackType

    from bot.desk import Desk
    from bot.slack.sending import SlackChannels

_logger = logging.getLogger(__name__)

FINISH_SECONDS: Final = 5.0
"""How long what is in work has at the end."""


@dataclass(frozen=True, slots=True)
class Sockets:
    """That the app opens a connection itself.

    Attributes:
        token: the app-level token (`xapp-…`, with the scope `connections:write`).
        ping: seconds between two looks at the connection.
    """

    token: str = field(repr=False)
    ping: float = PING_SECONDS


def way_of(app_token: str | None, signing_secret: str | None, listen: str) -> Sockets | Calls | None:
    """How the app is heard, by what the settings give; None where it cannot be.

    Args:
        app_token: the app-level token, for Socket Mode.
        signing_secret: with it Slack calls instead.
        listen: where, as `host:port`.
    """
    if signing_secret:
        return Calls(listen, signing_secret)
    return Sockets(app_token) if app_token else None


class Hearing:
    """Hears people at Slack and answers them. Use it as an async context manager.

    Args:
        channels: the app; it is opened and closed by whoever sends with it.
        desk: answers what is heard.
        trusted: whom the settings name.
        way: how it is heard.
    """

    def __init__(self, channels: SlackChannels, desk: Desk, trusted: Trusted, way: Sockets | Calls) -> None:
        client = channels.client
        keep_out_of_logs(*_secrets(client, way))
        self._inbox = Inbox()
        self.application = _application(client)
        rights = Rights(client, trusted, desk.clock)
        Listener(desk, rights, Answering(client), self._inbox).add_to(self.application)
        self._way: SocketMode | HttpMode
        if isinstance(way, Calls):
            self._way = HttpMode(self.application, way, desk.clock)
        else:
            asking = AsyncWebClient(token=way.token, base_url=client.base_url, ssl=client.ssl, retry_handlers=[])
            self._way = SocketMode(self.application, asking, way.ping)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to hear; a Slack that is out of reach is no error, and is not waited for."""
        self._running = asyncio.create_task(self._run())
        if isinstance(self._way, HttpMode):
            await asyncio.wait([self._running])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hear no more; what is in work has a moment to be finished."""
        await self.stop()

    async def stop(self) -> None:
        """Hear no more; what is in work has a moment to be finished."""
        running, self._running = self._running, None
        if running is None:
            return
        running.cancel()
        await asyncio.wait([running])
        await self._way.close()
        await self._inbox.finish(FINISH_SECONDS)

    async def _run(self) -> None:
        try:
            await self._way.run()
        except OSError as error:
            _logger.error("nothing is heard from Slack: the place to listen at cannot be used: %s", error.strerror)  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 - nobody waits for this, so nobody else would tell
            _logger.error("nothing is heard from Slack: %s", where(error))  # noqa: TRY400 - it may quote a token


def _secrets(client: AsyncWebClient, way: Sockets | Calls) -> tuple[str, ...]:
    return (client.token or "", way.token if isinstance(way, Sockets) else way.secret)


def _application(client: AsyncWebClient) -> AsyncApp:
    """Bolt's app. It need not ask Slack who it is, nor check signatures: that is done where calls come in."""
    token = client.token

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return AsyncApp(
        name="treatywatch",
        logger=logging.getLogger(LOGGER),
        # One without a token: Bolt puts in what `authorize` says.
        client=AsyncWebClient(base_url=client.base_url, ssl=client.ssl, retry_handlers=[]),
        authorize=authorize,
        request_verification_enabled=False,
    )
