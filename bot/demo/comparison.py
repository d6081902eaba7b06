"""The comparison of what should have followed from the story with what did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from bot.demo.story import Story, StoryEvent, StoryReport
    from treaties.stages import Stage


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that was sent: about what, and which of the story's reports raised it (None where none of them did)."""

    state: str
    treaty: str
    stage: Stage
    report: str | None


@dataclass(frozen=True, slots=True)
class StageRow:
    """One step of the story: what should have followed and what did."""

    stage: Stage
    day: date
    alerts: int
    should_join: int
    joined: int
    expected_alerts: int = 1

    @property
    def ok(self) -> bool:
        """Whether the step was told once, and every report that tells of it found its way there."""
        return self.alerts == self.expected_alerts and self.joined == self.should_join


@dataclass(frozen=True, slots=True)
class Comparison:
    """The story as it should have gone beside how it went; `faults` has a sentence for each difference.

    Of the `should_be_quiet` reports, from which neither an alert nor coverage may come, `quiet` were.
    """

    rows: tuple[StageRow, ...]
    quiet: int
    should_be_quiet: int
    faults: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether everything went as it should."""
        return not self.faults


def compare(story: Story, alerts: Sequence[Raised], joined: Mapping[str, Collection[Stage]]) -> Comparison:
    """Compare what should have followed from the story with what did.

    Args:
        story: the story that was played.
        alerts: every alert that was sent, edits of earlier ones left out.
        joined: for each report that became coverage, the stages of the events of the story's case that it covers. A
            report may cover further events besides its own: retellings recall earlier steps.
    """
    quiet = [report for report in story.entries if not report.expect.part.joins]
    loud = {alert.report for alert in alerts} | {report for report, stages in joined.items() if stages}
    faults = (
        *(fault for event in story.events for fault in _event_faults(story, event, alerts)),
        *(fault for alert in alerts for fault in _alert_faults(story, alert)),
        *(fault for report in story.entries for fault in _coverage_faults(report, joined.get(report.id, ()))),
    )
    return Comparison(
        rows=tuple(_row(story, event, alerts, joined) for event in story.events),
        quiet=sum(report.id not in loud for report in quiet),
        should_be_quiet=len(quiet),
        faults=faults,
    )


def _about(story: Story, event: StoryEvent, alerts: Iterable[Raised]) -> int:
    wanted = (story.state, story.treaty, event.stage)
    return sum((alert.state, alert.treaty, alert.stage) == wanted for alert in alerts)


def _row(
    story: Story, event: StoryEvent, alerts: Iterable[Raised], joined: Mapping[str, Collection[Stage]]
) -> StageRow:
    telling = story.telling(event.stage)
    return StageRow(
        stage=event.stage,
        day=event.day,
        alerts=_about(story, event, alerts),
        should_join=len(telling),
        joined=sum(event.stage in joined.get(report.id, ()) for report in telling),
    )


def _event_faults(story: Story, event: StoryEvent, alerts: Iterable[Raised]) -> Iterable[str]:
    seen = _about(story, event, alerts)
    if seen != 1:
        yield f"{event.day} {event.stage}: expected one alert, saw {seen or 'none'}"


def _alert_faults(story: Story, alert: Raised) -> Iterable[str]:
    what = f"an alert about {alert.state} {alert.treaty} {alert.stage}"
    report = next((entry for entry in story.entries if entry.id == alert.report), None)
    if report is None:
        yield f"{what} came from no report of the story"
    elif not report.expect.part.joins:
        yield f"report {report.id} ({report.expect.part.phrase}) raised {what}"
    elif (alert.state, alert.treaty, alert.stage) != (story.state, story.treaty, report.expect.stage):
        yield f"report {report.id} tells of {story.state} {story.treaty} {report.expect.stage} but raised {what}"


def _coverage_faults(report: StoryReport, stages: Collection[Stage]) -> Iterable[str]:
    found = ", ".join(sorted(stages)) or "nothing"
    if report.expect.stage and report.expect.stage not in stages:
        yield f"report {report.id} should have joined {report.expect.stage}, but joined {found}"
    elif stages and not report.expect.part.joins:
        yield f"report {report.id} ({report.expect.part.phrase}) joined {found}"
