"""Feeds over TLS: read and kept as others are, and left where a server cannot prove who it is."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.watchers.hostile import HostileServer, hostile_server, rss
from watchers.errors import NoConnectionError
from watchers.fetch import Fetcher, FetchRequest, Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from trustme import LeafCert

    Serving = Callable[[LeafCert], AbstractAsyncContextManager[HostileServer]]

HOST = "feeds.example"
FEED = rss()
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(FEED), FEED)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def trusting(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the test's authority; whom the system trusts aiohttp asks once, when it is imported."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context)


def serving(certificate: LeafCert) -> AbstractAsyncContextManager[HostileServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return hostile_server(context)


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[HostileServer]:
    async with serving(authority.issue_cert(HOST)) as hostile:
        hostile.keeps = True
        yield hostile


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    def lookup(_: str, port: int, **__: Any) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    limits = Limits(seconds=10, size=1_000_000)
    async with Fetcher("Treatywatch/test", limits=limits, lookup=lookup, allow_hosts=[HOST, "other.example"]) as opened:
        yield opened


def url(server: HostileServer, path: str = "/feed", host: str = HOST) -> str:
    return server.url(path, host).replace("http:", "https:")


async def test_a_feed_is_read_and_its_connection_kept(server: HostileServer, fetcher: Fetcher) -> None:
    large = b"x" * 300_000
    server.say("/feed", KEPT)
    server.say("/large", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(large), large))
    server.say("/same", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
    assert (await fetcher.get(FetchRequest(url(server)))).body == FEED
    assert (await fetcher.get(FetchRequest(url(server, "/large")))).body == large
    assert (await fetcher.get(FetchRequest(url(server, "/same"), b'"1"'))).status == 304
    assert (await fetcher.get(FetchRequest(url(server)))).body == FEED
    assert server.connections == 1
    assert server.asked[0].header(b"host") == f"{HOST}:{server.port}".encode()


async def test_what_follows_an_answer_without_a_body_goes_to_no_later_answer(
    server: HostileServer, fetcher: Fetcher
) -> None:
    server.say("/same", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n' + KEPT.replace(FEED, FEED[::-1]))
    server.say("/feed", KEPT)
    assert (await fetcher.get(FetchRequest(url(server, "/same"), b'"1"'))).status == 304
    assert (await fetcher.get(FetchRequest(url(server)))).body == FEED
    assert server.connections == 2


async def test_credentials_that_were_said_in_secret_are_not_said_aloud(server: HostileServer, fetcher: Fetcher) -> None:
    async with hostile_server() as plain:
        aloud = plain.say("/feed", KEPT).replace("127.0.0.1", HOST)
        server.say("/feed", b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % aloud.encode())
        await fetcher.get(FetchRequest(url(server, host=f"some:one@{HOST}")))
        assert server.asked[0].header(b"authorization")
        assert plain.asked[0].header(b"authorization") is None


@pytest.mark.parametrize("fault", ["another name", "another authority", "expired"])
async def test_a_server_that_cannot_prove_who_it_is_is_asked_nothing(
    authority: trustme.CA, fetcher: Fetcher, fault: str
) -> None:
    certificate = {
        "another name": lambda: authority.issue_cert("other.example"),
        "another authority": lambda: trustme.CA().issue_cert(HOST),
        "expired": lambda: authority.issue_cert(HOST, not_after=datetime(2020, 1, 1, tzinfo=UTC)),
    }[fault]()
    async with serving(certificate) as hostile:
        with pytest.raises(NoConnectionError, match="its certificate or TLS is not in order"):
            await fetcher.get(FetchRequest(url(hostile)))
        assert not hostile.asked


async def test_a_server_that_speaks_no_tls_is_told_in_the_same_words(fetcher: Fetcher) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as plain:
        with pytest.raises(NoConnectionError, match="its certificate or TLS is not in order"):
            await fetcher.get(FetchRequest(f"https://{HOST}:{plain.sockets[0].getsockname()[1]}/feed"))
