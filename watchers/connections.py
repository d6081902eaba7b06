"""Connections to servers, kept for a while, and what is asked on them. With `receiving`, the only user of aiohttp.

aiohttp connects, keeps and closes, speaks TLS and reads what comes; the question goes out as it is written here. Its
`ClientSession` would take as long again for what feeds do without (cookies, proxies, redirects), would write a
validator that is not ASCII in other bytes than it came in, and would ask again by itself where a connection breaks.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import HttpProcessingError

from watchers.errors import FetchError, NoConnectionError, RefusedAddressError, UnreachableError
from watchers.links import host_of, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection
    from aiohttp.http import RawResponseMessage
    from aiohttp.streams import StreamReader
    from yarl import URL

    from watchers.fetch import Limits
    from watchers.guard import Guard

_T = TypeVar("_T")
_Place = tuple[str, str | None, int | None]
# Answers before the answer; 101 is one of its own.
_ON_ITS_WAY: Final = frozenset(range(100, 200)) - {101}
# How long a connection is kept for the next feed of its host.
_KEPT_SECONDS: Final = 15
# So many turns of the loop after a connection was closed, nobody takes it for one that was kept.
_TURNS: Final = 3
# So many seconds after the last answer of a place the loop has turned often enough.
_SETTLED: Final = 0.01
_PLACES_NOTED: Final = 10_000
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(rb"HTTP/\d\.\d (\d{3})")
_SWITCHED: Final = b"101"
_BODILESS: Final = frozenset({b"204", b"304"})
_BREAKS: Final = re.compile(rb"[\r\n\0]")


class Question(NamedTuple):
    """What is asked of a server, besides where.

    Attributes:
        fields: of its head, as `fields` writes them; all but `Host` and what follows from the address and the body.
        form: a body, as a form is sent; the question is a POST then, and a GET without one.
        alone: on a connection that is not kept, neither from before nor for later; a form always is.
    """

    fields: bytes
    form: bytes | None = None
    alone: bool = False


def is_one_line(value: bytes) -> bool:
    """Whether a value fits into a field of a head."""
    return not _BREAKS.search(value)


def fields(*named: tuple[str, bytes]) -> bytes:
    """Fields of a head: their names, and their values byte for byte.

    Raises:
        ValueError: a value has more than one line.
    """
    if not all(is_one_line(value) for _, value in named):
        raise ValueError("a field of a head is one line")
    return b"".join([b"%s: %s\r\n" % (name.encode("ascii"), value) for name, value in named])


class Answer:
    """The head of an answer, and its body as it comes in.

    Attributes:
        status: as the server says.
        fields: of the head: names and values as received.
    """

    def __init__(self, message: RawResponseMessage, content: StreamReader, protocol: ResponseHandler) -> None:
        self.status: int = message.code
        self.fields: Sequence[tuple[bytes, bytes]] = message.raw_headers
        self._content = content
        self._protocol = protocol

    def all(self, name: bytes) -> list[bytes]:
        """The values of a field, whose name is given in lower case."""
        return [value for key, value in self.fields if key.lower() == name]

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece, packed as it was sent.

        Raises:
            Exception: it breaks off, or goes on behind its end; `Connections.ask` makes a `FetchError` of it.
        """
        async for chunk in self._content.iter_any():
            yield chunk
        fault = self._protocol.exception()
        # That the connection has ended is none, but where it alone tells that the body has, it must end in order.
        lengthless = not (self.all(b"content-length") or self.all(b"transfer-encoding"))
        if isinstance(fault, HttpProcessingError) or (lengthless and isinstance(fault, aiohttp.ClientOSError)):
            raise fault


class Connections:
    """Asks servers, on connections that are kept where their hosts keep their word.

    Args:
        guard: says which addresses may be connected to.
        limits: the bounds of one exchange: for connecting, for silence and for a line of the head.
        lookup: finds the addresses of a name; as `socket.getaddrinfo`.
    """

    def __init__(self, guard: Guard, limits: Limits, lookup: Callable[..., list[tuple[object, ...]]]) -> None:
        self._limits = limits
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.connecting)
        self._resolver = _Resolver(guard, lookup)
        self._keeping = self._connector(keepalive_timeout=_KEPT_SECONDS)
        self._closing = self._connector(force_close=True)
        self._doors: dict[_Place, aiohttp.ClientRequest] = {}
        self._closers: set[_Place] = set()
        self._asked_at: dict[_Place, float] = {}

    def _connector(self, **options: Any) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, limit=0, **options)

    async def close(self) -> None:
        """Close every connection, and the resolver, which aiohttp leaves to whoever made it."""
        await self._keeping.close()
        await self._closing.close()
        await self._resolver.close()

    async def ask(self, url: str, target: URL, question: Question, hear: Callable[[Answer], Awaitable[_T]]) -> _T:
        """Ask once, for a feed on a connection that was kept if there is one, and send a form on one of its own.

        A server may close a connection that it kept at any time, and nobody knows whether it read what was sent on it.
        The question is not sent again at once, though RFC 9112 9.3.1 would allow it: the feed waits for its next poll,
        and the host is trusted with no connection any more.

        Args:
            url: the address, as it is told in errors.
            target: the address, checked by the guard.
            question: what is asked there.
            hear: makes something of the answer while the connection stands.

        Raises:
            FetchError: there is no answer.
        """
        place = (target.scheme, target.host, target.port)
        keep = question.form is None and not question.alone and place not in self._closers
        try:
            head = _written(target, question, keep=keep)
        except ValueError as error:
            raise FetchError(f"{shown(url)} is no valid address", permanent=True) from error
        if keep:
            await self._settle(place)
        try:
            connection = await self._connected(url, target, place, keep=keep)
            try:
                heard = await hear(await self._answer(connection, head, place))
            except BaseException:
                connection.close()
                raise
            # aiohttp keeps it only if all was read.
            connection.release()
        except aiohttp.SocketTimeoutError as error:
            raise UnreachableError(f"{shown(url)} said nothing for {self._limits.silence:g} s") from error
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            raise _failure(url, error) from error
        finally:
            self._note(place)
        return heard

    async def _settle(self, place: _Place) -> None:
        """Let the loop notice if the last connection to a place was closed just now."""
        if asyncio.get_running_loop().time() - self._asked_at.get(place, 0.0) < _SETTLED:
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    def _note(self, place: _Place) -> None:
        if len(self._asked_at) >= _PLACES_NOTED:
            self._asked_at.clear()
        self._asked_at[place] = asyncio.get_running_loop().time()

    async def _connected(self, url: str, target: URL, place: _Place, *, keep: bool) -> Connection:
        door = self._doors.get(place)
        if door is None:
            if len(self._doors) >= _PLACES_NOTED:
                self._doors.clear()
            # aiohttp is asked for a connection by way of a request; this one is never sent.
            door = self._doors[place] = aiohttp.ClientRequest("GET", target.origin())
        try:
            return await (self._keeping if keep else self._closing).connect(door, [], self._timeout)
        except TimeoutError as error:
            raise NoConnectionError(f"{shown(url)} took no connection in {self._limits.connecting:g} s") from error

    async def _answer(self, connection: Connection, head: bytes, place: _Place) -> Answer:
        protocol = connection.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        transport = protocol.transport
        wire, reused = transport.get_protocol(), True
        if not isinstance(wire, _Wire):
            wire, reused = _Wire(protocol, transport), False
            transport.set_protocol(wire)
        try:
            wire.expect_an_answer()
            protocol.set_response_params(
                read_until_eof=True,
                auto_decompress=False,
                read_timeout=self._limits.silence,
                max_line_size=self._limits.head,
                max_field_size=self._limits.head,
            )
            transport.write(head)
            protocol.start_timeout()
            message, content = await _final(protocol)
            wire.watch(content)
            return Answer(message, content, protocol)
        except (aiohttp.ClientError, HttpProcessingError, asyncio.CancelledError):
            # Called off is also what did not come in time.
            if reused:
                self._closers.add(place)
            raise


async def _final(protocol: ResponseHandler) -> tuple[RawResponseMessage, StreamReader]:
    """The answer, after those that only say that it is to come (RFC 9110, section 15.2)."""
    while True:
        message, content = await protocol.read()
        if message.code not in _ON_ITS_WAY:
            return message, content


def _written(target: URL, question: Question, *, keep: bool) -> bytes:
    """A question as it goes out.

    Raises:
        ValueError: it cannot be written.
    """
    method = "GET" if question.form is None else "POST"
    head = f"{method} {target.raw_path_qs} HTTP/1.1\r\nHost: {target.host_port_subcomponent}\r\n".encode("ascii")
    more = b"" if keep else fields(("Connection", b"close"))
    if target.raw_user is not None or target.raw_password is not None:
        login = aiohttp.encode_basic_auth(target.user or "", target.password or "")
        more += fields(("Authorization", login.encode("ascii")))
    if question.form is not None:
        size, kind = b"%d" % len(question.form), b"application/x-www-form-urlencoded"
        more += fields(("Content-Length", size), ("Content-Type", kind))
    return b"%s%s%s\r\n%s" % (head, question.fields, more, question.form or b"")


class _Resolver(AbstractResolver):
    """Looks names up in threads of its own (a slow name server must not hold up the writer) and drops inside addresses.

    What it returns is what gets connected to: there is no second look-up that could give another address.
    """

    def __init__(self, guard: Guard, lookup: Callable[..., list[tuple[object, ...]]]) -> None:
        self._guard = guard
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The outside addresses of a host."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: self._lookup(host, port, family=family, type=socket.SOCK_STREAM)
        )
        results = [_resolved(host, port, entry) for entry in found]
        usable = [one for one in results if self._guard.may_connect(host, port, ipaddress.ip_address(one["host"]))]
        if results and not usable:
            told = f"{host} leads to an inside address; allow_hosts can permit it"
            # What a name server says today need not hold tomorrow.
            raise RefusedAddressError(told, permanent=False)
        return usable

    async def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _resolved(host: str, port: int, entry: tuple[object, ...]) -> ResolveResult:
    family, _, protocol, _, address = entry
    return ResolveResult(
        hostname=host,
        host=str(address[0]),  # type: ignore[index]
        port=port,
        family=int(family),  # type: ignore[call-overload]
        proto=int(protocol),  # type: ignore[call-overload]
        flags=socket.AI_NUMERICHOST,
    )


class _Wire(asyncio.Protocol):
    """Stands before aiohttp, so that a fault costs no more than what it stands in.

    It drops what follows the head of an answer that has no body, hands every head on by itself, and ends a body at its
    fault. An answer 204 or 304 ends with its head, whatever the head says and the server sends (RFC 9112, section 6.3).
    aiohttp would take the rest for the beginning of another answer, and forget the one that it has.
    """

    def __init__(self, inner: ResponseHandler, transport: asyncio.Transport) -> None:
        self._inner = inner
        self._transport = transport
        self._head: bytearray | None = None
        self._over = False
        self._body: StreamReader | None = None

    def expect_an_answer(self) -> None:
        """Begin anew: what comes next is a head."""
        self._head = bytearray()
        self._over = False
        self._body = None

    def watch(self, body: StreamReader) -> None:
        """Let a fault in the body be one for whoever reads it, who would wait for more in vain."""
        self._body = body
        fault = self._inner.exception()
        if isinstance(fault, HttpProcessingError) and not body.is_eof():
            body.set_exception(fault)

    def data_received(self, data: bytes) -> None:
        """Hand on what belongs to the answer; a server that says more is not spoken to again.

        The head is handed on by itself: a fault behind it would take it along.
        """
        behind = len(data) if self._over else self._behind_head(data)
        at = len(data) - behind
        if at:
            self._inner.data_received(data[:at])
        if behind and self._over:
            self._transport.close()
        elif behind:
            self._inner.data_received(data[at:])
        if self._body is not None:
            self.watch(self._body)

    def _behind_head(self, data: bytes) -> int:
        """How many bytes at the end of these stand behind the head, where it ends in them; 0 where it does not."""
        if self._head is None:
            return 0
        seen = max(0, len(self._head) - len(b"\r\n\r"))
        self._head += data
        while end := _HEAD_END.search(self._head, seen):
            status, behind = _STATUS.match(self._head), len(self._head) - end.end()
            if not (status and status[1].startswith(b"1") and status[1] != _SWITCHED):
                self._head = None
                self._over = bool(status and status[1] in _BODILESS)
                return behind
            del self._head[: end.end()]
            seen = 0
        return 0

    def eof_received(self) -> None:
        """As aiohttp does it."""
        self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """As aiohttp does it."""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """As aiohttp does it."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """As aiohttp does it."""
        self._inner.resume_writing()


def _failure(url: str, error: Exception) -> FetchError:
    """Our own words for a foreign error: its text may repeat the address with all its secrets."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return NoConnectionError(f"{shown(url)} cannot be reached: no host is known by the name {host_of(url)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return NoConnectionError(f"{shown(url)} cannot be reached: its certificate or TLS is not in order")
    if isinstance(error, aiohttp.ClientConnectorError):
        return NoConnectionError(f"{shown(url)} cannot be reached: {_why(error.os_error)}")
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionError | OSError):
        return UnreachableError(f"{shown(url)} broke off its answer")
    if isinstance(error, aiohttp.InvalidURL):
        return FetchError(f"{shown(url)} is no valid address", permanent=True)
    return FetchError(f"{shown(url)} does not answer in proper HTTP")


def _why(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return error.strerror.lower() if error.strerror and not error.filename and error.errno else "no connection"
