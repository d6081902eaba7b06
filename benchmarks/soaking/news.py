"""The script: made-up steps of states out of treaties, told by some of many outlets, among ordinary news.

What is to be alerted is known beforehand: every story has a state and a treaty of its own, its steps come hours apart
in clear words, and a run of the rules without any fault has to find just these steps; a story that it reads otherwise
is no part of the script.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from babel import Locale

from benchmarks.reports import reports
from benchmarks.soaking.pace import START
from bot.wiring.rules import forgetting, pipeline_over
from store import events
from treaties.model import Report
from treaties.verdict import Corroboration

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from treaties.reading.read import Reader
    from treaties.registry import Knowledge

FEEDS: Final = 300
TREATIES: Final = {
    "cwc": "Chemical Weapons Convention",
    "ccm": "Convention on Cluster Munitions",
    "ottawa": "Ottawa Convention",
    "rome-statute": "Rome Statute",
    "att": "Arms Trade Treaty",
}
STEPS: Final = (
    ("announced", ("{state} announces it will withdraw from the {treaty}", "{state} announces exit from {treaty}")),
    (
        "parliament_passed",
        ("{state}'s parliament votes to leave the {treaty}", "Parliament of {state} votes to leave the {treaty}"),
    ),
    (
        "notified_depositary",
        (
            "{state} notifies the UN Secretary-General of its withdrawal from the {treaty}",
            "{state} formally notifies the United Nations of its withdrawal from the {treaty}",
        ),
    ),
)
_APART: Final = timedelta(hours=8)
"""Between two steps: longer than a feed that failed thrice in a row is left alone."""

_SLOWEST: Final = timedelta(hours=3)
"""By so much an outlet tells a step later than the first."""

_QUIET: Final = timedelta(hours=3)
"""At the end nothing new happens, so that everything told can be heard of; in a short run for a quarter of it."""

MOST_OUTLETS: Final = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A development of the script; `stage` is the stage's name."""

    state: str
    treaty: str
    stage: str


@dataclass(frozen=True, slots=True)
class Item:
    """What an outlet publishes, and when."""

    number: int
    outlet: int
    title: str
    summary: str
    published: datetime


@dataclass(slots=True)
class Script:
    """What happens and who tells of it, each outlet's items the oldest first."""

    steps: list[Step] = field(default_factory=list)
    items: list[list[Item]] = field(default_factory=lambda: [[] for _ in range(FEEDS)])
    ordinary: int = 0


@dataclass(frozen=True, slots=True)
class _Story:
    """A state on its way out of a treaty: when each step is first told, and by whom."""

    state: str
    treaty: str
    telling: tuple[tuple[Step, tuple[Item, ...]], ...]


def write(knowledge: Knowledge, reading: Reader, dice: random.Random, *, hours: float, stories: int) -> Script:
    """A script of so many hours, with about so many stories."""
    script, numbers = Script(), iter(range(10**9))
    tried = _stories(knowledge, dice, numbers, hours, stories)
    for story in _as_expected(knowledge, reading, tried):
        for step, items in story.telling:
            script.steps.append(step)
            for item in items:
                script.items[item.outlet].append(item)
    for item in _ordinary(dice, numbers, hours):
        script.items[item.outlet].append(item)
        script.ordinary += 1
    for published in script.items:
        published.sort(key=lambda item: item.published)
    return script


def _stories(
    knowledge: Knowledge, dice: random.Random, numbers: Iterator[int], hours: float, most: int
) -> Iterator[_Story]:
    told = [state for state in knowledge.states.values() if not state.members]
    spoken = Locale("en").territories
    plain = [
        (state.code, state.name)
        for state in told
        if spoken.get(state.code) == state.name
        and not any(state.name != other.name and state.name in other.name for other in told)
    ]
    pairs = [(*state, treaty) for state in plain for treaty in TREATIES]
    busy = timedelta(hours=hours) - min(_QUIET, timedelta(hours=hours / 4))
    for code, name, treaty in dice.sample(pairs, min(most, len(pairs))):
        at = START + dice.random() * busy
        telling = []
        for stage, headlines in STEPS[dice.choice((0, 0, 0, 1, 2)) :]:
            if at >= START + busy:
                break
            outlets = dice.sample(range(FEEDS), dice.randint(1, MOST_OUTLETS))
            moments = [at, *(at + dice.random() * _SLOWEST for _ in outlets[1:])]
            items = tuple(
                Item(next(numbers), outlet, _title(dice, headlines, name, treaty), "", moment)
                for outlet, moment in zip(outlets, moments, strict=True)
            )
            telling.append((Step(code, treaty, stage), items))
            at += _APART * dice.uniform(1, 2)
        yield _Story(code, treaty, tuple(telling))


def _title(dice: random.Random, headlines: tuple[str, ...], state: str, treaty: str) -> str:
    return dice.choice(headlines).format(state=state, treaty=TREATIES[treaty])


def _as_expected(knowledge: Knowledge, reading: Reader, stories: Iterable[_Story]) -> Iterator[_Story]:
    """The stories of which the rules tell every step once, and nothing else."""
    with forgetting() as database:
        with database.transaction() as conn:
            events.seed(conn, knowledge.known, START)
        pipeline = pipeline_over(database, reading, knowledge, corroboration=Corroboration())
        for story in stories:
            found = []
            items = sorted((item for _, items in story.telling for item in items), key=lambda item: item.published)
            for item in items:
                handled = pipeline.handle(as_report(item), feed=None, now=item.published)
                found += [Step(one.state, one.treaty, one.stage.value) for one in handled.alerts] if handled else []
            if found == [step for step, _ in story.telling]:
                yield story


def as_report(item: Item) -> Report:
    """The item as the rules are given it: in a language that is to be guessed."""
    outlet = f"Outlet {item.outlet}"
    return Report(f"item-{item.number}", item.title, item.summary, item.published, None, None, outlet)


def _ordinary(dice: random.Random, numbers: Iterator[int], hours: float) -> Iterator[Item]:
    """News of which none is a state's way out of a treaty, though some leave, quit and withdraw."""
    count = int(FEEDS * hours / 3)
    for report in reports(count, share=0.0, seed=dice.randrange(10**6)):
        at = START + timedelta(hours=dice.uniform(-3, hours))
        yield Item(next(numbers), dice.randrange(FEEDS), report.title, report.summary, at)
