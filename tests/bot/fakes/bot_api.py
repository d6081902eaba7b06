"""A Bot API on loopback, as strict about messages as Telegram's own, that answers as the test tells it to."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import web

TOKEN = "123456:very-secret-token"  # noqa: S105 - the fake's own
_TAGS = {"b", "i", "a", "blockquote"}
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class _Html(HTMLParser):
    """Telegram's subset of HTML: every tag known and closed, every ampersand an entity."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise ValueError(f"unsupported start tag {tag}")
        self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"unexpected end tag {tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise ValueError(f"unsupported comment {data}")


def parse(html: str) -> tuple[str, list[str]]:
    """The text that readers see and the addresses that it links to; ValueError as Telegram's "can't parse entities"."""
    rest = _ENTITY.sub("", html)
    if "&" in rest or re.search(r"<(?!/?(?:[bia]|blockquote)\b)", rest):
        raise ValueError("an ampersand or a bracket stands alone")
    parser = _Html()
    parser.feed(html)
    parser.close()
    if parser.open:
        raise ValueError("a tag is not closed")
    return parser.text.strip(), parser.links


@dataclass
class FakeBotApi:
    """Remembers what was posted. `next_answers` are given instead of the usual ones, first come first served."""

    url: str = ""
    messages: dict[int, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    next_answers: list[web.Response] = field(default_factory=list)
    hang: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        data = {name: str(value) for name, value in (await request.post()).items()}
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return refusal(401, "Unauthorized")
        if method == "getMe":
            return result({"id": 1, "is_bot": True, "first_name": "Treatywatch", "username": "treatywatch_bot"})
        self.requests.append((method, data))
        if self.next_answers:
            return self.next_answers.pop(0)
        reply = self._accept(method, data)
        if self.hang:
            await self.closing.wait()
        return reply

    def _accept(self, method: str, data: dict[str, str]) -> web.Response:
        try:
            text, _ = parse(data["text"])
        except ValueError as error:
            return refusal(400, f"Bad Request: can't parse entities: {error}")
        if not text:
            return refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return refusal(400, "Bad Request: message is too long")
        number = len(self.messages) + 1 if method == "sendMessage" else int(data["message_id"])
        if method == "editMessageText" and number not in self.messages:
            return refusal(400, "Bad Request: message to edit not found")
        if self.messages.get(number) == data["text"]:
            return refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly"
                " the same as a current content and reply markup of the message",
            )
        self.messages[number] = data["text"]
        chat = {"id": int(data["chat_id"]), "type": "private"}
        return result({"message_id": number, "date": 1762171200, "chat": chat, "text": text})


def result(value: Any) -> web.Response:
    return web.json_response({"ok": True, "result": value})


def refusal(status: int, description: str, **parameters: int) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=status)


@asynccontextmanager
async def bot_api() -> AsyncIterator[FakeBotApi]:
    fake = FakeBotApi()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", fake.answer)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
    try:
        yield fake
    finally:
        fake.closing.set()
        await runner.cleanup()
