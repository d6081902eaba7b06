"""What a digest says: readable on a phone, short where nothing happened, in its channel's language and time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from bot.message import Line
from bot.slack.rendering import parts as slack_parts
from bot.speech import LANGUAGES, Speech
from bot.telegram.rendering import render_parts
from bot.wording import say
from bot.wording.digest import digest_message
from config.knowledge import load
from tests.bot.wording.cases import TODAY, delivery, texts
from treaties.digest import (
    Coverage,
    Development,
    Digest,
    Dispute,
    FeedHealth,
    Question,
    TakingEffect,
    Talk,
    Tally,
    decode,
    encode,
)
from treaties.model import Label, Mention, Precision, When
from treaties.stages import Stage

KNOWLEDGE = load()
ENGLISH = Speech("en", KNOWLEDGE)
RIGA = ZoneInfo("Europe/Riga")
START, END = datetime(2025, 10, 30, 5, tzinfo=UTC), datetime(2025, 10, 31, 5, tzinfo=UTC)
PASSED = Development(
    "LV",
    "istanbul",
    Stage.PARLIAMENT_PASSED,
    When(date(2025, 10, 30)),
    reports=7,
    voices=4,
    official=1,
    url="https://saeima.example/1",
    alerted=True,
)
ANNOUNCED = Development("HU", "rome-statute", Stage.ANNOUNCED, None, reports=1, voices=1, opens=True)
SAID = Mention("LV", "istanbul", Label.TALK, "Will the president send it back?", "Tide Table", "https://tide.example/1")
SORRY = replace(SAID, label=Label.REACTION, title="Council of Europe regrets the vote", outlet="Coe")
HEALTH = FeedHealth(147, 150, datetime(2025, 10, 31, 4, tzinfo=UTC))
FULL = Digest(
    START,
    END,
    developments=(ANNOUNCED, PASSED),
    talk=(Talk("LV", "istanbul", ((Label.TALK, 1), (Label.REACTION, 3)), (SAID, SORRY)),),
    coming=(TakingEffect("EE", "ottawa", date(2025, 12, 27), sure=True),),
    disputes=(
        Dispute(
            "LV",
            "istanbul",
            Stage.PARLIAMENT_PASSED,
            ((When(date(2025, 10, 30)), ("LSM", "Saeima")), (When(date(2025, 10, 31)), ("15min",))),
        ),
    ),
    waiting=4,
    questions=(Question("RU", "ecpt", Stage.ANNOUNCED), Question("PL", "ottawa", None)),
    coverage=Coverage(
        12,
        Tally(9, (("LSM", 3), ("Delfi", 2), ("15min", 1))),
        Tally(2, (("LV", 8), ("LT", 4))),
        Tally(3, (("lv", 6), ("lt", 4), ("en", 2))),
    ),
    reports=1204,
    feeds=HEALTH,
)
LONG = replace(SAID, title="A very long headline " * 20)
DISPUTED = (
    "• 🇱🇻 Latvia – Istanbul Convention: passed by parliament: 30 October 2025 (LSM, Saeima); 31 October 2025 (15min)"
)
COVERAGE = (
    "12 reports on these cases · 9 outlets (LSM 3, Delfi 2, 15min 1, …) · 2 countries (Latvia 8, Lithuania 4)"
    " · 3 languages (Latvian 6, Lithuanian 4, English 2)"
)
EMPTY = Digest(START, END, reports=1204, feeds=HEALTH)


def test_a_digest_tells_everything_in_order() -> None:
    message = digest_message(FULL, ENGLISH, RIGA)
    assert message.headline == "Digest 30 Oct 07:00 to 31 Oct 07:00"
    assert texts(message) == [
        "1 new case · 1 development · 1 case talked about",
        "",
        "🆕 New cases",
        "🇭🇺 Hungary – Rome Statute",
        "• announced: day not given · 1 report, 1 independent",
        "",
        "📌 Developments",
        "🇱🇻 Latvia – Istanbul Convention",
        "• passed by parliament: 30 October 2025 · 7 reports, 4 independent, 1 official · ✓ alert sent",
        "",
        "💬 Talk and reactions",
        "🇱🇻 Latvia – Istanbul Convention: 1 report of talk, 3 reactions",
        "Will the president send it back? (Tide Table)",
        "Council of Europe regrets the vote (Coe)",
        "",
        "⏳ Takes effect within 90 days",
        "• 🇪🇪 Estonia – Ottawa Convention: 27 December 2025, in 57 days",
        "",
        "≠ Disputed dates",
        DISPUTED,
        "",
        COVERAGE,
        "1204 reports read; 147 of 150 feeds healthy; last depositary check 06:00; 4 waiting for review",
    ]
    assert [line.link for line in message.lines if isinstance(line, Line) and line.link] == [
        "https://saeima.example/1",
        "https://tide.example/1",
        "https://tide.example/1",
    ]


def test_those_who_can_judge_are_told_what_waits_and_how() -> None:
    lines = texts(digest_message(FULL, ENGLISH, RIGA, judges=True))
    first = lines.index("❓ 4 waiting for review")
    assert lines[first : first + 5] == [
        "❓ 4 waiting for review",
        "• 🇷🇺 Russia – European Convention for the Prevention of Torture: announced",
        "• 🇵🇱 Poland – Ottawa Convention: a step that is not named",
        "… and 2 more",
        "To decide: the buttons under each question, or treatywatch review",
    ]
    assert lines[-1] == "1204 reports read; 147 of 150 feeds healthy; last depositary check 06:00"


def test_an_empty_digest_is_short_and_says_that_nothing_happened() -> None:
    assert texts(digest_message(EMPTY, ENGLISH, RIGA)) == [
        "No developments; 1204 reports read; 147 of 150 feeds healthy; last depositary check 06:00",
    ]
    assert texts(digest_message(replace(EMPTY, coming=FULL.coming * 2, waiting=1), ENGLISH, RIGA))[1:] == [
        "Next: 🇪🇪 Estonia – Ottawa Convention: 27 December 2025, in 57 days",
        "1 waiting for review",
    ]


def test_without_a_depositary_nothing_is_said_of_one_and_an_old_check_has_its_day() -> None:
    unread = replace(EMPTY, feeds=FeedHealth(1, 1))
    assert texts(digest_message(unread, ENGLISH, RIGA)) == ["No developments; 1204 reports read; 1 of 1 feeds healthy"]
    old = replace(EMPTY, feeds=replace(HEALTH, depositary=START))
    assert texts(digest_message(old, ENGLISH, RIGA))[0].endswith("last depositary check 30 Oct 07:00")


def test_what_is_not_sure_or_of_the_day_says_so() -> None:
    coming = (TakingEffect("EE", "ottawa", date(2025, 10, 31), sure=False),)
    lines = texts(digest_message(replace(EMPTY, coming=coming), ENGLISH, RIGA))
    assert lines[1] == "Next: 🇪🇪 Estonia – Ottawa Convention: 31 October 2025, at the earliest, today"


def test_steps_of_one_case_stand_under_one_name() -> None:
    signed = replace(PASSED, stage=Stage.SIGNED_INTO_LAW, when=When(date(2025, 10, 1), Precision.MONTH))
    lines = texts(digest_message(replace(FULL, developments=(PASSED, signed)), ENGLISH, RIGA))
    assert sum(line == "🇱🇻 Latvia – Istanbul Convention" for line in lines) == 1
    assert "• signed into law: October 2025 · 7 reports, 4 independent, 1 official · ✓ alert sent" in lines


STATES = [code for code in KNOWLEDGE.states if len(code) == 2][:14]


def many(count: int) -> Digest:
    """A digest of that many cases with developments, talk, days of effect and disputes each."""
    return replace(
        FULL,
        developments=tuple(replace(PASSED, state=state) for state in STATES[:count]),
        talk=tuple(replace(FULL.talk[0], state=state, mentions=(LONG, LONG)) for state in STATES[:count]),
        coming=tuple(replace(FULL.coming[0], state=state) for state in STATES[:count]),
        disputes=tuple(replace(FULL.disputes[0], state=state) for state in STATES[:count]),
    )


def test_ten_cases_are_told_in_full_and_the_rest_is_counted() -> None:
    lines = texts(digest_message(many(14), ENGLISH, RIGA))
    assert sum("passed by parliament: 30 October 2025 · 7 reports" in line for line in lines) == 10
    assert "… and 4 more cases with news" in lines
    assert "… and 9 more cases talked about" in lines
    assert [lines.count("… and 4 more"), lines.count("… and 9 more")] == [1, 1]
    assert not any("more" in line for line in texts(digest_message(many(5), ENGLISH, RIGA)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_long_digest_is_split_by_both_chats_and_loses_nothing(lang: str) -> None:
    message = digest_message(many(14), Speech(lang, KNOWLEDGE), RIGA, judges=True)
    assert len(render_parts(message)) > 1
    for parts in (render_parts(message), slack_parts(message)):
        shown = unescape(str(parts))
        assert [state for state in STATES[:10] if Speech(lang, KNOWLEDGE).state(state) not in shown] == []


def test_what_a_feed_wrote_stays_words_in_a_digest() -> None:
    hostile = replace(SAID, title="<b>@channel</b>\n" + "x" * 500, outlet="\u202eevil")
    talk = (replace(FULL.talk[0], mentions=(hostile,)),)
    line = next(one for one in texts(digest_message(replace(FULL, talk=talk), ENGLISH, RIGA)) if "channel" in one)
    assert "\n" not in line
    assert "\u202e" not in line
    assert len(line) < 200


@pytest.mark.parametrize(
    ("lang", "first", "last"),
    [
        ("de", "1 neuer Fall · 1 neuer Schritt · 1 Fall im Gespräch", "147 von 150 Feeds in Ordnung"),
        ("ru", "1 новый случай · 1 новый шаг · обсуждается 1 случай", "исправных лент: 147 из 150"),
        ("fr", "1 nouveau cas · 1 nouvelle étape · 1 cas évoqué", "flux en ordre : 147 sur 150"),
    ],
)
def test_a_digest_is_worded_when_it_is_sent(lang: str, first: str, last: str) -> None:
    owed = replace(delivery("digest", encode(FULL)), timezone="Europe/Riga")
    message = say(owed, Speech(lang, KNOWLEDGE), TODAY)
    assert texts(message)[0] == first
    assert last in texts(message)[-1]
    assert "07:00" in message.headline


@pytest.mark.parametrize(("role", "hint"), [("public", False), ("reviewers", True), ("owner", True)])
def test_only_those_who_can_judge_get_the_hint(role: str, hint: bool) -> None:  # noqa: FBT001 - a value
    message = say(delivery("digest", encode(FULL), role), ENGLISH, TODAY)
    assert any("treatywatch review" in text for text in texts(message)) is hint


def test_a_digest_comes_back_as_it_was_kept() -> None:
    assert decode(encode(FULL)) == FULL
    assert decode(encode(EMPTY)) == EMPTY
