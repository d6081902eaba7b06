"""Counting what the watchers do, for whoever wants to know how it goes. Told only of what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from treaties.model import Label, VerdictKind

PollOutcome = Literal["new", "unchanged", "failed", "gone"]
"""How a poll went: it brought new reports, none, an error, or the word that the feed is gone for good."""

ParseError = Literal["no_feed", "cut_off"]
"""What is wrong with an answer: there is no feed in it, or it breaks off before the feed's end."""


class Counts(Protocol):
    """Counts. Called from the loop and from threads, often: it takes microseconds and raises nothing."""

    def poll(self, outcome: PollOutcome) -> None:
        """A feed was asked."""
        ...

    def parse_error(self, kind: ParseError) -> None:
        """What a feed answered could not be read, or not to its end."""
        ...

    def reports(self, new: int) -> None:
        """So many reports were new, and are stored."""
        ...

    def readings(self, label: Label, number: int) -> None:
        """So many texts of reports were read as that; an edited one is one more."""
        ...

    def verdict(self, kind: VerdictKind) -> None:
        """That was decided about a claim."""
        ...

    def set_aside(self) -> None:
        """The rules stumbled over a report."""
        ...


class NotCounted:
    """Counts nothing: nobody wants to know."""

    def poll(self, outcome: PollOutcome) -> None:
        """Nothing."""

    def parse_error(self, kind: ParseError) -> None:
        """Nothing."""

    def reports(self, new: int) -> None:
        """Nothing."""

    def readings(self, label: Label, number: int) -> None:
        """Nothing."""

    def verdict(self, kind: VerdictKind) -> None:
        """Nothing."""

    def set_aside(self) -> None:
        """Nothing."""
