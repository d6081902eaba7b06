"""What alerts say: at a glance, in any language, and within one message."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.message import Line
from bot.speech import LANGUAGES, Speech
from bot.telegram.rendering import render_parts
from bot.wording.alert import alert_message, corrected, correction_message, group_message
from bot.wording.steps import STAGE_WORDS
from tests.bot.wording.cases import ALERT, CLAUSE, ENGLISH, GERMAN, KNOWLEDGE, OTTAWA, TODAY, texts
from treaties.alerts import encode
from treaties.model import Alert, Companion, Precision, Source, VerdictKind, When
from treaties.registry import ClauseParams
from treaties.stages import Stage


def test_an_alert_says_what_happened_who_tells_it_and_what_follows() -> None:
    message = alert_message(ALERT, ENGLISH, TODAY)
    assert (message.kind, message.headline) == (
        "alert",
        "🇱🇻 Latvia, exit from Mine Ban Treaty: passed by parliament",
    )
    assert message.lines == (
        "16 April 2025 · No. 35597",
        Line("● bill  ◉ parliament  ○ signature  ○ notification  ○ exit", "bar"),
        Line("Saeima votes to leave", "quote"),
        Line("Tide Table", link="https://tide.example/1"),
        "+1 source, 2 independent · Official: Radio Harbour",
        "📅 Not before 18 October 2025 if notified today (Article 20)",
        Line("Six months after the notice.", "small"),
        Line("Afterwards: Old mines stay cleared.", "small"),
    )


def test_an_alert_is_said_in_the_language_of_its_chat() -> None:
    message = alert_message(ALERT, GERMAN, TODAY)
    assert message.headline == "🇱🇻 Lettland – Minenverbot: Austritt vom Parlament beschlossen"
    assert texts(message) == [
        "16. April 2025 · No. 35597",
        "● Gesetzentwurf  ◉ Parlament  ○ Unterzeichnung  ○ Notifikation  ○ Austritt",
        "Saeima votes to leave",
        "Tide Table",
        "+1 Quelle, unabhängig: 2 · Amtlich: Radio Harbour",
        "📅 Nicht vor dem 18. Oktober 2025, wenn heute notifiziert (Artikel 20)",
        "Frist bis zum Austritt ab Eingang der Notifikation beim Depositar: 6 Monate.",
        "Nach dem Austritt: Was vor dem Austritt aus dem Vertrag entstanden ist, bleibt verbindlich.",
    ]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (VerdictKind.NEW_CASE, "New case · 16 April 2025 · No. 35597"),
        (VerdictKind.NEW_DEVELOPMENT, "16 April 2025 · No. 35597"),
        (VerdictKind.REVERSAL, "Reversal · 16 April 2025 · No. 35597"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said_before_the_day(kind: VerdictKind, line: str) -> None:
    assert texts(alert_message(replace(ALERT, kind=kind), ENGLISH, TODAY))[0] == line


@pytest.mark.parametrize(
    ("stage", "headline"),
    [
        (Stage.SUSPENDED, "🇱🇻 Latvia – Mine Ban Treaty: suspended"),
        (Stage.REJOINED, "🇱🇻 Latvia – Mine Ban Treaty: rejoined"),
        (Stage.RESCINDED, "🇱🇻 Latvia, exit from Mine Ban Treaty: notification withdrawn"),
    ],
)
def test_what_is_no_exit_is_not_called_one(stage: Stage, headline: str) -> None:
    assert alert_message(replace(ALERT, stage=stage), ENGLISH, TODAY).headline == headline


def test_states_that_act_together_stand_in_one_headline_each_with_a_day_of_its_own() -> None:
    companions = (Companion("a", "EE", ALERT.when), Companion("b", "LT", None))
    message = alert_message(replace(ALERT, companions=companions), ENGLISH, TODAY)
    assert message.headline.startswith("🇱🇻 Latvia, 🇪🇪 EE, 🇱🇹 LT, exit from")
    assert "🇱🇹 LT: day not given" in message.lines
    assert not any(line.startswith("🇪🇪") for line in texts(message))


def test_a_crowd_of_states_is_counted() -> None:
    crowd = tuple(Companion(code, code, ALERT.when) for code in ("EE", "LT", "PL", "FI", "NO"))
    headline = alert_message(replace(ALERT, companions=crowd), ENGLISH, TODAY).headline
    assert headline.startswith("🇱🇻 Latvia, 🇪🇪 EE, 🇱🇹 LT, 🇵🇱 PL, +2, exit from")


def test_an_edit_is_the_same_alert_with_its_coverage_grown() -> None:
    first = alert_message(ALERT, ENGLISH, TODAY)
    more = replace(ALERT, sources=(*ALERT.sources, *(Source(f"Paper {n}", group="Owner") for n in range(5))))
    edited = alert_message(more, ENGLISH, TODAY, edited=True)
    assert (edited.kind, edited.headline) == ("edit", first.headline)
    assert set(texts(edited)) - set(texts(first)) == {"+6 sources, 3 independent · Official: Radio Harbour"}


def test_what_one_source_alone_tells_is_said_to_be_so() -> None:
    assert "the only source so far" in texts(alert_message(replace(ALERT, sources=(Source("A"),)), ENGLISH, TODAY))


def test_every_disputed_date_stands_with_those_who_give_it() -> None:
    other = Source("Radio Harbour", says=When(date(2025, 4, 17)))
    lines = texts(alert_message(replace(ALERT, sources=(ALERT.sources[0], other)), ENGLISH, TODAY))
    assert "⚠ Disputed date: 16 April 2025 (Tide Table); 17 April 2025 (Radio Harbour)" in lines


def test_what_nobody_knows_yet_is_named() -> None:
    lines = texts(alert_message(replace(ALERT, open_points=("Will the president sign?",)), ENGLISH, TODAY))
    assert "❓ Still open: Will the president sign?" in lines


NOTIFIED = Stage.NOTIFIED_DEPOSITARY


def test_the_alert_on_a_notification_says_when_it_takes_effect_whatever_was_told_later() -> None:
    told = replace(ALERT, stage=NOTIFIED, when=When(date(2025, 6, 27)), done=((Stage.CONSIDERED, None), *ALERT.done))
    assert "📅 Takes effect on 27 December 2025 (Article 20)" in texts(alert_message(told, ENGLISH, TODAY))


def test_what_can_be_said_without_a_day_is_the_clause_with_its_article() -> None:
    vague = replace(OTTAWA, clause=replace(CLAUSE, rule="none", residual=""))
    speech = Speech("en", replace(KNOWLEDGE, treaties={"ottawa": vague}))
    assert texts(alert_message(ALERT, speech, TODAY))[-1] == "Article 20: Six months after the notice."


def test_a_clause_that_nobody_looked_up_is_marked() -> None:
    recalled = replace(OTTAWA, clause=replace(CLAUSE, source=None, residual=""))
    speech = Speech("en", replace(KNOWLEDGE, treaties={"ottawa": recalled}))
    assert texts(alert_message(ALERT, speech, TODAY))[-1] == "Six months after the notice. (recalled, not verified)"


def test_a_state_that_is_out_hears_only_what_still_binds_it() -> None:
    lines = texts(alert_message(replace(ALERT, stage=Stage.IN_EFFECT), ENGLISH, TODAY))
    assert lines[-2:] == ["+1 source, 2 independent · Official: Radio Harbour", "Afterwards: Old mines stay cleared."]


@pytest.mark.parametrize("alert", [replace(ALERT, treaty="tides"), replace(ALERT, stage=Stage.REJOINED)])
def test_nothing_follows_where_no_clause_is_known_or_the_state_is_back(alert: Alert) -> None:
    assert texts(alert_message(alert, ENGLISH, TODAY))[-1].startswith("+1 source")


def labelled(alert: Alert, *, curators: bool = False) -> list[list[tuple[str, str]]]:
    message = alert_message(alert, ENGLISH, TODAY, curators=curators)
    return [[(button.label, button.action) for button in row] for row in message.buttons]


def test_an_alert_leads_on_and_can_be_muted() -> None:
    assert labelled(ALERT) == [
        [("Timeline", "timeline:LV:ottawa"), ("Sources", "sources:17")],
        [("Why", "why:17"), ("Mute case", "mute:LV:ottawa")],
    ]


def test_curators_can_correct_an_alert_where_they_read_it() -> None:
    assert labelled(ALERT, curators=True)[2:] == [
        [("Not this", "wrong:17"), ("Other stage", "stage:17")],
        [("Same as another event", "merge:17")],
    ]


def test_a_case_with_a_long_name_is_named_by_its_event() -> None:
    alert = replace(ALERT, treaty="provisional:" + "a-very-long-name-" * 4)
    assert labelled(alert)[0][0] == ("Timeline", "timeline:#17")
    assert labelled(replace(alert, row=None)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("stage", Stage)
def test_the_longest_alert_is_one_message_in_every_language(lang: str, stage: Stage) -> None:
    clause = replace(
        CLAUSE,
        text="long " * 900,
        residual="long " * 900,
        earliest="P5Y",
        params=ClauseParams(later_date_allowed=True, armed_conflict_extension="at_effect", depends_on="x"),
    )
    speech = Speech(lang, replace(KNOWLEDGE, treaties={"ottawa": replace(OTTAWA, short_name="n" * 900, clause=clause)}))
    told = tuple(Source(f"{n} " * 300, says=When(date(2025, 1, 1 + n))) for n in range(20))
    alert = replace(
        ALERT,
        stage=stage,
        title="t" * 5000,
        outlet="o" * 5000,
        sources=told,
        open_points=("p" * 5000,) * 9,
        done=tuple((one, When(date(2025, 1, 1), Precision.MONTH)) for one in Stage),
    )
    (part,) = render_parts(alert_message(alert, speech, TODAY, curators=True))
    assert "…" in part


def test_a_group_tells_of_every_alert_what_matters_and_leads_on() -> None:
    message = group_message([encode(ALERT), encode(replace(ALERT, treaty="tides", url=None))], ENGLISH, TODAY)
    assert (message.kind, message.headline) == ("group", "2 new developments")
    assert message.lines == (
        "",
        Line("🇱🇻 Latvia, exit from Mine Ban Treaty: passed by parliament", "strong"),
        "16 April 2025 · No. 35597 · 2 reports, 2 independent, 1 official",
        Line("Tide Table", link="https://tide.example/1"),
        "📅 Not before 18 October 2025 if notified today (Article 20)",
        "",
        Line("🇱🇻 Latvia, exit from Tide Convention: passed by parliament", "strong"),
        "16 April 2025 · 2 reports, 2 independent, 1 official",
        Line("Tide Table"),
    )
    actions = [button.action for row in message.buttons for button in row]
    assert actions == ["timeline:LV:ottawa", "timeline:LV:tides"]


def test_a_group_too_large_to_read_says_how_many_are_left() -> None:
    message = group_message([encode(ALERT)] * 40, GERMAN, TODAY)
    assert message.headline == "40 neue Entwicklungen"
    assert message.lines[-1] == "… und 15 weitere"
    assert len(message.buttons) == 8


def test_ten_alerts_fit_one_message() -> None:
    long = replace(ALERT, title="t" * 900, outlet="o" * 60, companions=(Companion("a", "EE", None),) * 5)
    (part,) = render_parts(group_message([encode(long)] * 10, GERMAN, TODAY))
    assert "…" not in part


def test_what_was_put_right_in_a_group_says_so() -> None:
    message = group_message([put_right(None)], ENGLISH, TODAY)
    assert texts(message)[-2:] == ["Corrected", "It did not happen: passed by parliament"]


def put_right(now: Stage | None, was: Stage = Stage.PARLIAMENT_PASSED) -> dict[str, Any]:
    correction = {"action": "stage", "who": "Ann", "why": "The Senate votes next week.", "was": was, "now": now}
    return {**encode(ALERT), "correction": correction}


def test_a_correction_says_what_was_told_and_what_is_so() -> None:
    message = correction_message(put_right(Stage.LOWER_HOUSE_PASSED), ENGLISH)
    assert (message.kind, message.headline) == ("correction", "Correction: 🇱🇻 Latvia – Mine Ban Treaty")
    assert message.lines == (
        "Told before: passed by parliament",
        "In fact: passed by the lower house",
        "Why: The Senate votes next week.",
        Line("Saeima votes to leave", "quote"),
        Line("Tide Table", link="https://tide.example/1"),
    )


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (None, "It did not happen: passed by parliament"),
        (Stage.PARLIAMENT_PASSED, "It stands after all: passed by parliament"),
    ],
)
def test_a_correction_says_that_it_never_happened_or_stands_after_all(now: Stage | None, told: str) -> None:
    assert texts(correction_message(put_right(now), ENGLISH))[0] == told


def test_an_alert_that_was_put_right_says_so_first() -> None:
    message = alert_message(ALERT, ENGLISH, TODAY)
    assert corrected(message, None, ENGLISH) is message
    told = corrected(message, put_right(None)["correction"], ENGLISH)
    assert told.lines[:2] == (Line("Corrected", "strong"), "It did not happen: passed by parliament")
    assert told.lines[2:] == message.lines


def test_words_that_run_from_right_to_left_are_set_off() -> None:
    message = alert_message(replace(ALERT, title="عنوان \u2069BBC", outlet="دار"), ENGLISH, TODAY)
    assert texts(message)[2:4] == ["\u2068عنوان BBC\u2069", "\u2068دار\u2069"]


def test_every_stage_has_words_of_its_own() -> None:
    assert set(STAGE_WORDS) == set(Stage)
    assert len(set(STAGE_WORDS.values())) == len(Stage)
