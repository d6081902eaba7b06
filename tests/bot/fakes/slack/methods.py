"""The Web API's methods: what each refuses, what it does, and what it answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tests.bot.fakes.slack import scopes, views
from tests.bot.fakes.slack.looks import look, png_size
from tests.bot.fakes.slack.refusals import Params, RefusedError, malformed
from tests.bot.fakes.slack.world import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID, Channel, File, Look, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.fakes.slack.answering import Answering
    from tests.bot.fakes.slack.limits import Pace
    from tests.bot.fakes.slack.refusals import Json
    from tests.bot.fakes.slack.sockets import Sockets
    from tests.bot.fakes.slack.world import Person, World

GETS: Final = frozenset(
    {
        "conversations.list", "conversations.info", "conversations.members", "conversations.replies",
        "conversations.history", "users.info", "users.list", "files.getUploadURLExternal", "team.info",
        "chat.getPermalink",
    }
)  # fmt: skip
"""Methods that may be asked with GET as well."""
APP_METHODS: Final = frozenset({"apps.connections.open"})
BIGGEST_FILE: Final = 1_000_000_000


@dataclass(slots=True)
class Upload:
    """A file that is to come at an address that was given out."""

    secret: str
    name: str
    length: int
    alt: str
    file: File | None = None


class Methods:
    """What the app may ask for."""

    def __init__(self, world: World, answering: Answering, sockets: Sockets, pace: Pace) -> None:
        self.world = world
        self.answering = answering
        self.sockets = sockets
        self.pace = pace
        self.uploads: dict[str, Upload] = {}

    def named(self, method: str) -> Callable[[Params], Json] | None:
        """The method of that name; None where there is none."""
        found = _METHODS.get(method)
        return partial(found, self) if found else None

    # The app itself

    def auth_test(self, _: Params) -> Json:
        return {
            "url": "https://strelsau.slack.com/",
            "team": "Strelsau",
            "user": "treatywatch",
            "team_id": TEAM_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def connections_open(self, _: Params) -> Json:
        address = self.world.address.replace("http://", "ws://")
        return {"url": f"{address}/link/?ticket={self.sockets.ticket()}&app_id={APP_ID}"}

    def team_info(self, _: Params) -> Json:
        return {"team": {"id": TEAM_ID, "name": "Strelsau", "domain": "strelsau"}}

    # Messages

    def post_message(self, params: Params) -> Json:
        channel = self._channel(params, speaking=True)
        thread = self._thread(channel, params)
        shown = look(params, self.world.files)
        self._count(channel)
        broadcast = params.flag("reply_broadcast") and thread is not None
        message = channel.add(BOT_USER_ID, shown, thread=thread, broadcast=broadcast)
        return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}

    def update(self, params: Params) -> Json:
        channel = self._channel(params, speaking=True)
        message = channel.message(params.needed("ts"))
        if message is None:
            raise RefusedError("message_not_found")
        if not message.by_bot:
            raise RefusedError("cant_update_message")
        message.looks.append(look(params, self.world.files, message.look))
        message.broadcast = message.broadcast or (params.flag("reply_broadcast") and message.thread is not None)
        self.world.changed()
        return {
            "channel": channel.id,
            "ts": message.ts,
            "text": message.look.text,
            "message": message.as_json(),
        }

    def delete(self, params: Params) -> Json:
        channel = self._channel(params)
        message = channel.message(params.needed("ts"))
        if message is None:
            raise RefusedError("message_not_found")
        if not message.by_bot:
            raise RefusedError("cant_delete_message")
        message.deleted = True
        self.world.changed()
        return {"channel": channel.id, "ts": message.ts}

    def post_ephemeral(self, params: Params) -> Json:
        channel = self._channel(params, speaking=True)
        person = self.world.people.get(params.needed("user"))
        if person is None or person.id not in channel.members:
            raise RefusedError("user_not_in_channel")
        shown = look(params, self.world.files)
        message = channel.add(BOT_USER_ID, shown, thread=self._thread(channel, params), only=person)
        return {"message_ts": message.ts}

    def permalink(self, params: Params) -> Json:
        channel = self._channel(params)
        message = channel.message(params.needed("message_ts"))
        if message is None:
            raise RefusedError("message_not_found")
        path = f"archives/{channel.id}/p{message.ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": f"https://strelsau.slack.com/{path}"}

    @staticmethod
    def _thread(channel: Channel, params: Params) -> str | None:
        ts = params.text("thread_ts")
        if not ts:
            return None
        first = channel.message(ts)
        if first is None:
            raise RefusedError("thread_not_found")
        # A reply to a reply is one in the same thread; Slack wants the first message's time stamp.
        if first.thread not in {None, first.ts}:
            raise RefusedError("cannot_reply_to_message")
        return first.ts

    # Channels

    def info(self, params: Params) -> Json:
        channel = self._channel(params)
        more = {"num_members": len(channel.members)} if params.flag("include_num_members") else {}
        locale = {"locale": "en-US"} if params.flag("include_locale") else {}
        return {"channel": channel.as_json() | more | locale}

    def list(self, params: Params) -> Json:
        kinds = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
        wanted = [one.strip() for one in (params.text("types") or "public_channel").split(",")]
        if not set(wanted) <= set(kinds):
            raise RefusedError("invalid_types")
        for one in wanted:
            self._scoped("conversations.list", kinds[one])
        found = [one for one in self.world.channels.values() if one.kind in {kinds[name] for name in wanted}]
        found = [one for one in found if one.kind == "public" or BOT_USER_ID in one.members]
        if params.flag("exclude_archived"):
            found = [one for one in found if not one.archived]
        return _page("channels", [one.as_json() for one in found], params)

    def members(self, params: Params) -> Json:
        return _page("members", sorted(self._channel(params).members), params)

    def history(self, params: Params) -> Json:
        channel = self._channel(params, reading=True)
        return _page("messages", [one.as_json() for one in reversed(channel.shown)], params) | {"has_more": False}

    def replies(self, params: Params) -> Json:
        channel = self._channel(params, reading=True)
        first = channel.message(params.needed("ts"))
        if first is None:
            raise RefusedError("thread_not_found")
        return _page("messages", [one.as_json() for one in (first, *first.replies)], params) | {"has_more": False}

    def join(self, params: Params) -> Json:
        channel = self._channel(params)
        if channel.kind != "public":
            raise RefusedError("method_not_supported_for_channel_type")
        if channel.archived:
            raise RefusedError("is_archived")
        channel.invites()
        return {"channel": channel.as_json()}

    def open_direct(self, params: Params) -> Json:
        return {"channel": {"id": self.world.direct(self._person(params.needed("users"))).id}}

    def _channel(self, params: Params, *, speaking: bool = False, reading: bool = False) -> Channel:
        given = params.text("channel")
        channel = self.world.channels.get(given)
        if given in self.world.people and speaking:
            channel = self.world.direct(self.world.people[given])
        if channel is None and speaking and given:
            channel = next((one for one in self.world.channels.values() if one.name == given.removeprefix("#")), None)
        member = channel is not None and BOT_USER_ID in channel.members
        if channel is None or channel.deleted or (channel.kind != "public" and not member):
            raise RefusedError("channel_not_found")
        if speaking and channel.archived:
            raise RefusedError("is_archived")
        if (reading or (speaking and "chat:write.public" not in self.world.manifest.scopes)) and not member:
            raise RefusedError("not_in_channel")
        return channel

    # People

    def user_info(self, params: Params) -> Json:
        person = self._person(params.needed("user"))
        locale = {"locale": person.locale} if params.flag("include_locale") else {}
        return {"user": person.as_json() | locale}

    def user_list(self, params: Params) -> Json:
        return _page("members", [one.as_json() for one in self.world.people.values()], params)

    def _person(self, number: str) -> Person:
        person = self.world.people.get(number)
        if person is None:
            raise RefusedError("user_not_found")
        return person

    # Views

    def view_open(self, params: Params) -> Json:
        return self._shown(self.answering.open(params.needed("trigger_id"), self._content(params, "modal")))

    def view_push(self, params: Params) -> Json:
        return self._shown(self.answering.open(params.needed("trigger_id"), self._content(params, "modal"), push=True))

    def view_update(self, params: Params) -> Json:
        content = self._content(params, "modal")
        external = params.text("external_id")
        open_views = [view for person in self.world.people.values() for view in person.modals]
        for view in open_views:
            if view.id == params.text("view_id") or (external and view.content.get("external_id") == external):
                self._unchanged(view, params)
                view.shows(content)
                self.world.changed()
                return self._shown(view)
        raise RefusedError("not_found")

    def view_publish(self, params: Params) -> Json:
        person = self._person(params.needed("user_id"))
        content = self._content(params, "home")
        if not self.world.manifest.home:
            raise RefusedError("not_enabled")
        if person.home is None:
            person.home = View(self.world.number("V"), person, content, "")
            self.world.views[person.home.id] = person.home
        else:
            self._unchanged(person.home, params)
        person.home.shows(content)
        self.world.changed()
        return self._shown(person.home)

    @staticmethod
    def _unchanged(view: View, params: Params) -> None:
        if params.given("hash") and params.text("hash") != view.hash:
            raise RefusedError("hash_conflict")

    @staticmethod
    def _content(params: Params, kind: str) -> Json:
        return views.checked(params.decoded("view", "invalid_arguments"), kind)

    @staticmethod
    def _shown(view: View) -> Json:
        return {"view": view.as_json()}

    # Files

    def upload_url(self, params: Params) -> Json:
        name, length = params.needed("filename"), params.integer("length", 0)
        if not 0 < length <= BIGGEST_FILE:
            raise malformed("invalid_arguments", ["must be more than 0 [json-pointer:/length]"])
        number, secret = self.world.number("F"), secrets.token_urlsafe(12)
        self.uploads[number] = Upload(secret, name, length, params.text("alt_txt"))
        return {"upload_url": f"{self.world.address}/upload/{secret}", "file_id": number}

    def uploaded(self, secret: str, content: bytes) -> None:
        """Take what is uploaded at an address that was given out.

        Raises:
            RefusedError: no such address, or a file of another length than was said.
            ValueError: a picture that is none.
        """
        number = next((one for one, upload in self.uploads.items() if upload.secret == secret), None)
        if number is None or self.uploads[number].file:
            raise RefusedError("not_found", 404)
        upload = self.uploads[number]
        if len(content) != upload.length:
            raise RefusedError("file_upload_size_mismatch", 400)
        width, height = png_size(content) if upload.name.endswith(".png") else (0, 0)
        upload.file = File(number, upload.name, content, alt=upload.alt, width=width, height=height)

    def complete_upload(self, params: Params) -> Json:
        given = params.decoded("files", "invalid_arguments")
        if not isinstance(given, list) or not given:
            raise malformed("invalid_arguments", ["missing required field: files"])
        files = [self._completed(one) for one in given]
        where = params.text("channel_id") or params.text("channels")
        if where:
            channel = self._channel(Params({"channel": where}), speaking=True)
            thread = self._thread(channel, params)
            text = params.text("initial_comment")
            shown = look(params, self.world.files) if params.given("blocks") else Look(text)
            self._count(channel)
            channel.add(BOT_USER_ID, Look(shown.text, shown.blocks, tuple(files)), thread=thread)
        for file in files:
            self.world.files[file.id] = file
            self.uploads.pop(file.id)
        return {"files": [file.as_json() for file in files]}

    def _completed(self, given: Any) -> File:
        upload = self.uploads.get(given.get("id", "")) if isinstance(given, dict) else None
        if upload is None or upload.file is None:
            raise RefusedError("file_not_found")
        return replace(upload.file, title=given.get("title", ""))

    # What they share

    def _count(self, channel: Channel) -> None:
        wait = self.pace.posted(channel.id, self.world.clock())
        if wait is not None:
            raise RefusedError("ratelimited", 429, wait)

    def _scoped(self, method: str, kind: str) -> None:
        scope = scopes.needed(method, kind)
        provided = self.world.manifest.scopes
        if scope and scope not in provided:
            raise RefusedError("missing_scope", needed=scope, provided=",".join(sorted(provided)))

    def permit(self, method: str, params: Params) -> None:
        """Refuse what the app has no scope for."""
        if method in scopes.BY_KIND:
            channel = self.world.channels.get(params.text("channel"))
            if channel:
                self._scoped(method, channel.kind)
            return
        self._scoped(method, "public")


def _page(name: str, everything: list[Any], params: Params) -> Json:
    """One page of a list, with the cursor of the next."""
    most, begin = min(params.integer("limit", 100), 1000), int(params.text("cursor") or 0)
    following = str(begin + most) if begin + most < len(everything) else ""
    return {name: everything[begin : begin + most], "response_metadata": {"next_cursor": following}}


_METHODS: Final[dict[str, Callable[[Methods, Params], Json]]] = {
    "apps.connections.open": Methods.connections_open,
    "auth.test": Methods.auth_test,
    "chat.delete": Methods.delete,
    "chat.getPermalink": Methods.permalink,
    "chat.postEphemeral": Methods.post_ephemeral,
    "chat.postMessage": Methods.post_message,
    "chat.update": Methods.update,
    "conversations.history": Methods.history,
    "conversations.info": Methods.info,
    "conversations.join": Methods.join,
    "conversations.list": Methods.list,
    "conversations.members": Methods.members,
    "conversations.open": Methods.open_direct,
    "conversations.replies": Methods.replies,
    "files.completeUploadExternal": Methods.complete_upload,
    "files.getUploadURLExternal": Methods.upload_url,
    "team.info": Methods.team_info,
    "users.info": Methods.user_info,
    "users.list": Methods.user_list,
    "views.open": Methods.view_open,
    "views.publish": Methods.view_publish,
    "views.push": Methods.view_push,
    "views.update": Methods.view_update,
}
