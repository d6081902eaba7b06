from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import socket
import struct
import zlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest

from tests.watchers.hostile import answer, rss
from watchers.errors import FetchError, NoConnectionError, RefusedAddressError, TooBigError, UnreachableError
from watchers.fetch import Fetcher, FetchRequest, Limits, user_agent
from watchers.guard import Guard, is_inside
from watchers.unpack import inflate

if TYPE_CHECKING:
    from tests.watchers.hostile import HostileServer

FEED = rss()


async def test_a_feed_comes_with_its_validators_and_what_its_head_says(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say(
        "/feed",
        answer(
            200, FEED, ETag='W/"x"', Last_Modified="yesterday noon", Cache_Control="max-age=60", Content_Type="text/xml"
        ),
    )
    fetched = await fetcher.get(FetchRequest(url))
    assert (fetched.status, fetched.url, fetched.body, fetched.permanent_url) == (200, url, FEED, None)
    assert (fetched.headers.etag, fetched.headers.last_modified) == (b'W/"x"', b"yesterday noon")
    assert (fetched.headers.cache_control, fetched.headers.content_type) == ("max-age=60", "text/xml")


@pytest.mark.parametrize("etag", [b'"plain"', b"unquoted", b'W/"\xc3\xa9"', b'"\xe9\xff"', b"a" * 2000])
async def test_validators_go_back_byte_for_byte(server: HostileServer, fetcher: Fetcher, etag: bytes) -> None:
    url = server.say("/feed", answer(200, FEED, ETag=etag), answer(304))
    first = await fetcher.get(FetchRequest(url))
    assert first.headers.etag == etag
    second = await fetcher.get(FetchRequest(url, first.headers.etag, b"some day"))
    assert (second.status, second.body) == (304, None)
    assert server.asked[1].header(b"if-none-match") == etag
    assert server.asked[1].header(b"if-modified-since") == b"some day"


async def test_a_request_without_validators_invents_none_and_says_who_asks(
    server: HostileServer, fetcher: Fetcher
) -> None:
    await fetcher.get(FetchRequest(server.say("/feed?page=1", answer(200, FEED))))
    asked = server.asked[0]
    assert asked.line == b"GET /feed?page=1 HTTP/1.1"
    assert {name.lower() for name, _ in asked.headers} == {
        b"host",
        b"user-agent",
        b"accept",
        b"accept-encoding",
    }
    assert asked.header(b"user-agent") == b"Treatywatch/test"
    assert asked.header(b"accept-encoding") == b"gzip"
    assert b"application/rss+xml" in (asked.header(b"accept") or b"")


async def test_a_validator_of_two_lines_is_none(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/feed", answer(200, FEED))
    await fetcher.get(FetchRequest(url, b'"1"\r\nCookie: sid=1', b"some\nday"))
    assert {name.lower() for name, _ in server.asked[0].headers} == {
        b"host",
        b"user-agent",
        b"accept",
        b"accept-encoding",
    }


async def test_credentials_of_an_address_go_to_its_server_and_to_no_other(server: HostileServer) -> None:
    server.say("/feed", answer(302, Location=server.url("/there", "localhost")))
    server.say("/there", answer(200, FEED))
    async with Fetcher("Test", allow_hosts=["127.0.0.1", "localhost"]) as fetcher:
        await fetcher.get(FetchRequest(server.url("/feed", "some%20one:p%C3%A4ss%3Aword@127.0.0.1")))
    first, second = server.asked
    assert b64decode((first.header(b"authorization") or b"").removeprefix(b"Basic ")) == "some one:päss:word".encode()
    assert first.header(b"host") == b"127.0.0.1:%d" % server.port
    assert second.header(b"authorization") is None


async def test_credentials_that_nobody_can_have_are_an_error_without_them(
    server: HostileServer, fetcher: Fetcher
) -> None:
    with pytest.raises(FetchError, match="is no valid address") as raised:
        await fetcher.get(FetchRequest(server.url("/feed", "some%3Aone:secret@127.0.0.1")))
    assert raised.value.permanent
    assert "secret" not in str(raised.value)
    assert not server.asked


async def test_a_form_goes_out_on_a_connection_of_its_own(server: HostileServer, fetcher: Fetcher) -> None:
    server.keeps = True
    await fetcher.get(FetchRequest(server.say("/feed", KEPT)))
    assert (
        await fetcher.post(server.say("/hub", KEPT), {"hub.mode": "subscribe", "hub.topic": "https://ö.example/ &"})
        == 200
    )
    await fetcher.get(FetchRequest(server.url("/feed")))
    asked = server.asked[1]
    assert asked.line == b"POST /hub HTTP/1.1"
    assert asked.header(b"connection") == b"close"
    assert asked.header(b"content-type") == b"application/x-www-form-urlencoded"
    form = b"hub.mode=subscribe&hub.topic=https%3A%2F%2F%C3%B6.example%2F+%26"
    assert asked.header(b"content-length") == b"%d" % len(form)
    assert server.connections == 2


async def test_cookies_are_never_sent_back(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/feed", answer(200, FEED, Set_Cookie="sid=1; Path=/"))
    await fetcher.get(FetchRequest(url))
    await fetcher.get(FetchRequest(url))
    assert server.asked[1].header(b"cookie") is None


async def test_an_address_goes_out_as_it_stands(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/a%7Eb?sig=%2f+x", answer(200, FEED))
    await fetcher.get(FetchRequest(url))
    assert server.paths() == ["/a%7Eb?sig=%2f+x"]


async def test_only_the_permanent_beginning_of_a_chain_is_permanent(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/one", answer(301, Location="/two"))
    server.say("/two", answer(308, Location=server.url("/three")))
    server.say("/three", answer(302, Location="four#part", ETag="of-the-redirect"))
    server.say("/four", answer(301, Location="/five"))
    server.say("/five", answer(200, FEED))
    fetched = await fetcher.get(FetchRequest(url))
    assert fetched.permanent_url == server.url("/three")
    assert (fetched.url, fetched.headers.etag) == (server.url("/five"), None)
    assert server.paths() == ["/one", "/two", "/three", "/four", "/five"]
    assert all(asked.header(b"referer") is None for asked in server.asked)


async def test_a_temporary_redirect_is_followed_and_forgotten(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/one", answer(307, Location="/two"))
    server.say("/two", answer(200, FEED))
    assert (await fetcher.get(FetchRequest(url))).permanent_url is None


async def test_a_redirect_loop_ends(server: HostileServer, fetcher: Fetcher) -> None:
    url = server.say("/loop", answer(301, Location="/loop"))
    with pytest.raises(FetchError, match="in a circle"):
        await fetcher.get(FetchRequest(url))
    assert len(server.asked) == 1


async def test_a_chain_of_redirects_without_end_ends(server: HostileServer, fetcher: Fetcher) -> None:
    for number in range(20):
        server.say(f"/{number}", answer(302, Location=f"/{number + 1}"))
    with pytest.raises(FetchError, match="more than 10 times"):
        await fetcher.get(FetchRequest(server.url("/0")))
    assert len(server.asked) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "data:text/xml,<rss/>", "ftp://127.0.0.1/x", "javascript:1"])
async def test_redirects_lead_to_http_only(server: HostileServer, fetcher: Fetcher, target: str) -> None:
    url = server.say("/feed", answer(302, Location=target))
    with pytest.raises(RefusedAddressError, match="neither http nor https"):
        await fetcher.get(FetchRequest(url))


@pytest.mark.parametrize("said", [answer(302), answer(302, Location="http://[::1"), answer(302, Location="http://")])
async def test_a_broken_location_is_an_error(server: HostileServer, fetcher: Fetcher, said: bytes) -> None:
    with pytest.raises(FetchError):
        await fetcher.get(FetchRequest(server.say("/feed", said)))


@pytest.mark.parametrize("status", [204, 206, 300, 401, 403, 404, 410, 418, 429, 500, 503])
async def test_other_statuses_are_answers_without_a_body(server: HostileServer, fetcher: Fetcher, status: int) -> None:
    body = b"" if status == 204 else FEED
    fetched = await fetcher.get(FetchRequest(server.say("/feed", answer(status, body, Retry_After="120"))))
    assert (fetched.status, fetched.body, fetched.headers.retry_after) == (status, None, "120")


async def test_gzip_is_unpacked_with_or_without_being_declared(server: HostileServer, fetcher: Fetcher) -> None:
    packed = gzip.compress(FEED[:50]) + gzip.compress(FEED[50:])
    declared = server.say("/declared", answer(200, packed, Content_Encoding="gzip"))
    assert (await fetcher.get(FetchRequest(declared))).body == FEED
    assert (await fetcher.get(FetchRequest(server.say("/undeclared", answer(200, packed))))).body == FEED
    lie = server.say("/lie", answer(200, FEED, Content_Encoding="gzip"))
    assert (await fetcher.get(FetchRequest(lie))).body == FEED


async def test_a_gzip_bomb_is_refused(server: HostileServer, fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(TooBigError, match="unpacks to more than 100,000 bytes"):
        await fetcher.get(FetchRequest(server.say("/bomb", answer(200, bomb, Content_Encoding="gzip"))))


def test_no_more_than_the_limit_is_ever_unpacked() -> None:
    assert inflate(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000
    with pytest.raises(TooBigError):
        inflate(gzip.compress(b"x" * 1001), 1000)
    with pytest.raises(TooBigError, match="parts"):
        inflate(gzip.compress(b"") * 1000, 1000)
    with pytest.raises(zlib.error):
        inflate(gzip.compress(b"x" * 1000)[:-4], 1000)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "nonsense"])
async def test_a_coding_that_was_not_asked_for_is_an_error(
    server: HostileServer, fetcher: Fetcher, coding: str
) -> None:
    with pytest.raises(FetchError, match="not asked for"):
        await fetcher.get(FetchRequest(server.say("/feed", answer(200, FEED, Content_Encoding=coding))))


async def _never_ending(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while True:
        writer.write(b"<item/>" * 1000)
        await writer.drain()


async def _never_ending_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: and more\r\n" * 1000)
        await writer.drain()


async def _silent(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>")
    await writer.drain()
    await asyncio.Event().wait()


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def test_a_body_without_end_is_cut_at_the_limit(server: HostileServer, fetcher: Fetcher) -> None:
    with pytest.raises(TooBigError, match="sends more than 100,000 bytes"):
        await fetcher.get(FetchRequest(server.say("/feed", _never_ending)))


@pytest.mark.parametrize(
    "said",
    [_never_ending_head, answer(200, FEED, X="y" * 20_000), answer(200, FEED, **{f"X{n}": "y" for n in range(300)})],
)
async def test_a_head_without_end_is_refused(server: HostileServer, fetcher: Fetcher, said: bytes) -> None:
    with pytest.raises(FetchError):
        await fetcher.get(FetchRequest(server.say("/feed", said)))


async def test_an_answer_that_drips_hits_the_deadline(server: HostileServer) -> None:
    url = server.say("/feed?key=secret", _silent)
    async with Fetcher("Test", limits=Limits(seconds=0.05), allow_hosts=["127.0.0.1"]) as hasty:
        with pytest.raises(UnreachableError, match=r"within 0\.05 s") as caught:
            await hasty.get(FetchRequest(url))
    assert "secret" not in str(caught.value)


async def test_a_connection_that_breaks_is_not_tried_again(server: HostileServer, fetcher: Fetcher) -> None:
    with pytest.raises(UnreachableError, match="broke off"):
        await fetcher.get(FetchRequest(server.say("/feed", _hang_up)))
    assert len(server.asked) == 1


KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(FEED), FEED)


async def test_a_connection_is_kept_for_the_next_feed_of_its_host(server: HostileServer, fetcher: Fetcher) -> None:
    server.keeps = True
    url = server.say("/feed", KEPT)
    assert [(await fetcher.get(FetchRequest(url))).body for _ in range(3)] == [FEED] * 3
    assert server.connections == 1


async def test_what_breaks_on_a_kept_connection_is_not_asked_again_and_its_host_trusted_no_more(
    server: HostileServer, fetcher: Fetcher
) -> None:
    server.keeps = True
    url = server.say("/feed", KEPT, _hang_up, KEPT)
    assert (await fetcher.get(FetchRequest(url))).body == FEED
    with pytest.raises(UnreachableError, match="broke off"):
        await fetcher.get(FetchRequest(url))
    assert [(await fetcher.get(FetchRequest(url))).body for _ in range(2)] == [FEED] * 2
    assert [asked.header(b"connection") for asked in server.asked] == [None, None, b"close", b"close"]
    assert server.connections == 3


async def test_a_connection_that_is_closed_without_a_word_is_not_used_again(
    server: HostileServer, fetcher: Fetcher
) -> None:
    async def close(writer: asyncio.StreamWriter) -> None:
        writer.write(KEPT)
        writer.close()
        await writer.wait_closed()

    url = server.say("/feed", close)
    assert [(await fetcher.get(FetchRequest(url))).body for _ in range(20)] == [FEED] * 20
    assert server.connections == 20


async def test_what_fails_on_a_new_connection_is_not_asked_again(server: HostileServer, fetcher: Fetcher) -> None:
    server.keeps = True
    for _ in range(2):
        with pytest.raises(UnreachableError):
            await fetcher.get(FetchRequest(server.say("/feed", _hang_up)))
    assert len(server.asked) == 2


@pytest.mark.parametrize("length", [b"", b"Content-Length: %d\r\n" % len(FEED)])
async def test_a_reset_is_an_end_only_where_the_body_was_told_to_be_so_long(
    server: HostileServer, fetcher: Fetcher, length: bytes
) -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + FEED)
        await writer.drain()
        await asyncio.sleep(0.1)  # what has not arrived would be lost with it
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    request = FetchRequest(server.say("/feed", reset))
    if length:
        assert (await fetcher.get(request)).body == FEED
    else:
        with pytest.raises(UnreachableError, match="broke off"):
            await fetcher.get(request)


async def test_what_fails_in_the_midst_of_an_answer_is_not_asked_again(server: HostileServer, fetcher: Fetcher) -> None:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(KEPT[:-5])
        writer.close()

    server.keeps = True
    url = server.say("/feed", KEPT, cut)
    await fetcher.get(FetchRequest(url))
    with pytest.raises(UnreachableError):
        await fetcher.get(FetchRequest(url))
    assert (len(server.asked), server.connections) == (2, 1)


async def test_an_answer_that_needs_no_body_is_heard_whatever_stands_behind_it(
    server: HostileServer, fetcher: Fetcher
) -> None:
    server.keeps = True
    later = b"HTTP/1.1 429 Later\r\nRetry-After: 7200\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    gone = b"HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\nnojunk behind it"
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n<html>"
    refused = await fetcher.get(FetchRequest(server.say("/later", later)))
    assert (refused.status, refused.headers.retry_after) == (429, "7200")
    assert (await fetcher.get(FetchRequest(server.say("/gone", gone)))).status == 410
    server.say("/there", KEPT)
    assert (await fetcher.get(FetchRequest(server.say("/moved", moved)))).body == FEED
    assert server.connections == 4


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_a_fault_in_a_body_ends_it_at_once(server: HostileServer, fetcher: Fetcher, pause: float) -> None:
    async def broken(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n")
        await asyncio.sleep(pause)
        writer.write(b"zz\r\n")
        await asyncio.sleep(60)

    with pytest.raises(FetchError, match="does not answer in proper HTTP"):
        await fetcher.get(FetchRequest(server.say("/feed", broken)))


async def test_any_hint_may_come_before_an_answer_without_a_body(server: HostileServer, fetcher: Fetcher) -> None:
    server.keeps = True
    said = b"HTTP/1.1 150 Soon\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n" + KEPT
    assert (await fetcher.get(FetchRequest(server.say("/feed", said), b'"1"'))).status == 304
    assert (await fetcher.get(FetchRequest(server.say("/other", KEPT)))).body == FEED
    assert server.connections == 2


async def test_what_failed_last_is_asked_on_a_connection_of_its_own(server: HostileServer, fetcher: Fetcher) -> None:
    server.keeps = True
    url = server.say("/feed", KEPT)
    await fetcher.get(FetchRequest(url))
    await fetcher.get(FetchRequest(url, alone=True))
    await fetcher.get(FetchRequest(url))
    assert [asked.header(b"connection") for asked in server.asked] == [None, b"close", None]
    assert server.connections == 2


async def test_a_host_that_says_nothing_in_time_on_a_kept_connection_is_trusted_with_none(
    server: HostileServer,
) -> None:
    async def silence(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    server.keeps = True
    url = server.say("/feed", KEPT, silence, KEPT)
    async with Fetcher("Test", limits=Limits(seconds=0.2), allow_hosts=["127.0.0.1"]) as fetcher:
        await fetcher.get(FetchRequest(url))
        with pytest.raises(UnreachableError, match="did not finish"):
            await fetcher.get(FetchRequest(url))
        await fetcher.get(FetchRequest(url))
    assert server.asked[-1].header(b"connection") == b"close"


async def test_a_fetcher_that_keeps_nothing_has_a_connection_for_each_question(server: HostileServer) -> None:
    server.keeps = True
    url = server.say("/feed", KEPT)
    async with Fetcher("Test", keep=False, allow_hosts=["127.0.0.1"]) as fetcher:
        assert [(await fetcher.get(FetchRequest(url))).body for _ in range(2)] == [FEED] * 2
    assert [asked.header(b"connection") for asked in server.asked] == [b"close"] * 2
    assert server.connections == 2


@pytest.mark.parametrize("target", ["http://127.0.0.2/", "ftp://wire.example/", "http://:80/", "http://a..b/"])
async def test_where_a_server_leads_today_says_nothing_of_tomorrow(server: HostileServer, target: str) -> None:
    async with Fetcher("Test", allow_hosts=["127.0.0.1"]) as fetcher:
        with pytest.raises(FetchError) as raised:
            await fetcher.get(FetchRequest(server.say("/feed", answer(302, Location=target))))
        assert not raised.value.permanent
        with pytest.raises(FetchError) as raised:
            await fetcher.get(FetchRequest(target))
        assert raised.value.permanent


async def test_credentials_stay_with_their_server_when_it_names_itself(server: HostileServer) -> None:
    server.say("/one", answer(301, Location=server.url("/two", "127.0.0.1")))
    server.say("/two", answer(301, Location=server.url("/three", "them:theirs@127.0.0.1")))
    server.say("/three", answer(200, FEED))
    async with Fetcher("Test", allow_hosts=["127.0.0.1"]) as fetcher:
        fetched = await fetcher.get(FetchRequest(server.url("/one", "us:ours@127.0.0.1")))
    ours = b"Basic " + b64encode(b"us:ours")
    assert [asked.header(b"authorization") for asked in server.asked] == [ours] * 3
    assert fetched.permanent_url == server.url("/three", "us:ours@127.0.0.1")


async def test_what_stands_behind_an_answer_is_taken_for_no_other(server: HostileServer, fetcher: Fetcher) -> None:
    server.keeps = True
    await fetcher.get(FetchRequest(server.say("/bad", KEPT + KEPT.replace(b"Test", b"Evil"))))
    good = await fetcher.get(FetchRequest(server.say("/good", KEPT)))
    assert (good.body, server.connections) == (FEED, 2)


@pytest.mark.parametrize(
    "said",
    [
        answer(200, FEED)[:-5],
        answer(200, FEED) + b"left over",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_malformed_answers_are_errors_and_harm_no_later_request(
    server: HostileServer, fetcher: Fetcher, said: bytes
) -> None:
    with pytest.raises(FetchError):
        await fetcher.get(FetchRequest(server.say("/bad", said)))
    assert (await fetcher.get(FetchRequest(server.say("/good", answer(200, FEED))))).body == FEED


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.1.1",
        "0",
        "0177.0.0.1",
        "0300.0250.1.1",
        "127.0.0.1.",
        "１２７.０.０.１",
        "[::]",
        "[::127.0.0.1]",
        "[::ffff:7f00:1]",
        "[2002:7f00:1::]",
        "[64:ff9b:1::7f00:1]",
        "[fe80::1%25lo]",
        "[ff02::1]",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "[fec0::1]",
        "localhost",
        "ⓛocalhost",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "017700000001",
        "user:password@127.0.0.1",
    ],
)
async def test_inside_addresses_are_refused_however_they_are_written(server: HostileServer, host: str) -> None:
    async with Fetcher("Test") as strict:
        with pytest.raises(RefusedAddressError, match="inside address") as caught:
            await strict.get(FetchRequest(server.url("/feed", host)))
    assert caught.value.permanent
    assert "password" not in str(caught.value)
    assert not server.asked


@pytest.mark.parametrize("target", ["http://127.0.0.2/", "http://[::1]/", "http://x@2130706433/", "//169.254.169.254/"])
async def test_a_redirect_to_an_inside_address_is_refused(server: HostileServer, target: str) -> None:
    url = server.say("/feed", answer(301, Location=target))
    async with Fetcher("Test", allow_hosts=[f"127.0.0.1:{server.port}"]) as strict:
        with pytest.raises(RefusedAddressError):
            await strict.get(FetchRequest(url))
    assert len(server.asked) == 1


async def test_a_name_that_resolves_inside_is_refused_unless_it_is_allowed(server: HostileServer) -> None:
    def lookup(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    url = server.say("/feed", answer(200, FEED)).replace("127.0.0.1", "feeds.example")
    async with Fetcher("Test", lookup=lookup) as strict:
        with pytest.raises(RefusedAddressError, match=r"feeds\.example leads to an inside address") as refused:
            await strict.get(FetchRequest(url))
    assert not server.asked
    assert not refused.value.permanent  # a name server may say something else tomorrow
    async with Fetcher("Test", lookup=lookup, allow_hosts=[f"feeds.example:{server.port}"]) as allowed:
        assert (await allowed.get(FetchRequest(url))).body == FEED
    async with Fetcher("Test", lookup=lookup, allow_hosts=["feeds.example:1"]) as another_port:
        with pytest.raises(RefusedAddressError):
            await another_port.get(FetchRequest(url))


async def test_what_is_connected_to_is_what_was_checked(server: HostileServer) -> None:
    """A name that leads elsewhere each time it is asked for (DNS rebinding) is asked for once for each request."""
    answers = ["192.0.2.1", "127.0.0.1"]

    def lookup(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    url = server.say("/feed", answer(200, FEED)).replace("127.0.0.1", "rebinding.example")
    async with Fetcher("Test", lookup=lookup) as strict:
        for _ in range(2):
            with pytest.raises(RefusedAddressError):
                await strict.get(FetchRequest(url))
    assert not server.asked
    assert not answers


async def test_of_a_name_that_leads_inside_and_outside_only_the_outside_is_tried(server: HostileServer) -> None:
    def lookup(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, port)) for at in ("127.0.0.1", "93.184.215.14")]

    url = server.say("/feed", answer(200, FEED)).replace("127.0.0.1", "both.example")
    async with Fetcher("Test", limits=Limits(connecting=0.2), lookup=lookup) as strict:
        with pytest.raises(UnreachableError):
            await strict.get(FetchRequest(url))
    assert not server.asked


async def test_one_inside_host_and_port_can_be_allowed_while_the_guard_stays_on(server: HostileServer) -> None:
    one = server.say("/feed", answer(200, FEED))
    async with Fetcher("Test", allow_hosts=[f"127.0.0.1:{server.port}"]) as strict:
        assert (await strict.get(FetchRequest(one))).body == FEED
        for other in (server.url("/feed", "localhost"), server.url("/feed", "127.0.0.2"), "http://127.0.0.1:1/feed"):
            with pytest.raises(RefusedAddressError):
                await strict.get(FetchRequest(other))
    assert len(server.asked) == 1


async def test_a_host_that_takes_no_connection_is_left(server: HostileServer) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with contextlib.ExitStack() as waiting:
            for _ in range(4):  # what fills its queue, so that the next connection is never made
                filler = waiting.enter_context(socket.socket())
                filler.settimeout(0)
                filler.connect_ex(("127.0.0.1", port))
            async with Fetcher("Test", limits=Limits(connecting=0.2), allow_hosts=["127.0.0.1"]) as opened:
                with pytest.raises(NoConnectionError, match=r"took no connection in 0\.2 s"):
                    await opened.get(FetchRequest(f"http://127.0.0.1:{port}/"))
    assert not server.asked


@pytest.mark.parametrize(
    "host",
    [
        "256.256.256.256",
        "4294967296",
        "a.example.0x7f",
        "127.0.0.1%2e",
        "127.0.0.1%00.example",
        " 127.0.0.1",
        "-a",
        "a.-",
        "a..b",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
    ],
)
def test_what_can_be_no_name_is_refused_unasked(host: str) -> None:
    with pytest.raises(FetchError, match=r"names no possible host|is no valid address") as caught:
        Guard([]).checked(f"http://{host}/")
    assert caught.value.permanent


@pytest.mark.parametrize(
    "host",
    [
        "bücher.example",
        "a_b.example",
        "a-.example",
        "feeds.example.",
        "3.example",
        "8.8.8.8",
        "[2606:4700::1111]",
        "a.1b",
    ],
)
def test_ordinary_names_may_be_asked(host: str) -> None:
    assert Guard([]).checked(f"https://{host}/").host


def test_outside_addresses_are_outside() -> None:
    for address in ("93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"):
        assert not is_inside(ipaddress.ip_address(address))


async def test_an_unreachable_host_is_told_in_one_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://name:pass@127.0.0.1:{unused.getsockname()[1]}/feed?key=secret"
        async with Fetcher("Test", allow_hosts=["127.0.0.1"]) as opened:
            with pytest.raises(UnreachableError) as caught:
                await opened.get(FetchRequest(url))
    text = str(caught.value)
    assert text.endswith("/feed?… cannot be reached: the connection was refused")
    assert not any(secret in text for secret in ("secret", "pass", "\n"))


async def test_an_unknown_name_is_told_in_one_line() -> None:
    def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with Fetcher("Test", lookup=lookup) as opened:
        with pytest.raises(UnreachableError, match=r"no host is known by the name nowhere\.example"):
            await opened.get(FetchRequest("http://nowhere.example/feed"))


@pytest.mark.parametrize("url", ["", "feed", "http:///feed", "gopher://x/", "http://[bad/", "http://a:99999/"])
async def test_an_address_that_is_none_is_a_permanent_error(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchError) as caught:
        await fetcher.get(FetchRequest(url))
    assert caught.value.permanent


async def test_a_host_has_one_connection_at_a_time(server: HostileServer, fetcher: Fetcher) -> None:
    urls = [server.say(f"/{number}", answer(200, FEED)) for number in range(8)]
    fetched = await asyncio.gather(*(fetcher.get(FetchRequest(url)) for url in urls))
    assert [one.body for one in fetched] == [FEED] * 8
    assert server.most_together == 1


async def test_waiting_for_a_host_does_not_count_against_the_deadline(server: HostileServer) -> None:
    slow = server.say("/slow", _silent)
    good = server.say("/good", answer(200, FEED))
    async with Fetcher("Test", limits=Limits(seconds=0.3), allow_hosts=["127.0.0.1"]) as opened:
        stalled, *fetched = await asyncio.gather(
            *(opened.get(FetchRequest(url)) for url in (slow, good, good)), return_exceptions=True
        )
    assert isinstance(stalled, UnreachableError)
    assert [getattr(one, "body", one) for one in fetched] == [FEED] * 2


def test_the_user_agent_names_the_program_and_a_contact_on_one_line() -> None:
    assert user_agent("1.2", "https://example.org\r\nX: y") == "Treatywatch/1.2 (+https://example.orgX: y)"


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize(
    "more", [b"Content-Length: 4\r\n\r\nmore", b"Connection: close\r\n\r\nmore", b"\r\nHTTP/1.1 200 OK\r\n\r\n"]
)
async def test_an_answer_without_a_body_ends_with_its_head(
    server: HostileServer, fetcher: Fetcher, status: int, more: bytes
) -> None:
    url = server.say("/feed", b'HTTP/1.1 %d Whatever\r\nETag: "2"\r\n%s' % (status, more))
    fetched = await fetcher.get(FetchRequest(url, b'"1"'))
    assert (fetched.status, fetched.headers.etag, fetched.body) == (status, b'"2"', None)


async def test_what_follows_an_answer_without_a_body_goes_to_no_later_answer(
    server: HostileServer, fetcher: Fetcher
) -> None:
    """The surplus comes after a hint and in a piece of its own, on a connection that the server keeps."""
    server.keeps = True

    async def hinted(writer: asyncio.StreamWriter) -> None:
        for piece in (
            b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 304 Same\r\n",
            b"\r\nHTTP/1.1 200 OK\r\n\r\n<rss>false</rss>",
        ):
            writer.write(piece)
            await writer.drain()

    first = server.say("/first", hinted)
    second = server.say("/second", answer(200, FEED))
    assert (await fetcher.get(FetchRequest(first, b'"1"'))).status == 304
    assert (await fetcher.get(FetchRequest(second))).body == FEED


async def test_a_list_of_directives_may_come_in_several_lines(server: HostileServer, fetcher: Fetcher) -> None:
    several = b"HTTP/1.1 200 OK\r\nCache-Control: public\r\ncache-control: max-age=7200\r\nConnection: close\r\n\r\n"
    fetched = await fetcher.get(FetchRequest(server.say("/feed", several + FEED)))
    assert fetched.headers.cache_control == "public, max-age=7200"


@pytest.mark.parametrize("coding", ["utf-8", "none", "identity, gzip", "gzip,", "Identity"])
async def test_codings_that_say_nothing_are_passed_over(server: HostileServer, fetcher: Fetcher, coding: str) -> None:
    body = gzip.compress(FEED) if "gzip" in coding else FEED
    url = server.say("/feed", answer(200, body, Content_Encoding=coding))
    assert (await fetcher.get(FetchRequest(url))).body == FEED


async def test_codings_on_top_of_each_other_are_refused_in_two_lines_too(
    server: HostileServer, fetcher: Fetcher
) -> None:
    twice = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    url = server.say("/feed", twice + gzip.compress(gzip.compress(FEED)))
    with pytest.raises(FetchError, match="content coding"):
        await fetcher.get(FetchRequest(url))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "feeds.localhost", "feeds.localhost."])
async def test_this_machine_by_its_name_is_inside_whatever_a_name_server_says(host: str) -> None:
    def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise AssertionError("no name server is asked")

    async with Fetcher("Treatywatch/test", lookup=lookup) as fetcher:
        with pytest.raises(RefusedAddressError, match="leads to an inside address"):
            await fetcher.get(FetchRequest(f"http://{host}/feed"))
