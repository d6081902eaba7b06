"""The story: its steps, outlets and reports, as read from its TOML file, and what each feed shows at a moment."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from treaties.model import OUTLET_KINDS
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEED_LENGTH: Final = 15
"""How many entries a feed shows: as with real newsrooms, older ones drop out."""

HOST: Final = "127.0.0.1"
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class FeedFormat(StrEnum):
    """How an outlet writes its feed."""

    RSS = "rss"
    ATOM = "atom"
    RDF = "rdf"
    BROKEN_RSS = "broken-rss"

    @property
    def content_type(self) -> str:
        """What the server says the feed is; the broken one does not say in which charset."""
        return _CONTENT_TYPES[self]


_CONTENT_TYPES: Final = {
    FeedFormat.RSS: "application/rss+xml; charset=utf-8",
    FeedFormat.ATOM: "application/atom+xml; charset=utf-8",
    FeedFormat.RDF: "application/rdf+xml; charset=utf-8",
    FeedFormat.BROKEN_RSS: "text/xml",
}


class Part(StrEnum):
    """The part a report plays in the story."""

    NEW = "new"
    SAME = "same"
    REACTION = "reaction"
    TALK = "talk"
    BACKGROUND = "background"
    NONE = "none"

    @property
    def joins(self) -> bool:
        """Whether a report of this part belongs to the coverage of an event."""
        return self in {Part.NEW, Part.SAME}

    @property
    def phrase(self) -> str:
        """What such a report is called in a sentence."""
        return _PHRASES[self]


_PHRASES: Final = {
    Part.NEW: "a first report",
    Part.SAME: "a further report",
    Part.REACTION: "a reaction",
    Part.TALK: "talk",
    Part.BACKGROUND: "background",
    Part.NONE: "a look-alike or other news",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What should be made of a report; `stage` is given exactly where the part joins an event."""

    part: Part
    stage: Stage | None = None

    def __str__(self) -> str:
        """As written in the story: `new:bill_submitted`, `talk`."""
        return f"{self.part}:{self.stage}" if self.stage else str(self.part)


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One step of the case, with its day."""

    stage: Stage
    day: date


@dataclass(frozen=True, slots=True)
class Outlet:
    """One newsroom: `group` names the owner where several outlets share one."""

    id: str
    name: str
    lang: str
    country: str
    format: FeedFormat
    kind: str = "outlet"
    group: str | None = None


@dataclass(frozen=True, slots=True)
class StoryReport:
    """One entry of an outlet's feed.

    `edits` names the earlier report of which this is a new wording; `updated` is set on what a feed shows of a report
    that has been reworded.
    """

    id: str
    outlet: str
    published: datetime
    title: str
    summary: str
    expect: Expected
    edits: str | None = None
    updated: datetime | None = None

    @property
    def guid(self) -> str:
        """A name that does not depend on the port, so that a second demo sees the same entries."""
        return f"tag:demo.example,2025:{self.outlet}/{self.id}"

    def link(self, base_url: str) -> str:
        """The address of the report below `base_url`."""
        return f"{base_url}/{self.outlet}/{self.id}"


@dataclass(frozen=True, slots=True)
class Story:
    """The whole story: the steps of one case, the outlets, and their reports in order of publication."""

    title: str
    state: str
    treaty: str
    events: tuple[StoryEvent, ...]
    outlets: tuple[Outlet, ...]
    reports: tuple[StoryReport, ...]

    @property
    def entries(self) -> tuple[StoryReport, ...]:
        """The reports without the new wordings of earlier ones: one per guid."""
        return tuple(report for report in self.reports if not report.edits)

    def outlet(self, outlet_id: str) -> Outlet | None:
        """The outlet of that id, or None."""
        return next((outlet for outlet in self.outlets if outlet.id == outlet_id), None)

    def telling(self, stage: Stage) -> tuple[StoryReport, ...]:
        """The entries that tell of a stage, the first report among them."""
        return tuple(report for report in self.entries if report.expect.stage is stage)


def parse_story(text: str) -> Story:
    """Read a story from TOML and check that it holds together.

    Args:
        text: the content of a story file; its head says how one is written.

    Raises:
        ValueError: the file is no TOML, something is missing or misspelt, or the story contradicts itself.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the story is no valid TOML: {error}") from error
    story = Story(
        title=_text(raw, "title", "the story"),
        state=_text(raw, "state", "the story"),
        treaty=_text(raw, "treaty", "the story"),
        events=tuple(_event(entry) for entry in _tables(raw, "event")),
        outlets=tuple(_outlet(entry) for entry in _tables(raw, "outlet")),
        reports=tuple(sorted(map(_report, _tables(raw, "report")), key=lambda report: report.published)),
    )
    _check_names(story)
    for event in story.events:
        _check_event(story, event)
    for report in story.reports:
        _check_report(story, report)
    return story


def _tables(raw: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    entries = raw.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise ValueError(f"the story needs at least one [[{key}]]")
    return entries


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {key!r} must be a text that is not empty, not {value!r}")
    return value


def _id(entry: Mapping[str, Any], what: str) -> str:
    value = _text(entry, "id", f"a [[{what}]]")
    # Ids become parts of an address, and `/<outlet>/feed` is the feed's own.
    if not _ID.fullmatch(value) or value == "feed":
        raise ValueError(f"{what} {value!r}: an id is of small letters, digits and single hyphens, and not 'feed'")
    return value


def _event(entry: Mapping[str, Any]) -> StoryEvent:
    stage = _stage(_text(entry, "stage", "an [[event]]"), "an [[event]]")
    day = entry.get("date")
    if isinstance(day, date) and not isinstance(day, datetime):
        return StoryEvent(stage, day)
    raise ValueError(f"event {stage}: 'date' must be a day such as 2025-09-17, not {day!r}")


def _outlet(entry: Mapping[str, Any]) -> Outlet:
    outlet_id = _id(entry, "outlet")
    where = f"outlet {outlet_id}"
    kind = _text(entry, "kind", where)
    if kind not in OUTLET_KINDS:
        raise ValueError(f"{where}: 'kind' must be one of {', '.join(sorted(OUTLET_KINDS))}, not {kind!r}")
    return Outlet(
        id=outlet_id,
        name=_text(entry, "name", where),
        lang=_text(entry, "lang", where),
        country=_text(entry, "country", where),
        format=_format(_text(entry, "format", where), where),
        kind=kind,
        group=_text(entry, "group", where) if "group" in entry else None,
    )


def _report(entry: Mapping[str, Any]) -> StoryReport:
    report_id = _id(entry, "report")
    where = f"report {report_id}"
    published = entry.get("published")
    if not isinstance(published, datetime) or published.tzinfo is None:
        raise ValueError(f"{where}: 'published' must be a time with an offset, not {published!r}")
    return StoryReport(
        id=report_id,
        outlet=_text(entry, "outlet", where),
        published=published,
        title=_text(entry, "title", where),
        summary=_text(entry, "summary", where),
        expect=_expected(_text(entry, "expect", where), where),
        edits=_text(entry, "edits", where) if "edits" in entry else None,
    )


def _format(value: str, where: str) -> FeedFormat:
    try:
        return FeedFormat(value)
    except ValueError as error:
        raise ValueError(f"{where}: 'format' must be one of {', '.join(FeedFormat)}, not {value!r}") from error


def _stage(value: str, where: str) -> Stage:
    try:
        return Stage(value)
    except ValueError as error:
        raise ValueError(f"{where}: there is no stage {value!r}") from error


def _expected(value: str, where: str) -> Expected:
    name, colon, stage = value.partition(":")
    if name not in set(Part):
        raise ValueError(f"{where}: 'expect' must begin with one of {', '.join(Part)}, not {value!r}")
    part = Part(name)
    if part.joins != bool(colon):
        raise ValueError(f"{where}: 'expect' names a stage after 'new:' and 'same:' and nowhere else, not {value!r}")
    return Expected(part, _stage(stage, where) if colon else None)


def _check_names(story: Story) -> None:
    names = (
        *(f"event {event.stage}" for event in story.events),
        *(f"outlet {outlet.id}" for outlet in story.outlets),
        *(f"report {report.id}" for report in story.reports),
    )
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ValueError(f"{name} stands in the story {times} times")


def _check_event(story: Story, event: StoryEvent) -> None:
    telling = story.telling(event.stage)
    firsts = [report.id for report in telling if report.expect.part is Part.NEW]
    if len(firsts) != 1:
        raise ValueError(f"event {event.stage}: exactly one report must be new, not {', '.join(firsts) or 'none'}")
    if telling[0].id != firsts[0]:
        raise ValueError(f"event {event.stage}: {telling[0].id} tells of it before the first report {firsts[0]}")


def _check_report(story: Story, report: StoryReport) -> None:
    if story.outlet(report.outlet) is None:
        raise ValueError(f"report {report.id}: there is no outlet {report.outlet!r}")
    if report.expect.stage and report.expect.stage not in {event.stage for event in story.events}:
        raise ValueError(f"report {report.id}: the story has no event {report.expect.stage}")
    if report.edits:
        _check_edit(report, next((entry for entry in story.entries if entry.id == report.edits), None))


def _check_edit(report: StoryReport, original: StoryReport | None) -> None:
    if original is None:
        raise ValueError(f"report {report.id}: it edits {report.edits!r}, which is no report of the story")
    if original.outlet != report.outlet or original.published >= report.published:
        raise ValueError(f"report {report.id}: it must edit an earlier report of the same outlet")
    if report.expect.part is Part.NEW or original.expect.stage is not report.expect.stage:
        raise ValueError(f"report {report.id}: a new wording of {original.id} cannot be expected to be {report.expect}")


def days(story: Story, at: Sequence[time] = (time(23, 59),)) -> tuple[datetime, ...]:
    """The moments to step through: every day of the story, at each of the given times of day in UTC."""
    first = story.reports[0].published.astimezone(UTC).date()
    last = story.reports[-1].published.astimezone(UTC).date()
    dates = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(datetime.combine(day, moment, UTC) for day in dates for moment in sorted(at))


def visible(story: Story, outlet_id: str, moment: datetime) -> tuple[StoryReport, ...]:
    """What an outlet's feed shows at a moment: the latest entries, newest first, each in its latest wording."""
    published = [report for report in story.reports if report.outlet == outlet_id and report.published <= moment]
    wordings = {report.edits: report for report in published if report.edits}
    entries = [_reworded(report, wordings.get(report.id)) for report in published if not report.edits]
    return tuple(reversed(entries))[:FEED_LENGTH]


def _reworded(report: StoryReport, wording: StoryReport | None) -> StoryReport:
    if wording is None:
        return report
    return replace(report, title=wording.title, summary=wording.summary, updated=wording.published)


def story_id(url: str | None) -> str | None:
    """The id of the story's report that a link leads to, whatever the port; None for any other address."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    steps = parts.path.strip("/").split("/")
    if parts.hostname != HOST or len(steps) != 2 or not all(map(_ID.fullmatch, steps)):  # noqa: PLR2004 - /outlet/id
        return None
    return None if steps[1] == "feed" else steps[1]
