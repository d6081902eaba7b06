"""Reading a report: `Reader.read(report) -> Reading`, pure and deterministic.

The way of a report: sentences → marks (what is mentioned) → leaving words, each with its treaty and state → stages
reached → claims → a label for the whole. The title and first sentence weigh most; what stands deeper is the report's
background unless it is dated anew.

Policy on mistakes: matching absorbs a vague or doubled claim, but nothing can bring back a claim that was dropped; so
a doubtful claim is kept with a lower confidence, and only what is plainly no exit is left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from treaties.model import Label, Reading, Report, Role
from treaties.reading.actor import acting_states
from treaties.reading.claims import Topic, claims_of, dated_by_lead
from treaties.reading.mentions import ORGAN, STATE, TREATY, Frame, Lexicon
from treaties.reading.settle import label_of, settled
from treaties.reading.subject import treaties_of
from treaties.reading.text import sentences
from treaties.reading.view import LEAD, cues_of, dateline, views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.registry import Knowledge

_MAX_SENTENCES: Final = 80
_YEARS: Final = (1900, 2100)
_ISO_DATELINE: Final = re.compile(r"^\s*(?:date:?\s*)?(\d{4}-\d{2}-\d{2})\b[\s.:–—-]*", re.IGNORECASE)


class Reader:
    """Reads reports with a given knowledge; compile once, read many.

    Args:
        knowledge: treaties, states, institutions, words and stage rules.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._lexicon = Lexicon(knowledge)

    def read(self, report: Report) -> Reading:
        """What the report says happened."""
        report, iso_day = _without_dateline(report)
        text = sentences(report.title, report.summary)[:_MAX_SENTENCES]
        language = self._lexicon.language(text, report.lang)
        published = _plausible(report.published.date()) if report.published else None
        frames = _kept(self._lexicon.frames(text, language, published or iso_day))
        topic = self._topic(frames, report)
        seen = views(frames, published or iso_day or dateline(frames))
        found = settled(claim for view in seen for claim in claims_of(view, topic, self._knowledge))
        claims = tuple(dated_by_lead(claim, seen) for claim in found)
        label, reason = label_of(frames, claims)
        if label is Label.REACTION:
            claims = tuple(replace(claim, role=Role.BACKGROUND, modality=Label.REACTION) for claim in claims)
        return Reading(report.id, label, language, claims, reason)

    def _topic(self, frames: Sequence[Frame], report: Report) -> Topic:
        """The first leaving state and the first treaty left; where no state is named at all, the outlet's own."""
        states: tuple[str, ...] = ()
        treaties: tuple[str, ...] = ()
        for frame in frames:
            cues = cues_of(frame)
            for cue in cues:
                treaties = treaties or treaties_of(frame, cue, cues)
                states = states or acting_states(frame, cue, self._knowledge.states)
        if not treaties:
            treaties = tuple(mark.value for frame in frames[: LEAD + 1] for mark in frame.of(TREATY))
        if not states:
            states = _first_state(frames[: LEAD + 1])
        if not states and report.country and not _first_state(frames):
            states = (report.country,)
        return Topic(states[:1], treaties[:1])


def _plausible(day: date) -> date | None:
    """The day, or None where a feed's clock is so wrong that nothing can be counted from it."""
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


def _first_state(frames: Sequence[Frame]) -> tuple[str, ...]:
    """The first state that is named, by itself or by an organ of its own."""
    for frame in frames:
        for mark in frame.marks:
            if mark.kind == STATE or (mark.kind == ORGAN and mark.state):
                return (mark.state or mark.value,)
    return ()


def _kept(frames: Sequence[Frame]) -> list[Frame]:
    """The sentences that are read: boilerplate lines ("Read also …") are cut."""
    return [frame for frame in frames if not any(mark.start == 0 for mark in frame.of("boilerplate"))]


def _without_dateline(report: Report) -> tuple[Report, date | None]:
    """The report with an ISO date that opens its title or text cut off, and that date."""
    texts = (report.title, report.summary)
    found = next((match for text in texts if (match := _ISO_DATELINE.match(text))), None)
    if found is None:
        return report, None
    title, summary = (_ISO_DATELINE.sub("", text) for text in texts)
    return replace(report, title=title, summary=summary), _day(found[1])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
