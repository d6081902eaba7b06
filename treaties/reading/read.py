"""Reading a report: `Reader.read(report) -> Reading`, pure and deterministic.

The way of a report: sentences → marks (what is mentioned) → leaving words, each with its treaty and state → stages
reached → claims → a label for the whole. The title and first sentence weigh most; what stands deeper is the report's
background unless it is dated anew.

Policy on mistakes: matching absorbs a vague or doubled claim, but nothing can bring back a claim that was dropped; so
a doubtful claim is kept with a lower confidence, and only what is plainly no exit is left out.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from treaties.model import Claim, Label, Reading, Report, Role
from treaties.reading.claims import claims_of, dated_by_lead
from treaties.reading.language import Languages
from treaties.reading.mentions import Lexicon
from treaties.reading.modality import of_cue
from treaties.reading.outlet import seat
from treaties.reading.settle import label_of, settled
from treaties.reading.text import Sentence, sentences
from treaties.reading.topic import Topic, topic_of
from treaties.reading.view import View, cues_of, dateline, views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from treaties.reading.marks import Frame
    from treaties.registry import Knowledge

_MAX_SENTENCES: Final = 80
_YEARS: Final = (1900, 2100)
_ISO_DATELINE: Final = re.compile(r"^\s*(?:date:?\s*)?(\d{4}-\d{2}-\d{2})\b[\s.:–—-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reading with its way: every sentence with its marks and dates, and what the report is about."""

    reading: Reading
    views: tuple[View, ...]
    topic: Topic


class Reader:
    """Reads reports with a given knowledge; compile once, read many.

    Args:
        knowledge: treaties, states, institutions, words and stage rules.
        detect: tells the language of a text whose feed does not (see `Languages`).
        turn: held while a text is searched. Patterns are built when the first text comes that needs them, and a thread
            that searches meanwhile would miss names, and remember that there are none: whoever reads in several threads
            gives a lock that a thread may take twice.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        detect: Callable[[str], str | None] | None = None,
        turn: AbstractContextManager[object] | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._turn = turn or nullcontext()
        self._languages = Languages(knowledge.words, detect)
        self._lexicon = Lexicon(knowledge, self._languages.small)

    def read(self, report: Report) -> Reading:
        """What the report says happened. Most reports have no leaving word at all and are done with at this gate."""
        plain, iso_day, text, language = self._prepared(report)
        with self._turn:
            if not self._lexicon.leaves(text, language):
                return Reading(report.id, Label.NONE, language, (), "it has no leaving word")
            return self._explained(plain, iso_day, text, language).reading

    def leaves(self, report: Report) -> bool:
        """Whether the report has a leaving word at all: the gate that `read` begins with."""
        _, _, text, language = self._prepared(report)
        with self._turn:
            return self._lexicon.leaves(text, language)

    def explain(self, report: Report) -> Explanation:
        """What the report says happened, with all that was found on the way to it."""
        prepared = self._prepared(report)
        with self._turn:
            return self._explained(*prepared)

    def _prepared(self, report: Report) -> tuple[Report, date | None, tuple[Sentence, ...], str | None]:
        report, iso_day = _without_dateline(report)
        text = sentences(report.title, report.summary)[:_MAX_SENTENCES]
        return report, iso_day, text, self._languages.choose(text, report.lang)

    def _explained(
        self, report: Report, iso_day: date | None, text: tuple[Sentence, ...], language: str | None
    ) -> Explanation:
        published = _plausible(report.published.date()) if report.published else None
        home = seat(report, self._knowledge.words.get(language or ""), self._knowledge.states)
        frames = _kept(self._lexicon.frames(text, language, published or iso_day, home))
        topic = topic_of(frames, home, self._knowledge, domestic=report.country is not None)
        seen = views(frames, published or iso_day or dateline(frames))
        found = [claim for view in seen for claim in claims_of(view, topic, self._knowledge)]
        claims = tuple(dated_by_lead(claim, seen) for claim in settled(found))
        label, reason = label_of(frames, claims, by_title=_titled(seen, found))
        if label is Label.REACTION:
            claims = tuple(replace(claim, role=Role.BACKGROUND, modality=Label.REACTION) for claim in claims)
        elif label is Label.BACKGROUND:
            claims = tuple(replace(claim, role=Role.BACKGROUND) for claim in claims)
        return Explanation(Reading(report.id, label, language, claims, reason), tuple(seen), topic)


def _titled(seen: Sequence[View], found: Sequence[Claim]) -> bool:
    """Whether the title itself states the exit, by more than a noun: "Lithuania's exit" may be commented on.

    "Nicaragua announces its exit" states it, too.
    """
    if not seen or seen[0].place:
        return False
    frame = seen[0].frame
    stated = any(cue.value != "noun" and of_cue(frame, cue) is Label.DEVELOPMENT for cue in cues_of(frame))
    stated = stated or bool(frame.of("action", "announce", "notify"))
    return stated and any(claim.role is Role.NEWS and frame.sentence.text.startswith(claim.quote) for claim in found)


def _plausible(day: date) -> date | None:
    """The day, or None where a feed's clock is so wrong that nothing can be counted from it."""
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


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
