"""Real stories, each told by dozens of dated reports in several languages: exactly the expected alerts, no other.

`tests/stories/<name>.toml` holds a story's steps and its reports; all texts are our own.

`[[expected]]` is one development: its `id` in the file, `state`, `treaty`, `stage`, `date`; `also` lists other stages
and `also_dates` other days that a careful person would accept. `[[report]]` is one report: `id`, `lang`, `published`,
`outlet`, `country` (for an outlet that does not name its own), `title`, `summary` and `label` as in
tests/reports/README.md. `tells` lists the developments of which it brings the news, `retells` those it only repeats.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.jsonl import in_order
from bot.wiring import ready, rules
from treaties.model import Label, Report, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from treaties.model import Alert

HERE: Final = Path(__file__).parent / "stories"
NAMES: Final = ("latvia-istanbul", "hungary-icc", "sahel-icc", "ottawa")
ORDERS: Final = range(10)
LOSSES: Final = range(6)
SHARE: Final = 0.05
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """One development that is to be alerted once."""

    id: str
    state: str
    treaty: str
    stages: tuple[Stage, ...]
    days: tuple[date, ...]

    def __str__(self) -> str:
        return f"{self.state} {self.treaty} {self.stages[0]} {self.days[0]}"

    def fits(self, alert: Alert) -> bool:
        """Whether the alert can be of this development."""
        return (alert.state, alert.treaty) == (self.state, self.treaty) and alert.stage in self.stages

    def distance(self, alert: Alert) -> tuple[bool, int]:
        """How far the alert is from what is expected: the best stage and the right day come first."""
        away = min(abs(alert.when.day - day).days for day in self.days) if alert.when else 0
        return alert.stage is not self.stages[0], away

    def dates(self, when: When | None) -> bool:
        """Whether the alert's date is right; outlets' clocks may differ by a day."""
        return when is None or any(when.agrees(When(day)) or abs(when.day - day) <= ONE_DAY for day in self.days)


@dataclass(frozen=True, slots=True)
class Told:
    """One report of a story, with the developments that it tells of."""

    report: Report
    label: Label
    tells: frozenset[str]
    retells: frozenset[str]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, and who told of it."""

    expected: tuple[Expected, ...]
    told: tuple[Told, ...]


def story_of(name: str) -> Story:
    found = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return Story(
        tuple(expected_of(table) for table in found["expected"]), tuple(told_of(table) for table in found["report"])
    )


def expected_of(table: dict[str, Any]) -> Expected:
    return Expected(
        id=table["id"],
        state=table["state"],
        treaty=table["treaty"],
        stages=tuple(Stage(stage) for stage in (table["stage"], *table.get("also", ()))),
        days=(table["date"], *table.get("also_dates", ())),
    )


def told_of(table: dict[str, Any]) -> Told:
    report = Report(
        id=table["id"],
        title=table["title"],
        summary=table["summary"],
        published=datetime.combine(table["published"], time(), UTC),
        lang=table["lang"],
        outlet=table["outlet"],
        country=table.get("country"),
    )
    tells, retells = frozenset(table.get("tells", ())), frozenset(table.get("retells", ()))
    return Told(report, Label(table["label"]), tells, retells)


def alerts_of(told: Iterable[Told]) -> list[Alert]:
    """What `treatywatch replay --known none` would print."""
    with rules.replaying(with_known=False) as handle:
        return [alert for report, moment in in_order(t.report for t in told) for alert in handle(report, moment)]


def differences(story: Story, told: Sequence[Told], *, dated: bool = True) -> list[str]:
    """Every difference between the alerts that these reports raise and those that they should.

    Args:
        story: what is expected; a development that none of the reports tells of is not due.
        told: the reports, in any order.
        dated: whether the dates of the alerts are compared, too.
    """
    return compared(story, told, alerts_of(told), dated=dated)


def compared(
    story: Story,
    told: Sequence[Told],
    alerts: Iterable[Alert],
    *,
    dated: bool = True,
    but: frozenset[str] = frozenset(),
) -> list[str]:
    """As `differences`, of these alerts; no alert is due on the developments `but`."""
    due = {one for t in told for one in t.tells} - but
    texts = {t.report.id: t.report.title for t in told}
    raised: defaultdict[str, list[Alert]] = defaultdict(list)
    found = []
    for alert in alerts:
        line = f"{alert.state} {alert.treaty} {alert.stage} {alert.when} by {alert.report} “{texts[alert.report]}”"
        near = [e for e in story.expected if e.fits(alert) and e.id not in but]
        if not near:
            found.append(f"unexpected: {line}: {alert.reason}")
            continue
        best = min(near, key=lambda e: e.distance(alert))
        if best.id in raised:
            found.append(f"told twice: {line} after {raised[best.id][0].report}: {alert.reason}")
        elif dated and not best.dates(alert.when):
            found.append(f"wrong day: {line}, expected {best}")
        raised[best.id].append(alert)
    missing = [e for e in story.expected if e.id in due and e.id not in raised]
    return found + [f"silent: {e}, told by {', '.join(t.report.id for t in told if e.id in t.tells)}" for e in missing]


def agree(found: list[str], what: str) -> None:
    assert not found, "\n  ".join([f"{what}:", *found])


def by_day(told: Iterable[Told], chance: random.Random) -> list[Told]:
    """The reports in another order within each day."""
    mixed = list(told)
    chance.shuffle(mixed)
    return sorted(mixed, key=lambda t: str(t.report.published))


def lossy(told: Sequence[Told], chance: random.Random) -> list[Told]:
    """The reports without one in twenty, or with one in twenty published twice."""
    count = max(1, round(len(told) * SHARE))
    hit = {t.report.id for t in chance.sample(told, count)}
    if chance.random() < 0.5:
        return [t for t in told if t.report.id not in hit]
    return [*told, *(again(t, chance.choice((0, 1, 2))) for t in told if t.report.id in hit)]


def again(told: Told, days: int) -> Told:
    report = told.report
    assert report.published
    copy = replace(report, id=f"{report.id}-again", published=report.published + timedelta(days=days))
    return replace(told, report=copy)


@pytest.fixture(scope="module", autouse=True)
def loaded_once() -> Iterator[None]:
    # The same hundred reports are replayed ninety times: loading and reading them once saves most of the time.
    knowledge, reader = ready.loaded()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "loaded", lambda: (knowledge, reader))
        patch.setattr(reader, "read", cache(reader.read))
        yield


@pytest.mark.parametrize("name", NAMES)
def test_a_story_is_sound(name: str) -> None:
    story = story_of(name)
    ids = Counter([*(e.id for e in story.expected), *(t.report.id for t in story.told)])

    assert [each for each, count in ids.items() if count > 1] == []
    assert {one for t in story.told for one in t.tells} == {e.id for e in story.expected}
    assert {one for t in story.told for one in t.retells} <= {e.id for e in story.expected}
    assert [t.report.id for t in story.told if (t.label is Label.DEVELOPMENT) != bool(t.tells | t.retells)] == []
    assert len(story.told) >= 18
    assert len({t.report.lang for t in story.told}) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_every_development_is_alerted_once_and_nothing_else(name: str) -> None:
    story = story_of(name)

    agree(differences(story, story.told), name)


@pytest.mark.parametrize("seed", ORDERS)
@pytest.mark.parametrize("name", NAMES)
def test_the_order_within_a_day_changes_nothing(name: str, seed: int) -> None:
    story = story_of(name)

    agree(differences(story, by_day(story.told, random.Random(seed))), f"{name} in order {seed}")


@pytest.mark.parametrize("seed", LOSSES)
@pytest.mark.parametrize("name", NAMES)
def test_a_lost_or_doubled_report_changes_nothing_else(name: str, seed: int) -> None:
    story = story_of(name)
    told = lossy(story.told, random.Random(seed))
    changed = Counter(t.report.id.removesuffix("-again") for t in told)
    hit = [t.report.id for t in story.told if changed[t.report.id] != 1]

    # Where the first report of a step is lost, the next one may know its day less well.
    agree(differences(story, told, dated=False), f"{name} with {', '.join(hit)} lost or doubled")
