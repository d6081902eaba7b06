"""Clauses: what a treaty says about leaving it, and when by that an exit takes effect.

The English sentence of a clause stands in the registry. In the other languages it is made of what the clause counts
with; what only the English sentence says is left out there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from treaties.model import When
from treaties.periods import Period
from treaties.projection import Basis, project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from bot.speech import Speech
    from bot.wording.steps import Step
    from treaties.projection import Projection
    from treaties.registry import Clause, Treaty
    from treaties.timetable import Effect

_ARTICLE: Final = re.compile(r"Article ((?:\d|[IVXLM]+\b)[\w().:-]*)")
_ARTICLES: Final = re.compile(r"Articles (\d[\d, -]*)")


def takes_effect(treaty: Treaty, state: str, steps: Sequence[Step], today: date, speech: Speech) -> str:
    """When an exit that has come so far takes effect; empty where no day can be told, or none is to come any more.

    Args:
        treaty: the treaty.
        state: the leaving state.
        steps: the stages reached, in order of time.
        today: the day of the question.
        speech: the language.
    """
    projection = project(treaty, state, steps, today)
    return _with_reason(_told(projection, today, speech), projection.effect, speech) if projection else ""


def _told(projection: Projection, today: date, speech: Speech) -> str:
    day = speech.day(When(projection.day))
    match projection.basis:
        case Basis.IF_TODAY:
            return speech.gettext("Not before {day} if notified today", day=day)
        case Basis.EARLIEST:
            return speech.gettext("Not before {day}", day=day)
        case _ if projection.day <= today:
            return speech.gettext("Took effect on {day}", day=day)
        case _:
            return speech.gettext("Takes effect on {day}", day=day)


def promise(projection: Projection, speech: Speech) -> str:
    """When an exit takes effect, in words that stand on their own: on a picture or a page."""
    day = speech.day(When(projection.day))
    match projection.basis:
        case Basis.NOTIFIED:
            return speech.gettext("Takes effect on {day}", day=day)
        case Basis.EARLIEST:
            return speech.gettext("Not in effect before {day}", day=day)
        case Basis.IF_TODAY:
            return speech.gettext("Not in effect before {day} if notified today", day=day)


def _with_reason(told: str, effect: Effect, speech: Speech) -> str:
    """What is told with what gives the day in brackets: the article, or practice."""
    source = speech.gettext("by practice") if effect.certainty == "practice" else article(effect.article, speech)
    return f"{told} ({source})" if source else told


def clause_text(clause: Clause, speech: Speech) -> str:
    """The article and what it says, marked where nobody looked it up."""
    told = ": ".join(filter(None, (article(clause.article, speech), clause_sentence(clause, speech))))
    return told + recalled_mark(speech, recalled=not clause.source)


def article(name: str, speech: Speech) -> str:
    """The article by name; empty for the "none" of the data files."""
    if name == "none":
        return ""
    if found := _ARTICLE.fullmatch(name):
        return speech.gettext("Article {number}", number=found[1])
    if found := _ARTICLES.fullmatch(name):
        return speech.gettext("Articles {numbers}", numbers=found[1])
    return name


def recalled_mark(speech: Speech, *, recalled: bool) -> str:
    """What stands behind a clause that was recalled and not looked up."""
    return f" ({speech.gettext('recalled, not verified')})" if recalled else ""


def residual_text(clause: Clause, speech: Speech) -> str:
    """What still binds after the exit; empty where the treaty names nothing."""
    if not clause.residual or speech.lang == "en":
        return clause.residual
    # What Article 70 of the Vienna Convention on the Law of Treaties says of every exit.
    return speech.gettext("What arose under the treaty before the exit stays binding.")


def clause_sentence(clause: Clause, speech: Speech) -> str:
    """What the clause says: the registry's sentence in English, else sentences made of what it counts with."""
    if speech.lang == "en":
        return clause.text
    return " ".join(_sentences(clause, speech))


def _sentences(clause: Clause, speech: Speech) -> Iterator[str]:
    params = clause.params
    yield _RULES.get(clause.rule, _told_elsewhere)(clause, speech)
    if clause.earliest:
        wait = speech.period(Period.parse(clause.earliest))
        if params.earliest_from_treaty:
            yield speech.gettext("Earliest notification: {period} after the treaty entered into force.", period=wait)
        else:
            yield speech.gettext("Earliest notification: {period} after the state became a party.", period=wait)
    if params.notice_names_day:
        yield speech.gettext("The notification itself has to name the day.")
    if params.later_date_allowed:
        yield speech.gettext("The notification may name a later day.")
    if params.armed_conflict_extension:
        yield speech.gettext("A state in an armed conflict stays bound until it ends.")
    if params.per_treaty:
        yield speech.gettext("Each of these treaties has terms of its own.")
    if params.depends_on and clause.rule != "depends":
        yield speech.gettext("The day also depends on other circumstances.")


def _period(clause: Clause, speech: Speech) -> str:
    return speech.period(Period.parse(clause.notice)) if clause.notice else ""


def _from_receipt(clause: Clause, speech: Speech) -> str:
    period = _period(clause, speech)
    return speech.gettext("Out {period} after the depositary receives the notification.", period=period)


def _from_notification(clause: Clause, speech: Speech) -> str:
    return speech.gettext("Out {period} after the notification.", period=_period(clause, speech))


def _first_of_month(clause: Clause, speech: Speech) -> str:
    return speech.gettext(
        "Out on the first day of the month after the end of this period, which begins with the receipt of the"
        " notification: {period}.",
        period=_period(clause, speech),
    )


def _at_once(_: Clause, speech: Speech) -> str:
    return speech.gettext("Out on the day of the notification; there is no notice period.")


def _nth_month(clause: Clause, speech: Speech) -> str:
    return speech.gettext(
        "Out on the first day of a month; months to count after the notification: {n}.", n=clause.params.n
    )


def _calendar_day(clause: Clause, speech: Speech) -> str:
    params = clause.params
    day = speech.day_of_year(*params.day) if params.day else ""
    if params.cutoff:
        cutoff = speech.day_of_year(*params.cutoff)
        if params.years_after:
            return speech.gettext(
                "Notified by {cutoff}, out on {day} of the next year; later, a year later.", cutoff=cutoff, day=day
            )
        return speech.gettext(
            "Notified by {cutoff}, out on {day} of the same year; later, a year later.", cutoff=cutoff, day=day
        )
    if params.years_after:
        return speech.gettext("Out on {day}; years after that of the notification: {n}.", n=params.years_after, day=day)
    return speech.gettext("Out on {day} of the year of the notification.", day=day)


def _end_of_term(clause: Clause, speech: Speech) -> str:
    params = clause.params
    return speech.gettext(
        "Out at the end of a term; the first lasts {first}, every later one {length}. Notification before its end:"
        " {period}.",
        first=speech.period(Period(years=params.first_period_years or 0)),
        length=speech.period(Period(years=params.period_years or 0)),
        period=_period(clause, speech),
    )


def _in_window(clause: Clause, speech: Speech) -> str:
    params = clause.params
    return speech.gettext(
        "Notification only while a window is open, once in {every} for {length}; out {period} after it.",
        every=speech.period(Period(years=params.window_every_years or 0)),
        length=speech.period(Period(years=params.window_length_years or 0)),
        period=_period(clause, speech),
    )


def _deposit_within(clause: Clause, speech: Speech) -> str:
    return speech.gettext(
        "Out when the document of denunciation is deposited; time for that after the notification: {period}.",
        period=_period(clause, speech),
    )


def _by_practice(clause: Clause, speech: Speech) -> str:
    if clause.notice is None:
        return speech.gettext("No exit clause; by practice, out on the day of the notification.")
    return speech.gettext(
        "No exit clause; by practice, out {period} after the notification.", period=_period(clause, speech)
    )


def _told_elsewhere(_: Clause, speech: Speech) -> str:
    return speech.gettext("The notification alone does not give the day.")


def _not_checked(_: Clause, speech: Speech) -> str:
    return speech.gettext("Nobody has looked up the exit clause yet.")


def _silent(_: Clause, speech: Speech) -> str:
    return speech.gettext("The treaty has no exit clause.")


_RULES: Final[dict[str, Callable[[Clause, Speech], str]]] = {
    "from_receipt_by_depositary": _from_receipt,
    "from_notification": _from_notification,
    "immediate": _at_once,
    "first_of_month_after": _first_of_month,
    "nth_month": _nth_month,
    "end_of_year_after": _calendar_day,
    "fixed_date": _calendar_day,
    "periodic": _end_of_term,
    "ilo_window": _in_window,
    "deposit_within": _deposit_within,
    "practice": _by_practice,
    "depends": _told_elsewhere,
    "not_checked": _not_checked,
    "none": _silent,
}
