"""Every kind of row of the outbox becomes a message; what else is said about names, coverage, digests and questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.message import Line, Message
from bot.speech import flag
from bot.wording import case_title, coverage_line, disputed_lines, say
from bot.wording.digest import digest_message, encode_lines, stored_message
from bot.wording.review import review_message
from tests.bot.wording.cases import ALERT, ENGLISH, GERMAN, REVIEW, TODAY, VOTE, delivery, event, texts
from treaties.alerts import encode
from treaties.model import Digest, Event, Label, Mention, Precision, Source, When

EXIT = "🇱🇻 Latvia, exit from Mine Ban Treaty: passed by parliament"
CORRECTION = {**encode(ALERT), "correction": {"was": "announced", "now": None, "why": ""}}


@pytest.mark.parametrize(
    ("kind", "payload", "headline"),
    [
        ("alert", encode(ALERT), EXIT),
        ("edit", encode(ALERT), EXIT),
        ("group", {"alerts": [encode(ALERT)]}, "1 new development"),
        ("correction", CORRECTION, "Correction: 🇱🇻 Latvia – Mine Ban Treaty"),
        ("review", REVIEW, "❓ 🇱🇻 Latvia – Mine Ban Treaty: announced"),
        ("digest", {"headline": "Digest", "lines": ["one", "two"]}, "Digest"),
        ("notice", {"headline": "A chat is gone", "lines": []}, "A chat is gone"),
    ],
)
def test_every_kind_of_delivery_is_said(kind: str, payload: dict[str, Any], headline: str) -> None:
    message = say(delivery(kind, payload), ENGLISH, TODAY)
    assert (message.kind, message.headline) == (kind, headline)
    assert message.repeat_mark == "(possible repeat)"
    assert say(delivery(kind, payload), GERMAN, TODAY).repeat_mark == "(möglicherweise doppelt)"


@pytest.mark.parametrize("kind", ["alert", "edit", "group", "correction", "review", "digest", "notice"])
def test_a_payload_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        say(delivery(kind, {"foreign": 1}), ENGLISH, TODAY)


@pytest.mark.parametrize(("role", "rows"), [("public", 2), ("reviewers", 3), ("owner", 3)])
def test_only_curators_see_the_buttons_that_correct(role: str, rows: int) -> None:
    assert len(say(delivery("alert", encode(ALERT), role), ENGLISH, TODAY).buttons) == rows


@pytest.mark.parametrize(
    ("payload", "headline"),
    [
        ({"about": "feeds", "n": 1}, "1 Feed braucht Aufmerksamkeit"),
        ({"about": "feeds", "n": 3}, "3 Feeds brauchen Aufmerksamkeit"),
        ({"about": "lost", "channel": "News"}, "Eine Nachricht konnte nicht zugestellt werden: News"),
        ({"about": "gone", "channel": "News"}, "News ist nicht mehr erreichbar und wurde abgeschaltet"),
        ({"about": "topic"}, "Das Thema, in dem ich geschrieben habe, wurde gelöscht."),
        ({}, "As it was written"),
    ],
)
def test_a_notice_has_its_headline_in_the_language(payload: dict[str, Any], headline: str) -> None:
    payload = {"headline": "As it was written", "lines": ["detail"], **payload}
    assert say(delivery("notice", payload), GERMAN, TODAY).headline == headline


@pytest.mark.parametrize(
    ("state", "treaty", "title"),
    [
        ("LV", "ottawa", "Latvia – Mine Ban Treaty (No. 35597)"),
        (["LV", "EE"], "tides", "Latvia, EE – Tide Convention"),
        ("XX", "provisional:convention-on-moons", "XX – convention on moons"),
    ],
)
def test_a_case_is_titled_by_state_and_treaty(state: str, treaty: str, title: str) -> None:
    assert case_title(state, treaty, ENGLISH) == title


def test_names_are_those_of_the_language() -> None:
    assert case_title("LV", "ottawa", GERMAN) == "Lettland – Minenverbot (No. 35597)"


@pytest.mark.parametrize(("code", "shown"), [("LV", "🇱🇻"), ("EU", "🇪🇺"), ("x-baltic", ""), ("lv", ""), ("ЁЖ", "")])
def test_two_letters_have_a_flag(code: str, shown: str) -> None:
    assert flag(code) == shown


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        ((Source("A"),), "1 report, 1 independent"),
        ((Source("A", group="Wire"), Source("B", group="Wire")), "2 reports, 1 independent"),
        ((Source("A", official=True), Source("B")), "2 reports, 2 independent, 1 official"),
        ((), "0 reports, 0 independent"),
    ],
)
def test_coverage_counts_reports_and_independent_voices(sources: tuple[Source, ...], line: str) -> None:
    assert coverage_line(event(*sources), ENGLISH) == line


def test_agreeing_dates_are_no_dispute() -> None:
    april = When(date(2025, 4, 1), Precision.MONTH)
    assert disputed_lines(event(Source("A", says=VOTE), Source("B", says=april), Source("C")), ENGLISH) == []


def test_a_dispute_names_each_outlet_once_and_counts_a_crowd() -> None:
    other = When(date(2025, 4, 17))
    told = [Source(name, says=VOTE) for name in "AABCDE"] + [Source("F", says=other)]
    assert disputed_lines(event(*told), ENGLISH) == ["Disputed date: 16 April 2025 (A, B, C, +2); 17 April 2025 (F)"]


def test_a_question_to_the_reviewers_says_what_it_rests_on_and_why_it_is_asked() -> None:
    message = review_message(REVIEW, ENGLISH)
    assert message.lines == (
        "Unsure: announced, 16 April 2025",
        Line("Latvia may leave", "quote"),
        Line("Tide Table", link="https://tide.example/1"),
        "Rests on: is to leave",
        "Why: the reading is weak",
    )


def test_a_question_without_a_stage_or_a_day_says_so() -> None:
    message = review_message({**REVIEW, "stage": None, "when": None, "outlet": None}, ENGLISH)
    assert texts(message)[0] == "Unsure: a step that is not named, day not given"
    assert texts(message)[2] == "unnamed outlet"


def test_a_question_is_answered_where_it_stands() -> None:
    (row,) = review_message({**REVIEW, "claim": 12}, ENGLISH).buttons
    assert [(button.label, button.action) for button in row] == [("Confirm", "confirm:12"), ("Dismiss", "dismiss:12")]


def test_once_somebody_has_decided_the_question_says_who_and_asks_no_more() -> None:
    decided = {**REVIEW, "claim": 12, "decided": {"action": "dismiss", "who": "Ann"}}
    message = say(delivery("edit", decided, "reviewers"), ENGLISH, TODAY)
    assert (message.kind, message.buttons) == ("edit", ())
    assert message.lines[0] == Line("Ann: dismissed", "strong")


START, END = datetime(2025, 9, 24, 5, tzinfo=UTC), datetime(2025, 9, 25, 5, tzinfo=UTC)
RIGA = ZoneInfo("Europe/Riga")


def digest(*events: Event, mentions: tuple[Mention, ...] = (), unsure: int = 0) -> Digest:
    return Digest(START, END, events, mentions, unsure, reports=9, feeds_healthy=3, feeds_total=4)


def mention(number: int, label: Label = Label.TALK) -> Mention:
    return Mention("LV", "ottawa", label, f"Story {number}", "Tide Table", f"https://tide.example/{number}")


def test_a_digest_lists_developments_with_a_link_and_their_coverage() -> None:
    message = digest_message(digest(event(Source("A"), Source("B", "https://b.example/1"))), ENGLISH, RIGA)
    assert message == Message(
        "digest",
        "Digest 24 Sep 08:00 to 25 Sep 08:00",
        (
            Line("🇱🇻 Latvia – Mine Ban Treaty: passed by parliament", "strong", "https://b.example/1"),
            "16 April 2025 · 2 reports, 2 independent",
            "",
            Line("9 reports read · feeds healthy: 3 of 4", "small"),
        ),
    )


def test_a_quiet_period_says_so() -> None:
    assert digest_message(digest(), ENGLISH, RIGA).lines[0] == "No new development."


def test_a_digest_puts_what_was_said_under_headings() -> None:
    said = (mention(1), mention(2, Label.REACTION), mention(3))
    lines = texts(digest_message(digest(mentions=said, unsure=2), ENGLISH, RIGA))
    assert lines[1:9] == [
        "",
        "Talk",
        "🇱🇻 Latvia – Mine Ban Treaty: “Story 1” (Tide Table)",
        "🇱🇻 Latvia – Mine Ban Treaty: “Story 3” (Tide Table)",
        "",
        "Reactions",
        "🇱🇻 Latvia – Mine Ban Treaty: “Story 2” (Tide Table)",
        "",
    ]
    assert lines[9:] == ["2 waiting for review", "9 reports read · feeds healthy: 3 of 4"]


def test_a_digest_does_not_drown_in_talk_nor_in_developments() -> None:
    said = tuple(mention(number) for number in range(13))
    events = tuple(replace(event(), id=str(number)) for number in range(41))
    lines = texts(digest_message(digest(*events, mentions=said), ENGLISH, RIGA))
    assert "… and 3 more mentions" in lines
    assert "… and 1 more" in lines


def test_a_digest_is_stored_as_it_was_written() -> None:
    message = digest_message(digest(event(Source("A", "https://a.example/")), mentions=(mention(1),)), GERMAN, RIGA)
    stored = {"headline": message.headline, "lines": encode_lines(message), "end": "…"}
    assert stored_message("digest", stored) == message
