"""Whether a new development is told at once, waits for a second source, or is put to the reviewers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from treaties.model import Event, Source
from treaties.stages import Stage
from treaties.verdict import Corroboration, Ground, Release, decide

LONE = (Source("Tide Table"),)
RULES = Corroboration()


def event(*sources: Source) -> Event:
    return Event("vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, None, sources)


@pytest.mark.parametrize(
    ("sources", "confidence", "ground"),
    [
        ((Source("Gazette", official=True),), 0.6, Ground.OFFICIAL),
        ((Source("Wire", record=True),), 0.6, Ground.RECORD),
        ((*LONE, Source("Radio")), 0.6, Ground.TWO_SOURCES),
        (LONE, 0.85, Ground.HIGH_CONFIDENCE),
    ],
)
def test_each_ground_lets_an_alert_out_at_once_where_it_is_chosen(
    sources: tuple[Source, ...], confidence: float, ground: Ground
) -> None:
    assert decide(event(*sources), confidence, RULES).release is Release.NOW
    alone = Corroboration(frozenset({ground}))
    assert decide(event(*sources), confidence, alone).release is Release.NOW
    others = Corroboration(frozenset(Ground) - {ground})
    assert decide(event(*sources), confidence, others).release is Release.WAIT


@pytest.mark.parametrize(
    "second",
    [Source("tide table"), Source("Tide Radio", group="Tide Table"), Source("Radio", copy_of="tide table")],
    ids=["the same outlet", "the same owner", "a copy"],
)
def test_a_second_report_of_the_same_voice_is_no_second_source(second: Source) -> None:
    assert decide(event(*LONE, second), 0.84, RULES).release is Release.WAIT


def test_what_has_waited_long_enough_is_put_to_people() -> None:
    before, after = timedelta(hours=5, minutes=59), timedelta(hours=6)
    assert decide(event(*LONE), 0.6, RULES, before).release is Release.WAIT
    asked = decide(event(*LONE), 0.6, RULES, after)
    assert (asked.release, asked.reason) == (
        Release.ASK,
        "nobody else has told of it in 6 hours, so the reviewers are asked",
    )


def test_a_ground_counts_however_long_it_took() -> None:
    late = decide(event(*LONE, Source("Radio")), 0.6, RULES, timedelta(days=9))
    assert (late.release, late.reason) == (Release.NOW, "2 independent sources tell it")


def test_without_waiting_people_are_asked_at_once() -> None:
    assert decide(event(*LONE), 0.6, Corroboration(wait=timedelta())).release is Release.ASK


def test_the_reason_says_how_long_it_waits() -> None:
    one = Corroboration(wait=timedelta(hours=1))
    assert decide(event(*LONE), 0.6, one).reason == "the alert waits up to 1 hour for a second independent source"
    half = Corroboration(wait=timedelta(minutes=90))
    assert decide(event(*LONE), 0.6, half).reason == "the alert waits up to 1.5 hours for a second independent source"
