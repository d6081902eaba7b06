"""Block Kit as Slack takes it: types, limits and ids, refused in Slack's words.

After https://docs.slack.dev/reference/block-kit/blocks, /block-elements and /composition-objects. What Slack says of a
message that is too long in all (`msg_blocks_too_long`) is measured by others: about 13,200 characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from tests.bot.fakes.slack import marking
from tests.bot.fakes.slack.refusals import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Surface = Literal["message", "modal", "home"]
Part = dict[str, Any]

MOST_BLOCKS: Final = {"message": 50, "modal": 100, "home": 100}
LONGEST_MESSAGE: Final = 13_000
LONGEST_ID: Final = 255
_PLAIN: Final = ("plain_text",)
_ANY: Final = ("plain_text", "mrkdwn")
_MENUS: Final = frozenset(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
_PICKERS: Final = frozenset({"datepicker", "timepicker", "datetimepicker"})
_CHOICES: Final = frozenset({"checkboxes", "radio_buttons"})
_INPUTS: Final = frozenset({"plain_text_input", "email_text_input", "number_input", "url_text_input"})
_IN: Final = {
    "actions": frozenset({"button", "overflow"}) | _MENUS | _PICKERS | _CHOICES,
    "section": frozenset({"button", "overflow", "image"}) | _MENUS | _PICKERS | _CHOICES,
    "input": _MENUS | _PICKERS | _CHOICES | _INPUTS,
    "context": frozenset({"image", *_ANY}),
}
_MOST_OPTIONS: Final = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}


def size(text: str) -> int:
    """Characters as Slack counts them at most: UTF-16 units, as sent."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def problems(blocks: Any, surface: Surface = "message") -> list[str]:
    """What Slack would say against blocks; empty where it takes them."""
    return _Check(surface).run(blocks)


def check(blocks: Any, surface: Surface, error: str = "invalid_blocks") -> None:
    """Refuse what Slack refuses.

    Raises:
        RefusedError: `error` with what is wrong and where, or `msg_blocks_too_long`.
    """
    if found := problems(blocks, surface):
        raise malformed(error, found)
    if surface == "message" and weight(blocks) > LONGEST_MESSAGE:
        raise malformed(
            "msg_blocks_too_long", [f"no more than {LONGEST_MESSAGE} characters in all [json-pointer:/blocks]"]
        )


def weight(blocks: list[Part]) -> int:
    """Characters in all."""
    return sum(size(text["text"]) for text in marking.texts(blocks))


def unfit(blocks: list[Part]) -> Iterator[str]:
    """What Slack would not take in a message, and what would do more than show text with links."""
    yield from problems(blocks)
    if weight(blocks) > LONGEST_MESSAGE:
        yield f"{weight(blocks)} characters in all"
    for text in marking.texts(blocks):
        marked = text["type"] == "mrkdwn"
        if marked and text.get("verbatim") is not True:
            yield "mentions would be looked for"
        yield from marking.control_faults(marking.unquoted(text["text"]) if marked else text["text"], links=marked)


@dataclass(slots=True)
class _Check:
    surface: Surface
    found: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)

    def wrong(self, where: str, what: str) -> None:
        self.found.append(f"{what} [json-pointer:{where}]")

    def run(self, blocks: Any) -> list[str]:
        if not isinstance(blocks, list):
            self.wrong("/blocks", "must be an array")
            return self.found
        most = MOST_BLOCKS[self.surface]
        if len(blocks) > most:
            self.wrong("/blocks", f"no more than {most} items allowed")
        for number, block in enumerate(blocks):
            self.block(block, f"/blocks/{number}")
        return self.found

    def block(self, block: Any, where: str) -> None:
        if not isinstance(block, dict):
            return self.wrong(where, "must be an object")
        self.identity(block, "block_id", where, self.block_ids)
        judge = _BLOCKS.get(block.get("type", ""))
        if judge is None:
            return self.wrong(f"{where}/type", f"unsupported type: {block.get('type')}")
        judge(self, block, where)
        return None

    def identity(self, part: Part, name: str, where: str, taken: set[str]) -> None:
        if name not in part:
            return
        self.length(part, name, where, LONGEST_ID)
        if part[name] in taken:
            self.wrong(f"{where}/{name}", f"`{name}`: {part[name]} already exists for another element")
        taken.add(str(part[name]))

    def length(self, part: Part, name: str, where: str, most: int, least: int = 1) -> None:
        value = part.get(name)
        if not isinstance(value, str):
            return self.wrong(f"{where}/{name}", "must be a string")
        if size(value) < least:
            self.wrong(f"{where}/{name}", f"must be more than {least - 1} characters")
        if size(value) > most:
            self.wrong(f"{where}/{name}", f"must be less than {most + 1} characters")
        return None

    def optional(self, part: Part, name: str, where: str, most: int) -> None:
        if name in part:
            self.length(part, name, where, most)

    def text(self, part: Part, name: str, where: str, most: int, kinds: tuple[str, ...] = _PLAIN) -> None:
        if name not in part:
            return self.wrong(where, f"missing required field: {name}")
        return self.text_object(part[name], f"{where}/{name}", most, kinds)

    def text_object(self, text: Any, where: str, most: int, kinds: tuple[str, ...] = _ANY) -> None:
        if not isinstance(text, dict) or text.get("type") not in kinds:
            return self.wrong(where, "failed to match all allowed schemas")
        if text["type"] == "mrkdwn" and "emoji" in text:
            self.wrong(where, "additional property: emoji")
        if text["type"] == "plain_text" and "verbatim" in text:
            self.wrong(where, "additional property: verbatim")
        self.length(text, "text", where, most)
        if isinstance(text.get("text"), str):
            if not text["text"].strip():
                self.wrong(f"{where}/text", "must be more than 0 characters")
            self.escapes(text, where)
        return None

    def escapes(self, text: Part, where: str) -> None:
        """Slack takes what is not escaped and shows something else than was meant; here it is refused."""
        marked = text["type"] == "mrkdwn"
        said = marking.unquoted(text["text"]) if marked else text["text"]
        for fault in marking.control_faults(said, links=marked, mentions=marked):
            self.wrong(f"{where}/text", fault)

    def link(self, part: Part, name: str, where: str) -> None:
        self.length(part, name, where, 3000)
        if not re.fullmatch(r"https?://[^\s/]+\S*", str(part.get(name))):
            self.wrong(f"{where}/{name}", "must be a valid URL")

    # Blocks

    def header(self, block: Part, where: str) -> None:
        self.text(block, "text", where, 150)

    def section(self, block: Part, where: str) -> None:
        if "text" not in block and "fields" not in block:
            self.wrong(where, "missing required field: text")
        if "text" in block:
            self.text(block, "text", where, 3000, _ANY)
        if "fields" in block:
            self.texts(block["fields"], f"{where}/fields", 10, 2000)
        if "accessory" in block:
            self.element(block["accessory"], f"{where}/accessory", _IN["section"])

    def texts(self, given: Any, where: str, most: int, longest: int) -> None:
        for number, text in enumerate(self.items(given, where, most)):
            self.text_object(text, f"{where}/{number}", longest)

    def items(self, given: Any, where: str, most: int, least: int = 1) -> list[Any]:
        if not isinstance(given, list):
            self.wrong(where, "must be an array")
            return []
        if len(given) > most:
            self.wrong(where, f"no more than {most} items allowed")
        if len(given) < least:
            self.wrong(where, f"no fewer than {least} items allowed")
        return given

    def context(self, block: Part, where: str) -> None:
        for number, element in enumerate(self.items(block.get("elements"), f"{where}/elements", 10)):
            here = f"{where}/elements/{number}"
            if isinstance(element, dict) and element.get("type") in _ANY:
                self.text_object(element, here, 3000)
            else:
                self.element(element, here, _IN["context"])

    def actions(self, block: Part, where: str) -> None:
        for number, element in enumerate(self.items(block.get("elements"), f"{where}/elements", 25)):
            self.element(element, f"{where}/elements/{number}", _IN["actions"])

    def divider(self, _block: Part, _where: str) -> None:
        """A line has nothing that could be wrong."""

    def image(self, block: Part, where: str) -> None:
        self.image_element(block, where)
        if "title" in block:
            self.text(block, "title", where, 2000)

    def input(self, block: Part, where: str) -> None:
        self.text(block, "label", where, 2000)
        if "hint" in block:
            self.text(block, "hint", where, 2000)
        self.element(block.get("element"), f"{where}/element", _IN["input"])

    def rich_text(self, block: Part, where: str) -> None:
        if not isinstance(block.get("elements"), list):
            self.wrong(where, "missing required field: elements")

    # Elements

    def element(self, element: Any, where: str, allowed: frozenset[str]) -> None:
        if not isinstance(element, dict):
            return self.wrong(where, "must be an object")
        kind = str(element.get("type"))
        if kind not in allowed:
            return self.wrong(f"{where}/type", f"unsupported type: {kind}")
        if kind != "image":
            self.identity(element, "action_id", where, self.action_ids)
        if "confirm" in element:
            self.confirm(element["confirm"], f"{where}/confirm")
        if "placeholder" in element:
            self.text(element, "placeholder", where, 150)
        judge = _ELEMENTS.get(kind)
        if judge:
            judge(self, element, where)
        return None

    def confirm(self, dialog: Any, where: str) -> None:
        if not isinstance(dialog, dict):
            return self.wrong(where, "must be an object")
        self.text(dialog, "title", where, 100)
        self.text(dialog, "text", where, 300, _ANY)
        self.text(dialog, "confirm", where, 30)
        return self.text(dialog, "deny", where, 30)

    def button(self, element: Part, where: str) -> None:
        self.text(element, "text", where, 75)
        self.optional(element, "value", where, 2000)
        self.optional(element, "accessibility_label", where, 75)
        if "url" in element:
            self.link(element, "url", where)
        if element.get("style", "primary") not in {"primary", "danger"}:
            self.wrong(f"{where}/style", "must be a valid enum value")

    def image_element(self, element: Part, where: str) -> None:
        if "alt_text" not in element:
            self.wrong(where, "missing required field: alt_text")
        else:
            self.length(element, "alt_text", where, 2000)
        if ("image_url" in element) == ("slack_file" in element):
            return self.wrong(where, "must have one of image_url and slack_file")
        if "image_url" in element:
            self.link(element, "image_url", where)
        return None

    def options(self, element: Part, where: str) -> None:
        most = _MOST_OPTIONS.get(str(element["type"]), 100)
        if "option_groups" in element and "options" not in element:
            for number, group in enumerate(self.items(element["option_groups"], f"{where}/option_groups", 100)):
                here = f"{where}/option_groups/{number}"
                self.text(group, "label", here, 75)
                self.option_list(group.get("options"), f"{here}/options", most)
            return
        self.option_list(element.get("options"), f"{where}/options", most)
        known = [option for option in element.get("options") or [] if isinstance(option, dict)]
        for number, option in enumerate(_initial(element)):
            if option not in known:
                self.wrong(f"{where}/initial_options/{number}", "failed to match any of the options")

    def option_list(self, given: Any, where: str, most: int) -> None:
        values = []
        for number, option in enumerate(self.items(given, where, most)):
            here = f"{where}/{number}"
            if not isinstance(option, dict):
                self.wrong(here, "must be an object")
                continue
            self.text(option, "text", here, 75, _ANY)
            self.length(option, "value", here, 150)
            if "description" in option:
                self.text(option, "description", here, 75, _ANY)
            values.append(option.get("value"))
        if len(set(values)) < len(values):
            self.wrong(where, "values of options must be unique")

    def typed(self, element: Part, where: str) -> None:
        if not 0 <= int(element.get("min_length", 0)) <= int(element.get("max_length", 3000)) <= 3000:
            self.wrong(f"{where}/max_length", "must be between min_length and 3000")


def _initial(element: Part) -> list[Any]:
    one = element.get("initial_option")
    return [one] if one is not None else list(element.get("initial_options") or [])


_BLOCKS: Final[dict[str, Callable[[_Check, Part, str], None]]] = {
    "actions": _Check.actions,
    "context": _Check.context,
    "divider": _Check.divider,
    "header": _Check.header,
    "image": _Check.image,
    "input": _Check.input,
    "rich_text": _Check.rich_text,
    "section": _Check.section,
}
_ELEMENTS: Final[dict[str, Callable[[_Check, Part, str], None]]] = {
    "button": _Check.button,
    "image": _Check.image_element,
    "plain_text_input": _Check.typed,
    **dict.fromkeys(("static_select", "multi_static_select", "overflow", *_CHOICES), _Check.options),
}
