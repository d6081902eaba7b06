"""Slack's Block Kit: within its limits, with everything that is not ours inert."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.message import Button, Line, Message
from bot.slack.rendering import blocks, fallback, parts
from tests.bot.fakes.slack import control_faults, unfit

TRICKS = [
    "<!channel>",
    "<@U1>",
    "<!subteam^S1>",
    "@here",
    "<https://evil.example|x>",
    "&amp;",
    *"<>|*_~`:",
    ":smile:",
    "\u202e",
    "\u2069",
    "عنوان",
]
HOSTILE = st.lists(st.one_of(st.text(), st.sampled_from(TRICKS)), max_size=12).map("".join)
LINES = st.builds(
    Line,
    HOSTILE,
    st.sampled_from(["plain", "strong", "quote", "small", "bar"]),
    st.one_of(st.none(), HOSTILE.map("https://x.example/{}".format)),
)
BUTTONS = st.builds(Button, HOSTILE, st.sampled_from(["why:1", "case:RU:ecpt"]), st.none())
MESSAGES = st.builds(
    Message,
    st.sampled_from(["alert", "digest", "group", "answer"]),
    HOSTILE,
    st.lists(LINES, max_size=60).map(tuple),
    st.one_of(st.none(), HOSTILE.map("https://x.example/{}".format)),
    HOSTILE,
    st.booleans(),
    st.lists(st.lists(BUTTONS, max_size=8).map(tuple), max_size=12).map(tuple),
)


def said(message: Message) -> list[tuple[str, str]]:
    """Every block below the header: what it is and what it says."""
    found = []
    for block in blocks(message)[1:]:
        texts = block["elements"] if block["type"] == "context" else [block["text"]]
        found += [(f"{block['type']} {text['type']}", text["text"]) for text in texts]
    return found


def test_every_style_has_its_block() -> None:
    lines = (
        "plain",
        Line("● one", "bar"),
        Line("strong", "strong"),
        Line("their words", "quote"),
        Line("Tide & Table", link="https://tide.example/?a=1&b=2|3"),
        Line("small", "small"),
    )
    assert said(Message("alert", "Head", lines)) == [
        (
            "section mrkdwn",
            "plain\n●\u00a0one\n*strong*\n>their words\n<https://tide.example/?a=1&amp;b=2%7C3|Tide &amp; Table>",
        ),
        ("context plain_text", "small"),
    ]


@pytest.mark.parametrize("trick", ["*a*", "_a_", "~a~", "`a`", "> a", ":smile: a", "• a", "- a", "1. a"])
def test_words_that_would_format_go_out_as_plain_text(trick: str) -> None:
    assert said(Message("alert", "Head", (Line(trick, "quote"), Line(trick, "strong")))) == [
        ("section plain_text", f"“{trick}”\n{trick}".replace(">", "&gt;"))
    ]


def test_nobody_is_mentioned_by_a_title() -> None:
    title = "<b>A & B</b> <!channel> @all"
    parts_said = said(Message("alert", title, (Line(title, "quote"),)))
    assert parts_said == [("section mrkdwn", ">&lt;b&gt;A &amp; B&lt;/b&gt; &lt;!channel&gt; @all")]
    assert blocks(Message("alert", title))[0]["text"]["type"] == "plain_text"


def test_formatted_text_is_sent_verbatim() -> None:
    for block in blocks(Message("alert", "Head", (Line("a", "quote"),), "https://x.example/"))[1:]:
        for text in block.get("elements", [block.get("text")]):
            assert text["verbatim"] is True


def test_a_possible_repeat_says_so_in_the_blocks_and_beside_them() -> None:
    message = Message("alert", "Head", possible_repeat=True, repeat_mark="(возможно, повтор)")
    assert blocks(message)[-1]["elements"][0]["text"] == "(возможно, повтор)"
    assert fallback(message) == "Head (возможно, повтор)"


def test_a_headline_too_long_for_a_header_is_told_in_full_below() -> None:
    head = "word " * 40
    header, section = blocks(Message("alert", head))
    assert header["text"]["text"].endswith("…")
    assert section["text"]["text"] == head.rstrip()


def test_a_link_that_would_be_too_long_once_escaped_is_left_out() -> None:
    link = "https://x.example/?" + "&" * 1900
    header, section = blocks(Message("alert", "Head", (Line("text", link=link),), link=link))
    assert header["type"] == "header"
    assert section["text"] == {"type": "mrkdwn", "text": "text", "verbatim": True}


def test_one_message_ends_at_a_line_with_an_ellipsis() -> None:
    lines = tuple(f"line {number}" for number in range(5000))
    found = blocks(Message("digest", "Head", lines))
    shown = "\n".join(part["text"]["text"] for part in found[1:]).split("\n")
    assert shown == [*lines[: len(shown) - 1], "…"]
    assert list(unfit(found)) == []


def test_a_long_answer_comes_in_parts_with_nothing_lost() -> None:
    lines = tuple(Line(f"line {number}", "strong" if number % 2 else "plain") for number in range(900))
    pages = parts(Message("answer", "Head", lines, buttons=((Button("Why", "why:1"),),)))
    assert [list(unfit(page)) for page in pages] == [[] for _ in pages]
    shown = "\n".join(block["text"]["text"] for page in pages for block in page if block["type"] == "section")
    assert shown.replace("*", "").split("\n") == [line.text for line in lines]
    kinds = [[block["type"] for block in page] for page in pages]
    assert ["header" in kind for kind in kinds] == [True] + [False] * (len(pages) - 1)
    assert ["actions" in kind for kind in kinds] == [False] * (len(pages) - 1) + [True]


def test_ten_alerts_in_one_message_are_all_told() -> None:
    alert = ("", Line("strong " * 20, "strong"), "plain " * 40, Line("Tide", link="https://tide.example/" + "x" * 300))
    rows = ((Button("Timeline", "timeline:RU:ecpt"),),) * 10
    told = blocks(Message("group", "Head", (*alert, "_of_ others") * 10, buttons=rows))
    said = "\n".join(block["text"]["text"] for block in told if block["type"] == "section")
    assert (said.count("Tide"), said.count("_of_ others"), "…" in said) == (10, 10, False)
    assert list(unfit(told)) == []


@pytest.mark.parametrize("kind", ["alert", "answer"])
@pytest.mark.parametrize("length", [100, 1000, 2900])
def test_a_message_with_all_that_it_may_have_is_within_the_limits(kind: str, length: int) -> None:
    rows = ((Button("b" * 75, "why:1"),) * 5,) * 10
    lines = tuple("y" * length if number % 2 else "a*b" * (length // 3) for number in range(60))
    message = Message(kind, "x" * 5000, lines, f"https://x.example/{'z' * 1400}", "n" * 400, True, rows)  # noqa: FBT003
    assert [list(unfit(page)) for page in parts(message) if list(unfit(page))] == []


def test_an_alert_is_one_message_however_long() -> None:
    assert len(parts(Message("alert", "Head", ("word " * 3000,) * 9))) == 1


def actions(message: Message) -> list[list[dict[str, Any]]]:
    return [block["elements"] for block in blocks(message) if block["type"] == "actions"]


def test_buttons_stand_in_rows_each_with_an_id_of_its_own() -> None:
    rows = (
        (Button("Why", "why:1"), Button("Why again", "why:1"), Button("Read", link="https://x.example/")),
        (Button("Bad", link="javascript:x"),),
    )
    (row,) = actions(Message("alert", "Head", buttons=rows))
    assert [(button["action_id"], button.get("value"), button.get("url")) for button in row] == [
        ("why:1", "why:1", None),
        ("why:1#1", "why:1", None),
        ("link:https://x.example/", None, "https://x.example/"),
    ]


def test_a_row_is_no_longer_and_a_label_no_larger_than_allowed() -> None:
    rows = ((Button("&" * 100, "why:1"),) * 9,)
    (row,) = actions(Message("alert", "Head", buttons=rows))
    assert len(row) == 5
    assert all(len(button["text"]["text"]) <= 75 for button in row)


@settings(deadline=None)
@given(MESSAGES)
def test_any_message_is_within_the_limits_and_mentions_nobody(message: Message) -> None:
    assert list(unfit(blocks(message))) == []
    assert [list(unfit(page)) for page in parts(message) if list(unfit(page))] == []
    assert list(control_faults(fallback(message))) == []
    for block in blocks(message):
        for text in block.get("elements", [block.get("text")]):
            if text["type"] == "mrkdwn" and not text["text"].startswith("<"):
                assert not re.search(r"[~`]|:\w+:", re.sub("<[^>]*>", "", text["text"]))


@settings(deadline=None)
@given(MESSAGES)
def test_the_parts_together_say_what_the_message_says(message: Message) -> None:
    def bare(pages: tuple[list[dict[str, Any]], ...]) -> str:
        texts = (
            text["text"]
            for page in pages
            for block in page
            if block["type"] in {"section", "context"}
            for text in block.get("elements", [block.get("text")])
        )
        return re.sub(r"\s", "", "".join(texts))

    lines = tuple(line for line in message.lines if isinstance(line, Line) and not line.link)
    alone = (parts(Message("answer", "x", (line,))) for line in lines)
    assert bare(parts(Message("answer", "x", lines))) == "".join(bare(pages) for pages in alone)


@settings(deadline=None)
@given(
    st.integers(0, 5000), st.integers(0, 9000), st.integers(0, 200), st.sampled_from(["x", "&", "😀", " ", "*", "ع"])
)
def test_messages_of_any_length_fit(head: int, line: int, count: int, letter: str) -> None:
    plain = (Line("x" * 100),) * count
    lines = (Line(letter * line, "quote"), *plain, Line(letter * line, "small", "https://x.example/"))
    message = Message("digest", letter * head, lines, "https://x.example/", letter * head)
    assert list(unfit(blocks(message))) == []
    assert [list(unfit(page)) for page in parts(message) if list(unfit(page))] == []
    assert len(fallback(message)) <= 1100
