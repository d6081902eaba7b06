"""The ledger: what every channel was to be told by the script, held against what people in it see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.soaking.news import Step


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of the simulation.

    Attributes:
        name: for the table.
        settings: as the program's settings list it.
        seen: the texts of the bot's messages there, the oldest first.
    """

    name: str
    settings: dict[str, Any]
    seen: Callable[[], Sequence[str]]

    def wants(self, step: Step) -> bool:
        """Whether the channel is to be told of a step."""
        filters = ((step.state, "states"), (step.treaty, "treaties"), (step.stage, "stages"))
        is_public = self.settings.get("role", "public") == "public"
        return is_public and all(value in self.settings.get(name, [value]) for value, name in filters)


@dataclass(slots=True)
class Account:
    """How one channel did; the last three hold what went wrong, as lines."""

    owed: int = 0
    once: int = 0
    repeated: int = 0
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether everything came once, or again with a mark."""
        return not (self.missing or self.twice or self.unasked)


def account(place: Place, steps: Iterable[Step], headline: Callable[[Step], str], mark: str) -> Account:
    """Hold what a channel saw against the script.

    Args:
        place: the channel.
        steps: every development of the script.
        headline: how an alert on one begins there.
        mark: how a possible repeat is marked there.
    """
    seen, found = place.seen(), Account()
    for step in steps:
        words = headline(step)
        told = [text for text in seen if words in text]
        if not place.wants(step):
            found.unasked += [words] * bool(told)
            continue
        found.owed += 1
        # The first may be marked, too: what it repeats may never have arrived.
        plain = sum(mark not in text for text in told)
        if not told:
            found.missing.append(words)
        elif plain > 1 or (plain == 1 and mark in told[0]):
            found.twice.append(words)
        elif len(told) > 1:
            found.repeated += 1
        else:
            found.once += 1
    return found
