"""Curators put right by buttons what was told; the first decision counts and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.conversation.model import Person
from store import events, reports, reviews
from tests.bot.conversation.chat import NOW, actions, labelled, labels, written
from tests.bot.conversation.test_reasons import CLAIM, REPORT
from treaties.model import Event, Label, Reading, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from tests.bot.conversation.chat import Chat

EVE = Person("9", "Eve", "en", curator=True)


@pytest.fixture
def curator(either_chat: Chat) -> Chat:
    return either_chat.by(EVE)


def vote(chat: Chat) -> int:
    with chat.database.reading() as conn:
        row = events.row_of(conn, "lv-vote")
    assert row is not None
    return row


def stages(chat: Chat) -> list[Stage]:
    with chat.database.reading() as conn:
        return [event.stage for event in events.case(conn, "LV", "ottawa").events]


def test_an_event_that_did_not_happen_is_known_no_more_until_that_is_taken_back(curator: Chat) -> None:
    reply = curator.press(f"wrong:{vote(curator)}")
    assert written(reply) == "Dismissed\nDecided by Eve"
    assert stages(curator) == [Stage.ANNOUNCED]
    curator.press(labelled(reply, "Undo"))
    assert stages(curator) == [Stage.ANNOUNCED, Stage.PARLIAMENT_PASSED]


def test_another_stage_is_asked_for_and_then_stands(curator: Chat) -> None:
    row = vote(curator)
    reply = curator.press(f"stage:{row}")
    assert f"stage:{row}:parliament_passed" not in actions(reply)
    assert all(len(action.encode()) <= 64 for action in actions(reply))
    curator.press(f"stage:{row}:bill_submitted")
    assert stages(curator) == [Stage.ANNOUNCED, Stage.BILL_SUBMITTED]


def test_whoever_comes_later_is_told_who_was_first(curator: Chat) -> None:
    row = vote(curator)
    curator.press(f"wrong:{row}")
    later = curator.by(replace(EVE, name="Max")).press(f"stage:{row}:rejected")
    assert later.note == "Eve decided this already: Dismissed"


def unsure(chat: Chat, claim: int = 1, *, stage: Stage | None = Stage.SIGNED_INTO_LAW, treaty: str = "ottawa") -> int:
    with chat.database.transaction() as conn:
        row = reports.remember(conn, REPORT, feed=None, now=NOW)
        assert row is not None
        told = replace(CLAIM, stage=stage, treaty=treaty)
        reports.save_reading(conn, row, Reading(REPORT.id, Label.DEVELOPMENT, "en", (told,), "its title"))
        reports.save_verdict(conn, row, 0, Verdict(VerdictKind.UNSURE, "the reading is weak"))
    return claim


def test_a_claim_is_confirmed(curator: Chat) -> None:
    claim = unsure(curator)
    assert written(curator.press(f"confirm:{claim}")).startswith("Confirmed")
    assert Stage.SIGNED_INTO_LAW in stages(curator)


def test_a_claim_without_a_stage_is_confirmed_with_one(curator: Chat) -> None:
    claim = unsure(curator, stage=None)
    reply = curator.press(f"confirm:{claim}")
    assert "Which stage is it?" in written(reply)
    curator.press(f"confirm:{claim}:returned")
    assert Stage.RETURNED in stages(curator)


def test_a_claim_is_dismissed(curator: Chat) -> None:
    claim = unsure(curator)
    assert written(curator.press(f"dismiss:{claim}")).startswith("Dismissed")
    assert Stage.SIGNED_INTO_LAW not in stages(curator)


def test_a_claim_is_right_but_for_its_stage(curator: Chat) -> None:
    claim = unsure(curator)
    reply = curator.press(f"restage:{claim}")
    assert written(reply) == "Which stage is it?"
    curator.press(labelled(reply, "Returned to parliament"))
    assert stages(curator)[-1] is Stage.RETURNED
    assert Stage.SIGNED_INTO_LAW not in stages(curator)


def test_a_claim_tells_of_a_known_event(curator: Chat) -> None:
    claim = unsure(curator)
    reply = curator.press(f"join:{claim}")
    assert written(reply).endswith("Which event is it?")
    assert labels(reply) == ["Passed by parliament, 16 April 2025", "Announced, March 2025"]
    assert written(curator.press(actions(reply)[1])) == "Part of a known event\nDecided by Eve"
    with curator.database.reading() as conn:
        announced, voted = events.case(conn, "LV", "ottawa").events
    assert announced.sources[-1].report == REPORT.id
    assert REPORT.id not in {source.report for source in voted.sources}
    assert stages(curator) == [Stage.ANNOUNCED, Stage.PARLIAMENT_PASSED]


def test_events_of_other_treaties_come_last_with_their_treaty(curator: Chat) -> None:
    other = Event("lv-ccm", "LV", "ccm", Stage.CONSIDERED, When(date(2025, 9, 1)))
    with curator.database.transaction() as conn:
        events.add_event(conn, other, NOW)
    assert labels(curator.press(f"join:{unsure(curator)}"))[-1] == (
        "Taken up, not decided, 1 September 2025 · Convention on Cluster…"
    )


def test_two_events_are_one_until_that_is_taken_back(curator: Chat) -> None:
    row = vote(curator)
    reply = curator.press(f"merge:{row}")
    assert labels(reply) == ["Announced, March 2025"]
    merged = curator.press(actions(reply)[0])
    assert written(merged) == "The same as another event\nDecided by Eve"
    assert stages(curator) == [Stage.ANNOUNCED]
    curator.press(labelled(merged, "Undo"))
    assert stages(curator) == [Stage.ANNOUNCED, Stage.PARLIAMENT_PASSED]


def test_an_event_that_stands_alone_is_no_other(curator: Chat) -> None:
    with curator.database.reading() as conn:
        row = events.row_of(conn, "fi-notice")
    assert curator.press(f"merge:{row}").note == "No other event of this state is known."


def test_an_unlisted_treaty_is_one_of_the_listed_ones_until_that_is_taken_back(curator: Chat) -> None:
    claim = unsure(curator, treaty="provisional:ottawa-land-mine-pact")
    reply = curator.press(f"bind:{claim}")
    assert "Which listed treaty is it?" in written(reply)
    assert "treatywatch bind provisional:ottawa-land-mine-pact REGISTRY_ID" in written(reply)
    assert actions(reply)[0] == f"bind:{claim}:ottawa"
    bound = curator.press(actions(reply)[0])
    assert written(bound).endswith("is now: Ottawa Convention (UNTS I-35597)")
    with curator.database.reading() as conn:
        assert reviews.find(conn, claim).claim.treaty == "ottawa"
    assert curator.press(f"bind:{claim}").note == "This treaty is a listed one already."
    curator.press(labelled(bound, "Undo"))
    with curator.database.reading() as conn:
        assert reviews.find(conn, claim).claim.treaty == "provisional:ottawa-land-mine-pact"
    assert curator.press(f"unbind:{claim}").note == "This button is out of date. Please ask again."


@pytest.mark.parametrize(
    "action",
    [
        *("wrong:999", "stage:999", "stage:1:nothing", "confirm:999", "dismiss:999", "undo:999", "restage:999"),
        *("join:999", "join:1:999", "merge:999", "merge:1:999", "bind:999", "bind:1:nothing", "unbind:999"),
    ],
)
def test_what_is_not_there_is_stale(curator: Chat, action: str) -> None:
    assert curator.press(action).note == "This button is out of date. Please ask again."


def test_a_curator_says_on_the_day_that_an_exit_took_effect(curator: Chat) -> None:
    notified = Event("lv-note", "LV", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 4, 2)))
    with curator.database.transaction() as conn:
        events.add_event(conn, notified, NOW)
        row = events.row_of(conn, "lv-note")
    reply = curator.press(f"effect:{row}")
    assert written(reply) == "Confirmed\nDecided by Eve"
    assert stages(curator)[-1] is Stage.IN_EFFECT
    curator.press(labelled(reply, "Undo"))
    assert Stage.IN_EFFECT not in stages(curator)


def test_nobody_can_say_so_before_the_day(curator: Chat) -> None:
    early = Event("lv-note", "LV", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(NOW.date()))
    with curator.database.transaction() as conn:
        events.add_event(conn, early, NOW)
        row = events.row_of(conn, "lv-note")
    curator.press(f"effect:{row}")
    assert Stage.IN_EFFECT not in stages(curator)
