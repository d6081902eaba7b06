"""Measuring the rules: what was read, and what was alerted, beside what a careful person reads in the same reports.

Policy on mistakes: only what the text settles counts. A field that cannot be inferred from it (`weak`) leaves the row
out of the figures that rest on that field, and whatever can fairly be read as a development (`soft_ok`, `borderline`)
raises no false alarm. A share of nothing is 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from treaties.model import Label, Reading
from treaties.stages import Stage, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Sized

    from treaties.labelled import Labelled
    from treaties.model import Alert, Claim

# Topic Detection and Tracking weighs its mistakes so: a miss ten times a false alarm, at one item in fifty on target.
_COST_OF_MISS: Final = 1.0
_COST_OF_ALARM: Final = 0.1
_ON_TARGET: Final = 0.02

_STEPS: Final = frozenset({Label.DEVELOPMENT, Label.DENIAL})
_LOOKALIKES: Final = frozenset({Label.NONE, Label.BACKGROUND})
_SOFT: Final = frozenset({Label.TALK, Label.REACTION})
_UNREAD: Final = Reading("", Label.NONE, None, (), "was not read")


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that went wrong.

    Attributes:
        why: in a word or two.
        about: the id of the row, or the key of the development.
        told: what the rules said instead.
    """

    why: str
    about: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class ReadingFigures:
    """How well reports were read.

    Attributes:
        items: how many reports there are.
        recall: developments that were found, with one of their states and treaties.
        precision: of what was read as a development, the share that is one, or a denial.
        false_alarm: look-alikes and background read as a development, per 100.
        loud: talk and reactions read as a development, per 100.
        stage: of the found developments that tell a stage, the share with the right one.
        stage_near: the same, a neighbour on the way out being right too.
        c_det: the detection cost of Topic Detection and Tracking; 0 is perfect.
        by_language: developments found, and all there are, by language; the largest language first.
        misses: what went wrong.
    """

    items: int
    recall: float
    precision: float
    false_alarm: float
    loud: float
    stage: float
    stage_near: float
    c_det: float
    by_language: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    misses: tuple[Miss, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """How well a stream of reports was turned into alerts.

    Attributes:
        developments: how many developments there are to be told.
        alerts: how many alerts were raised.
        found: the share of the developments with an alert on their case by one of their own reports.
        extra: alerts beyond the first for one state's development, per development.
        false: alerts raised by reports that are neither development nor denial, per 100 such reports.
        misses: what went wrong.
    """

    developments: int
    alerts: int
    found: float
    extra: float
    false: float
    misses: tuple[Miss, ...] = ()


def numbers(figures: ReadingFigures | AlertFigures) -> dict[str, float]:
    """The figures by name, in order; counts stay whole numbers."""
    values = {each.name: getattr(figures, each.name) for each in fields(figures)}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def score_readings(rows: Sequence[Labelled], readings: Iterable[Reading]) -> ReadingFigures:
    """Compare readings with the labels; a report without a reading counts as read to be nothing."""
    by_report = {reading.report: reading for reading in readings}
    read = [(row, by_report.get(row.report.id, _UNREAD)) for row in rows]
    gold = [(row, reading, _hits(row, reading)) for row, reading in read if _is_gold(row)]
    found = [(row, reading, hits) for row, reading, hits in gold if hits]
    staged = [each for each in found if each[0].stage and not each[0].is_weak("stage")]
    wrong = [each for each in staged if not any(_right(claim, each[0]) for claim in each[2])]
    far = [each for each in wrong if not any(_near(claim, each[0]) for claim in each[2])]
    quiet = [each for each in read if each[0].label in _LOOKALIKES and not each[0].borderline]
    soft = [each for each in read if each[0].label in _SOFT and _is_clear(each[0])]
    flagged = [each for each in read if _is_loud(each[1]) and _is_clear(each[0]) and not each[0].borderline]
    alarms = [each for each in quiet if _is_loud(each[1])]
    louds = [each for each in soft if _is_loud(each[1])]
    recall, false = _share(found, gold), _share(alarms, quiet)
    return ReadingFigures(
        items=len(rows),
        recall=recall,
        precision=_share([row for row, _ in flagged if row.label in _STEPS], flagged),
        false_alarm=100 * false,
        loud=100 * _share(louds, soft),
        stage=(len(staged) - len(wrong)) / max(1, len(staged)),
        stage_near=(len(staged) - len(far)) / max(1, len(staged)),
        c_det=_detection_cost(1 - recall, false),
        by_language=_by_language([row for row, _, _ in gold], [row for row, _, _ in found]),
        misses=(
            *(_miss("missed", row, reading) for row, reading, hits in gold if not hits),
            *(_miss(f"stage, not {row.stage}", row, reading) for row, reading, _ in wrong),
            *(_miss("false alarm", *each) for each in alarms),
            *(_miss("loud", *each) for each in louds),
        ),
    )


def score_alerts(rows: Sequence[Labelled], alerts: Sequence[Alert]) -> AlertFigures:
    """Compare the alerts of a replayed stream with the labels; alerts by other reports are only counted."""
    row_of = {row.report.id: row for row in rows}
    wanted = {row.development for row in rows if row.development and row.day and _is_gold(row)}
    silent = [row for row in rows if _must_be_silent(row)]
    raised = [(alert, row) for alert in alerts if (row := row_of.get(alert.report))]
    told = Counter(
        (row.development, alert.state)
        for alert, row in raised
        if row.label in _STEPS and row.development and row.tells_of(alert.state, alert.treaty)
    )
    found = wanted & {development for development, _ in told}
    false = [alert for alert, row in raised if _must_be_silent(row)]
    return AlertFigures(
        developments=len(wanted),
        alerts=len(alerts),
        found=_share(found, wanted),
        extra=(told.total() - len(told)) / max(1, len(wanted)),
        false=100 * _share(false, silent),
        misses=(
            *(Miss("missed", development) for development in sorted(wanted - found)),
            *(Miss("repeated", each, f"{n} alerts for {state}") for (each, state), n in told.most_common() if n > 1),
            *(Miss("false", each.report, f"{each.kind}: {each.state} {each.treaty} {each.stage}") for each in false),
        ),
    )


def _is_gold(row: Labelled) -> bool:
    """Whether the report must be found: a development, by what its text says."""
    return row.label is Label.DEVELOPMENT and not row.is_weak("label", "state", "treaty")


def _is_clear(row: Labelled) -> bool:
    """Whether the text settles that the report is what its label says."""
    return not row.soft_ok and not row.is_weak("label")


def _must_be_silent(row: Labelled) -> bool:
    return row.label not in _STEPS and _is_clear(row) and not row.borderline


def _is_loud(reading: Reading) -> bool:
    """Whether the rules take the report for news of a development."""
    return reading.label is Label.DEVELOPMENT and bool(reading.news)


def _hits(row: Labelled, reading: Reading) -> tuple[Claim, ...]:
    """The news claims on one of the row's own states and treaties."""
    if reading.label not in _STEPS:
        return ()
    return tuple(claim for claim in reading.news if row.tells_of(claim.state, claim.treaty))


def _right(claim: Claim, row: Labelled) -> bool:
    stage = _stage(claim)
    return _alike(stage, row.stage) or stage in row.accept_stages


def _stage(claim: Claim) -> Stage | None:
    """The stage that the claim is shown with: of a vague one, the likeliest."""
    return claim.stage or claim.likely


def _alike(stage: Stage | None, gold: Stage | None) -> bool:
    """Whether both are one stage; a report seldom says whether the upper chamber's vote is the last one."""
    return stage == gold or {stage, gold} == {Stage.UPPER_HOUSE_PASSED, Stage.PARLIAMENT_PASSED}


def _near(claim: Claim, row: Labelled) -> bool:
    """Whether the claim's stage is the row's, or the one just before or after it on the way out.

    A vote of the upper chamber has no neighbours of its own: only that of parliament as a whole is as good.
    """
    stage = _stage(claim)
    if _alike(stage, row.stage):
        return True
    if stage is None or row.stage is None or row.stage is Stage.UPPER_HOUSE_PASSED:
        return False
    here, there = rank(stage), rank(row.stage)
    return here is not None and there is not None and abs(here - there) <= 1


def _share(part: Sized, whole: Sized) -> float:
    return len(part) / max(1, len(whole))


def _detection_cost(miss: float, false_alarm: float) -> float:
    cost = _COST_OF_MISS * miss * _ON_TARGET + _COST_OF_ALARM * false_alarm * (1 - _ON_TARGET)
    return cost / _ON_TARGET


def _by_language(gold: Iterable[Labelled], found: Iterable[Labelled]) -> dict[str, tuple[int, int]]:
    there, hit = (Counter(row.report.lang or "?" for row in rows) for rows in (gold, found))
    return {language: (hit[language], count) for language, count in there.most_common()}


def _miss(why: str, row: Labelled, reading: Reading) -> Miss:
    claims = ", ".join(f"{claim.state} {claim.treaty} {_stage(claim) or 'no stage'}" for claim in reading.news)
    return Miss(why, row.report.id, f"{reading.label}: {claims}" if claims else reading.label.value)
