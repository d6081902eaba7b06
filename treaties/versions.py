"""Versions: what makes a report that is known worth reading again, and what of it is new. Pure.

An outlet that edits a report keeps its id. Policy on mistakes: an edit that is not read may be a step that stays
silent, one that is read for nothing costs a moment. So every text that was not seen before counts; but a live blog
changes with every poll, and a summary that only grows is read a few times a day. A claim that an edited text no longer
makes is not taken back: what was told was told, and only a report that says so undoes it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from treaties.model import Role, Verdict, VerdictKind
from treaties.stages import Stage, lies_before

if TYPE_CHECKING:
    from collections.abc import Collection

    from treaties.model import Case, Claim, Label, Reading, Report

LOOKED_AT: Final = 1_000
"""Letters of a summary in which a change counts."""

MOST_TITLES: Final = 12
"""So many versions of a report are read in a day where its title changed."""

MOST_SUMMARIES: Final = 3
"""So many where only its summary did."""

MOST_MARKS: Final = 16
"""So many texts of a report are known again: outlets try headlines in turn, and feeds differ in their teasers."""


def mark_of(report: Report) -> str:
    """A short name for the text of a report, as its feed gives it."""
    text = f"{report.title}\n{report.summary[:LOOKED_AT]}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def is_read_again(read_today: int, *, retitled: bool) -> bool:
    """Whether one more version is read.

    Args:
        read_today: how many versions of the report were read on this day.
        retitled: whether its title differs from that of the version before.
    """
    return read_today < (MOST_TITLES if retitled else MOST_SUMMARIES)


def unsaid(reading: Reading, label: Label | None, said: Collection[Claim]) -> tuple[Claim, ...]:
    """The claims of a version that the versions before did not make.

    Args:
        reading: what it was read as.
        label: what the version before was read as; under another one the same words mean something else.
        said: the claims of all versions before.
    """
    if reading.label is not label:
        return reading.claims
    before = {_point(claim) for claim in said}
    return tuple(claim for claim in reading.claims if _point(claim) not in before)


def decided_since(verdict: Verdict, claim: Claim, case: Case, report: str) -> Verdict:
    """The verdict on a claim of an edited text, where its outlet only had the step weighed before.

    Among reports of one day, one that has a step weighed and one that has it taken are two tellings of one decision. An
    outlet that changes its own words so has something new to tell.

    Args:
        verdict: what the claim would be in a report of its own.
        claim: what the text says now.
        case: what is known of the claim's state and treaty.
        report: the id of the edited report.
    """
    joined = case.event(verdict.event) if verdict.kind is VerdictKind.KNOWN and verdict.event else None
    if joined is None or joined.stage is not Stage.CONSIDERED or claim.stage is None or claim.role is not Role.NEWS:
        return verdict
    mine = any(source.report == report for source in joined.sources)
    known = any(event.stage is claim.stage for event in case.events)
    if known or not mine or not lies_before(Stage.CONSIDERED, claim.stage):
        return verdict
    return Verdict(VerdictKind.NEW_DEVELOPMENT, f"the report had it {joined.stage}, and was edited", stage=claim.stage)


def _point(claim: Claim) -> tuple[object, ...]:
    """What a claim says, whatever its words."""
    return claim.state, claim.treaty, claim.stage, claim.likely, claim.taken_up, claim.role, claim.modality
