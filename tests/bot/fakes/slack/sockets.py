"""Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode): connections that the app opens.

What is told goes over one of them, each in turn. An envelope that nobody acknowledges in time, or whose connection is
closed before, has failed; an acknowledgement that comes later changes nothing and is noted as late.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSMsgType, web

from tests.bot.fakes.slack.refusals import RefusedError
from tests.bot.fakes.slack.telling import Attempt, Telling, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.fakes.slack.telling import Teller

MOST: Final = 10
_HOST: Final = "applink-1"


@dataclass(eq=False, slots=True)
class Envelope:
    """Something on its way over a connection."""

    id: str
    connection: Connection
    telling: Telling
    attempt: Attempt
    watch: Watch
    answer: asyncio.Future[Any]


@dataclass(eq=False, slots=True)
class Connection:
    """A WebSocket that the app opened."""

    socket: web.WebSocketResponse
    leaving: bool = False
    received: list[Any] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return not self.socket.closed

    async def warn(self, reason: str = "warning") -> None:
        """Say that this connection is going to end; nothing new goes over it."""
        self.leaving = True
        await self.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}})

    async def cut(self) -> None:
        """End it without a word."""
        if transport := self.socket._req and self.socket._req.transport:
            transport.abort()


class Sockets:
    """The app's connections.

    Attributes:
        connections: those that are open, the oldest first.
        opened: how many there ever were.
        tickets: all that were given out.
        violations: what an app ought not to send.
        ready: whether connections are given out at all; Socket Mode can be switched off.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.connections: list[Connection] = []
        self.opened = 0
        self.violations: list[str] = []
        self.ready = True
        self.teller: Teller | None = None
        self._changed = changed
        self.tickets: list[str] = []
        self._unused: set[str] = set()
        self._sent: dict[str, Envelope] = {}
        self._turn = 0
        self._arrived = asyncio.Event()

    def ticket(self) -> str:
        """A ticket for one connection, which can be used once."""
        if not self.ready:
            raise RefusedError("socket_mode_disabled")
        ticket = secrets.token_urlsafe(16)
        self.tickets.append(ticket)
        self._unused.add(ticket)
        return ticket

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection for as long as it lasts."""
        if request.query.get("ticket") not in self._unused:
            return web.Response(status=404, text="ticket unknown or used")
        self._unused.remove(request.query["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(socket)
        if len(self.connections) >= MOST:
            await connection.warn("too_many_websockets")
            await socket.close()
            return socket
        self.connections.append(connection)
        self.opened += 1
        try:
            await socket.send_json(self._hello())
            self._arrived.set()
            self._changed()
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._hear(connection, message.data)
        finally:
            self._ended(connection)
        return socket

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": _HOST, "approximate_connection_time": 18060},
            "connection_info": {"app_id": "A0TREATY"},
        }

    def _ended(self, connection: Connection) -> None:
        self.connections.remove(connection)
        for envelope in self._sent.values():
            if envelope.connection is connection and not envelope.answer.done():
                envelope.answer.set_exception(ConnectionResetError())
        self._changed()

    def _hear(self, connection: Connection, text: str) -> None:
        try:
            said = json.loads(text)
        except json.JSONDecodeError:
            self.violations.append("no JSON over the socket")
            return
        connection.received.append(said)
        envelope = self._sent.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
        if envelope is None:
            self.violations.append("an envelope acknowledged that was never sent")
            return
        if said.get("payload") and not envelope.telling.answers:
            self.violations.append(f"an answer where none is taken: {envelope.telling.kind}")
        if envelope.attempt.seconds is not None:
            self.violations.append("an envelope acknowledged twice")
            return
        envelope.attempt.seconds = envelope.watch.seconds
        if envelope.answer.done():
            envelope.attempt.late = True
            self._changed()
        else:
            envelope.answer.set_result(said.get("payload"))

    async def carry(self, telling: Telling, attempt: Attempt) -> None:
        """See `Carrier.carry`."""
        assert self.teller is not None
        try:
            async with asyncio.timeout(None if telling.kind == "events_api" else self.teller.seconds):
                connection = await self._next()
        except TimeoutError:
            attempt.failure = "no connection"
            return
        envelope = Envelope(
            str(uuid.uuid4()), connection, telling, attempt, Watch(), asyncio.get_running_loop().create_future()
        )
        self._sent[envelope.id] = envelope
        try:
            async with asyncio.timeout(self.teller.seconds):
                await connection.socket.send_json(_enveloped(envelope))
                attempt.answer = await envelope.answer
        except TimeoutError:
            attempt.failure = "timeout"
        except ConnectionError:
            attempt.failure = "connection closed"

    async def _next(self) -> Connection:
        while not (usable := [one for one in self.connections if one.open and not one.leaving]):
            self._arrived.clear()
            await self._arrived.wait()
        self._turn += 1
        return usable[self._turn % len(usable)]

    async def close(self) -> None:
        """End all connections."""
        for connection in [*self.connections]:
            await connection.socket.close()


def _enveloped(envelope: Envelope) -> dict[str, Any]:
    telling, attempt = envelope.telling, envelope.attempt
    retry = {"retry_attempt": attempt.number, "retry_reason": attempt.why} if telling.kind == "events_api" else {}
    return {
        "envelope_id": envelope.id,
        "type": telling.kind,
        "accepts_response_payload": telling.answers,
        "payload": telling.payload,
        **retry,
    }
