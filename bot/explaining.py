"""How a reading is shown to the people who extend the word files: what was found in which words, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treaties.model import Claim
    from treaties.reading.marks import Mark
    from treaties.reading.read import Explanation
    from treaties.reading.view import View

_NAMES: Final = {"treaty", "state", "organ"}


def explained(explanation: Explanation) -> Iterator[str]:
    """The lines of one report: its label, every sentence with its marks and dates, its topic, and its claims."""
    reading = explanation.reading
    yield f"{reading.report}: {reading.label} ({reading.lang or 'no known language'}): {reading.reason}"
    for view in explanation.views:
        yield f"  {'title' if view.place == 0 else f'sentence {view.place}'}: {view.frame.sentence.text}"
        yield from (f"    {line}" for line in _marks(view))
    topic = explanation.topic
    about = ", ".join((*topic.states, *topic.treaties)) or "no state and no treaty"
    yield f"  about: {about}{'' if topic.leaves else '; no leaving word anywhere'}"
    yield from (f"  claim: {_claim(claim)}" for claim in reading.claims)
    if not reading.claims:
        yield "  no claim"


def _marks(view: View) -> Iterator[str]:
    """One line for all that each stretch of words was found to be."""
    found: dict[tuple[int, int], list[str]] = {}
    for mark in view.frame.marks:
        found.setdefault((mark.start, mark.end), []).append(_named(mark))
    for dated in view.dates:
        found.setdefault((dated.start, dated.end), []).append(f"date {dated.when}")
    for (start, end), names in sorted(found.items()):
        yield f"{view.frame.sentence.words(start, end)!r}: {', '.join(dict.fromkeys(names))}"


def _named(mark: Mark) -> str:
    owner = f" of {mark.state}" if mark.state else ""
    return f"{mark.kind} {mark.value}{owner}" if mark.kind in _NAMES else f"{mark.kind}.{mark.value}"


def _claim(claim: Claim) -> str:
    stage = claim.stage or (f"{claim.likely} (likely)" if claim.likely else "no stage")
    when = f" on {claim.when}{'' if claim.dated else ' (day of publication)'}" if claim.when else ""
    effective = f", effective {claim.effective}" if claim.effective else ""
    mood = "" if claim.modality == "development" else f", {claim.modality}"
    what = f"{claim.state} {claim.treaty}: {stage}{when}{effective}{mood}, {claim.role}"
    return f"{what}, confidence {claim.confidence:.2f}: {claim.reason}"
