"""What comes of the app's answers: with an acknowledgement, or at a response URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.bot.fakes.slack import views
from tests.bot.fakes.slack.looks import look, response_type
from tests.bot.fakes.slack.refusals import Params, RefusedError, malformed
from tests.bot.fakes.slack.world import BOT_USER_ID, Message, View

if TYPE_CHECKING:
    from tests.bot.fakes.slack.refusals import Json
    from tests.bot.fakes.slack.world import Channel, Exchange, Person, World

MOST_USES: Final = 5
URL_SECONDS: Final = 30 * 60
TRIGGER_SECONDS: Final = 3.0
MOST_VIEWS: Final = 3


class Answering:
    """Carries out what the app answers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def settle(self, exchange: Exchange) -> None:
        """Carry out what came with the acknowledgement, or say what Slack says where none came."""
        telling = exchange.telling
        if not telling.heard:
            exchange.trouble = f"the app did not respond: {telling.attempts[-1].failure}"
            return
        try:
            if telling.kind == "slash_commands":
                self._command(exchange, telling.answer)
            elif telling.payload["type"] == "view_submission":
                self._submission(exchange, telling.answer)
        except RefusedError as refused:
            exchange.trouble = f"{refused.error} {refused.more.get('errors', '')}".strip()

    def _command(self, exchange: Exchange, answer: Any) -> None:
        if not answer:
            return
        assert exchange.channel
        params = Params(answer if isinstance(answer, dict) else {"text": answer})
        self._show(exchange, exchange.channel, params)

    def _show(self, exchange: Exchange, channel: Channel, params: Params) -> Message:
        only = exchange.person if response_type(params) == "ephemeral" else None
        thread = params.text("thread_ts") or None
        shown = channel.add(BOT_USER_ID, look(params, self._world.files), thread=thread, only=only)
        exchange.shown.append(shown)
        return shown

    # Response URLs

    def respond(self, address: str, params: Params) -> None:
        """Post at a response URL.

        Raises:
            RefusedError: `used_url`, `expired_url`, or what is wrong with the message.
        """
        place = self._world.response_urls.get(address)
        if place is None:
            raise RefusedError("invalid_url", 404)
        if place.at < self._world.clock() - URL_SECONDS:
            raise RefusedError("expired_url", 404)
        if place.uses >= MOST_USES:
            raise RefusedError("used_url", 404)
        exchange = place.exchange
        assert exchange.channel
        message = exchange.screen if isinstance(exchange.screen, Message) else None
        if params.flag("delete_original"):
            self._original(message).deleted = True
        elif params.flag("replace_original") and message:
            now = self._original(message)
            now.looks.append(look(params, self._world.files))
            exchange.shown.append(now)
        else:
            self._show(exchange, exchange.channel, params)
        place.uses += 1
        self._world.changed()

    @staticmethod
    def _original(message: Message | None) -> Message:
        if message is None or message.deleted or not message.by_bot:
            raise RefusedError("message_not_found", 404)
        return message

    # Modals

    def open(self, trigger: str, content: Json, *, push: bool = False) -> View:
        """Open a modal with a trigger.

        Raises:
            RefusedError: `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`, `push_limit_reached`.
        """
        known = self._world.triggers.get(trigger)
        if known is None:
            raise RefusedError("invalid_trigger_id")
        if known.used:
            raise RefusedError("exchanged_trigger_id")
        if known.at < self._world.clock() - TRIGGER_SECONDS:
            raise RefusedError("expired_trigger_id")
        person = known.exchange.person
        if not push:
            self._clear(person)
        if len(person.modals) >= MOST_VIEWS:
            raise RefusedError("push_limit_reached")
        known.used = True
        view = self._push(person, content)
        known.exchange.view = view
        return view

    def _push(self, person: Person, content: Json) -> View:
        view = View(self._world.number("V"), person, content, "")
        if person.modals:
            view.root, view.previous = person.modals[0].id, person.modals[-1].id
        view.shows(content)
        person.modals.append(view)
        self._world.views[view.id] = view
        self._world.changed()
        return view

    @staticmethod
    def _clear(person: Person) -> None:
        person.modals.clear()

    def _submission(self, exchange: Exchange, answer: Any) -> None:
        view, person = exchange.screen, exchange.person
        assert isinstance(view, View)
        action = answer.get("response_action") if isinstance(answer, dict) else None
        match action:
            case None:
                person.modals.remove(view)
            case "clear":
                self._clear(person)
            case "errors":
                view.errors = self._errors(view, answer.get("errors"))
            case "update":
                view.shows(views.checked(answer.get("view"), "modal"))
            case "push":
                if len(person.modals) >= MOST_VIEWS:
                    raise RefusedError("push_limit_reached")
                self._push(person, views.checked(answer.get("view"), "modal"))
            case _:
                raise malformed("invalid_arguments", ["must be a valid enum value [json-pointer:/response_action]"])

    @staticmethod
    def _errors(view: View, errors: Any) -> dict[str, str]:
        known = {block["block_id"] for block in views.inputs(view.content)}
        if not isinstance(errors, dict) or not errors or not set(errors) <= known:
            raise malformed("invalid_arguments", [f"errors are for blocks with input only: {sorted(known)}"])
        return {name: str(text) for name, text in errors.items()}
