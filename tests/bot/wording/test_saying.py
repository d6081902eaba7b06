"""Every kind of row of the outbox becomes a message; what else is said about names, coverage, digests and questions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.message import Line, Message
from bot.speech import flag
from bot.wording import case_title, coverage_line, disputed_lines, say
from bot.wording.notice import encode_lines, stored_message
from bot.wording.review import review_message
from tests.bot.wording.cases import ALERT, ENGLISH, GERMAN, REVIEW, TODAY, VOTE, delivery, event, texts
from treaties.alerts import encode
from treaties.model import Precision, Source, When

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


@pytest.mark.parametrize(("role", "rows"), [("public", 2), ("reviewers", 4), ("owner", 4)])
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
    def pressed(**more: Any) -> list[list[tuple[str, str]]]:
        rows = review_message({**REVIEW, "claim": 12, **more}, ENGLISH).buttons
        return [[(button.label, button.action) for button in row] for row in rows]

    listed = [
        [("Confirm", "confirm:12"), ("Dismiss", "dismiss:12")],
        [("Other stage", "restage:12"), ("Known event", "join:12")],
    ]
    assert pressed() == listed
    assert pressed(treaty="provisional:tide-convention") == [*listed, [("Which treaty?", "bind:12")]]


def test_once_somebody_has_decided_the_question_says_who_and_asks_no_more() -> None:
    decided = {**REVIEW, "claim": 12, "decided": {"action": "dismiss", "who": "Ann"}}
    message = say(delivery("edit", decided, "reviewers"), ENGLISH, TODAY)
    assert (message.kind, message.buttons) == ("edit", ())
    assert message.lines[0] == Line("Ann: dismissed", "strong")


def test_a_digest_that_was_worded_when_it_was_queued_is_said_as_it_is() -> None:
    message = Message("digest", "Digest", (Line("one", "strong", "https://a.example/"), "two"))
    assert stored_message("digest", {"headline": "Digest", "lines": encode_lines(message), "end": "…"}) == message
