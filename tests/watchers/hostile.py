"""A server on loopback that says whatever a test wants, byte for byte, and remembers how it was asked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    line: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass
class HostileServer:
    """`answers` maps a path to what is said there: the last of a list is repeated for ever.

    `keeps` says whether connections are kept after an answer.
    """

    port: int = 0
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    together: int = 0
    most_together: int = 0
    connections: int = 0
    keeps: bool = False

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def say(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url(path)

    def paths(self) -> list[str]:
        return [asked.line.split()[1].decode() for asked in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        self.connections += 1
        try:
            await self._answer(reader, writer)
            while self.keeps:
                await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had enough
        finally:
            self.together -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *rest = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        headers = (one.partition(b":") for one in rest if one)
        self.asked.append(Asked(line, tuple((name, value.strip()) for name, _, value in headers)))
        answers = self.answers.get(line.split()[1].decode(), [answer(404)])
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(said, bytes):
            writer.write(said)
            await writer.drain()
        else:
            await said(writer)


@asynccontextmanager
async def hostile_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[HostileServer]:
    hostile = HostileServer()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(hostile.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def answer(status: int = 200, body: bytes = b"", **headers: str | bytes) -> bytes:
    """A complete answer; `_` in a header's name stands for `-`."""
    lines = [f"HTTP/1.1 {status} Whatever".encode(), b"Connection: close", b"Content-Length: %d" % len(body)]
    for name, value in headers.items():
        text = value if isinstance(value, bytes) else value.encode()
        lines.append(name.replace("_", "-").encode() + b": " + text)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def item(title: str, guid: str = "", published: str = "", link: str = "") -> str:
    fields = {"title": title, "guid": guid, "pubDate": published, "link": link}
    return "<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text) + "</item>"


def rss(*items: str, head: str = "") -> bytes:
    body = f'<rss version="2.0"><channel><title>Test wire</title>{head}{"".join(items)}</channel></rss>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}'.encode()
