"""Telegram's HTML: within its limits, with everything that is not ours inert."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.message import Button, Line, Message
from bot.plain import units
from bot.telegram.rendering import caption, keyboard, render, render_parts
from tests.bot.fakes.bot_api import parse

JOINER = "\u2060"
UNSEEN = re.compile("[\u2060\u2066\u2068\u2069]")
TRICKS = [
    *"<>&\"'@/#.\n ",
    "\u202e",
    "\u200b",
    "\u2068",
    "\u2069",
    "\x1b",
    "😀",
    "</b>",
    "&amp;",
    "example.com",
    "+7 495 123 45 67",
    "عنوان",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
]
HOSTILE = st.lists(st.one_of(st.text(), st.sampled_from(TRICKS)), max_size=12).map("".join)
LINES = st.builds(
    Line,
    HOSTILE,
    st.sampled_from(["plain", "strong", "quote", "small", "bar"]),
    st.one_of(st.none(), st.just('https://x.example/?a=1&b="2"'), HOSTILE),
)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["alert", "digest", "group", "answer"]),
    HOSTILE,
    st.lists(LINES, max_size=20).map(tuple),
    st.one_of(st.none(), HOSTILE.map("https://x.example/{}".format)),
    HOSTILE,
    possible_repeat=st.booleans(),
)


def seen(html: str) -> str:
    """The text as people see it."""
    return UNSEEN.sub("", parse(html)[0])


def test_every_style_has_its_markup() -> None:
    lines = (
        Line("strong", "strong"),
        Line("plain"),
        Line("● one  ○ two", "bar"),
        Line("their words", "quote"),
        Line("Tide & Table", link="https://tide.example/?a=1&b=2"),
        Line("small", "small"),
        Line("both", "strong", "https://x.example/"),
    )
    assert render(Message("alert", "Head", lines)).split("\n") == [
        "<b>Head</b>",
        "<b>strong</b>",
        "plain",
        "●\u00a0one  ○\u00a0two",
        "<blockquote>their words</blockquote>",
        '<a href="https://tide.example/?a=1&amp;b=2">Tide &amp; Table</a>',
        "<i>small</i>",
        '<b><a href="https://x.example/">both</a></b>',
    ]


def test_quotes_that_follow_each_other_are_one_and_long_ones_are_folded() -> None:
    short = render(Message("answer", "Head", (Line("a", "quote"), Line("b", "quote"), Line("c"))))
    assert short == "<b>Head</b>\n<blockquote>a\nb</blockquote>\nc"
    assert "<blockquote expandable>" in render(Message("answer", "Head", (Line("word " * 200, "quote"),)))


def test_a_possible_repeat_says_so_in_the_language_of_the_chat() -> None:
    message = Message("alert", "Head", possible_repeat=True, repeat_mark="(möglicherweise doppelt)")
    assert render(message) == "<b>Head</b> <i>(möglicherweise doppelt)</i>"


def test_a_link_without_a_name_is_called_by_its_host() -> None:
    assert seen(render(Message("alert", "Head", link="https://news.example/x"))) == "Head\nnews.example"


@pytest.mark.parametrize("link", ["tg://resolve?domain=x", "javascript:alert(1)", "https://"])
def test_a_link_that_is_no_web_address_is_left_out(link: str) -> None:
    message = Message("alert", "Head", (Line("text", link=link),), link=link, link_text="x")
    assert render(message) == "<b>Head</b>\ntext"


@pytest.mark.parametrize(
    "title",
    [
        "<b>A & B</b> <!channel> @all",
        "ask @durov or a@b.example",
        "#hashtag and $USD and ＃tag",
        "/start or do /help@bot",
        "see example.com, https://evil.example/x and t.me/join",
        "call +7 495 123-45-67 or 4111 1111 1111 1111",
    ],
)
def test_a_title_shows_literally_and_links_to_nothing(title: str) -> None:
    html = render(Message("alert", title, (Line(title, "quote"),)))
    assert parse(html)[1] == []
    assert seen(html) == f"{title}\n{title}"
    assert not re.search(r"[@#＃$]\w|(?<!\w)/\w|\w\.\w|://|\d{4}|\d \d", parse(html)[0])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("z\u0301\u0302\u0303\u0304\u0305\u0306\u0307algo", "z\u0301\u0302\u0303\u0304algo"),
        ("a\u2800b\u3164c\ufe0f", "abc"),
        ("open \u2068isolate", "open isolate"),
    ],
)
def test_nothing_unseen_and_no_flood_of_marks_is_left(text: str, shown: str) -> None:
    assert parse(render(Message("alert", "Head", (text,))))[0].replace(JOINER, "") == f"Head\n{shown}"


def test_words_from_right_to_left_do_not_turn_the_line_round() -> None:
    lines = (Line("خبر BBC", "quote"), "دار +6 sources", "plain \u2068خبر\u2069 text")
    text, _ = parse(render(Message("alert", "Head", lines)))
    assert text.split("\n")[1:] == ["\u2068خبر BBC\u2069", "\u2066دار +6 sources\u2069", "plain \u2068خبر\u2069 text"]


def test_one_message_ends_at_a_line_with_an_ellipsis_and_keeps_its_link() -> None:
    lines = tuple(f"line {number} 😀" for number in range(2000))
    text, links = parse(render(Message("digest", "Head", lines, link="https://news.example/x", link_text="Times")))
    head, *body, mark, name = text.split("\n")
    assert (head, mark, name) == ("Head", "…", "Times")
    assert body == list(lines[: len(body)])
    assert 4000 < units(text) <= 4096
    assert links


def test_a_long_answer_comes_in_parts_with_nothing_lost() -> None:
    lines = tuple(Line(f"line {number} 😀", "quote") for number in range(2000))
    parts = render_parts(Message("answer", "Head", lines))
    shown = "\n".join(parse(part)[0] for part in parts).split("\n")
    assert shown == ["Head", *(line.text for line in lines)]
    assert all(units(parse(part)[0]) > 4000 for part in parts[:-1])


def test_no_part_has_more_links_than_telegram_keeps() -> None:
    lines = tuple(Line(f"{number}", link="https://x.example/") for number in range(250))
    parts = render_parts(Message("digest", "Head", lines))
    assert [len(parse(part)[1]) for part in parts] == [99, 100, 51]


def test_an_alert_is_one_message_however_long() -> None:
    assert len(render_parts(Message("alert", "Head", ("word " * 3000,) * 3))) == 1


def test_a_caption_is_shorter() -> None:
    text, _ = parse(caption(Message("answer", "Head" * 400, ("line",) * 900)))
    assert 900 < units(text) <= 1024


def test_buttons_are_rows_of_labels_with_an_action_or_a_link() -> None:
    rows = (
        (Button("Time\u202eline " + "x" * 100, "timeline:RU:ecpt"), Button("Read", link="https://x.example/")),
        (Button("Bad", link="javascript:x"),),
        (Button("\u200b", "why:1"),),
    )
    first, second = keyboard(Message("alert", "Head", buttons=rows))
    assert [button.action for button in first] == ["timeline:RU:ecpt", ""]
    assert first[0].label.startswith("Timeline xxx")
    assert len(first[0].label) == 60
    assert first[1].link == "https://x.example/"
    assert second == (Button("…", "why:1"),)


def test_a_keyboard_is_no_larger_than_telegram_takes() -> None:
    rows = tuple(tuple(Button(str(n), "x") for n in range(9)) for _ in range(50))
    shown = keyboard(Message("answer", "Head", buttons=rows))
    assert {len(row) for row in shown} == {8}
    assert sum(len(row) for row in shown) <= 100


@settings(deadline=None)
@given(MESSAGES)
def test_any_message_is_well_formed_inert_and_within_the_limits(message: Message) -> None:
    for html, limit in [
        *((part, 4096) for part in render_parts(message)),
        (render(message), 4096),
        (caption(message), 1024),
    ]:
        text, links = parse(html)
        assert 0 < units(text) <= limit
        assert all(link.startswith(("http://", "https://")) for link in links)
        assert not re.search(r"[@#]\w|[\u200b\u202e\x1b\x00]|(?<!\w)/\w", text)
        for line in text.split("\n"):
            assert line.count("\u2068") + line.count("\u2066") == line.count("\u2069")


@settings(deadline=None)
@given(MESSAGES)
def test_the_parts_together_say_what_the_message_says(message: Message) -> None:
    def bare(text: str) -> str:
        return re.sub(r"\s", "", UNSEEN.sub("", text))

    whole = Message("answer", message.headline, message.lines)
    told = bare("".join(parse(part)[0] for part in render_parts(whole)))
    wanted = [parse(render(Message("answer", "x", (line,))))[0].removeprefix("x") for line in whole.lines]
    assert told.endswith(bare("".join(wanted)))


@settings(deadline=None)
@given(
    st.integers(0, 5000), st.integers(0, 9000), st.integers(0, 5000), st.sampled_from(["x", "&", "😀", "@a", " ", "1"])
)
def test_messages_of_any_length_fit(head: int, line: int, name: int, letter: str) -> None:
    message = Message("digest", letter * head, (letter * line, letter * line), "https://x.example/", letter * name)
    for html in (render(message), *render_parts(message)):
        assert units(parse(html)[0]) <= 4096


def test_the_bot_s_own_commands_can_be_tapped_and_those_in_feeds_cannot() -> None:
    said = Message(
        "answer", "/start sets it up", (Line("More: /watch", own=True), "A title with /stop in it"), own=True
    )
    assert render(said).splitlines() == ["<b>/start sets it up</b>", "More: /watch", "A title with /\u2060stop in it"]
    assert "/\u2060start" in render(replace(said, own=False))


def test_days_can_be_copied_and_numbers_cannot_be_called() -> None:
    shown = render(Message("answer", "From 2025-06-27 on", ("Call 2025-06-271 or 555-123-4567",)))
    assert "2025-06-27 on" in shown
    assert "2025-06-271" not in shown
    assert "555-123-4567" not in shown
