"""One polite, bounded request for a feed, or to a hub. With `receiving`, the only module that imports aiohttp.

Whatever a server does, `Fetcher.get` ends within its deadline, within its limits and with an answer or a `FetchError`.
It never asks twice, never pretends to be somebody else, and never connects to an address inside.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from watchers.errors import FetchError, NoConnectionError, RefusedAddressError, TooBigError, UnreachableError
from watchers.guard import Guard
from watchers.links import host_of, shown
from watchers.places import Places
from watchers.unpack import inflate, undeflate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from types import TracebackType
    from typing import Self

    from aiohttp.client_reqrep import ClientRequest, ClientResponse
    from aiohttp.connector import Connection
    from yarl import URL

_T = TypeVar("_T")
_Place = tuple[str | None, int | None]
_ACCEPT: Final = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
_OK: Final = 200
# As much as unpacks in a few milliseconds, if it is no bomb; more goes to a thread, and all feeds go on meanwhile.
_AT_ONCE: Final = 20_000
# How long a connection is kept for the next feed of its host.
_KEPT_SECONDS: Final = 15
# So many turns of the loop after a connection was closed, nobody takes it for one that was kept.
_TURNS: Final = 3
# So many seconds after the last answer of a place the loop has turned often enough.
_SETTLED: Final = 0.01
_PLACES_NOTED: Final = 10_000
# RFC 3229: only what is new of the feed. It is not asked for; where it comes all the same, its items are news.
_PART: Final = 226
_PERMANENT: Final = frozenset({301, 308})
_REDIRECTS: Final = _PERMANENT | {302, 303, 307}
# What sends a question on as it is, body and all (RFC 9110, sections 15.4.8 and 15.4.9).
_FORWARDS: Final = frozenset({307, 308})
# Codings that say nothing of how the bytes are packed; the last four are no codings, but servers send them.
_UNPACKED: Final = frozenset({"", "identity", "none", "utf-8", "utf8", "binary"})
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(rb"HTTP/\d\.\d (\d{3})")
_HINTS: Final = frozenset({b"100", b"102", b"103"})
_BODILESS: Final = frozenset({b"204", b"304"})


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to ask for, and the validators of the last good answer, byte for byte as the server gave them."""

    url: str
    etag: bytes | None = None
    last_modified: bytes | None = None


@dataclass(frozen=True, slots=True)
class Headers:
    """What the head of an answer says. The two validators are opaque bytes, the rest is text still to be judged."""

    etag: bytes | None = None
    last_modified: bytes | None = None
    cache_control: str | None = None
    age: str | None = None
    expires: str | None = None
    retry_after: str | None = None
    date: str | None = None
    content_type: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Attributes:
        status: of the last hop.
        url: the address that answered.
        permanent_url: where the permanent redirects at the beginning of the chain lead, None where there were none.
        headers: of the last hop.
        body: unpacked; None unless the status is 200, or 226 for a part of it.
    """

    status: int
    url: str
    permanent_url: str | None = None
    headers: Headers = Headers()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange.

    Attributes:
        seconds: for all its hops together.
        connecting: seconds until a connection stands, TLS included.
        silence: seconds without a single byte.
        size: bytes, on the wire and again unpacked.
        head: bytes of one line of an answer's head; of lines there may be 128. An ETag may be a long one.
        connections: at a time, to all hosts together.
        redirects: followed.
    """

    seconds: float = 30.0
    connecting: float = 10.0
    silence: float = 15.0
    size: int = 10_000_000
    head: int = 16_384
    connections: int = 32
    redirects: int = 10


class Fetching(Protocol):
    """What the poller needs of a fetcher."""

    async def get(self, request: FetchRequest) -> Fetched:
        """Ask once, or raise a `FetchError`."""
        ...


class Posting(Protocol):
    """What a subscriber needs of a fetcher."""

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        """Send a form and give the status of the answer, or raise a `FetchError`."""
        ...


def user_agent(version: str, contact: str) -> str:
    """The name under which feeds are asked: the program, its version, and whom to write to."""
    return re.sub(r"[^\x20-\x7e]", "", f"Treatywatch/{version} (+{contact})")


class Fetcher:
    """Fetches feeds: one connection at a time to a host, a limited number overall.

    Args:
        agent: the User-Agent, see `user_agent`.
        limits: the bounds of one exchange.
        allow_hosts: `host` or `host:port` of servers inside that may be asked all the same.
        lookup: finds the addresses of a name; as `socket.getaddrinfo`.
    """

    def __init__(
        self,
        agent: str,
        *,
        limits: Limits = Limits(),
        allow_hosts: Collection[str] = (),
        lookup: Callable[..., list[tuple[object, ...]]] = socket.getaddrinfo,  # type: ignore[assignment]
    ) -> None:
        self._agent = agent
        self._limits = limits
        self._guard = Guard(allow_hosts)
        self._lookup = lookup
        self._hosts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._places = Places(limits.connections)
        self._keeping: aiohttp.ClientSession | None = None
        self._closing: aiohttp.ClientSession | None = None
        self._posting: aiohttp.ClientSession | None = None
        self._closers: set[_Place] = set()
        self._asked_at: dict[_Place, float] = {}
        self._resolver: _Resolver | None = None

    async def __aenter__(self) -> Self:
        """Open the sessions: one that keeps connections for a while, one for hosts that do not."""
        self._resolver = _Resolver(self._guard, self._lookup)
        self._keeping = self._session(keepalive_timeout=_KEPT_SECONDS)
        self._closing = self._session(force_close=True)
        self._posting = self._session(aiohttp.ClientRequest, force_close=True)
        return self

    def _session(
        self, request_class: type[aiohttp.ClientRequest] | None = None, **options: Any
    ) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, limit=0, **options),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._limits.connecting, sock_read=self._limits.silence
            ),
            max_line_size=self._limits.head,
            max_field_size=self._limits.head,
            auto_decompress=False,
            request_class=request_class or _VerbatimRequest,
            middlewares=(_ask_once,),
            headers={"User-Agent": self._agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection, and the resolver, which aiohttp leaves to whoever made it."""
        for session in (self._keeping, self._closing, self._posting):
            if session:
                await session.close()
        if self._resolver:
            await self._resolver.close()
        self._keeping = self._closing = self._posting = self._resolver = None

    async def get(self, request: FetchRequest) -> Fetched:
        """Ask for a feed, conditionally where validators are given, and follow redirects.

        Raises:
            FetchError: there is no answer to use. Redirects, 304, 404 and the like are answers.
        """
        deadline = _Deadline(self._limits.seconds)
        url, permanent, only_permanent = request.url, None, True
        passed: set[str] = set()
        for _ in range(self._limits.redirects + 1):
            if url in passed:
                raise FetchError(f"{shown(request.url)} redirects in a circle")
            passed.add(url)
            answer = await self._hop(url, deadline, partial(self._exchange, url=url, request=request))
            if isinstance(answer, Fetched):
                return replace(answer, permanent_url=permanent) if permanent else answer
            only_permanent = only_permanent and answer.status in _PERMANENT
            url = answer.target
            permanent = url if only_permanent else permanent
        raise FetchError(f"{shown(request.url)} redirects more than {self._limits.redirects} times")

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        """Send a form, to where it is sent on too, and say what status it was answered with.

        Raises:
            FetchError: there is no answer.
        """
        deadline, asked = _Deadline(self._limits.seconds), url
        for _ in range(self._limits.redirects + 1):
            answer = await self._hop(url, deadline, partial(self._sent, url=url, form=form))
            if isinstance(answer, int):
                return answer
            url = answer.target
        raise FetchError(f"{shown(asked)} redirects more than {self._limits.redirects} times")

    async def _sent(self, target: URL, url: str, form: Mapping[str, str]) -> int | _Redirect:
        if self._posting is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        async with self._posting.post(target, data=form, allow_redirects=False) as response:
            return _redirect(url, response) if response.status in _FORWARDS else response.status

    async def _hop(self, url: str, deadline: _Deadline, exchange: Callable[[URL], Awaitable[_T]]) -> _T:
        """One request and its answer. Waiting for the host's turn does not count against the deadline."""
        target = self._guard.checked(url)
        async with self._hosts.setdefault(target.host or "", asyncio.Lock()), self._places:
            loop = asyncio.get_running_loop()
            end = loop.time() + deadline.left
            try:
                async with asyncio.timeout_at(end):
                    return await exchange(target)
            except FetchError:
                raise
            except aiohttp.ConnectionTimeoutError as error:
                raise NoConnectionError(f"{shown(url)} took no connection in {self._limits.connecting:g} s") from error
            except aiohttp.SocketTimeoutError as error:
                raise UnreachableError(f"{shown(url)} said nothing for {self._limits.silence:g} s") from error
            except TimeoutError as error:
                raise UnreachableError(f"{shown(url)} did not finish within {self._limits.seconds:g} s") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _failure(url, error) from error
            finally:
                deadline.left = end - loop.time()

    async def _exchange(self, target: URL, url: str, request: FetchRequest) -> Fetched | _Redirect:
        """Ask on a connection that was kept, if there is one and its host keeps its word; else on a new one.

        A server may close a connection that it kept at any time, and nobody knows whether it read what was sent on it.
        The question is not sent again at once, though RFC 9112 9.3.1 would allow it: the feed waits for its next poll,
        and the host is trusted with no connection any more.
        """
        place, attempt = (target.host, target.port), _Attempt()
        _ATTEMPT.set(attempt)
        if place in self._closers:
            return await self._asked(self._closing, attempt, target, url, request)
        loop = asyncio.get_running_loop()
        if loop.time() - self._asked_at.get(place, 0.0) < _SETTLED:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        try:
            return await self._asked(self._keeping, attempt, target, url, request)
        except (FetchError, aiohttp.ClientError):
            if attempt.reused and not attempt.answered:
                self._closers.add(place)
            raise
        finally:
            if len(self._asked_at) >= _PLACES_NOTED:
                self._asked_at.clear()
            self._asked_at[place] = loop.time()

    async def _asked(
        self, session: aiohttp.ClientSession | None, attempt: _Attempt, target: URL, url: str, request: FetchRequest
    ) -> Fetched | _Redirect:
        if session is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        async with session.get(target, headers=_conditions(request), allow_redirects=False) as response:
            attempt.answered = True
            if response.status in _REDIRECTS:
                return _redirect(url, response)
            body = await self._body(url, response) if response.status in {_OK, _PART} else None
            return Fetched(response.status, url, None, _headers(response), body)

    async def _body(self, url: str, response: ClientResponse) -> bytes:
        limit = self._limits.size
        unpack = _unpacking(url, response)
        if (response.content_length or 0) > limit:
            raise TooBigError(f"{shown(url)} announces {response.content_length:,} bytes, more than {limit:,}")
        raw = bytearray()
        async for chunk in response.content.iter_any():
            raw += chunk
            if len(raw) > limit:
                raise TooBigError(f"{shown(url)} sends more than {limit:,} bytes")
        try:
            if len(raw) <= _AT_ONCE:
                return unpack(bytes(raw), limit)
            return await asyncio.to_thread(unpack, bytes(raw), limit)
        except TooBigError as error:
            raise TooBigError(f"{shown(url)} {error}") from error
        except zlib.error as error:
            raise FetchError(f"{shown(url)} sends packed data that cannot be unpacked") from error


@dataclass(slots=True)
class _Attempt:
    """What became of one question: whether it went out on a connection that was kept, and whether an answer began."""

    reused: bool = False
    answered: bool = False


_ATTEMPT: Final[ContextVar[_Attempt | None]] = ContextVar("attempt", default=None)
"""The question that this task asks."""


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    target: str


@dataclass(slots=True)
class _Deadline:
    """The seconds left for an exchange of several hops."""

    left: float


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
            raise RefusedAddressError(f"{host} leads to an inside address; allow_hosts can permit it")
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


class _VerbatimTransport:
    """Undoes aiohttp's UTF-8: headers are latin-1, and a validator must go back byte for byte."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Write a head."""
        self._transport.write(bytes(data).decode().encode("latin-1"))

    def is_closing(self) -> bool:
        """As the transport says."""
        return self._transport.is_closing()


class _Wire(asyncio.Protocol):
    """Stands before aiohttp for one answer and drops what follows the head of one that has no body.

    An answer 204 or 304 ends with its head, whatever the head says and the server sends (RFC 9112, section 6.3).
    aiohttp would take the rest for the beginning of another answer, and forget the one that it has.
    """

    def __init__(self, inner: asyncio.Protocol, transport: asyncio.Transport) -> None:
        self._inner = inner
        self._transport = transport
        self._head: bytearray | None = bytearray()
        self._over = False

    def data_received(self, data: bytes) -> None:
        """Hand on what belongs to the answer; a server that says more is not spoken to again."""
        surplus = len(data) if self._over else self._surplus(data)
        if surplus < len(data):
            self._inner.data_received(data[: len(data) - surplus])
        if surplus:
            self._transport.close()

    def _surplus(self, data: bytes) -> int:
        """How many bytes at the end of these do not belong to the answer."""
        if self._head is None:
            return 0
        seen = max(0, len(self._head) - len(b"\r\n\r"))
        self._head += data
        while end := _HEAD_END.search(self._head, seen):
            status, behind = _STATUS.match(self._head), len(self._head) - end.end()
            if not (status and status[1] in _HINTS):
                self._head = None
                self._over = bool(status and status[1] in _BODILESS)
                return behind if self._over else 0
            del self._head[: end.end()]
            seen = 0
        return 0

    def eof_received(self) -> bool | None:
        """As aiohttp does it."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """As aiohttp does it."""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """As aiohttp does it."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """As aiohttp does it."""
        self._inner.resume_writing()


class _VerbatimRequest(aiohttp.ClientRequest):
    """A GET whose header values, given as latin-1 text, arrive as those bytes."""

    async def send(self, conn: Connection) -> ClientResponse:
        """Send the head; there is no body."""
        protocol = conn.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        real = protocol.transport
        attempt = _ATTEMPT.get()
        if attempt:
            attempt.reused = isinstance(real.get_protocol(), _Wire)
        real.set_protocol(_Wire(protocol, real))
        protocol.transport = _VerbatimTransport(real)  # type: ignore[assignment]
        try:
            return await super().send(conn)
        finally:
            protocol.transport = real


async def _ask_once(request: ClientRequest, handler: aiohttp.ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from asking again at once where a connection breaks: an error of another kind is not retried."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _failure(str(request.url), error) from error


def _conditions(request: FetchRequest) -> dict[str, str]:
    asked = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return {name: value.decode("latin-1") for name, value in asked.items() if value}


def _headers(response: ClientResponse) -> Headers:
    told: dict[bytes, list[bytes]] = {}
    for name, value in response.raw_headers:
        known = name.lower()
        if known in _TOLD:
            told.setdefault(known, []).append(value)
    return Headers(**{_TOLD[name][0]: _TOLD[name][1](values) for name, values in told.items()})


def _first(values: list[bytes]) -> bytes | None:
    return next(filter(None, values), None)


def _text(values: list[bytes]) -> str | None:
    value = _first(values)
    return value.decode("latin-1").strip() if value else None


def _listed(values: list[bytes]) -> str | None:
    """A list may come in several lines (RFC 9110, section 5.3)."""
    return b", ".join(values).decode("latin-1") or None


_TOLD: Final[dict[bytes, tuple[str, Callable[[list[bytes]], Any]]]] = {
    name.encode(): (name.replace("-", "_"), made)
    for made, names in {
        _first: ("etag", "last-modified"),
        _listed: ("cache-control", "link"),
        _text: ("age", "expires", "retry-after", "date", "content-type"),
    }.items()
    for name in names
}
"""The fields of a head that are heard: the attribute of `Headers`, and what makes it of the field's lines."""


def _raw(response: ClientResponse, name: bytes) -> bytes | None:
    return next((value for key, value in response.raw_headers if key.lower() == name and value), None)


def _redirect(url: str, response: ClientResponse) -> _Redirect:
    raw = _raw(response, b"location")
    if not raw:
        raise FetchError(f"{shown(url)} redirects to nowhere (HTTP {response.status})")
    try:
        location = raw.decode()
    except UnicodeDecodeError:
        location = raw.decode("latin-1")
    try:
        target = urlsplit(urljoin(url, location.strip()))
    except ValueError as error:
        raise FetchError(f"{shown(url)} redirects to an address that is none") from error
    # Credentials belong to the address in the settings: they go to no other host, and none are taken from a server.
    if target.netloc != urlsplit(url).netloc:
        target = target._replace(netloc=target.netloc.rpartition("@")[2])
    return _Redirect(response.status, target._replace(fragment="").geturl())


def _unpacking(url: str, response: ClientResponse) -> Callable[[bytes, int], bytes]:
    """What unpacks the body; codings that were not asked for, or are nested, are refused."""
    said = ",".join(response.headers.getall("Content-Encoding", [])).lower().split(",")
    codings = [coding for one in said if (coding := one.strip()) not in _UNPACKED]
    if codings == ["deflate"]:
        return undeflate
    if codings not in ([], ["gzip"], ["x-gzip"]):
        raise FetchError(f"{shown(url)} answers in a content coding that was not asked for")
    return inflate


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
