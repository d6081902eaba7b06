"""Answers as messages: the same values that the command line prints, in the language of a chat and for a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import phrases
from bot.message import Line
from bot.plain import cut
from bot.speech import N_
from bot.wording import article, clause_text, disputed_lines, takes_effect
from treaties.matching import latest
from treaties.model import FactKind, When
from treaties.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.questions import CaseAnswer
    from bot.speech import Speech
    from bot.treaty_questions import EffectAnswer, TreatyAnswer
    from store.reports import StoredReport
    from treaties.model import Case, Event, Fact, Report, Source
    from treaties.projection import Projection
    from treaties.timetable import Effect

TITLE_LIMIT: Final = 300
"""Characters of a title that are shown."""


def summary(speech: Speech, answer: CaseAnswer) -> str:
    """One line: where the case stands."""
    if answer.case.events:
        return phrases.stands(speech, latest(answer.case.events))
    kinds = {fact.kind for fact in answer.case.facts}
    if kinds & {FactKind.PARTY, FactKind.JOINED}:
        return speech.gettext("A party; no withdrawal is known.")
    if FactKind.DEROGATION in kinds:
        return speech.gettext("A party with a derogation; no withdrawal is known.")
    return speech.gettext("No withdrawal is known.")


def case_lines(speech: Speech, answer: CaseAnswer, today: date) -> list[str | Line]:
    """Where a case stands, how it came there, when it takes effect, and what else is known."""
    lines: list[str | Line] = [Line(summary(speech, answer), "strong")]
    case = answer.case
    if case.events:
        lines.append(Line(phrases.bar(speech, case, latest(case.events).stage), "bar"))
    found = speech.knowledge.treaties.get(case.treaty)
    steps = [(event.stage, event.when) for event in case.events]
    ends = takes_effect(found, case.state, steps, today, speech) if found and found.clause else ""
    lines += [ends] if ends else []
    lines += timeline_lines(speech, case.events)
    for fact in case.facts:
        lines += _fact_lines(speech, fact)
    if found and found.clause:
        text = clause_text(found.clause, speech)
        lines.append(Line(speech.gettext("Clause: {words}", words=text), "small"))
    return lines


def timeline_lines(speech: Speech, events: Iterable[Event]) -> list[str | Line]:
    """Every step with its date and who tells of it."""
    lines: list[str | Line] = []
    for event in events:
        lines.append(f"● {phrases.step(speech, event)}")
        lines += [Line(f"    {event.note}", "small")] if event.note else []
        lines += [Line(f"    {line}", "small") for line in disputed_lines(event, speech)]
    return lines


def _fact_lines(speech: Speech, fact: Fact) -> list[str | Line]:
    words = {
        FactKind.JOINED: speech.gettext("Joined"),
        FactKind.PARTY: speech.gettext("Party"),
        FactKind.DEROGATION: speech.gettext("Derogation, not a withdrawal"),
        FactKind.RULING: speech.gettext("Court ruling, not a withdrawal"),
        FactKind.CONTEXT: speech.gettext("Context"),
        FactKind.OPEN: speech.gettext("Still open"),
    }
    when = f", {speech.day(fact.when)}" if fact.when else ""
    return [f"– {words[fact.kind]}{when}: {fact.note}"]


def source_lines(speech: Speech, sources: Sequence[Source], reports: Mapping[str, Report]) -> list[str | Line]:
    """Every source: its outlet with a link, its country, the date that it tells, and how independent it is.

    Args:
        speech: the language.
        sources: in the order in which they came.
        reports: the reports behind them, by their ids.
    """
    first: dict[str, str] = {}
    lines: list[str | Line] = []
    for source in sources:
        report = reports.get(source.report or "")
        country = f" ({speech.state(report.country)})" if report and report.country else ""
        parts = [f"{source.outlet}{country}: {_standing(speech, source, first)}"]
        parts += [speech.gettext("says {day}", day=speech.day(source.says))] if source.says else []
        if source.published:
            parts.append(speech.gettext("published {day}", day=speech.day(When(source.published))))
        note = f" ({source.note})" if source.note else ""
        lines.append(Line(f"· {', '.join(parts)}{note}", link=source.url))
        first.setdefault(source.voice, source.outlet)
    return lines


def _standing(speech: Speech, source: Source, first: Mapping[str, str]) -> str:
    """Whether a source is a voice of its own; `first` names who spoke first with each voice."""
    if source.official:
        return speech.gettext("official")
    if source.copy_of:
        return speech.gettext("copy of {outlet}", outlet=source.copy_of)
    if source.voice in first:
        if first[source.voice] == source.outlet:
            return speech.gettext("the same outlet again")
        return speech.gettext("of one owner with {outlet}", outlet=first[source.voice])
    return speech.gettext("independent")


def treaty_lines(speech: Speech, answer: TreatyAnswer) -> list[str | Line]:
    """The treaty, its clause, its look-alikes and its cases."""
    return [*_about(speech, answer), *_leaving(speech, answer), *_others(speech, answer), *_known(speech, answer)]


def _about(speech: Speech, answer: TreatyAnswer) -> list[str | Line]:
    treaty = answer.treaty
    if not answer.listed:
        return [speech.gettext("Not in the registry: reports name it, and nobody has looked it up yet.")]
    dates = []
    if treaty.opened:
        dates.append(speech.gettext("opened {day}", day=speech.day(When(treaty.opened))))
    if treaty.in_force:
        dates.append(speech.gettext("in force since {day}", day=speech.day(When(treaty.in_force))))
    languages = ", ".join({**treaty.aliases, **treaty.shared})
    parent = f"{answer.parent} ({treaty.parent})" if answer.parent else None
    named = (
        (speech.gettext("Id"), treaty.id),
        (speech.gettext("Depositary"), treaty.depositary),
        (speech.gettext("Organisation"), treaty.organisation),
        (speech.gettext("Belongs to"), parent),
        (speech.gettext("Recognised in"), languages),
    )
    return [
        *([Line(treaty.name, "strong")] if treaty.name != treaty.short_name else []),
        *([phrases.capital(", ".join(dates))] if dates else []),
        *(f"{label}: {value}" for label, value in named if value),
    ]


def _leaving(speech: Speech, answer: TreatyAnswer) -> list[str | Line]:
    clause = answer.treaty.clause
    if clause is None:
        return [speech.gettext("Withdrawal: no clause is recorded.")] if answer.listed else []
    lines: list[str | Line] = [speech.gettext("Withdrawal: {words}", words=clause_text(clause, speech))]
    if clause.notice:
        lines.append(speech.gettext("Notice: {period}", period=speech.period(Period.parse(clause.notice))))
    lines += [speech.gettext("Afterwards: {words}", words=clause.residual)] if clause.residual else []
    if clause.source:
        lines.append(Line(speech.gettext("Source: {words}", words=clause.source), link=clause.source))
    if answer.effect:
        lines.append(speech.gettext("If notified today: {outcome}", outcome=outcome(speech, answer.effect)))
    return lines


def _others(speech: Speech, answer: TreatyAnswer) -> list[str | Line]:
    return [
        speech.gettext("Not to be confused with {name} ({treaty}): {note}", name=name, treaty=treaty, note=note)
        for treaty, name, note in answer.lookalikes
    ]


def _known(speech: Speech, answer: TreatyAnswer) -> list[str | Line]:
    if not answer.cases:
        return [speech.gettext("No case is known.")]
    lines: list[str | Line] = [speech.gettext("Known cases:")]
    return [*lines, *(f"    {speech.state(one.case.state)}: {summary(speech, one)}" for one in answer.cases)]


def outcome(speech: Speech, effect: Effect) -> str:
    """The day on which a notification takes effect, and how sure it is."""
    if effect.day is None:
        return speech.gettext("no day can be told; {why}", why=effect.why)
    texts = {
        "computed": N_("takes effect on {day}"),
        "practice": N_("takes effect on {day}, by practice"),
        "earliest": N_("takes effect on {day} at the earliest"),
        "depends": N_("takes effect on {day}, but that depends on more"),
        "unknown": N_("takes effect on {day}, as far as is known"),
    }
    return speech.gettext(texts[effect.certainty], day=speech.day(When(effect.day)))


def effect_lines(speech: Speech, answer: EffectAnswer) -> list[str | Line]:
    """The day, how it is found, and what else to know."""
    effect = answer.effect
    notified = speech.day(When(answer.notified))
    told = speech.gettext("Notified on {day}: {outcome}", day=notified, outcome=outcome(speech, effect))
    lines: list[str | Line] = [Line(told, "strong")]
    lines += [speech.gettext("Why: {words}", words=effect.why)] if effect.day else []
    rests = article(effect.article, speech)
    lines += [speech.gettext("Rests on: {words}", words=rests)] if rests else []
    if effect.clause:
        recalled = f" ({speech.gettext('recalled, not verified')})" if effect.recalled else ""
        lines.append(speech.gettext("Clause: {words}", words=effect.clause + recalled))
    lines += [speech.gettext("Afterwards: {words}", words=effect.residual)] if effect.residual else []
    return [*lines, *(speech.gettext("Warning: {words}", words=warning) for warning in effect.warnings)]


def coming_line(speech: Speech, case: Case, projection: Projection, today: date) -> str:
    """An exit that takes effect, with the days that are left and what the day rests on."""
    left = speech.ngettext("in {n} day", "in {n} days", (projection.day - today).days)
    title = phrases.title(speech, case.state, case.treaty)
    return f"{phrases.ending(speech, projection)}, {left}: {title}"


def report_line(speech: Speech, one: StoredReport, number: int | None = None) -> Line:
    """A report: its title with a link, its outlet and its day."""
    report = one.report
    outlet = report.outlet or speech.gettext("unnamed outlet")
    day = f", {speech.day(When(report.published.date()))}" if report.published else ""
    head = f"{number}. " if number else ""
    return Line(f"{head}“{cut(report.title, TITLE_LIMIT)}” ({outlet}{day})", link=report.url)
