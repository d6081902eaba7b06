"""A line for each thing that happened, as text and as JSON, whatever a feed puts into it."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.logs import LONGEST_TEXT, JsonLines, TextLines
from bot.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = "one\ntwo\r\x1b[31mred\u2028three\u202eturned\ud800 \x00"


def record(message: str, *args: object, facts: dict[str, Any] | None = None) -> logging.LogRecord:
    made = logging.LogRecord("watchers.polling", logging.INFO, __file__, 1, message, args, None)
    if facts is not None:
        made.facts = facts
    return made


def fail(how: Callable[[], object]) -> logging.LogRecord:
    made = record("report %s is set aside", "r1")
    try:
        how()
    except ValueError as error:
        made.exc_info = (type(error), error, error.__traceback__)
    return made


def stumble() -> None:
    raise ValueError(HOSTILE)


def test_text_is_a_sentence_with_its_time_and_level() -> None:
    line = TextLines().format(record("feed %s: %d new reports", "https://a.example/rss", 3, facts={"reports": 3}))
    assert line.endswith(" INFO    watchers.polling: feed https://a.example/rss: 3 new reports")
    assert line[10] == "T"


def test_json_has_the_sentence_and_its_facts_as_fields() -> None:
    facts = {"event": "poll", "reports": 3, "quiet": False, "moved_to": None, "outlet": "Голос"}
    made = record("feed %s: 3 new reports", "a", facts=facts)
    line = JsonLines().format(made)
    assert line.isascii()
    assert json.loads(line) == {
        "time": json.loads(line)["time"],
        "level": "info",
        "logger": "watchers.polling",
        "message": "feed a: 3 new reports",
        "event": "poll",
        "reports": 3,
        "quiet": False,
        "outlet": "Голос",
    }
    assert json.loads(line)["time"].endswith("+00:00")


def test_what_has_no_facts_is_json_too() -> None:
    assert json.loads(JsonLines().format(record("polling stopped")))["message"] == "polling stopped"


@given(st.text(max_size=3 * LONGEST_TEXT))
def test_no_text_makes_two_lines_or_an_endless_one(text: str) -> None:
    plain = TextLines().format(record("%s", text))
    line = JsonLines().format(record("%s", text, facts={"reason": text}))
    assert len(plain.splitlines()) == len(line.splitlines()) == 1
    assert len(plain) <= LONGEST_TEXT + 60
    assert all(len(json.loads(line)[name]) <= LONGEST_TEXT for name in ("message", "reason"))


def test_what_colours_or_turns_a_line_is_taken_out() -> None:
    line = TextLines().format(record("%s", HOSTILE))
    assert line.endswith("one two  [31mred three turned   ")
    assert json.loads(JsonLines().format(record("%s", HOSTILE)))["message"] == "one two  [31mred three turned   "


def test_a_traceback_stays_behind_its_line() -> None:
    first, *others = TextLines().format(fail(stumble)).splitlines()
    assert first.endswith("report r1 is set aside")
    assert others
    assert all(line.startswith("    ") for line in others)
    assert "ValueError: one" in "".join(others)
    found = json.loads(JsonLines().format(fail(stumble)))
    assert "in stumble" in found["traceback"]
    assert "\x1b" not in found["traceback"]


def test_secrets_that_are_redacted_are_so_in_both_forms() -> None:
    for formatter in (TextLines(), JsonLines()):
        made = fail(stumble)
        made.msg, made.args = "asked https://api.example/bot%s/getMe", ("123:abc",)
        assert Redaction(["123:abc"]).filter(made)
        assert "123:abc" not in formatter.format(made)
        assert "***" in formatter.format(made)


@pytest.mark.parametrize("form", ["text", "json"])
def test_libraries_are_quiet_in_either_form(form: logs.LogFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.set_up("debug", form)
    logging.getLogger("httpx").info("HTTP Request: POST https://api.example/bot123:abc/getMe")
    logging.getLogger("bot.delivery").debug("looked")
    (line,) = out.getvalue().splitlines()
    assert "looked" in line
    assert line.startswith("{") is (form == "json")
