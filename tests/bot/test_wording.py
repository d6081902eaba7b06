from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.message import Message
from bot.wording import (
    STAGE_WORDS,
    alert_message,
    case_title,
    coverage_line,
    day,
    digest_lines,
    disputed_lines,
    next_step,
    review_message,
    say,
    stage_bar,
    takes_effect,
)
from store.outbox import Delivery
from treaties.alerts import encode
from treaties.model import Alert, Companion, Event, Label, Mention, Precision, Source, VerdictKind, When
from treaties.registry import Clause, ClauseParams, Knowledge, State, Treaty
from treaties.stages import Stage

TODAY = date(2025, 4, 18)
CLAUSE = Clause(
    "Article 20", "from_receipt_by_depositary", "P6M", "Six months after the notice.", source="https://law.example/20"
)
OTTAWA = Treaty(
    "ottawa",
    "Convention on Mines",
    "Mine Ban Treaty",
    {},
    series="No. 35597",
    in_force=date(1999, 3, 1),
    clause=CLAUSE,
)
TIDES = Treaty("tides", "Tide Convention", "Tide Convention", {})
KNOWLEDGE = Knowledge({"ottawa": OTTAWA, "tides": TIDES}, {"LV": State("LV", "Latvia", {})}, (), {}, ())

VOTE = When(date(2025, 4, 16))
ALERT = Alert(
    "key",
    VerdictKind.NEW_DEVELOPMENT,
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    VOTE,
    report="r1",
    title="Saeima votes to leave",
    reason="not known yet",
    outlet="Tide Table",
    url="https://tide.example/1",
    sources=(Source("Tide Table", says=VOTE), Source("Radio Harbour", official=True)),
    done=((Stage.BILL_SUBMITTED, When(date(2025, 3, 20))),),
)


def event(*sources: Source) -> Event:
    return Event("key", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTE, sources)


def delivery(kind: str, payload: dict[str, Any]) -> Delivery:
    return Delivery(1, 1, "key", kind, payload, 1, possible_repeat=False, reply_to=None, edits=None)


def test_every_stage_has_words() -> None:
    assert set(STAGE_WORDS) == set(Stage)
    assert len(set(STAGE_WORDS.values())) == len(Stage)


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (When(date(2025, 9, 29)), "29 September 2025"),
        (When(date(2025, 9, 1), Precision.MONTH), "September 2025"),
        (When(date(2025, 1, 1), Precision.YEAR), "2025"),
        (None, "day not given"),
    ],
)
def test_a_date_is_written_as_people_do(when: When | None, text: str) -> None:
    assert day(when) == text


@pytest.mark.parametrize(
    ("state", "treaty", "title"),
    [
        ("LV", "ottawa", "Latvia – Mine Ban Treaty (No. 35597)"),
        ("LV", "tides", "Latvia – Tide Convention"),
        ("XX", "provisional:convention-on-moons", "XX – convention on moons"),
    ],
)
def test_a_case_is_titled_by_state_and_treaty(state: str, treaty: str, title: str) -> None:
    assert case_title(state, treaty, KNOWLEDGE) == title


def test_an_alert_says_what_happened_and_who_tells_it() -> None:
    message = alert_message(ALERT, KNOWLEDGE, TODAY)
    assert (message.kind, message.headline) == ("alert", "Latvia – Mine Ban Treaty (No. 35597)")
    assert (message.link, message.link_text) == ("https://tide.example/1", "Tide Table")
    assert message.lines == (
        "New development: passed by parliament, 16 April 2025",
        stage_bar({Stage.BILL_SUBMITTED, Stage.PARLIAMENT_PASSED}, Stage.PARLIAMENT_PASSED),
        "“Saeima votes to leave”",
        "2 reports, 2 independent, 1 official",
        "Next: Not before 18 October 2025 if notified today (Article 20): Six months after the notice.",
    )


def test_states_that_act_together_stand_in_one_headline_each_with_a_day_of_its_own() -> None:
    companions = (Companion("a", "EE", ALERT.when), Companion("b", "LT", None))
    message = alert_message(replace(ALERT, companions=companions), KNOWLEDGE, TODAY)
    assert message.headline == "Latvia, EE, LT – Mine Ban Treaty (No. 35597)"
    assert "LT: day not given" in message.lines
    assert not any(line.startswith("EE:") for line in message.texts)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (VerdictKind.NEW_CASE, "New case: "),
        (VerdictKind.NEW_DEVELOPMENT, "New development: "),
        (VerdictKind.REVERSAL, "Reversal: "),
    ],
)
def test_an_alert_says_of_what_kind_it_is(kind: VerdictKind, words: str) -> None:
    assert alert_message(replace(ALERT, kind=kind), KNOWLEDGE, TODAY).texts[0].startswith(words)


def test_an_edit_is_the_same_alert_with_its_coverage_grown() -> None:
    first = alert_message(ALERT, KNOWLEDGE, TODAY)
    edited = alert_message(replace(ALERT, sources=(*ALERT.sources, Source("Third"))), KNOWLEDGE, TODAY, edited=True)
    assert edited.kind == "edit"
    assert edited.headline == first.headline
    assert set(edited.lines) ^ set(first.lines) == {
        "2 reports, 2 independent, 1 official",
        "3 reports, 3 independent, 1 official",
    }


def test_an_alert_names_every_disputed_date() -> None:
    other = Source("Radio Harbour", says=When(date(2025, 4, 17)))
    lines = alert_message(replace(ALERT, sources=(ALERT.sources[0], other)), KNOWLEDGE, TODAY).lines
    assert "Disputed date: 16 April 2025 (Tide Table); 17 April 2025 (Radio Harbour)" in lines


def test_the_bar_shows_what_is_done_what_is_now_and_what_is_open() -> None:
    bar = stage_bar({Stage.GOVERNMENT_APPROVED, Stage.BILL_SUBMITTED}, Stage.BILL_SUBMITTED)
    assert bar == "● government  ◉ bill  ○ lower house  ○ upper house  ○ signed  ○ notified  ○ in effect"


def test_parliament_as_a_whole_stands_for_both_houses() -> None:
    bar = stage_bar({Stage.PARLIAMENT_PASSED, Stage.SIGNED_INTO_LAW}, Stage.SIGNED_INTO_LAW)
    assert "● lower house  ● upper house  ◉ signed" in bar


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.RETURNED, Stage.RESCINDED, Stage.ANNOUNCED])
def test_what_has_no_place_on_the_bar_is_named_behind_it(stage: Stage) -> None:
    bar = stage_bar({stage}, stage)
    assert bar.endswith(f"in effect  → {STAGE_WORDS[stage]}")
    assert "◉" not in bar


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
    assert coverage_line(event(*sources)) == line


def test_agreeing_dates_are_no_dispute() -> None:
    april = When(date(2025, 4, 1), Precision.MONTH)
    assert disputed_lines(event(Source("A", says=VOTE), Source("B", says=april), Source("C"))) == []


def test_a_dispute_names_each_outlet_once() -> None:
    other = When(date(2025, 4, 17))
    told = (Source("A", "u1", says=VOTE), Source("A", "u2", says=VOTE), Source("B", says=other), Source("C", says=VOTE))
    assert disputed_lines(event(*told)) == ["Disputed date: 16 April 2025 (A, C); 17 April 2025 (B)"]


NOTIFIED = Stage.NOTIFIED_DEPOSITARY
IN_MONTH = When(date(2025, 6, 1), Precision.MONTH)


@pytest.mark.parametrize(
    ("steps", "today", "told"),
    [
        ([], TODAY, "Not before 18 October 2025 if notified today (Article 20)"),
        ([(Stage.PARLIAMENT_PASSED, VOTE)], TODAY, "Not before 18 October 2025 if notified today (Article 20)"),
        ([(NOTIFIED, When(date(2025, 6, 27)))], TODAY, "Takes effect on 27 December 2025 (Article 20)"),
        ([(NOTIFIED, When(date(2025, 6, 27)))], date(2025, 12, 27), "Took effect on 27 December 2025 (Article 20)"),
        ([(NOTIFIED, IN_MONTH)], TODAY, "Not before 1 December 2025 (Article 20)"),
        ([(NOTIFIED, None)], TODAY, ""),
        ([(NOTIFIED, VOTE), (Stage.IN_EFFECT, When(date(2025, 10, 16)))], TODAY, ""),
        ([(NOTIFIED, VOTE), (Stage.RESCINDED, When(date(2025, 5, 1)))], TODAY, ""),
        (
            [(NOTIFIED, VOTE), (Stage.RESCINDED, IN_MONTH), (Stage.ANNOUNCED, None)],
            TODAY,
            "Not before 18 October 2025 if notified today (Article 20)",
        ),
        (
            [(NOTIFIED, VOTE), (Stage.REJOINED, IN_MONTH), (NOTIFIED, When(date(2025, 8, 31)))],
            TODAY,
            "Takes effect on 28 February 2026 (Article 20)",
        ),
    ],
)
def test_the_day_of_effect_follows_from_how_far_the_exit_has_come(
    steps: list[tuple[Stage, When | None]], today: date, told: str
) -> None:
    assert takes_effect(OTTAWA, "LV", steps, today) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"article": "none"}, "Takes effect on 16 October 2025"),
        ({"article": "none", "rule": "practice"}, "Takes effect on 16 October 2025 (by practice)"),
        ({"params": ClauseParams(depends_on="The council decides.")}, "Not before 16 October 2025 (Article 20)"),
        ({"rule": "none"}, ""),
    ],
)
def test_a_day_is_told_only_as_surely_as_it_is_known(changes: dict[str, Any], told: str) -> None:
    vague = replace(OTTAWA, clause=replace(CLAUSE, **changes))
    assert takes_effect(vague, "LV", [(NOTIFIED, VOTE)], TODAY) == told


def test_the_alert_on_a_notification_says_when_it_takes_effect_whatever_was_told_later() -> None:
    told = replace(ALERT, stage=NOTIFIED, when=When(date(2025, 6, 27)), done=((Stage.CONSIDERED, None), *ALERT.done))
    assert next_step(told, KNOWLEDGE, TODAY).startswith("Takes effect on 27 December 2025 (Article 20): Six months")


def test_what_can_be_said_without_a_day_is_the_clause() -> None:
    silent = replace(OTTAWA, clause=replace(CLAUSE, article="none", rule="none", text="No clause."))
    assert next_step(ALERT, replace(KNOWLEDGE, treaties={"ottawa": silent}), TODAY) == "No clause."


def test_a_clause_that_nobody_looked_up_is_marked() -> None:
    recalled = replace(OTTAWA, clause=replace(CLAUSE, source=None))
    text = next_step(ALERT, replace(KNOWLEDGE, treaties={"ottawa": recalled}), TODAY)
    assert text.endswith("(Article 20): Six months after the notice. (recalled, not verified)")
    bare = replace(OTTAWA, clause=replace(CLAUSE, source=None, text=""))
    text = next_step(ALERT, replace(KNOWLEDGE, treaties={"ottawa": bare}), TODAY)
    assert text == "Not before 18 October 2025 if notified today (Article 20) (recalled, not verified)"


def test_nothing_comes_next_where_no_clause_is_known_or_the_state_is_out() -> None:
    assert next_step(replace(ALERT, treaty="tides"), KNOWLEDGE, TODAY) == ""
    assert next_step(replace(ALERT, treaty="provisional:x"), KNOWLEDGE, TODAY) == ""
    assert next_step(replace(ALERT, stage=Stage.IN_EFFECT), KNOWLEDGE, TODAY) == ""


REVIEW = {
    "report": "r1",
    "title": "Latvia may leave",
    "outlet": "Tide Table",
    "url": "https://tide.example/1",
    "state": "LV",
    "treaty": "ottawa",
    "stage": "announced",
    "when": "2025-04-16",
    "quote": "is to leave",
    "reason": "the reading is weak",
}


def test_a_question_to_the_reviewers_says_what_it_rests_on_and_why_it_is_asked() -> None:
    message = review_message(REVIEW, KNOWLEDGE)
    assert (message.kind, message.headline) == ("review", "Latvia – Mine Ban Treaty (No. 35597)")
    assert message.lines == (
        "Unsure: announced, 2025-04-16",
        "“Latvia may leave”",
        "Rests on: is to leave",
        "Why: the reading is weak",
    )
    assert (message.link, message.link_text) == ("https://tide.example/1", "Tide Table")


def test_a_question_without_a_stage_or_a_day_says_so() -> None:
    message = review_message({**REVIEW, "stage": None, "when": None}, KNOWLEDGE)
    assert message.lines[0] == "Unsure: a step that is not named, day not given"


@pytest.mark.parametrize(
    ("kind", "payload", "headline"),
    [
        ("alert", encode(ALERT), "Latvia – Mine Ban Treaty (No. 35597)"),
        ("edit", encode(ALERT), "Latvia – Mine Ban Treaty (No. 35597)"),
        ("group", {"alerts": [encode(ALERT), encode(ALERT)]}, "2 new developments"),
        ("review", REVIEW, "Latvia – Mine Ban Treaty (No. 35597)"),
        ("digest", {"headline": "Digest", "lines": ["one", "two"]}, "Digest"),
        ("notice", {"headline": "A chat is gone", "lines": []}, "A chat is gone"),
    ],
)
def test_every_kind_of_delivery_is_said(kind: str, payload: dict[str, Any], headline: str) -> None:
    message = say(delivery(kind, payload), KNOWLEDGE, TODAY)
    assert (message.kind, message.headline) == (kind, headline)


def test_a_group_tells_of_each_of_its_alerts() -> None:
    alerts = [encode(ALERT), encode(replace(ALERT, state="EE"))]
    message = say(delivery("group", {"alerts": alerts}), KNOWLEDGE, TODAY)
    assert [text.partition(" – ")[0] for text in message.texts[::2]] == ["Latvia", "Estonia"]


def test_a_digest_keeps_its_lines() -> None:
    payload = {"headline": "Digest", "lines": ["one", "two"], "end": "…"}
    assert say(delivery("digest", payload), KNOWLEDGE, TODAY) == Message("digest", "Digest", ("one", "two"))


@pytest.mark.parametrize("kind", ["alert", "edit", "group", "review", "digest", "notice"])
def test_a_payload_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        say(delivery(kind, {"foreign": 1}), KNOWLEDGE, TODAY)


def test_a_digest_lists_developments_with_their_coverage() -> None:
    assert digest_lines((event(Source("A")),), (), KNOWLEDGE) == [
        "Latvia – Mine Ban Treaty (No. 35597): passed by parliament, 16 April 2025 (1 report, 1 independent)"
    ]


def test_a_quiet_period_says_so() -> None:
    assert digest_lines((), (), KNOWLEDGE) == ["No new development."]


def mention(number: int, outlet: str | None = "Tide Table") -> Mention:
    return Mention("LV", "ottawa", Label.TALK, f"Story {number}", outlet)


def test_a_digest_says_who_talked() -> None:
    (_, line) = digest_lines((), (mention(1),), KNOWLEDGE)
    assert line.startswith("Talk, ")
    assert "“Story 1”" in line
    assert "Tide Table" in line
    assert "(no outlet)" in digest_lines((), (mention(1, None),), KNOWLEDGE)[1]


def test_a_digest_does_not_drown_in_talk() -> None:
    lines = digest_lines((), tuple(mention(number) for number in range(13)), KNOWLEDGE)
    assert len(lines) == 12
    assert lines[-1] == "… and 3 more mentions"
    assert len(digest_lines((), tuple(mention(number) for number in range(10)), KNOWLEDGE)) == 11
