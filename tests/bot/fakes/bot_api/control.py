"""The people's side over HTTP, for a server in a process of its own: POST /control/<what>.

GET /control/chats tells what everybody sees, GET /control/violations what came too fast.

| what | takes |
|---|---|
| `private` | `id`, and if wanted `name`, `username`, `lang`, `started` |
| `group` | `id`, and if wanted `title`, `kind`, `forum`, `username`, `bot`, `topics` (numbers and names) |
| `person` | `id`, `name`, and if wanted `username`, `lang` |
| `says` | `chat`, `text`, and if wanted `by`, `reply_to`, `thread`, `anonymous` |
| `press` | `chat`, `button`, and if wanted `by`, `message` |
| `inline` | `by`, `query` |
| `standing` | `chat`, `user` (or `bot`), `standing`, and if wanted `by` |
| `blocks`, `unblocks` | `chat` |
| `migrate` | `chat`, `to` |
| `fault` | the fields of `faults.Fault`, `page` as an object |

Chats, people and messages are told by their numbers.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.bot.fakes.bot_api.faults import Fault, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.fakes.bot_api.server import FakeBotApi
    from tests.bot.fakes.bot_api.world import Chat, Message, Person

Body = dict[str, Any]


class Control:
    """What people do, told over HTTP."""

    def __init__(self, fake: FakeBotApi) -> None:
        self._fake = fake
        self._world = fake.world
        self._done: dict[str, Callable[[Body], Any]] = {
            "private": lambda body: self._world.private(body.pop("id"), **body).id,
            "group": self._group,
            "person": lambda body: self._world.person(body.pop("id"), body.pop("name"), **body).id,
            "says": self._says,
            "press": self._press,
            "inline": lambda body: self._world.asks_inline(self._known(body["by"]), body["query"]).id,
            "standing": self._standing,
            "blocks": lambda body: self._chat(body).blocks(),
            "unblocks": lambda body: self._chat(body).unblocks(),
            "migrate": lambda body: self._chat(body).becomes_supergroup(body["to"]).id,
            "fault": self._fault,
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/{what}", self._do),
            web.get("/control/chats", self._chats),
            web.get("/control/violations", self._violations),
        ]

    async def _do(self, request: web.Request) -> web.Response:
        done = self._done.get(request.match_info["what"])
        if done is None:
            return web.json_response({"error": f"unknown; one of {', '.join(self._done)}"}, status=404)
        try:
            return web.json_response({"done": done(await request.json())})
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    async def _chats(self, _: web.Request) -> web.Response:
        return web.json_response({str(chat.id): _seen(chat) for chat in self._world.chats.values()})

    async def _violations(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(one) for one in self._fake.pace.violations])

    def _chat(self, body: Body) -> Chat:
        return self._world.chats[body["chat"]]

    def _known(self, number: int | str) -> Person:
        return self._world.bot if number == "bot" else self._world.people[int(number)]

    def _by(self, body: Body) -> Person | None:
        return self._known(body["by"]) if "by" in body else None

    def _message(self, body: Body, name: str) -> Message | None:
        return self._chat(body).message(body[name]) if name in body else None

    def _group(self, body: Body) -> int:
        topics = {int(number): name for number, name in body.pop("topics", {}).items()}
        chat = self._world.group(body.pop("id"), **body)
        chat.topics |= topics
        return chat.id

    def _says(self, body: Body) -> int:
        chat, reply_to = self._chat(body), self._message(body, "reply_to")
        said = chat.says(
            body["text"],
            self._by(body),
            reply_to=reply_to,
            thread=body.get("thread"),
            anonymous=body.get("anonymous", False),
        )
        return said.id

    def _press(self, body: Body) -> str:
        return self._chat(body).press(body["button"], self._by(body), self._message(body, "message")).id

    def _standing(self, body: Body) -> None:
        self._chat(body).becomes(self._known(body["user"]), body["standing"], self._by(body))

    def _fault(self, body: Body) -> None:
        page = body.pop("page", None)
        self._fake.faults.append(Fault(Page(**page) if page else None, **body))


def _seen(chat: Chat) -> Body:
    return {
        "title": chat.title,
        "kind": chat.kind,
        "messages": [
            {
                "id": message.id,
                "by": message.sender.name if message.sender else chat.title,
                "text": message.text,
                "entities": [entity.as_json() for entity in message.entities],
                "buttons": message.labels,
                "edits": message.edits,
                "reply_to": message.reply_to.id if message.reply_to else None,
                "thread": message.thread,
                "attachment": message.attachment.name if message.attachment else None,
            }
            for message in chat.messages
        ],
    }
