"""One polite, bounded request for a feed, or to a hub.

Whatever a server does, `Fetcher.get` ends within its deadline, within its limits and with an answer or a `FetchError`.
It never asks twice, never pretends to be somebody else, and never connects to an address inside.
"""

from __future__ import annotations

import asyncio
import re
import socket
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from watchers.connections import Connections, Question, fields, is_one_line
from watchers.errors import FetchError, TooBigError, UnreachableError
from watchers.guard import Guard
from watchers.links import shown
from watchers.places import Places, Turns
from watchers.unpack import inflate, undeflate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from types import TracebackType
    from typing import Self

    from watchers.connections import Answer

_T = TypeVar("_T")
_ACCEPT: Final = b"application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
_OK: Final = 200
# As much as unpacks in a few milliseconds, if it is no bomb; more goes to a thread, and all feeds go on meanwhile.
_AT_ONCE: Final = 20_000
# RFC 3229: only what is new of the feed. It is not asked for; where it comes all the same, its items are news.
_PART: Final = 226
_PERMANENT: Final = frozenset({301, 308})
_REDIRECTS: Final = _PERMANENT | {302, 303, 307}
# What sends a question on as it is, body and all (RFC 9110, sections 15.4.8 and 15.4.9).
_FORWARDS: Final = frozenset({307, 308})
# Codings that say nothing of how the bytes are packed; the last four are no codings, but servers send them.
_UNPACKED: Final = frozenset({"", "identity", "none", "utf-8", "utf8", "binary"})


class FetchRequest(NamedTuple):
    """What to ask for.

    Attributes:
        url: the address.
        etag: validator of the last good answer, byte for byte as the server gave it.
        last_modified: the other validator, likewise.
        alone: on a connection of its own; one that was kept may be why it failed last.
    """

    url: str
    etag: bytes | None = None
    last_modified: bytes | None = None
    alone: bool = False


class Headers(NamedTuple):
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


class Fetched(NamedTuple):
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
        keep: connections for the next feed of a host. Which hosts close them is learnt, and forgotten at the end.
        lookup: finds the addresses of a name; as `socket.getaddrinfo`.
    """

    def __init__(
        self,
        agent: str,
        *,
        limits: Limits = Limits(),
        allow_hosts: Collection[str] = (),
        keep: bool = True,
        lookup: Callable[..., list[tuple[object, ...]]] = socket.getaddrinfo,  # type: ignore[assignment]
    ) -> None:
        self._fields = fields(
            ("User-Agent", agent.encode("latin-1")), ("Accept", _ACCEPT), ("Accept-Encoding", b"gzip")
        )
        self._limits = limits
        self._guard = Guard(allow_hosts)
        self._lookup = lookup
        self._keep = keep
        self._hosts = Turns()
        self._places = Places(limits.connections)
        self._connections: Connections | None = None

    async def __aenter__(self) -> Self:
        """Be ready to connect."""
        self._connections = Connections(self._guard, self._limits, self._lookup)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        if self._connections:
            await self._connections.close()
        self._connections = None

    async def get(self, request: FetchRequest) -> Fetched:
        """Ask for a feed, conditionally where validators are given, and follow redirects.

        Raises:
            FetchError: there is no answer to use. Redirects, 304, 404 and the like are answers.
        """
        deadline = _Deadline(self._limits.seconds)
        question = Question(self._fields + _conditions(request), alone=request.alone or not self._keep)
        url, permanent, only_permanent = request.url, None, True
        passed: set[str] = set()
        for _ in range(self._limits.redirects + 1):
            if url in passed:
                raise FetchError(f"{shown(request.url)} redirects in a circle")
            passed.add(url)
            try:
                answer = await self._hop(url, deadline, question, partial(self._fetched, url))
            except FetchError as error:
                # Where a server leads today says nothing of tomorrow: the address that is asked stays what it is.
                error.permanent = error.permanent and url == request.url
                raise
            if isinstance(answer, Fetched):
                return answer._replace(permanent_url=permanent) if permanent else answer
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
        question = Question(self._fields, urlencode(form).encode("ascii"))
        for _ in range(self._limits.redirects + 1):
            answer = await self._hop(url, deadline, question, partial(_taken, url))
            if isinstance(answer, int):
                return answer
            url = answer.target
        raise FetchError(f"{shown(asked)} redirects more than {self._limits.redirects} times")

    async def _hop(
        self, url: str, deadline: _Deadline, question: Question, hear: Callable[[Answer], Awaitable[_T]]
    ) -> _T:
        """One request and its answer. Waiting for the host's turn does not count against the deadline."""
        if self._connections is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        target = self._guard.checked(url)
        async with self._hosts.of(target.host or ""), self._places:
            loop = asyncio.get_running_loop()
            end = loop.time() + deadline.left
            try:
                async with asyncio.timeout_at(end):
                    return await self._connections.ask(url, target, question, hear)
            except TimeoutError as error:
                raise UnreachableError(f"{shown(url)} did not finish within {self._limits.seconds:g} s") from error
            finally:
                deadline.left = end - loop.time()

    async def _fetched(self, url: str, answer: Answer) -> Fetched | _Redirect:
        if answer.status in _REDIRECTS:
            return _redirect(url, answer)
        body = await self._body(url, answer) if answer.status in {_OK, _PART} else None
        return Fetched(answer.status, url, None, _headers(answer), body)

    async def _body(self, url: str, answer: Answer) -> bytes:
        limit = self._limits.size
        unpack = _unpacking(url, answer)
        if (announced := _announced(answer)) > limit:
            raise TooBigError(f"{shown(url)} announces {announced:,} bytes, more than {limit:,}")
        raw = bytearray()
        async for chunk in answer.chunks():
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


async def _taken(url: str, answer: Answer) -> int | _Redirect:
    """What a form was answered with."""
    return _redirect(url, answer) if answer.status in _FORWARDS else answer.status


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    target: str


@dataclass(slots=True)
class _Deadline:
    """The seconds left for an exchange of several hops."""

    left: float


def _conditions(request: FetchRequest) -> bytes:
    asked = (("If-None-Match", request.etag), ("If-Modified-Since", request.last_modified))
    # One of several lines is none: it would be more than a field.
    return fields(*((name, value) for name, value in asked if value and is_one_line(value)))


def _headers(answer: Answer) -> Headers:
    told: dict[bytes, list[bytes]] = {}
    for name, value in answer.fields:
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


def _announced(answer: Answer) -> int:
    """The bytes that the body is said to have; 0 where nothing is said."""
    values = answer.all(b"content-length")
    return int(values[0]) if values and values[0].isdigit() else 0


def _redirect(url: str, answer: Answer) -> _Redirect:
    raw = _first(answer.all(b"location"))
    if not raw:
        raise FetchError(f"{shown(url)} redirects to nowhere (HTTP {answer.status})")
    try:
        location = raw.decode()
    except UnicodeDecodeError:
        location = raw.decode("latin-1")
    try:
        target = urlsplit(urljoin(url, location.strip()))
    except ValueError as error:
        raise FetchError(f"{shown(url)} redirects to an address that is none") from error
    return _Redirect(answer.status, _with_own_credentials(target, urlsplit(url)).geturl())


def _with_own_credentials(target: SplitResult, source: SplitResult) -> SplitResult:
    """Credentials belong to the address in the settings: they go to no other host, and none are taken from a server."""
    place = target.netloc.rpartition("@")[2]
    same = place.lower() == source.netloc.rpartition("@")[2].lower()
    # What was said in secret is not said aloud.
    aloud = (source.scheme, target.scheme) == ("https", "http")
    return target._replace(netloc=source.netloc if same and not aloud else place, fragment="")


def _unpacking(url: str, answer: Answer) -> Callable[[bytes, int], bytes]:
    """What unpacks the body; codings that were not asked for, or are nested, are refused."""
    said = b",".join(answer.all(b"content-encoding")).decode("latin-1").lower().split(",")
    codings = [coding for one in said if (coding := one.strip()) not in _UNPACKED]
    if codings == ["deflate"]:
        return undeflate
    if codings not in ([], ["gzip"], ["x-gzip"]):
        raise FetchError(f"{shown(url)} answers in a content coding that was not asked for")
    return inflate
