"""Slack's Web API on loopback, strict about blocks and text as Slack is, that answers as the test tells it to."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "xoxb-very-secret-token"  # noqa: S105 - the fake's own
_LIMITS = {"header": 150, "section": 3000, "context": 3000}
_CONTROL = re.compile(r"<([^>]*)>")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")


def faults(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """What Slack would not take, or what would do more than show text."""
    if not 1 <= len(blocks) <= 50:
        yield f"{len(blocks)} blocks"
    yield from _button_faults([block for block in blocks if block["type"] == "actions"])
    blocks = [block for block in blocks if block["type"] != "actions"]
    for block in blocks:
        texts = block["elements"] if block["type"] == "context" else [block["text"]]
        if not 1 <= len(texts) <= 10:
            yield f"{len(texts)} elements"
        for text in texts:
            yield from _text_faults(block["type"], text)
    total = sum(len(text["text"]) for block in blocks for text in block.get("elements", [block.get("text")]))
    if total > 13_000:
        yield f"{total} characters in all"


def _button_faults(rows: list[dict[str, Any]]) -> Iterator[str]:
    buttons = [button for row in rows for button in row["elements"]]
    names = [button["action_id"] for button in buttons]
    if len(names) != len(set(names)) or not all(1 <= len(name) <= 255 for name in names):
        yield f"ids of actions: {names}"
    for row in rows:
        if not 1 <= len(row["elements"]) <= 25:
            yield f"{len(row['elements'])} buttons in a row"
    for button in buttons:
        if button["text"]["type"] != "plain_text" or not 1 <= len(button["text"]["text"]) <= 75:
            yield f"label {button['text']}"
        if not (button.get("value") or str(button.get("url", "")).startswith(("http://", "https://"))):
            yield f"a button that does nothing: {button}"
        if len(button.get("value", "")) > 2000 or len(button.get("url", "")) > 3000:
            yield "a button that says too much"


def _text_faults(kind: str, text: dict[str, Any]) -> Iterator[str]:
    if not 1 <= len(text["text"].encode("utf-16-le")) // 2 <= _LIMITS[kind]:
        yield f"{kind} of {len(text['text'])} characters"
    if kind == "header" and text["type"] != "plain_text":
        yield "a header takes plain text only"
    if text["type"] == "mrkdwn" and text.get("verbatim") is not True:
        yield "mentions would be looked for"
    formatted = text["type"] == "mrkdwn"
    # A quote begins with a bracket that stands alone.
    said = re.sub(r"^>", "", text["text"], flags=re.MULTILINE) if formatted else text["text"]
    yield from control_faults(said, links=formatted)


def control_faults(text: str, *, links: bool = False) -> Iterator[str]:
    """Every control sequence but, where allowed, a link to the web; and what should have been an entity."""
    for match in _CONTROL.finditer(text):
        if not (links and re.fullmatch(r"https?://[^|]+\|[^|<>]+", match[1])):
            yield f"control sequence {match[0]}"
    if "&" in _ENTITY.sub("", text) or re.search("[<>]", _CONTROL.sub("", text)):
        yield f"not escaped: {text!r}"


@dataclass
class FakeSlack:
    """Remembers what was posted. `next_answers` are given instead of the usual ones, first come first served."""

    url: str = ""
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    next_answers: list[web.Response] = field(default_factory=list)
    hang: bool = False
    hang_up: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        data = await request.json()
        method = request.match_info["method"]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return refusal("invalid_auth")
        self.requests.append((method, data))
        if self.next_answers:
            return self.next_answers.pop(0)
        reply = self._accept(method, data)
        if self.hang_up and request.transport:
            request.transport.close()
        if self.hang:
            await self.closing.wait()
        return reply

    def _accept(self, method: str, data: dict[str, Any]) -> web.Response:
        if [*faults(data["blocks"]), *control_faults(data["text"])]:
            return refusal("invalid_blocks")
        ts = data["ts"] if method == "chat.update" else f"1762171200.{len(self.messages) + 1:06}"
        if method == "chat.update" and ts not in self.messages:
            return refusal("message_not_found")
        self.messages[ts] = data
        return web.json_response({"ok": True, "channel": data["channel"], "ts": ts, "message": {"ts": ts}})


def refusal(error: str, status: int = 200, **headers: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status, headers=headers)


@asynccontextmanager
async def slack_api() -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    app = web.Application()
    app.router.add_post("/api/{method}", fake.answer)
    runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    try:
        yield fake
    finally:
        fake.closing.set()
        await runner.cleanup()
