"""Modals and home tabs: what Slack takes, and what somebody has filled in."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.bot.fakes.slack import blocks
from tests.bot.fakes.slack.refusals import Json, RefusedError, malformed

LONGEST_TITLE: Final = 24
LONGEST_METADATA: Final = 3000
BIGGEST: Final = 250_000
_FIELDS: Final = {
    "type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
    "notify_on_close", "external_id", "submit_disabled",
}  # fmt: skip


def checked(view: Any, kind: str | None = None) -> Json:
    """A view as an app gives it.

    Raises:
        RefusedError: `invalid_arguments` with what is wrong and where, or `view_too_large`.
    """
    if not isinstance(view, dict):
        raise malformed("invalid_arguments", ["missing required field: view"])
    if len(json.dumps(view)) > BIGGEST:
        raise RefusedError("view_too_large")
    if found := [*_problems(view, kind)]:
        raise malformed("invalid_arguments", found)
    return view


def _problems(view: Json, kind: str | None) -> list[str]:
    where = "[json-pointer:/view"
    found = [f"additional property: {name} {where}]" for name in sorted(set(view) - _FIELDS)]
    if view.get("type") not in ({kind} if kind else {"modal", "home"}):
        return [*found, f"unsupported type: {view.get('type')} {where}/type]"]
    if "blocks" not in view:
        return [*found, f"missing required field: blocks {where}]"]
    surface: blocks.Surface = "home" if view["type"] == "home" else "modal"
    found += [
        one.replace("[json-pointer:/blocks", f"{where}/blocks") for one in blocks.problems(view["blocks"], surface)
    ]
    if surface == "modal" and "title" not in view:
        found.append(f"missing required field: title {where}]")
    for name in {"title", "submit", "close"} & set(view):
        found += _title(view[name], f"{where}/{name}")
    if inputs(view) and surface == "modal" and "submit" not in view:
        found.append(f"missing required field: submit {where}]")
    limits = {"private_metadata": LONGEST_METADATA, "callback_id": 255, "external_id": 255}
    return found + [
        f"must be less than {most + 1} characters {where}/{name}]"
        for name, most in limits.items()
        if blocks.size(str(view.get(name, ""))) > most
    ]


def _title(text: Any, where: str) -> list[str]:
    if not isinstance(text, dict) or text.get("type") != "plain_text":
        return [f"failed to match all allowed schemas {where}]"]
    if not 1 <= blocks.size(str(text.get("text", ""))) <= LONGEST_TITLE:
        return [f"must be less than {LONGEST_TITLE + 1} characters {where}/text]"]
    return []


def inputs(view: Json) -> list[Json]:
    """The blocks to fill in."""
    return [block for block in view["blocks"] if isinstance(block, dict) and block.get("type") == "input"]


def identified(given: list[Json]) -> list[Json]:
    """Blocks with an id on each of them and on their elements, as Slack gives them where the app did not."""
    made: list[Json] = json.loads(json.dumps(given))
    for number, block in enumerate(made):
        block.setdefault("block_id", f"b{number}")
        for count, element in enumerate(elements(block)):
            element.setdefault("action_id", f"a{number}.{count}")
    return made


def elements(block: Json) -> list[Json]:
    """What can be pressed or filled in in a block."""
    listed = block.get("elements", []) if block["type"] == "actions" else []
    return [*listed, *(block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict))]


def initial(element: Json) -> Json:
    """The state of an element that nobody has touched."""
    kind = str(element["type"])
    match kind:
        case "plain_text_input" | "email_text_input" | "number_input" | "url_text_input":
            return {"type": kind, "value": element.get("initial_value")}
        case "static_select" | "external_select" | "radio_buttons":
            return {"type": kind, "selected_option": element.get("initial_option")}
        case "checkboxes" | "multi_static_select" | "multi_external_select":
            return {"type": kind, "selected_options": element.get("initial_options", [])}
        case "datepicker":
            return {"type": kind, "selected_date": element.get("initial_date")}
        case "timepicker":
            return {"type": kind, "selected_time": element.get("initial_time")}
        case _:
            return _chosen(kind, element)


def _chosen(kind: str, element: Json) -> Json:
    many = kind.startswith("multi_")
    what = kind.removeprefix("multi_").removesuffix("_select")
    one = what.removesuffix("s")
    name = what if many else one
    return {"type": kind, f"selected_{name}": element.get(f"initial_{name}", [] if many else None)}


def filled(element: Json, value: Any) -> Json:
    """The state of an element in which somebody has put a value: a text, the label or value of an option, or several.

    Raises:
        AssertionError: there is no such option, or a client would not let it in.
    """
    state = initial(element)
    name = next(one for one in state if one != "type")
    if name == "selected_option":
        state[name] = None if value is None else option(element, value)
    elif name == "selected_options":
        state[name] = [option(element, one) for one in value]
    else:
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if name == "value" and value and not least <= len(value) <= most:
            raise AssertionError(f"between {least} and {most} characters, not {len(value)}")
        state[name] = value
    return state


def option(element: Json, wanted: str) -> Json:
    """The option of a menu with that label or value."""
    groups = [element, *element.get("option_groups", ())]
    options: list[Json] = [one for group in groups for one in group.get("options", ())]
    for one in options:
        if wanted in {one["text"]["text"], one["value"]}:
            return one
    raise AssertionError(f"no option {wanted!r}, only {[one['text']['text'] for one in options]}")


def empty(state: Json) -> bool:
    """Whether nothing is filled in."""
    return not any(value for name, value in state.items() if name != "type")
