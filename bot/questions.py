"""Look-ups: every question that people ask, answered once for all chats and the command line.

An answer is a value; `lines` makes it text for any chat, `json` makes it data.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from bot.speech import Speech
from bot.why import WhyAnswer
from bot.wording import (
    case_title,
    clause_text,
    coverage_line,
    disputed_lines,
    in_order,
    stage_bar,
    stage_words,
    takes_effect,
)
from store import events, reports, versions
from treaties.matching import latest
from treaties.model import Case, Event, Fact, FactKind, Source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from store.database import Connection
    from treaties.registry import Knowledge

_SUGGESTIONS: Final = 3
_CLOSE_ENOUGH: Final = 0.7
_NAMES_COMPARED: Final = 5_000
_FACT_WORDS: Final = {
    FactKind.JOINED: "Joined",
    FactKind.PARTY: "Party",
    FactKind.DEROGATION: "Derogation, not a withdrawal",
    FactKind.RULING: "Court ruling, not a withdrawal",
    FactKind.CONTEXT: "Context",
    FactKind.OPEN: "Still open",
}


class UnknownNameError(ValueError):
    """No such state, treaty or report; the message suggests what may have been meant."""


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What is known of one state and one treaty, its clause, and when by that the exit takes effect."""

    case: Case
    title: str
    speech: Speech
    clause: str = ""
    effect: str = ""

    @property
    def summary(self) -> str:
        """One line: where the case stands."""
        if self.case.events:
            last = latest(self.case.events)
            words = f"{stage_words(last.stage, self.speech)}, {self.speech.day(last.when)}"
            return words[0].upper() + words[1:]
        kinds = {fact.kind for fact in self.case.facts}
        if kinds & {FactKind.PARTY, FactKind.JOINED}:
            return "A party; no withdrawal is known."
        if FactKind.DEROGATION in kinds:
            return "A party with a derogation; no withdrawal is known."
        return "No withdrawal is known."

    def lines(self) -> list[str]:
        """The timeline with sources and disagreements."""
        lines = [self.title, self.summary]
        if self.case.events:
            last = latest(self.case.events)
            stages = in_order((event.stage, event.when) for event in self.case.events)
            lines.append(stage_bar(stages, last.stage, self.speech))
        for event in self.case.events:
            lines += _event_lines(event, self.speech)
        for fact in self.case.facts:
            lines += _fact_lines(fact, self.speech)
        lines += [self.effect] if self.effect else []
        return [*lines, *([f"Clause: {self.clause}"] if self.clause else [])]

    def json(self) -> dict[str, Any]:
        """The answer as data."""
        return {
            "state": self.case.state,
            "treaty": self.case.treaty,
            "title": self.title,
            "summary": self.summary,
            "events": [event_json(event) for event in self.case.events],
            "facts": [fact_json(fact) for fact in self.case.facts],
            "clause": self.clause or None,
            "effect": self.effect or None,
        }


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers from the known event set and the knowledge."""

    knowledge: Knowledge

    @property
    def _speech(self) -> Speech:
        return Speech("en", self.knowledge)

    def case(self, conn: Connection, state: str, treaty: str, today: date) -> CaseAnswer:
        """One case, also where no withdrawal is known.

        Raises:
            UnknownNameError: no such state or treaty.
        """
        return self.case_of(conn, self.state_code(state), self.treaty_id(conn, treaty), today)

    def case_of(self, conn: Connection, code: str, name: str, today: date) -> CaseAnswer:
        """The case of a state, by its code, and a treaty, by its id."""
        case = replace(events.case(conn, code, name), facts=self._facts(code, name))
        found = self.knowledge.treaties.get(name)
        speech = self._speech
        title = case_title(code, name, speech)
        if found is None or found.clause is None:
            return CaseAnswer(case, title, speech)
        steps = [(event.stage, event.when) for event in case.events]
        effect = takes_effect(found, code, steps, today, speech)
        return CaseAnswer(case, title, speech, clause_text(found.clause, speech), effect)

    def cases(self, conn: Connection) -> tuple[CaseAnswer, ...]:
        """Every case in which something happened, the latest first."""
        found = [case for case in events.cases(conn) if case.events]
        found.sort(key=lambda case: str(latest(case.events).when or ""), reverse=True)
        speech = self._speech
        return tuple(CaseAnswer(case, case_title(case.state, case.treaty, speech), speech) for case in found)

    def why(self, conn: Connection, name: str) -> WhyAnswer:
        """What was made of one report, given by its id or its address.

        Raises:
            UnknownNameError: no such report is stored.
        """
        wanted = name.strip()
        stored = reports.find(conn, wanted) or reports.find_by_url(conn, wanted)
        if stored is None:
            newest = {known.casefold(): known for known in reports.newest_names(conn, _NAMES_COMPARED)}
            raise _unknown(name, newest, "report")
        joined = {verdict.event for _, verdict in stored.claims if verdict and verdict.event}
        found = {event.id: event for event in events.find(conn, joined)}
        return WhyAnswer(stored, found, self.knowledge, versions.latest(conn, stored.row))

    def _facts(self, state: str, treaty: str) -> tuple[Fact, ...]:
        return next((case.facts for case in self.knowledge.known if case.key == (state, treaty)), ())

    def state_code(self, text: str) -> str:
        """The code of a state given by code or English name.

        Raises:
            UnknownNameError: no such state.
        """
        names = {name.casefold(): code for code, state in self.knowledge.states.items() for name in (code, state.name)}
        return _pick(text, names, "state")

    def treaty_id(self, conn: Connection, text: str) -> str:
        """The id of a treaty given by id, name or series number; a provisional one that a case is known of counts too.

        Raises:
            UnknownNameError: no such treaty.
        """
        names = {case.treaty.casefold(): case.treaty for case in events.cases(conn)}
        for treaty in self.knowledge.treaties.values():
            for name in (treaty.id, treaty.short_name, treaty.name, treaty.series or treaty.id):
                names.setdefault(name.casefold(), treaty.id)
        return _pick(text, names, "treaty")


def _pick(text: str, names: dict[str, str], what: str) -> str:
    found = names.get(text.strip().casefold())
    if found is not None:
        return found
    raise _unknown(text, names, what)


def _unknown(text: str, names: dict[str, str], what: str) -> UnknownNameError:
    close = difflib.get_close_matches(text.casefold(), names, n=_SUGGESTIONS, cutoff=_CLOSE_ENOUGH)
    meant = " or ".join(dict.fromkeys(names[name] for name in close))
    return UnknownNameError(f"no {what} is called {text!r}" + (f"; did you mean {meant}?" if meant else ""))


def _event_lines(event: Event, speech: Speech) -> list[str]:
    words = f"{stage_words(event.stage, speech)} ({coverage_line(event, speech)})"
    lines = [f"● {speech.day(event.when)}: {words}", *([f"    {event.note}"] if event.note else [])]
    disputed = (f"    {line}" for line in disputed_lines(event, speech))
    return [*lines, *disputed, *_source_lines(event.sources, speech)]


def _fact_lines(fact: Fact, speech: Speech) -> list[str]:
    when = f", {speech.day(fact.when)}" if fact.when else ""
    return [f"– {_FACT_WORDS[fact.kind]}{when}: {fact.note}", *_source_lines(fact.sources, speech)]


def _source_lines(sources: Iterable[Source], speech: Speech) -> list[str]:
    return [f"    {_source_line(source, speech)}" for source in sources]


def _source_line(source: Source, speech: Speech) -> str:
    says = f" says {speech.day(source.says)}" if source.says else ""
    published = f", published {source.published.isoformat()}" if source.published else ""
    note = f" ({source.note})" if source.note else ""
    return f"· {source.outlet}{says}{published}{note}" + (f" {source.url}" if source.url else "")


def event_json(event: Event) -> dict[str, Any]:
    """An event as data."""
    return {
        "id": event.id,
        "stage": event.stage.value,
        "date": str(event.when) if event.when else None,
        "disputed": event.disputed,
        "told_dates": [str(when) for when in event.told_dates],
        "independent_sources": event.voices,
        "note": event.note or None,
        "sources": [source_json(source) for source in event.sources],
    }


def fact_json(fact: Fact) -> dict[str, Any]:
    """A fact as data."""
    return {
        "kind": fact.kind.value,
        "note": fact.note,
        "date": str(fact.when) if fact.when else None,
        "sources": [source_json(source) for source in fact.sources],
    }


def source_json(source: Source) -> dict[str, Any]:
    """A source as data."""
    return {
        "outlet": source.outlet,
        "url": source.url,
        "published": source.published.isoformat() if source.published else None,
        "says": str(source.says) if source.says else None,
        "note": source.note or None,
        "official": source.official,
    }
