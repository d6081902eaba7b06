"""Look-ups on treaties: what a treaty is and how it is left, which one is meant, and when an exit takes effect.

An answer is a value; `lines` makes it text for any chat, `json` makes it data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from bot.questions import CaseAnswer, Questions, UnknownNameError
from bot.speech import Speech
from bot.treaty_search import Hit, Match, TreatySearch
from bot.wording import article, case_title, clause_text, recalled_mark, treaty_title
from store import events
from treaties.matching import latest
from treaties.model import When
from treaties.periods import Period
from treaties.registry import Treaty
from treaties.timetable import Effect, effective

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.database import Connection
    from treaties.registry import Clause, Knowledge

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SUGGESTIONS: Final = 3
_HOW_SURE: Final = {
    "computed": "",
    "practice": ", by practice",
    "earliest": " at the earliest",
    "depends": ", but that depends on more",
    "unknown": ", as far as is known",
}


class UnreadableDateError(ValueError):
    """A text that is no date; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class TreatyAnswer:
    """What is known of one treaty.

    Attributes:
        treaty: the record; of a treaty that only reports name, just the name.
        listed: whether the registry lists it.
        parent: the treaty that it belongs to, by name.
        lookalikes: what it is easily taken for: id, name and what that one is.
        cases: the states that are leaving it, or have left.
        today: the day of the question.
        effect: what would follow if the depositary were notified today.
        speech: the language of `lines`.
    """

    treaty: Treaty
    listed: bool
    parent: str | None
    lookalikes: tuple[tuple[str, str, str], ...]
    cases: tuple[CaseAnswer, ...]
    today: date
    effect: Effect | None
    speech: Speech

    def lines(self) -> list[str]:
        """The treaty, its clause, its look-alikes and its cases."""
        return [
            treaty_title(self.treaty, self.speech),
            *self._about(),
            *self._leaving(),
            *self._others(),
            *self._known(),
        ]

    def _about(self) -> list[str]:
        treaty = self.treaty
        if not self.listed:
            return ["Not in the registry: reports name it, and nobody has looked it up yet."]
        opened = f"opened {self.speech.day(When(treaty.opened))}" if treaty.opened else ""
        in_force = f"in force since {self.speech.day(When(treaty.in_force))}" if treaty.in_force else ""
        dates = ", ".join(filter(None, (opened, in_force)))
        return [
            *([treaty.name] if treaty.name != treaty.short_name else []),
            f"Id: {treaty.id}",
            *([dates[0].upper() + dates[1:]] if dates else []),
            *_named("Depositary", treaty.depositary),
            *_named("Organisation", treaty.organisation),
            *_named("Belongs to", self.parent and f"{self.parent} ({treaty.parent})"),
            *_named("Recognised in", ", ".join({**treaty.aliases, **treaty.shared})),
        ]

    def _leaving(self) -> list[str]:
        clause = self.treaty.clause
        if clause is None:
            return ["Withdrawal: no clause is recorded."] if self.listed else []
        return [
            f"Withdrawal: {clause_text(clause, self.speech)}",
            *_named("Notice", clause.notice and str(Period.parse(clause.notice))),
            *_named("Afterwards", clause.residual),
            *_named("Source", clause.source),
            *(["If notified today: " + _outcome(self.effect, self.speech)] if self.effect else []),
        ]

    def _others(self) -> list[str]:
        return [f"Not to be confused with {name} ({treaty}): {note}" for treaty, name, note in self.lookalikes]

    def _known(self) -> list[str]:
        if not self.cases:
            return ["No case is known."]
        return ["Known cases:", *(f"    {answer.title}: {answer.summary}" for answer in self.cases)]

    def json(self) -> dict[str, Any]:
        """The answer as data."""
        treaty = self.treaty
        return {
            "id": treaty.id,
            "name": treaty.name,
            "short_name": treaty.short_name,
            "listed": self.listed,
            "series": treaty.series,
            "opened": treaty.opened.isoformat() if treaty.opened else None,
            "in_force": treaty.in_force.isoformat() if treaty.in_force else None,
            "depositary": treaty.depositary,
            "organisation": treaty.organisation,
            "parent": treaty.parent,
            "languages": list({**treaty.aliases, **treaty.shared}),
            "clause": _clause_json(treaty.clause) if treaty.clause else None,
            "if_notified_today": _effect_json(treaty, self.today, self.effect) if self.effect else None,
            "lookalikes": [{"id": other, "name": name, "note": note} for other, name, note in self.lookalikes],
            "cases": [_case_json(answer) for answer in self.cases],
        }


def _named(label: str, value: str | None) -> list[str]:
    return [f"{label}: {value}"] if value else []


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {
        "article": clause.article,
        "rule": clause.rule,
        "notice": clause.notice,
        "text": clause.text or None,
        "residual": clause.residual or None,
        "source": clause.source,
        "recalled": clause.source is None,
    }


def _case_json(answer: CaseAnswer) -> dict[str, Any]:
    last = latest(answer.case.events)
    return {
        "state": answer.case.state,
        "title": answer.title,
        "summary": answer.summary,
        "stage": last.stage.value,
        "date": str(last.when) if last.when else None,
    }


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The treaties that a text may mean, the likeliest first."""

    query: str
    hits: tuple[tuple[Hit, Treaty], ...]
    speech: Speech

    @property
    def guessed(self) -> bool:
        """Whether nothing fits as written."""
        return all(hit.match is Match.CLOSE for hit, _ in self.hits)

    def lines(self) -> list[str]:
        """One line for each treaty, with its id."""
        if not self.hits:
            return [f"No treaty is like {self.query!r}."]
        width = max(len(treaty.id) for _, treaty in self.hits)
        head = [f"No treaty is called {self.query!r}; did you mean"] if self.guessed else []
        return [*head, *(f"{treaty.id:<{width}}  {treaty_title(treaty, self.speech)}" for _, treaty in self.hits)]

    def json(self) -> dict[str, Any]:
        """The answer as data; `did_you_mean` holds ids where all is guessed."""
        return {
            "query": self.query,
            "did_you_mean": [treaty.id for _, treaty in self.hits] if self.guessed else [],
            "results": [
                {
                    "id": treaty.id,
                    "name": treaty.name,
                    "short_name": treaty.short_name,
                    "series": treaty.series,
                    "match": hit.match.value,
                    "score": round(hit.score, 3),
                    "by": hit.by,
                }
                for hit, treaty in self.hits
            ],
        }


@dataclass(frozen=True, slots=True)
class EffectAnswer:
    """When a notification takes effect."""

    treaty: Treaty
    notified: date
    effect: Effect
    speech: Speech

    def lines(self) -> list[str]:
        """The day, how it is found, and what else to know."""
        effect, speech = self.effect, self.speech
        mark = recalled_mark(speech, recalled=effect.recalled)
        return [
            treaty_title(self.treaty, speech),
            f"Notified on {speech.day(When(self.notified))}: {_outcome(effect, speech)}",
            *([f"Why: {effect.why}"] if effect.day else []),
            *_named("Rests on", article(effect.article, speech)),
            *_named("Clause", effect.clause and effect.clause + mark),
            *_named("Afterwards", effect.residual),
            *(f"Warning: {warning}" for warning in effect.warnings),
        ]

    def json(self) -> dict[str, Any]:
        """The answer as data."""
        return _effect_json(self.treaty, self.notified, self.effect)


def _outcome(effect: Effect, speech: Speech) -> str:
    if effect.day is None:
        return f"no day can be told; {effect.why}"
    return f"takes effect on {speech.day(When(effect.day))}{_HOW_SURE[effect.certainty]}"


def _effect_json(treaty: Treaty, notified: date, effect: Effect) -> dict[str, Any]:
    return {
        "treaty": treaty.id,
        "notified": notified.isoformat(),
        "effective": effect.day.isoformat() if effect.day else None,
        "certainty": effect.certainty,
        "article": effect.article,
        "why": effect.why,
        "clause": effect.clause,
        "residual": effect.residual,
        "recalled": effect.recalled,
        "warnings": list(effect.warnings),
    }


class TreatyQuestions:
    """Answers from the registry of treaties.

    Args:
        knowledge: everything that is known.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._speech = Speech("en", knowledge)
        self._search = TreatySearch(knowledge.treaties)

    def treaty(self, conn: Connection, text: str, today: date) -> TreatyAnswer:
        """One treaty, given by id, number or any name; one that only reports name counts too.

        Raises:
            UnknownNameError: no such treaty, or several.
        """
        cases = events.cases(conn)
        treaty = self._provisional(text, (case.treaty for case in cases)) or self._treaty(text)
        knowledge = self._knowledge
        return TreatyAnswer(
            treaty=treaty,
            listed=treaty.id in knowledge.treaties,
            parent=knowledge.treaty_name(treaty.parent) if treaty.parent else None,
            lookalikes=tuple((each, knowledge.treaty_name(each), note) for each, note in treaty.lookalikes.items()),
            cases=tuple(
                CaseAnswer(case, case_title(case.state, case.treaty, self._speech), self._speech)
                for case in cases
                if case.treaty == treaty.id
            ),
            today=today,
            effect=effective(treaty, today) if treaty.clause else None,
            speech=self._speech,
        )

    def search(self, text: str) -> SearchAnswer:
        """The treaties that a text may mean."""
        hits = self._search.find(text)
        return SearchAnswer(text, tuple((hit, self._knowledge.treaties[hit.treaty]) for hit in hits), self._speech)

    def named(self, text: str) -> tuple[str, ...]:
        """The ids of the listed treaties that the text as a whole names: one, several that share the name, or none."""
        return self._search.named(text)

    def effective(  # noqa: PLR0913 - each is one more thing that the day can hang on, and is given by name
        self,
        text: str,
        notified: str,
        *,
        state: str | None = None,
        since: str | None = None,
        conflict: bool = False,
        signature_only: bool = False,
    ) -> EffectAnswer:
        """When a notification received on a day takes effect.

        Args:
            text: the treaty, by id, number or any name.
            notified: the day on which the depositary received the notification.
            state: the leaving state, by code or name, for clauses that treat some apart.
            since: the day from which the state is a party, for clauses that count from it.
            conflict: whether the state is in an armed conflict.
            signature_only: whether the state has signed but not ratified.

        Raises:
            UnknownNameError: no such treaty or state, or several treaties.
            UnreadableDateError: a date is none.
        """
        treaty, day_notified = self._treaty(text), date_of(notified)
        effect = effective(
            treaty,
            day_notified,
            state=Questions(self._knowledge).state_code(state) if state else None,
            party_since=date_of(since) if since else None,
            conflict=conflict,
            signature_only=signature_only,
        )
        return EffectAnswer(treaty, day_notified, effect, self._speech)

    def _treaty(self, text: str) -> Treaty:
        if text in self._knowledge.treaties:
            return self._knowledge.treaties[text]  # an id names one treaty, also where it is a name of others
        found = self._search.named(text)
        if len(found) == 1:
            return self._knowledge.treaties[found[0]]
        if found:
            raise UnknownNameError(f"{text!r} can mean {' or '.join(found)}; give one of these ids")
        meant = " or ".join(hit.treaty for hit in self._search.find(text, limit=_SUGGESTIONS))
        raise UnknownNameError(f"no treaty is called {text!r}" + (f"; did you mean {meant}?" if meant else ""))

    def _provisional(self, text: str, known: Iterable[str]) -> Treaty | None:
        """A treaty that a case is known of and the registry does not list."""
        for treaty in known:
            name = self._knowledge.treaty_name(treaty)
            if treaty not in self._knowledge.treaties and text.strip().casefold() in {treaty.casefold(), name}:
                return Treaty(treaty, name, name, aliases={})
        return None


def date_of(text: str) -> date:
    """The date that `2025-09-29` names.

    Raises:
        UnreadableDateError: it names none.
    """
    try:
        # The pattern first: Python also reads 20250929 and 2025-W40-1, which other tools do not.
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UnreadableDateError(f"{text!r} is no date; write year, month and day, such as 2025-09-29")
