"""Modals: the form for a channel's settings, and answers where there is no channel to give them in.

Built with slack_sdk's models, which refuse what Slack would. Limits are those of
https://docs.slack.dev/reference/views and https://docs.slack.dev/reference/block-kit/blocks/input-block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from slack_sdk.models.blocks import (
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
    TimePickerElement,
)
from slack_sdk.models.views import View

from bot import plain
from bot.conversation.forms import RHYTHMS, Form
from bot.conversation.settings import LANGUAGE_NAMES
from bot.slack.incoming import packed
from bot.slack.rendering import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.conversation.model import Place
    from bot.message import Message
    from bot.slack.incoming import Payload
    from bot.speech import Speech

SUBSCRIPTION: Final = "subscription"
"""The form's name (`callback_id`)."""

ANSWER: Final = "answer"

_TITLE_LIMIT: Final = 24
_TEXT_LIMIT: Final = 3000
_HINT_LIMIT: Final = 2000
_LABEL_LIMIT: Final = 75


def subscription(form: Form, place: Place, speech: Speech) -> dict[str, Any]:
    """The form with what the channel has chosen; what a field cannot hold is left out, and so stays as it is."""
    say = speech.gettext
    named = say("Names with commas between them; nothing means all.")
    rhythms = dict(zip(RHYTHMS, (say("Daily"), say("Weekly"), say("Off")), strict=True))
    texts = (
        ("states", say("States"), form.states),
        ("treaties", say("Treaties"), form.treaties),
        ("stages", say("Stages"), form.stages),
    )
    inputs = [
        *(_text(name, label, value, named) for name, label, value in texts if plain.units(value or "") <= _TEXT_LIMIT),
        _text("langs", say("Languages of sources"), form.langs, say("Such as: en, uk")),
        _choice("digest", say("Digest"), rhythms, form.digest),
        _time("digest_at", say("Time of the digest"), form.digest_at, optional=False),
        _choice("lang", say("Language"), LANGUAGE_NAMES, form.lang),
        _text("timezone", say("Time zone"), form.timezone, say("Such as: Europe/Paris"), optional=False),
        _time("quiet_from", say("Quiet hours from"), form.quiet_from),
        _time("quiet_to", say("Quiet hours to"), form.quiet_to),
    ]
    view = View(
        type="modal",
        callback_id=SUBSCRIPTION,
        private_metadata=packed(place),
        title=_plain(say("What this chat hears"), _TITLE_LIMIT),
        submit=_plain(say("Save"), _TITLE_LIMIT),
        close=_plain(say("Cancel"), _TITLE_LIMIT),
        blocks=inputs,
    )
    shown: dict[str, Any] = view.to_dict()
    return shown


def filled(view: Payload) -> Form:
    """What somebody has filled in."""
    values = view["state"]["values"]
    return Form(**{name: _value(values[name][name]) if name in values else None for name in Form.__slots__})


def at_a_field(view: Payload, faults: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, each at its field; at the first one where the form has no such field."""
    fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    return {name if name in fields else fields[0]: text for name, text in faults.items()}


def answer(message: Message, speech: Speech) -> dict[str, Any]:
    """An answer as a modal."""
    title = _plain("Treatywatch", _TITLE_LIMIT).to_dict()
    close = _plain(speech.gettext("Close"), _TITLE_LIMIT).to_dict()
    return {"type": "modal", "callback_id": ANSWER, "title": title, "close": close, "blocks": blocks(message)}


def _value(state: Payload) -> str:
    chosen = state.get("selected_option") or {}
    return str(state.get("value") or state.get("selected_time") or chosen.get("value") or "").strip()


def _text(name: str, label: str, value: str | None, hint: str, *, optional: bool = True) -> InputBlock:
    long = name != "timezone"
    element = PlainTextInputElement(
        action_id=name, initial_value=value or None, multiline=long, max_length=_TEXT_LIMIT if long else _LABEL_LIMIT
    )
    return _input(name, label, element, hint=hint, optional=optional)


def _choice(name: str, label: str, choices: dict[Any, str], chosen: str | None) -> InputBlock:
    options = {
        str(value): Option(value=str(value), text=_plain(shown, _LABEL_LIMIT)) for value, shown in choices.items()
    }
    element = StaticSelectElement(
        action_id=name,
        options=list(options.values()),
        initial_option=options.get(chosen or "") or next(iter(options.values())),
    )
    return _input(name, label, element)


def _time(name: str, label: str, value: str | None, *, optional: bool = True) -> InputBlock:
    return _input(name, label, TimePickerElement(action_id=name, initial_time=value or None), optional=optional)


def _input(
    name: str, label: str, element: InputInteractiveElement, *, hint: str = "", optional: bool = False
) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=_plain(label, _HINT_LIMIT),
        element=element,
        hint=_plain(hint, _HINT_LIMIT) if hint else None,
        optional=optional,
    )


def _plain(text: str, limit: int) -> PlainTextObject:
    return PlainTextObject(text=plain.cut(plain.clean(text), limit), emoji=False)
