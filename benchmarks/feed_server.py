"""A loopback server of many feeds, in a process of its own: what `benchmarks.polling` polls.

It listens on a hundred addresses, so that one connection at a time to a host still leaves a hundred at once. All feeds
change together, when `/edition/N` is asked for.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
from functools import lru_cache

FEEDS = 500
ITEMS = 30
HOSTS = tuple(f"127.0.1.{number}" for number in range(1, 101))
_NEW = (1, 2)
"""New items of a feed with an even and an odd number in each edition: 5 % of 30."""


def urls(port: int) -> list[str]:
    """The addresses of all feeds."""
    return [f"http://{HOSTS[number % len(HOSTS)]}:{port}/feed/{number}" for number in range(FEEDS)]


def first_item(feed: int, edition: int) -> int:
    """The number of the oldest item that stands in a feed."""
    return _NEW[feed % 2] * (edition - 1)


def body(feed: int, edition: int) -> bytes:
    """A feed: RSS or Atom by turns, about 32 kB."""
    start = first_item(feed, edition)
    numbers = range(start + ITEMS - 1, start - 1, -1)
    if feed % 2:
        entries = "".join(_entry(feed, number) for number in numbers)
        head = f"<id>urn:feed:{feed}</id><title>Feed {feed}</title>"
        text = f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'
    else:
        items = "".join(_item(feed, number) for number in numbers)
        head = f"<title>Feed {feed}</title><link>https://outlet-{feed}.example/</link>"
        text = f'<rss version="2.0"><channel>{head}{items}</channel></rss>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _title(feed: int, number: int) -> str:
    return f"Grain prices rise for the {number}th time in district {feed} &amp;amp; beyond"


def _words(number: int) -> str:
    said = (
        "&lt;p&gt;Farmers expect &lt;b&gt;a good harvest&lt;/b&gt; &amp;amp; the ministry agrees with them.&lt;/p&gt;"
    )
    return f"Report {number}. " + said * 6


def _item(feed: int, number: int) -> str:
    link = f"https://outlet-{feed}.example/news/{number}"
    return (
        f"<item><title>{_title(feed, number)}</title><link>{link}?utm_source=rss</link><guid>{link}</guid>"
        f"<pubDate>Sat, 22 Nov 2025 {number // 60 % 24:02d}:{number % 60:02d}:00 +0200</pubDate>"
        f"<category>economy</category><description>{_words(number)}</description></item>\n"
    )


def _entry(feed: int, number: int) -> str:
    return (
        f'<entry><title type="html">{_title(feed, number)}</title><id>tag:outlet-{feed}.example,2025:{number}</id>'
        f'<link href="https://outlet-{feed}.example/news/{number}"/><author><name>A. Writer</name></author>'
        f"<updated>2025-11-22T{number // 60 % 24:02d}:{number % 60:02d}:00+02:00</updated>"
        f'<summary type="html">{_words(number)}</summary></entry>\n'
    )


class _Server:
    def __init__(self) -> None:
        self.edition = 1
        self._packed = lru_cache(FEEDS)(self._pack)

    def _pack(self, feed: int, edition: int) -> bytes:
        return gzip.compress(body(feed, edition))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(self._answer(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        kind, number = head.split(b" ", 2)[1].strip(b"/").split(b"/")
        if kind == b"edition":
            self.edition = int(number)
            for feed in range(FEEDS):
                self._packed(feed, self.edition)
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        feed, tag = int(number), b'"%d-%d"' % (int(number), self.edition)
        if b"if-none-match: " + tag in head.lower():
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
        packed = self._packed(feed, self.edition)
        fields = b"Content-Type: application/xml\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\nETag: %s" % (
            len(packed),
            tag,
        )
        return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n" + packed


async def main() -> None:
    """Serve until standard input ends; the port is printed first."""
    server = _Server()
    first = await asyncio.start_server(server.serve, HOSTS[0], 0, backlog=1_000)
    port = first.sockets[0].getsockname()[1]
    others = [socket.create_server((host, port), backlog=1_000) for host in HOSTS[1:]]
    for sock in others:
        await asyncio.start_server(server.serve, sock=sock)
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
