"""Searching what is stored: events and reports that have all the words of a question.

An answer is a value; `lines` makes it text for the command line, `json` makes it data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.speech import Speech
from bot.wording import case_title, stage_words
from store import events, looking, reports

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.database import Connection
    from store.reports import StoredReport
    from treaties.model import Event
    from treaties.registry import Knowledge

MAX_WORDS: Final = 8
_LONGEST_WORD: Final = 40
_WORD: Final = re.compile(r"\w+(?:[-'’]\w+)*")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: events first, then reports by their rows, each the newest first.

    Attributes:
        words: the words that were looked for.
        events: the events that have them.
        rows: rows of the reports that have them, at most `store.looking.FOUND`.
    """

    words: tuple[str, ...]
    events: tuple[Event, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FindingsAnswer:
    """Findings with their reports, for the command line."""

    findings: Findings
    reports: tuple[StoredReport, ...]
    knowledge: Knowledge

    def lines(self) -> list[str]:
        """One line for each event and each report."""
        found = [*map(self._event, self.findings.events), *map(_report, self.reports)]
        return found or [f"Nothing stored has the words {' '.join(self.findings.words)}."]

    def _event(self, event: Event) -> str:
        speech = Speech("en", self.knowledge)
        title = case_title(event.state, event.treaty, speech)
        return f"● {title}: {stage_words(event.stage, speech)}, {speech.day(event.when)}"

    def json(self) -> dict[str, Any]:
        """The answer as data."""
        return {
            "words": list(self.findings.words),
            "events": [
                {
                    "id": event.id,
                    "state": event.state,
                    "treaty": event.treaty,
                    "stage": event.stage.value,
                    "date": str(event.when) if event.when else None,
                }
                for event in self.findings.events
            ],
            "reports": [
                {
                    "id": one.report.id,
                    "title": one.report.title,
                    "outlet": one.report.outlet,
                    "url": one.report.url,
                    "published": one.report.published.isoformat() if one.report.published else None,
                    "label": one.label.value if one.label else None,
                }
                for one in self.reports
            ],
        }


def words_of(text: str) -> tuple[str, ...]:
    """The words that are looked for: the first few of the text, without punctuation."""
    return tuple(dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(text)))[:MAX_WORDS]


def search(conn: Connection, text: str, told: Callable[[Event], str]) -> Findings:
    """What has all the words of a text.

    Args:
        conn: an open transaction.
        text: words in any order.
        told: an event in words: state, treaty, stage and date, in the languages in which people may ask.
    """
    words = words_of(text)
    if not words:
        return Findings((), (), ())
    wanted = [word.casefold() for word in words]
    every = [event for case in events.cases(conn) for event in case.events]
    found = [event for event in every if _has_all(f"{told(event)} {event.note}".casefold(), wanted)]
    found.sort(key=lambda event: str(event.when or ""), reverse=True)
    return Findings(words, tuple(found), looking.reports_with(conn, words))


def _has_all(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def answer(conn: Connection, text: str, knowledge: Knowledge) -> FindingsAnswer:
    """What the command line answers."""
    findings = search(conn, text, lambda event: english(event, knowledge))
    return FindingsAnswer(findings, reports.of_rows(conn, findings.rows), knowledge)


def english(event: Event, knowledge: Knowledge) -> str:
    """An event in English words."""
    return f"{told(event, Speech('en', knowledge))} {event.treaty} {event.when or ''}"


def told(event: Event, speech: Speech) -> str:
    """An event in the words of a language."""
    title = case_title(event.state, event.treaty, speech)
    return f"{title} {stage_words(event.stage, speech)} {speech.day(event.when)}"


def _report(one: StoredReport) -> str:
    published = f", {one.report.published:%Y-%m-%d}" if one.report.published else ""
    address = f" {one.report.url}" if one.report.url else ""
    return f"“{one.report.title}” ({one.report.outlet or 'unnamed outlet'}{published}){address}"
