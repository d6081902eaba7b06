"""The stages of a case, their order, and the moves sideways and back.

A case does not climb a ladder: it moves forward, sideways (suspended, postponed) and back (returned, rejected,
rescinded). `ORDER` gives the forward stages a rank, so that "an earlier stage told after a later one" can be
recognised; sideways stages have no rank of their own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """Where a case stands. The value is the name used in files, JSON and the database."""

    CONSIDERED = "considered"
    ANNOUNCED = "announced"
    GOVERNMENT_APPROVED = "government_approved"
    BILL_SUBMITTED = "bill_submitted"
    LOWER_HOUSE_PASSED = "lower_house_passed"
    UPPER_HOUSE_PASSED = "upper_house_passed"
    PARLIAMENT_PASSED = "parliament_passed"
    SIGNED_INTO_LAW = "signed_into_law"
    NOTIFIED_DEPOSITARY = "notified_depositary"
    IN_EFFECT = "in_effect"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    REJECTED = "rejected"
    POSTPONED = "postponed"
    STRUCK_DOWN = "struck_down"
    RESCINDED = "rescinded"
    REJOINED = "rejoined"


# `parliament_passed` stands beside the upper house: it means "parliament as a whole", so both chambers lie behind it.
ORDER: Final[dict[Stage, int]] = {
    Stage.CONSIDERED: 0,
    Stage.ANNOUNCED: 1,
    Stage.GOVERNMENT_APPROVED: 2,
    Stage.BILL_SUBMITTED: 3,
    Stage.LOWER_HOUSE_PASSED: 4,
    Stage.UPPER_HOUSE_PASSED: 5,
    Stage.PARLIAMENT_PASSED: 5,
    Stage.SIGNED_INTO_LAW: 6,
    Stage.NOTIFIED_DEPOSITARY: 7,
    Stage.IN_EFFECT: 8,
}

REVERSALS: Final = frozenset(
    {Stage.RETURNED, Stage.REJECTED, Stage.POSTPONED, Stage.STRUCK_DOWN, Stage.RESCINDED, Stage.REJOINED}
)
"""Moves back, or off the road. The first forward stage told after one of these may be the same stage again."""

UNDONE: Final = frozenset({Stage.RESCINDED, Stage.REJOINED})
"""The state is in again: after these the way out begins anew."""

CHAMBER_VOTES: Final = frozenset({Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED, Stage.PARLIAMENT_PASSED})


def rank(stage: Stage) -> int | None:
    """The place of a forward stage on the way out, 0 the first; None for `suspended` and the moves back."""
    return ORDER.get(stage)


def is_reversal(stage: Stage) -> bool:
    """Whether the stage takes the case back or off the road."""
    return stage in REVERSALS


def lies_before(earlier: Stage, later: Stage) -> bool:
    """Whether both are forward stages and `earlier` comes strictly before `later`."""
    first, second = rank(earlier), rank(later)
    return first is not None and second is not None and first < second


def same_step(one: Stage, other: Stage) -> bool:
    """Whether two stages can name one and the same step.

    A report that says only "parliament passed it" may mean the vote of either chamber, so `parliament_passed` joins the
    chamber votes; the two chambers themselves stay apart.
    """
    return one == other or (Stage.PARLIAMENT_PASSED in (one, other) and {one, other} <= CHAMBER_VOTES)
