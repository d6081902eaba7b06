"""A workspace as its people see it, and what they do: write, ask, press, fill in, come and go."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from tests.bot.fakes.slack import marking, views
from tests.bot.fakes.slack.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.bot.fakes.slack.refusals import Json
    from tests.bot.fakes.slack.scopes import Manifest
    from tests.bot.fakes.slack.telling import Teller

APP_ID: Final = "A0TREATY"
TEAM_ID: Final = "T0TEAM"
BOT_ID: Final = "B0TREATY"
BOT_USER_ID: Final = "U0TREATY"
# What was there before requests were signed, and is still sent.
VERIFICATION: Final = "verification-token-of-old"
ChannelKind = Literal["public", "private", "im", "mpim"]


class Until(Protocol):
    """Waits until something holds."""

    def __call__(self, found: Callable[[], Any], seconds: float = 10) -> Awaitable[Any]: ...


class Screen:
    """Something that is made of blocks, as its reader sees it."""

    blocks: list[Json]

    @property
    def said(self) -> str:
        """Its words, block by block, without those on what can be pressed or filled in."""
        return "\n".join(line for block in self.blocks for line in _lines(block))

    @property
    def elements(self) -> list[tuple[Json, Json]]:
        """What can be pressed or filled in, each with its block."""
        return [(block, element) for block in self.blocks for element in views.elements(block)]

    @property
    def labels(self) -> list[list[str]]:
        """What the buttons say, row by row."""
        rows = [[_label(one) for one in views.elements(block) if one["type"] == "button"] for block in self.blocks]
        return [row for row in rows if row]

    @property
    def links(self) -> list[str]:
        """Where links and buttons lead."""
        inline = [link for text in marking.texts(self.blocks) for link in marking.links(text["text"])]
        return [*inline, *(element["url"] for _, element in self.elements if "url" in element)]

    @property
    def pings(self) -> list[str]:
        """Whom it notifies."""
        return marking.notified(self.blocks)

    def find(self, wanted: str) -> tuple[Json, Json]:
        """What has that label, or whose label begins so, or that has that id, with its block."""
        tests: tuple[Callable[[Json, Json], bool], ...] = (
            lambda block, one: wanted in {_label(one), _labelled(block)},
            lambda block, one: wanted in {one["action_id"], one.get("value"), block["block_id"]},
            lambda block, one: wanted in _label(one) or wanted in _labelled(block),
        )
        for test in tests:
            for block, element in self.elements:
                if test(block, element):
                    return block, element
        raise AssertionError(f"nothing called {wanted!r} in {self.said!r}, only {self.labels}")


def _lines(block: Json) -> list[str]:
    parts: list[Any] = [block.get("text"), *block.get("fields", ()), block.get("title"), block.get("label")]
    if block["type"] == "context":
        parts += block["elements"]
    if block["type"] == "image":
        parts.append({"text": block["alt_text"]})
    return [marking.seen(str(part["text"])) for part in parts if isinstance(part, dict) and "text" in part]


def _label(element: Json) -> str:
    text: Json = element.get("text") or element.get("placeholder") or {}
    return marking.seen(str(text.get("text", "")))


def _labelled(block: Json) -> str:
    return marking.seen(str(block.get("label", {}).get("text", "")))


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded."""

    id: str
    name: str
    content: bytes
    title: str = ""
    alt: str = ""
    width: int = 0
    height: int = 0

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "size": len(self.content),
            "mimetype": "image/png" if self.width else "application/octet-stream",
            "original_w": self.width,
            "original_h": self.height,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """What a message shows at a time; `text` is as sent."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(eq=False, slots=True)
class Message(Screen):
    """A message as those who read it see it. `looks` are what it showed, the newest last.

    Attributes:
        thread: `ts` of the first message of its thread, None outside of one.
        broadcast: a reply that stands in the channel as well.
        only: the one person who sees it, if it is ephemeral.
    """

    ts: str
    channel: Channel
    by: str
    looks: list[Look]
    thread: str | None = None
    broadcast: bool = False
    only: Person | None = None
    deleted: bool = False

    @property
    def look(self) -> Look:
        return self.looks[-1]

    @property
    def blocks(self) -> list[Json]:  # type: ignore[override]
        return list(self.look.blocks)

    @property
    def text(self) -> str:
        """What notifications and screen readers say."""
        return marking.seen(self.look.text)

    @property
    def read(self) -> str:
        """What is read in the channel: the blocks, or the text where there are none."""
        return self.said if self.look.blocks else self.text

    @property
    def files(self) -> tuple[File, ...]:
        return self.look.files

    @property
    def edits(self) -> int:
        """How often it was changed."""
        return len(self.looks) - 1

    @property
    def pings(self) -> list[str]:
        """Whom it notifies."""
        return [*marking.notified(self.look.blocks), *marking.pings(self.look.text, verbatim=True)]

    @property
    def by_bot(self) -> bool:
        return self.by == BOT_USER_ID

    @property
    def replies(self) -> list[Message]:
        return [one for one in self.channel.messages if one.thread == self.ts and one is not self]

    def as_json(self) -> Json:
        body: Json = {"type": "message", "user": self.by, "ts": self.ts, "text": self.look.text, "team": TEAM_ID}
        if self.by_bot:
            body |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.look.blocks:
            body["blocks"] = list(self.look.blocks)
        if self.look.files:
            body["files"] = [file.as_json() for file in self.look.files]
        if self.thread:
            body["thread_ts"] = self.thread
        if self.edits:
            body["edited"] = {"user": self.by, "ts": self.ts}
        return body


@dataclass(eq=False, slots=True)
class Channel:
    """A channel, and what is in it, the oldest first. Ephemeral messages are in `ephemeral` only."""

    world: World
    id: str
    name: str
    kind: ChannelKind
    members: set[str] = field(default_factory=set)
    archived: bool = False
    deleted: bool = False
    all: list[Message] = field(default_factory=list)
    ephemeral: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """Everything that has not been deleted, replies as well."""
        return [one for one in self.all if not one.deleted]

    @property
    def told(self) -> list[Message]:
        """The app's messages."""
        return [one for one in self.messages if one.by_bot]

    @property
    def shown(self) -> list[Message]:
        """What stands in the channel itself: no replies but those that were broadcast."""
        return [one for one in self.messages if one.thread in {None, one.ts} or one.broadcast]

    def message(self, ts: str) -> Message | None:
        return next((one for one in self.messages if one.ts == ts), None)

    def add(
        self,
        by: str,
        look: Look,
        *,
        thread: str | None = None,
        broadcast: bool = False,
        only: Person | None = None,
    ) -> Message:
        made = Message(self.world.ts(), self, by, [look], thread, broadcast, only)
        (self.ephemeral if only else self.all).append(made)
        self.world.changed()
        return made

    def says(self, person: Person, text: str, *, thread: str | None = None) -> Message:
        """Somebody writes; the app hears of it where it asked to."""
        said = self.add(person.id, Look(text), thread=thread)
        kind = {"public": "channels", "private": "groups"}.get(self.kind, self.kind)
        types = {"channels": "channel", "groups": "group"}
        if BOT_USER_ID in self.members:
            more = {"channel": self.id, "channel_type": types.get(kind, kind), "event_ts": said.ts}
            self.world.happens(f"message.{kind}", said.as_json() | more)
            if f"<@{BOT_USER_ID}>" in text and self.kind != "im":
                self.world.happens("app_mention", said.as_json() | more | {"type": "app_mention"})
        return said

    def invites(self, person: str = BOT_USER_ID) -> None:
        """Somebody comes in, the app by default."""
        self.members.add(person)
        self.world.happens("member_joined_channel", self._came_or_went("member_joined_channel", person))

    def removes(self, person: str = BOT_USER_ID) -> None:
        """Somebody is put out, the app by default."""
        self.world.happens("member_left_channel", self._came_or_went("member_left_channel", person))
        self.members.discard(person)

    def archives(self, *, undo: bool = False) -> None:
        self.archived = not undo
        name = "channel_unarchive" if undo else "channel_archive"
        self.world.happens(name, {"type": name, "channel": self.id, "user": "U0ADMIN"})

    def _came_or_went(self, name: str, person: str) -> Json:
        return {
            "type": name,
            "user": person,
            "channel": self.id,
            "channel_type": "G" if self.kind == "private" else "C",
            "team": TEAM_ID,
        }

    def as_json(self) -> Json:
        member = BOT_USER_ID in self.members
        if self.kind == "im":
            other = next(iter(self.members - {BOT_USER_ID}), "")
            return {"id": self.id, "is_im": True, "is_archived": False, "user": other, "created": 1}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "public",
            "is_group": False,
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_archived": self.archived,
            "is_member": member,
            "is_general": False,
            "created": 1,
            "creator": "U0ADMIN",
            "context_team_id": TEAM_ID,
        }


@dataclass(eq=False, slots=True)
class View(Screen):
    """A modal or a home tab, with what was filled in."""

    id: str
    person: Person
    content: Json
    hash: str
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    root: str = ""
    previous: str | None = None

    @property
    def blocks(self) -> list[Json]:  # type: ignore[override]
        found: list[Json] = self.content["blocks"]
        return found

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.content.get("callback_id", ""))

    def shows(self, content: Json) -> None:
        """Show something else; what was filled in stays where the ids are the same."""
        self.content = content | {"blocks": views.identified(content["blocks"])}
        self.hash = f"{self.person.world.ts()}.{secrets.token_hex(4)}"
        self.errors = {}
        old, self.state = self.state, {}
        for block, element in self.elements:
            if element["type"] in {"button", "image", "overflow"}:
                continue
            name, action = block["block_id"], element["action_id"]
            kept = old.get(name, {}).get(action)
            self.state.setdefault(name, {})[action] = kept or views.initial(element)

    def fills(self, wanted: str, value: Any) -> None:
        """Put something into a field, found by its label or id; an option by its label or value."""
        block, element = self.find(wanted)
        self.state[block["block_id"]][element["action_id"]] = views.filled(element, value)
        self.person.world.changed()

    def missing(self) -> list[str]:
        """Labels of what a client wants filled in before it submits."""
        wanted = [block for block in views.inputs(self.content) if not block.get("optional")]
        return [_labelled(one) for one in wanted if all(map(views.empty, self.state[one["block_id"]].values()))]

    def as_json(self) -> Json:
        given = ("callback_id", "external_id", "private_metadata")
        flags = ("clear_on_close", "notify_on_close")
        return (
            {name: self.content.get(name, "") for name in given}
            | {name: self.content.get(name, False) for name in flags}
            | {name: self.content.get(name) for name in ("title", "submit", "close")}
            | {
                "id": self.id,
                "team_id": TEAM_ID,
                "type": self.content["type"],
                "blocks": self.blocks,
                "state": {"values": self.state},
                "hash": self.hash,
                "previous_view_id": self.previous,
                "root_view_id": self.root or self.id,
                "app_id": APP_ID,
                "app_installed_team_id": TEAM_ID,
                "bot_id": BOT_ID,
            }
        )


@dataclass(eq=False, slots=True)
class Exchange:
    """Something that somebody asked of the app, and what came of it.

    Attributes:
        channel: where it was asked, if anywhere.
        screen: the message or view it was asked with, if any.
        shown: messages that the app showed in answer, by its acknowledgement or through `response_url`.
        trouble: what Slack says instead where the app did not hear, or answered what cannot be.
        view: the modal that was opened with it.
    """

    person: Person
    telling: Telling
    trigger: str
    channel: Channel | None = None
    screen: Message | View | None = None
    shown: list[Message] = field(default_factory=list)
    trouble: str = ""
    view: View | None = None

    async def heard(self) -> None:
        """Wait until the app says that it has heard.

        Raises:
            AssertionError: it did not, in time.
        """
        await self.person.world.until(self.telling.over.is_set)
        assert not self.trouble, self.trouble

    async def answer(self) -> Message:
        """Wait for the first message in answer, and until the app has said that it heard."""
        await self.heard()
        await self.person.world.until(lambda: self.shown)
        return self.shown[0]

    async def modal(self) -> View:
        """Wait for the modal that the app opens in answer, and until the app has said that it heard."""
        await self.heard()
        await self.person.world.until(lambda: self.view)
        assert self.view is not None
        return self.view


@dataclass(eq=False, slots=True)
class Person:
    """Somebody in the workspace, and what they do."""

    world: World
    id: str
    name: str
    admin: bool = False
    owner: bool = False
    tz: str = "Europe/Amsterdam"
    locale: str = "en-US"
    deleted: bool = False
    modals: list[View] = field(default_factory=list)
    home: View | None = None

    @property
    def modal(self) -> View | None:
        """The modal that is on top, if any."""
        return self.modals[-1] if self.modals else None

    def sees(self, channel: Channel) -> list[Message]:
        """What stands in a channel for this person, in order."""
        mine = [one for one in channel.ephemeral if one.only is self and not one.deleted]
        return sorted([*channel.messages, *mine], key=lambda one: one.ts)

    # What they do

    def asks(self, channel: Channel, command: str) -> Exchange:
        """Type a command, such as `/treaty case RU ecpt`."""
        name, _, text = command.partition(" ")
        known = self.world.manifest.commands
        assert known is None or name in known, f"{name} is not a valid command"
        assert "commands" in self.world.manifest.scopes, "the app may have no commands"
        payload = {"command": name, "text": text, **_flat(self, channel)}
        return self.world.asked(self, "slash_commands", payload, channel)

    def presses(self, screen: Message | View, wanted: str, value: Any = None) -> Exchange:
        """Press a button, or choose from a menu (a label or value of an option, or several)."""
        block, element = screen.find(wanted)
        action: Json = {key: element[key] for key in ("action_id", "type", "text", "value", "url") if key in element}
        action |= {"block_id": block["block_id"], "action_ts": self.world.ts()}
        if element["type"] == "overflow":
            action["selected_option"] = views.option(element, value)
        elif element["type"] != "button":
            state = views.filled(element, value)
            action |= state
            if isinstance(screen, View):
                screen.state[block["block_id"]][element["action_id"]] = state
        payload = {"type": "block_actions", "actions": [action], **_where(screen)}
        return self.world.asked(self, "interactive", payload, screen)

    def uses(self, shortcut: str, message: Message | None = None) -> Exchange:
        """Use a shortcut, in general or on a message."""
        known = self.world.manifest.shortcuts
        kind = "message" if message else "global"
        assert known is None or known.get(shortcut) == kind, f"no {kind} shortcut {shortcut}: {known}"
        body: Json = {"type": "shortcut", "callback_id": shortcut, "action_ts": self.world.ts()}
        if message:
            more = {"message": message.as_json(), "message_ts": message.ts, "channel": _channel(message.channel)}
            body |= {"type": "message_action", **more}
        return self.world.asked(self, "interactive", body, message)

    async def submits(self) -> Exchange:
        """Submit the modal on top, and wait until the app has said what becomes of it."""
        view = self.modal
        assert view, "no modal is open"
        assert not view.missing(), f"not filled in: {view.missing()}"
        assert "submit" in view.content, "nothing to submit with"
        view.errors = {}
        payload = {"type": "view_submission", "view": view.as_json(), "response_urls": []}
        exchange = self.world.asked(self, "interactive", payload, view)
        await self.world.until(exchange.telling.over.is_set)
        return exchange

    def closes(self) -> None:
        """Close the modal on top."""
        view = self.modals.pop()
        if view.content.get("notify_on_close"):
            body = {"type": "view_closed", "view": view.as_json(), "is_cleared": False}
            self.world.asked(self, "interactive", body)
        self.world.changed()

    def opens_home(self, tab: str = "home") -> Telling | None:
        """Look at the app's own page."""
        assert self.world.manifest.home or tab != "home", "the app has no home tab"
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.world.direct(self).id, "tab": tab}
        if self.home:
            event["view"] = self.home.as_json()
        return self.world.happens("app_home_opened", event)

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "name": self.name.lower(),
            "real_name": self.name,
            "deleted": self.deleted,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": 0,
            "profile": {"real_name": self.name, "display_name": self.name},
            "is_admin": self.admin or self.owner,
            "is_owner": self.owner,
            "is_primary_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": self.id == BOT_USER_ID,
            "is_app_user": False,
        }


def _flat(person: Person, channel: Channel) -> Json:
    """Where a command was typed, as Slack's form says it."""
    direct = channel.kind == "im"
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "team_domain": "strelsau",
        "channel_id": channel.id,
        "channel_name": "directmessage" if direct else channel.name,
        "user_id": person.id,
        "user_name": person.name.lower(),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": channel.name}


def _where(screen: Message | View) -> Json:
    """Where something was pressed; Slack does not show an ephemeral message again."""
    if isinstance(screen, View):
        return {
            "container": {"type": "view", "view_id": screen.id},
            "view": screen.as_json(),
        }
    container = {
        "type": "message",
        "message_ts": screen.ts,
        "channel_id": screen.channel.id,
        "is_ephemeral": screen.only is not None,
    }
    if screen.thread:
        container["thread_ts"] = screen.thread
    shown = {} if screen.only else {"message": screen.as_json()}
    return {
        "container": container,
        "channel": _channel(screen.channel),
        "state": {"values": {}},
        **shown,
    }


@dataclass(slots=True)
class Trigger:
    """What a modal can be opened with."""

    exchange: Exchange
    at: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """An address at which the app may answer."""

    exchange: Exchange
    at: float
    uses: int = 0


class World:
    """All that there is."""

    def __init__(
        self,
        clock: Callable[[], float],
        manifest: Manifest,
        changed: Callable[[], None],
        until: Until,
    ) -> None:
        self.clock = clock
        self.manifest = manifest
        self.changed = changed
        self.until = until
        self.teller: Teller | None = None
        self.address = ""
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.settle: Callable[[Exchange], None] = lambda _: None
        self._stamps = itertools.count(1)
        self._numbers = itertools.count(1)
        self.bot = self.person(BOT_USER_ID, "Treatywatch")

    # People and places

    def person(self, number: str, name: str, **more: Any) -> Person:
        """Somebody in the workspace, with an id such as `U1ANN`."""
        self.people[number] = Person(self, number, name, **more)
        return self.people[number]

    def channel(
        self, number: str, name: str, *people: Person, kind: ChannelKind = "public", bot: bool = True
    ) -> Channel:
        """A channel, with an id such as `C1NEWS`, and those who are in it."""
        members = {person.id for person in people} | ({BOT_USER_ID} if bot else set())
        self.channels[number] = Channel(self, number, name, kind, members)
        return self.channels[number]

    def direct(self, person: Person) -> Channel:
        """Where somebody talks to the app alone."""
        number = f"D{person.id[1:]}"
        return self.channels.get(number) or self.channel(number, "", person, kind="im")

    def ts(self) -> str:
        """A time stamp that no other message has, later than all before."""
        return f"{int(self.clock())}.{next(self._stamps):06}"

    def number(self, letter: str) -> str:
        return f"{letter}{next(self._numbers):08}"

    # What the app hears

    def happens(self, name: str, event: Json) -> Telling | None:
        """Tell the app of an event, if it asked to hear of it."""
        if not self.manifest.hears(name):
            return None
        moment = self.ts()
        payload = {
            "token": VERIFICATION,
            "team_id": TEAM_ID,
            "api_app_id": APP_ID,
            "event": {"event_ts": moment} | event,
            "type": "event_callback",
            "event_id": self.number("Ev"),
            "event_time": int(self.clock()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM_ID,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": self.number("EC"),
        }
        return self._teller.tell(Telling("events_api", payload))

    def asked(
        self,
        person: Person,
        kind: Literal["slash_commands", "interactive"],
        payload: Json,
        where: Channel | Message | View | None = None,
    ) -> Exchange:
        """Tell the app what somebody did, with all that it needs to answer."""
        trigger = f"{next(self._numbers)}.{next(self._numbers)}.{secrets.token_hex(16)}"
        body = payload | {"trigger_id": trigger}
        if kind == "interactive":
            body |= {
                "token": VERIFICATION,
                "api_app_id": APP_ID,
                "team": {"id": TEAM_ID, "domain": "strelsau"},
                "user": {"id": person.id, "username": person.name.lower(), "name": person.name.lower()}
                | {"team_id": TEAM_ID},
                "enterprise": None,
                "is_enterprise_install": False,
            }
        address = f"{'commands' if kind == 'slash_commands' else 'actions'}/{TEAM_ID}/{secrets.token_urlsafe(12)}"
        screen = None if isinstance(where, Channel) else where
        channel = where.channel if isinstance(where, Message) else where
        if isinstance(channel, View):
            channel = None
        if channel:
            body["response_url"] = f"{self.address}/{address}"
        answers = kind == "slash_commands" or payload["type"] == "view_submission"
        telling = Telling(kind, body, answers)
        exchange = Exchange(person, telling, trigger, channel, screen)
        telling.settle = lambda: self.settle(exchange)
        self.triggers[trigger] = Trigger(exchange, self.clock())
        if channel:
            self.response_urls[address] = ResponseUrl(exchange, self.clock())
        self._teller.tell(telling)
        return exchange

    @property
    def _teller(self) -> Teller:
        assert self.teller is not None
        return self.teller

    def transcript(self) -> str:
        """Everything that anybody sees, for a test that fails."""
        lines = []
        for channel in self.channels.values():
            lines.append(f"#{channel.name or channel.id}")
            lines += [f"  {one.ts} {one.by} {one.thread or ''}: {one.read}" for one in channel.messages]
            lines += [f"  {one.ts} only for {one.only and one.only.name}: {one.read}" for one in channel.ephemeral]
        return "\n".join(lines)
