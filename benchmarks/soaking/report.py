"""What the soak test counts, and how it tells of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.soaking.ledger import Place, account
from bot.wording.alert import alert_headline
from treaties.model import Alert, VerdictKind
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.soaking.ledger import Account
    from benchmarks.soaking.news import Step
    from bot.speech import Speech

FLAT: Final = 1.05
"""The program's own memory is flat where its end is not above that of the first hour by more than this."""


@dataclass(slots=True)
class Figures:
    """What happened, for the report; memory in megabytes by the simulated hours that the last program has lived.

    `written` is the part of the memory that is the program's own; the rest are pages of files, which the system keeps
    as long as it likes.
    """

    kills: int = 0
    kills_in_hand: int = 0
    deaths: int = 0
    crashes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    written: list[tuple[float, float]] = field(default_factory=list)
    parsing: list[float] = field(default_factory=list)


def told(counts: dict[str, int]) -> str:
    """Counts in a line."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def print_ledger(found: Sequence[Place], steps: Sequence[Step], spoken: dict[str, Speech]) -> bool:
    """Print how each channel did; whether all is well."""
    print("channel                 owed  once  marked repeat  missing  twice unmarked  not asked for")
    accounts: list[Account] = []
    for place in found:
        speech = spoken[place.settings.get("language", "en")]
        one = account(place, steps, partial(headline, speech=speech), speech.gettext("(possible repeat)"))
        accounts.append(one)
        print(
            f"{place.name:22}{one.owed:6}{one.once:6}{one.repeated:15}{len(one.missing):9}"
            f"{len(one.twice):16}{len(one.unasked):15}"
        )
        for what, lines in (("missing", one.missing), ("twice", one.twice), ("not asked for", one.unasked)):
            for line in lines:
                print(f"  {what}: {line}")
    return all(one.clean for one in accounts)


def headline(step: Step, speech: Speech) -> str:
    """What an alert on a step says first."""
    alert = Alert(
        key="",
        kind=VerdictKind.NEW_CASE,
        state=step.state,
        treaty=step.treaty,
        stage=Stage(step.stage),
        when=None,
        report="",
        title="",
        reason="",
    )
    return alert_headline(alert, speech)


def print_memory(figures: Figures) -> bool:
    """Print the memory of the program that was left alone; whether it is flat."""
    if not figures.memory or figures.memory[-1][0] <= 2:  # noqa: PLR2004 - the first hour, and one to compare with it
        print("memory: the program was left alone for too short a time")
        return True
    last = figures.memory[-1][0]
    first = max(held for hours, held in figures.written if hours <= 1)
    late = median(held for hours, held in figures.written if hours >= last - 2)
    for name, samples in (("memory", figures.memory), ("of it not files", figures.written)):
        steps = [min(samples, key=lambda one: abs(one[0] - hour))[1] for hour in range(int(last) + 1)]
        print(f"{name} by hour, MB: {' '.join(f'{held:.0f}' for held in steps)}")
    print(
        f"its own memory: {first:.1f} MB at most in the first hour, {late:.1f} MB in the last two, of {last:.0f} hours"
    )
    print(f"its parser: at most {max(figures.parsing):.0f} MB")
    return late <= first * FLAT
