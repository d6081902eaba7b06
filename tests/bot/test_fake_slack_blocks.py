"""Block Kit as the Slack for tests judges it: what Slack takes is taken, what it refuses is refused in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.fakes.slack import control_faults, problems, unfit
from tests.bot.fakes.slack.refusals import RefusedError
from tests.bot.fakes.slack.views import checked

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: Block, **more: Any) -> Block:
    return {"type": "section", "text": text, **more}


def button(label: str = "Go", **more: Any) -> Block:
    return {"type": "button", "text": plain(label), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def menu(*values: str, **more: Any) -> Block:
    options = [{"text": plain(f"option {value}"), "value": value} for value in values]
    return {"type": "static_select", "action_id": "menu", "options": options, **more}


def field(element: Block, **more: Any) -> Block:
    return {"type": "input", "label": plain("Name"), "element": element, **more}


PICTURE = {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "A picture"}
TAKEN: list[list[Block]] = [
    [],
    [{"type": "header", "text": plain("h" * 150)}],
    [section(plain("s" * 3000)), {"type": "divider"}],
    [section(marked("*a* &amp; <https://x.example/|b> <@U1ANN> <!date^1^{date}|then>"))],
    [section(marked(">quoted"))],
    [{"type": "section", "fields": [plain("f" * 2000)] * 10}],
    [section(plain("s"), accessory=button(url="https://x.example/"))],
    [actions(*(button("b" * 75, action_id=f"{number}", value="v" * 2000) for number in range(25)))],
    [context(*[plain("c")] * 9, PICTURE), PICTURE],
    [actions(menu(*(f"{number}" for number in range(100))))],
    [field({"type": "plain_text_input", "action_id": "a"}, block_id="b" * 255)],
    [{"type": "divider"}] * 50,
]
REFUSED: list[tuple[Any, str]] = [
    ({}, "must be an array [json-pointer:/blocks]"),
    ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([{"type": "heading"}], "unsupported type: heading [json-pointer:/blocks/0/type]"),
    (
        [{"type": "header", "text": plain("h" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    ([{"type": "header", "text": marked("h")}], "failed to match all allowed schemas [json-pointer:/blocks/0/text]"),
    ([{"type": "header"}], "missing required field: text [json-pointer:/blocks/0]"),
    ([section(plain("s" * 3001))], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section(plain("😀" * 1501))], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section(plain(""))], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([section(plain(" \n"))], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    (
        [{"type": "section", "fields": [plain("f")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        [{"type": "section", "fields": [plain("f" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    ([section(plain("a & b"))], "not escaped: 'a & b' [json-pointer:/blocks/0/text/text]"),
    ([section(marked("a > b"))], "not escaped: 'a > b' [json-pointer:/blocks/0/text/text]"),
    ([section(marked("<!channel>"))], "control sequence <!channel> [json-pointer:/blocks/0/text/text]"),
    ([section(marked("<!subteam^S1>"))], "control sequence <!subteam^S1> [json-pointer:/blocks/0/text/text]"),
    ([section(plain("<@U1ANN>"))], "control sequence <@U1ANN> [json-pointer:/blocks/0/text/text]"),
    ([section(marked("a") | {"emoji": True})], "additional property: emoji [json-pointer:/blocks/0/text]"),
    ([actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    ([actions(*[button()] * 26)], "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    (
        [actions(button("b" * 76))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        [actions(button(value="v" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    ([actions(button(url="ftp://x"))], "must be a valid URL [json-pointer:/blocks/0/elements/0/url]"),
    ([actions(button(style="loud"))], "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    (
        [actions(button(action_id="a" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        [actions(button(action_id="a")), actions(button(action_id="a"))],
        "`action_id`: a already exists for another element [json-pointer:/blocks/1/elements/0/action_id]",
    ),
    (
        [{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}],
        "`block_id`: b already exists for another element [json-pointer:/blocks/1/block_id]",
    ),
    ([context(*[plain("c")] * 11)], "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    ([context(button())], "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
    ([actions(field(button()))], "unsupported type: input [json-pointer:/blocks/0/elements/0/type]"),
    (
        [{"type": "image", "image_url": "https://x.example/"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        [{"type": "image", "alt_text": "A"}],
        "must have one of image_url and slack_file [json-pointer:/blocks/0]",
    ),
    ([actions(menu())], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    ([actions(menu("a", "a"))], "values of options must be unique [json-pointer:/blocks/0/elements/0/options]"),
    (
        [actions(menu("v" * 151))],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        [actions(menu("a", initial_option={"text": plain("b"), "value": "b"}))],
        "failed to match any of the options [json-pointer:/blocks/0/elements/0/initial_options/0]",
    ),
    ([field(button())], "unsupported type: button [json-pointer:/blocks/0/element/type]"),
]


@pytest.mark.parametrize("blocks", TAKEN)
def test_what_slack_takes_is_taken(blocks: list[Block]) -> None:
    assert problems(blocks) == []


@pytest.mark.parametrize(("blocks", "problem"), REFUSED)
def test_what_slack_refuses_is_refused_in_its_words(blocks: Any, problem: str) -> None:
    assert problem in problems(blocks)


def test_views_may_have_more_blocks_than_messages() -> None:
    blocks = [{"type": "divider"}] * 100
    assert problems(blocks, "home") == problems(blocks, "modal") == []
    assert problems([*blocks, *blocks], "modal") == ["no more than 100 items allowed [json-pointer:/blocks]"]


def test_a_message_has_so_many_characters_in_all() -> None:
    assert list(unfit([section(plain("x" * 2600))] * 5)) == []
    assert list(unfit([*[section(plain("x" * 2600))] * 5, section(plain("x"))])) == ["13001 characters in all"]


def test_markup_in_which_names_would_be_looked_for_is_unfit_for_words_of_others() -> None:
    loose = section({"type": "mrkdwn", "text": "@here"})
    assert problems([loose]) == []
    assert list(unfit([loose])) == ["mentions would be looked for"]


@pytest.mark.parametrize("text", ["&amp; &lt;", "<https://x.example/?a=1&amp;b|name>"])
def test_what_is_escaped_is_safe(text: str) -> None:
    assert list(control_faults(text, links=True)) == []


@pytest.mark.parametrize("text", ["&", "a < b", "<@U1>", "<!here>", "<mailto:a@b|c>", "<https://x.example/>"])
def test_what_is_not_escaped_is_not(text: str) -> None:
    assert len(list(control_faults(text, links=True))) == 1


def modal(**more: Any) -> Block:
    return {"type": "modal", "title": plain("Title"), "blocks": [section(plain("x"))]} | more


INPUT = field({"type": "plain_text_input", "action_id": "a"})


@pytest.mark.parametrize(
    "view",
    [modal(), modal(submit=plain("Save"), blocks=[INPUT], private_metadata="m" * 3000), {"type": "home", "blocks": []}],
)
def test_a_view_that_slack_takes_is_taken(view: Block) -> None:
    assert checked(view) == view


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (modal(title=plain("t" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("t" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(blocks=[INPUT]), "missing required field: submit [json-pointer:/view]"),
        (modal(private_metadata="m" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        (modal(blocks=[section(plain(""))]), "must be more than 0 characters [json-pointer:/view/blocks/0/text/text]"),
        (modal(text="x"), "additional property: text [json-pointer:/view]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        ({"type": "modal"}, "missing required field: blocks [json-pointer:/view]"),
        ({"type": "tab", "blocks": []}, "unsupported type: tab [json-pointer:/view/type]"),
    ],
)
def test_a_view_that_slack_refuses_is_refused(view: Block, problem: str) -> None:
    with pytest.raises(RefusedError) as refused:
        checked(view)
    assert problem in refused.value.more["errors"]
    assert refused.value.error == "invalid_arguments"


def test_a_view_that_is_too_large_is_refused() -> None:
    with pytest.raises(RefusedError, match="view_too_large"):
        checked({"type": "home", "blocks": [section(plain("x" * 3000))] * 90})
