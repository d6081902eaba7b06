from __future__ import annotations

from dataclasses import replace

import pytest

from treaties.model import Case, Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind
from treaties.stages import Stage
from treaties.versions import LOOKED_AT, MOST_SUMMARIES, MOST_TITLES, decided_since, is_read_again, mark_of, unsaid

REPORT = Report("r1", "Northland weighs leaving", "The cabinet meets. " + "x" * LOOKED_AT, url="https://a.example/1")
WEIGHS = Claim("LV", "ottawa", Stage.CONSIDERED, None, Role.NEWS, "weighs leaving", "a verb")
LEAVES = replace(WEIGHS, stage=Stage.ANNOUNCED, quote="leaves")


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"title": "Northland leaves"}, True),
        ({"summary": "The cabinet met."}, True),
        ({"summary": REPORT.summary + " and more far below"}, False),
        ({"url": "https://a.example/1?again", "published": None, "outlet": "Other"}, False),
        ({"title": "half \ud800 a pair"}, True),
    ],
)
def test_a_text_is_another_one_by_its_title_and_the_beginning_of_its_summary(
    changes: dict[str, str], *, differs: bool
) -> None:
    assert (mark_of(replace(REPORT, **changes)) != mark_of(REPORT)) is differs  # type: ignore[arg-type]


def test_words_that_go_from_the_summary_to_the_title_make_another_text() -> None:
    assert mark_of(Report("r", "One", "two")) != mark_of(Report("r", "One two", ""))


def test_a_new_title_is_read_more_often_in_a_day_than_a_new_summary() -> None:
    assert [is_read_again(count, retitled=False) for count in (0, MOST_SUMMARIES - 1, MOST_SUMMARIES)] == [
        True,
        True,
        False,
    ]
    assert is_read_again(MOST_TITLES - 1, retitled=True)
    assert not is_read_again(MOST_TITLES, retitled=True)


@pytest.mark.parametrize(
    ("claims", "label", "new"),
    [
        ((WEIGHS,), Label.DEVELOPMENT, ()),
        ((replace(WEIGHS, quote="other words", reason="as well", confidence=0.6),), Label.DEVELOPMENT, ()),
        ((LEAVES, WEIGHS), Label.DEVELOPMENT, (LEAVES,)),
        ((replace(WEIGHS, state="EE"),), Label.DEVELOPMENT, (replace(WEIGHS, state="EE"),)),
        ((replace(WEIGHS, role=Role.BACKGROUND),), Label.DEVELOPMENT, (replace(WEIGHS, role=Role.BACKGROUND),)),
        ((), Label.NONE, ()),
        ((WEIGHS,), Label.TALK, (WEIGHS,)),
    ],
)
def test_of_an_edited_text_what_was_not_said_before_is_new(
    claims: tuple[Claim, ...], label: Label, new: tuple[Claim, ...]
) -> None:
    reading = Reading("r1", label, "en", claims, "read")
    assert unsaid(reading, Label.DEVELOPMENT, [WEIGHS]) == new


CONSIDERED = Event("c", "LV", "ottawa", Stage.CONSIDERED, None, (Source("Wire", None, report="r1"),))
ANNOUNCED = Event("a", "LV", "ottawa", Stage.ANNOUNCED, None, (Source("Wire", None, report="r2"),))
KNOWN = Verdict(VerdictKind.KNOWN, "one decision", "c")


@pytest.mark.parametrize(
    ("verdict", "claim", "events", "report", "kind"),
    [
        pytest.param(KNOWN, LEAVES, (CONSIDERED,), "r1", VerdictKind.NEW_DEVELOPMENT, id="weighed, then taken"),
        pytest.param(KNOWN, LEAVES, (CONSIDERED,), "r9", VerdictKind.KNOWN, id="another outlet had it weighed"),
        pytest.param(KNOWN, LEAVES, (CONSIDERED, ANNOUNCED), "r1", VerdictKind.KNOWN, id="the step is known"),
        pytest.param(KNOWN, WEIGHS, (CONSIDERED,), "r1", VerdictKind.KNOWN, id="still weighed"),
        pytest.param(KNOWN, replace(LEAVES, stage=None), (CONSIDERED,), "r1", VerdictKind.KNOWN, id="no step named"),
        pytest.param(
            KNOWN, replace(LEAVES, role=Role.BACKGROUND), (CONSIDERED,), "r1", VerdictKind.KNOWN, id="background"
        ),
        pytest.param(
            replace(KNOWN, kind=VerdictKind.UNSURE), LEAVES, (CONSIDERED,), "r1", VerdictKind.UNSURE, id="doubtful"
        ),
        pytest.param(
            replace(KNOWN, event="a"), replace(LEAVES, stage=Stage.GOVERNMENT_APPROVED), (ANNOUNCED,), "r2",
            VerdictKind.KNOWN, id="one decision in other words",
        ),
    ],
)  # fmt: skip
def test_an_outlet_that_had_a_step_weighed_and_now_has_it_taken_tells_something_new(
    verdict: Verdict, claim: Claim, events: tuple[Event, ...], report: str, kind: VerdictKind
) -> None:
    found = decided_since(verdict, claim, Case("LV", "ottawa", events), report)
    assert found.kind is kind
    assert found.stage is (claim.stage if kind is VerdictKind.NEW_DEVELOPMENT else None)
