"""Digests: which period is due for a channel, what one holds, and how that is kept until it is worded.

A period ends at the channel's local time of day; the newest ended period is due, so that after an outage one digest
comes, not three.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from treaties.alerts import decode_when
from treaties.model import Label, Mention
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from treaties.model import Event, When

WEEK: Final = 7
AHEAD: Final = 90
"""How many days before an exit takes effect a digest begins to tell of it."""

_QUOTED: Final = 2
"""So many headlines are kept of what was said about a case."""

_NAMED: Final = 3
"""So many of the outlets, countries and languages are kept by name."""

_LABELS: Final = (Label.TALK, Label.REACTION)


@dataclass(frozen=True, slots=True)
class Development:
    """One event of the period, as it stood when the digest was made.

    Attributes:
        state: the leaving state.
        treaty: the treaty's id.
        stage: the stage reached.
        when: on which day.
        reports: how many tell of it.
        voices: how many of them are independent of each other.
        official: how many are organs of a state or an international organisation.
        url: where the first report stands that has an address.
        opens: nothing was known of the case before the period.
        alerted: the channel has got an alert on it, or is about to.
    """

    state: str
    treaty: str
    stage: Stage
    when: When | None
    reports: int
    voices: int
    official: int = 0
    url: str | None = None
    opens: bool = False
    alerted: bool = False

    @property
    def case(self) -> tuple[str, str]:
        """(state, treaty)."""
        return self.state, self.treaty


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said about a case that is no step: how many reports of each kind, and a few of them."""

    state: str
    treaty: str
    counts: tuple[tuple[Label, int], ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class TakingEffect:
    """An exit that takes effect soon. `sure`: on that very day; else that is the first possible one."""

    state: str
    treaty: str
    day: date
    sure: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """An event of which sources give dates that cannot all be right: each date with who gives it."""

    state: str
    treaty: str
    stage: Stage
    dates: tuple[tuple[When, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A claim that waits for somebody to judge it. `stage` is None where it names no step."""

    state: str
    treaty: str
    stage: Stage | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many different ones there are, and the most frequent of them with the number of their reports."""

    total: int = 0
    most: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The reports of the period that tell of cases: how many, of which outlets, countries and languages (codes)."""

    reports: int = 0
    outlets: Tally = Tally()
    countries: Tally = Tally()
    languages: Tally = Tally()


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How the feeds are: how many of all are well, and when a depositary's record was last read, if any is."""

    healthy: int = 0
    total: int = 0
    depositary: datetime | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """A summary for one channel of [start, end), with the numbers as they were at its end.

    Attributes:
        start: when the period begins.
        end: when it ends.
        developments: the events that became known, with the new cases first.
        talk: talk and reactions, case by case.
        coming: what takes effect within `AHEAD` days, the next one first.
        disputes: the events on whose date somebody disagreed in the period.
        waiting: how many claims wait for a reviewer, whenever they came.
        questions: some of them, where the channel's people can judge them.
        coverage: who told of the cases.
        reports: how many reports were read, whatever they tell.
        feeds: how the feeds are.
    """

    start: datetime
    end: datetime
    developments: tuple[Development, ...] = ()
    talk: tuple[Talk, ...] = ()
    coming: tuple[TakingEffect, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    waiting: int = 0
    questions: tuple[Question, ...] = ()
    coverage: Coverage = Coverage()
    reports: int = 0
    feeds: FeedHealth = FeedHealth()

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened; what is coming was known before."""
        return not (self.developments or self.talk or self.disputes or self.questions)


def due_period(
    now: datetime, zone: str, every: str, at: str, since: datetime | None
) -> tuple[datetime, datetime] | None:
    """The newest period that has ended by `now`, as [start, end) in UTC, or None when there is none to tell of.

    Args:
        now: aware.
        zone: IANA name of the channel's time zone.
        every: `daily`, `weekly` (weeks end on Monday) or `off`.
        at: local time of day, `HH:MM`. A time that a change of clocks skips is taken as the moment after the gap, of
            one that comes twice the first counts.
        since: the end of the last period; this one starts there, so that nothing falls between. It has not ended
            before that.

    Raises:
        KeyError, ValueError: there is no such zone or time.
    """
    if every == "off":
        return None
    hour, minute = (int(part) for part in at.split(":"))
    day = now.astimezone(ZoneInfo(zone)).date()
    if _moment(day, hour, minute, zone) > now:
        day -= timedelta(days=1)
    if every == "weekly":
        day -= timedelta(days=day.weekday())
        if _moment(day, hour, minute, zone) > now:
            day -= timedelta(days=WEEK)
    end = _moment(day, hour, minute, zone)
    start = _moment(day - timedelta(days=WEEK if every == "weekly" else 1), hour, minute, zone)
    if since is None:
        return start, end
    return (since.astimezone(UTC), end) if since < end else None


def _moment(day: date, hour: int, minute: int, zone: str) -> datetime:
    # In UTC: two moments of one zone would be compared by what its clocks show.
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def development_of(event: Event, *, opens: bool, alerted: bool) -> Development:
    """An event as a digest keeps it."""
    return Development(
        state=event.state,
        treaty=event.treaty,
        stage=event.stage,
        when=event.when,
        reports=len(event.sources),
        voices=event.voices,
        official=sum(source.official for source in event.sources),
        url=next((source.url for source in event.sources if source.url), None),
        opens=opens,
        alerted=alerted,
    )


def dispute_of(event: Event) -> Dispute:
    """The dates of an event that sources disagree on."""
    told = [
        (when, tuple(dict.fromkeys(source.outlet for source in event.sources if source.says == when)))
        for when in event.told_dates
    ]
    return Dispute(event.state, event.treaty, event.stage, tuple(told))


def talk_of(mentions: Iterable[Mention]) -> tuple[Talk, ...]:
    """What was said, grouped by case, the case that is talked about most first."""
    cases: dict[tuple[str, str], list[Mention]] = {}
    for mention in mentions:
        cases.setdefault((mention.state, mention.treaty), []).append(mention)
    ordered = sorted(cases.items(), key=lambda one: -len(one[1]))
    return tuple(Talk(*case, _counts(said), _quoted(said)) for case, said in ordered)


def _counts(said: Iterable[Mention]) -> tuple[tuple[Label, int], ...]:
    counted = Counter(mention.label for mention in said)
    return tuple((label, counted[label]) for label in _LABELS if counted[label])


def _quoted(said: list[Mention]) -> tuple[Mention, ...]:
    """A few of them: of each kind the first, then the next ones in order."""
    firsts = {mention.label: mention for mention in reversed(said)}
    chosen = [mention for mention in said if firsts[mention.label] is mention]
    chosen += [mention for mention in said if mention not in chosen]
    return tuple(chosen[:_QUOTED])


def tally(names: Iterable[str | None]) -> Tally:
    """How often each name comes; what has none is not counted."""
    counted = Counter(name for name in names if name)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return Tally(len(counted), tuple(ordered[:_NAMED]))


def encode(digest: Digest) -> dict[str, Any]:
    """The digest as JSON values."""
    return {
        "start": digest.start.isoformat(),
        "end": digest.end.isoformat(),
        "developments": [
            {
                "state": one.state,
                "treaty": one.treaty,
                "stage": one.stage.value,
                "when": _text(one.when),
                "reports": one.reports,
                "voices": one.voices,
                "official": one.official,
                "url": one.url,
                "opens": one.opens,
                "alerted": one.alerted,
            }
            for one in digest.developments
        ],
        "talk": [_encode_talk(one) for one in digest.talk],
        "coming": [[one.state, one.treaty, one.day.isoformat(), one.sure] for one in digest.coming],
        "disputes": [
            [one.state, one.treaty, one.stage.value, [[str(when), list(outlets)] for when, outlets in one.dates]]
            for one in digest.disputes
        ],
        "waiting": digest.waiting,
        "questions": [[one.state, one.treaty, one.stage.value if one.stage else None] for one in digest.questions],
        "coverage": {
            "reports": digest.coverage.reports,
            "outlets": _encode_tally(digest.coverage.outlets),
            "countries": _encode_tally(digest.coverage.countries),
            "languages": _encode_tally(digest.coverage.languages),
        },
        "reports": digest.reports,
        "feeds": {
            "healthy": digest.feeds.healthy,
            "total": digest.feeds.total,
            "depositary": digest.feeds.depositary.isoformat() if digest.feeds.depositary else None,
        },
    }


def decode(data: Mapping[str, Any]) -> Digest:
    """The digest from what `encode` gave.

    Raises:
        KeyError, TypeError, ValueError: the data is not from `encode`.
    """
    coverage, feeds = data["coverage"], data["feeds"]
    return Digest(
        start=datetime.fromisoformat(data["start"]),
        end=datetime.fromisoformat(data["end"]),
        developments=tuple(_decode_development(one) for one in data["developments"]),
        talk=tuple(_decode_talk(one) for one in data["talk"]),
        coming=tuple(
            TakingEffect(state, treaty, date.fromisoformat(day), sure) for state, treaty, day, sure in data["coming"]
        ),
        disputes=tuple(
            Dispute(state, treaty, Stage(stage), tuple((_when(when), tuple(outlets)) for when, outlets in dates))
            for state, treaty, stage, dates in data["disputes"]
        ),
        waiting=data["waiting"],
        questions=tuple(
            Question(state, treaty, Stage(stage) if stage else None) for state, treaty, stage in data["questions"]
        ),
        coverage=Coverage(
            coverage["reports"],
            _decode_tally(coverage["outlets"]),
            _decode_tally(coverage["countries"]),
            _decode_tally(coverage["languages"]),
        ),
        reports=data["reports"],
        feeds=FeedHealth(
            feeds["healthy"],
            feeds["total"],
            datetime.fromisoformat(feeds["depositary"]) if feeds["depositary"] else None,
        ),
    )


def _text(when: When | None) -> str | None:
    return str(when) if when else None


def _when(text: str) -> When:
    when = decode_when(text)
    if when is None:
        raise ValueError("a date is missing")
    return when


def _decode_development(data: Mapping[str, Any]) -> Development:
    return Development(**{**data, "stage": Stage(data["stage"]), "when": decode_when(data["when"])})


def _encode_talk(talk: Talk) -> dict[str, Any]:
    return {
        "state": talk.state,
        "treaty": talk.treaty,
        "counts": [[label.value, count] for label, count in talk.counts],
        "mentions": [
            [one.label.value, one.title, one.outlet, one.url, one.published.isoformat() if one.published else None]
            for one in talk.mentions
        ],
    }


def _decode_talk(data: Mapping[str, Any]) -> Talk:
    state, treaty = data["state"], data["treaty"]
    return Talk(
        state=state,
        treaty=treaty,
        counts=tuple((Label(label), count) for label, count in data["counts"]),
        mentions=tuple(
            Mention(state, treaty, Label(label), title, outlet, url, date.fromisoformat(day) if day else None)
            for label, title, outlet, url, day in data["mentions"]
        ),
    )


def _encode_tally(one: Tally) -> list[Any]:
    return [one.total, [list(pair) for pair in one.most]]


def _decode_tally(data: list[Any]) -> Tally:
    total, most = data
    return Tally(total, tuple((name, count) for name, count in most))
