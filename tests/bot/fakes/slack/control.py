"""The people's side over HTTP, for a server in a process of its own: POST /control/<what>, and GET /control/seen.

| what | takes |
|---|---|
| `person` | `id`, `name`, and if wanted `admin`, `owner`, `tz`, `locale` |
| `channel` | `id`, `name`, and if wanted `people`, `kind`, `bot` |
| `says` | `channel`, `by`, `text`, and if wanted `thread` |
| `asks` | `channel`, `by`, `command` |
| `presses` | `by`, `button`, one of `message` (its ts, with `channel`), `modal`, `home`, and if wanted `value` |
| `uses` | `by`, `shortcut`, and if wanted `channel` and `message` |
| `fills` | `by`, `field`, `value` |
| `submits`, `closes`, `opens_home` | `by` |
| `invites`, `removes`, `archives` | `channel` |
| `forbid` | `scope` |
| `disconnect` | `reason`: told on every connection; without one, all are cut |
| `fault` | the fields of `faults.Fault`, `page` as an object |
| `posts_to` | `url`: where the app is told from now on, instead of over its sockets |

Channels and people are told by their ids. What asks the app for something answers once the app has heard, with what
Slack says if it has not (`trouble`).
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.bot.fakes.slack.faults import Fault, Page
from tests.bot.fakes.slack.world import Exchange, Message, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.fakes.slack.server import FakeSlack
    from tests.bot.fakes.slack.world import Channel, Person

Body = dict[str, Any]


class Control:
    """What people do, told over HTTP."""

    def __init__(self, fake: FakeSlack) -> None:
        self._fake = fake
        self._world = fake.world
        self._done: dict[str, Callable[[Body], Any]] = {
            "person": lambda body: self._world.person(body.pop("id"), body.pop("name"), **body).id,
            "channel": self._add_channel,
            "says": lambda body: self._channel(body).says(self._by(body), body["text"], thread=body.get("thread")).ts,
            "asks": lambda body: self._by(body).asks(self._channel(body), body["command"]),
            "presses": lambda body: self._by(body).presses(self._screen(body), body["button"], body.get("value")),
            "uses": lambda body: self._by(body).uses(body["shortcut"], self._message(body)),
            "fills": lambda body: self._modal(body).fills(body["field"], body["value"]),
            "submits": lambda body: self._by(body).submits(),
            "closes": lambda body: self._by(body).closes(),
            "opens_home": lambda body: bool(self._by(body).opens_home()),
            "invites": lambda body: self._channel(body).invites(),
            "removes": lambda body: self._channel(body).removes(),
            "archives": lambda body: self._channel(body).archives(),
            "forbid": lambda body: fake.forbid(body["scope"]),
            "disconnect": self._disconnect,
            "fault": self._fault,
            "posts_to": lambda body: fake.posts_to(body["url"]).url,
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/control/{what}", self._do), web.get("/control/seen", self._seen)]

    async def _do(self, request: web.Request) -> web.Response:
        done = self._done.get(request.match_info["what"])
        if done is None:
            return web.json_response({"error": f"unknown; one of {', '.join(self._done)}"}, status=404)
        try:
            result = done(await request.json())
            if inspect.isawaitable(result):
                result = await result
            if isinstance(result, Exchange):
                await self._fake.until(result.telling.over.is_set)
                result = {"trouble": result.trouble, "shown": [message.ts for message in result.shown]}
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        return web.json_response({"done": result})

    async def _seen(self, _: web.Request) -> web.Response:
        channels = {channel.id: _channel_seen(channel) for channel in self._world.channels.values()}
        people = {person.id: _person_seen(person) for person in self._world.people.values()}
        return web.json_response({"channels": channels, "people": people})

    def _by(self, body: Body) -> Person:
        return self._world.people[body["by"]]

    def _channel(self, body: Body) -> Channel:
        return self._world.channels[body["channel"]]

    def _add_channel(self, body: Body) -> str:
        people = [self._world.people[number] for number in body.pop("people", ())]
        return self._world.channel(body.pop("id"), body.pop("name"), *people, **body).id

    def _message(self, body: Body) -> Message | None:
        if "message" not in body:
            return None
        channel = self._channel(body)
        return next(one for one in (*channel.messages, *channel.ephemeral) if one.ts == body["message"])

    def _modal(self, body: Body) -> View:
        view = self._by(body).modal
        assert view, "no modal is open"
        return view

    def _screen(self, body: Body) -> Message | View:
        if message := self._message(body):
            return message
        view = self._by(body).home if body.get("home") else self._by(body).modal
        assert view, "nothing is open"
        return view

    async def _disconnect(self, body: Body) -> int:
        connections = [*self._fake.sockets.connections]
        for connection in connections:
            await (connection.warn(body["reason"]) if "reason" in body else connection.cut())
        return len(connections)

    def _fault(self, body: Body) -> None:
        page = body.pop("page", None)
        self._fake.faults.append(Fault(Page(**page) if page else None, **body))


def _message_seen(message: Message) -> Body:
    return {
        "ts": message.ts,
        "by": message.by,
        "read": message.read,
        "text": message.text,
        "buttons": message.labels,
        "thread": message.thread,
        "broadcast": message.broadcast,
        "edits": message.edits,
        "only": message.only.id if message.only else None,
        "files": [file.name for file in message.files],
    }


def _channel_seen(channel: Channel) -> Body:
    return {
        "name": channel.name,
        "kind": channel.kind,
        "messages": [_message_seen(one) for one in channel.messages],
        "ephemeral": [_message_seen(one) for one in channel.ephemeral if not one.deleted],
    }


def _person_seen(person: Person) -> Body:
    return {
        "name": person.name,
        "home": person.home.said if person.home else None,
        "modals": [{"title": one.title, "said": one.said, "errors": one.errors} for one in person.modals],
    }
