"""When a withdrawal takes effect, by the treaty's own clause, counted from the day of the notice.

Every answer says how sure it is and shows its numbers. Where the law gives no day, none is made up: `day` is None, or
the first day that can be meant, and `certainty` says which. What the clause cannot know (an expulsion, an extension
that all parties agree to, a treaty already ended by others) is not computed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from treaties.periods import Period, day_of, first_of_month
from treaties.registry import Clause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from treaties.registry import ClauseParams, Treaty

T = TypeVar("T")

Certainty = Literal["computed", "practice", "earliest", "depends", "unknown"]
_VAGUEST_LAST: Final[tuple[Certainty, ...]] = ("computed", "practice", "earliest", "depends", "unknown")

_DEFAULT_NOTICE = Period(months=12)
_SIGNATURE = "Article 18 of the Vienna Convention on the Law of Treaties"
_SILENT = "Article 56 of the Vienna Convention on the Law of Treaties"


@dataclass(frozen=True, slots=True)
class Effect:
    """When a withdrawal takes effect.

    Attributes:
        day: the day on which it takes effect; None where no day can be told.
        certainty: `computed` by the clause; `practice` where practice gives the day and no clause does; `earliest`
            where it is the first possible day; `depends` on something else too; `unknown`.
        article: the article that decides.
        why: one line of reasoning with its numbers.
        clause: what the clause says.
        residual: what still binds after the exit.
        recalled: whether the clause was recalled and not read.
        warnings: what else has to be known, one line each.
    """

    day: date | None
    certainty: Certainty
    article: str
    why: str
    clause: str
    residual: str
    recalled: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Notice:
    """A notice under one clause: all that a rule counts with."""

    given: date
    clause: Clause
    party_since: date | None

    @property
    def params(self) -> ClauseParams:
        return self.clause.params

    @property
    def period(self) -> Period:
        return Period.parse(_wanted(self.clause.notice, "notice"))


@dataclass(frozen=True, slots=True)
class _Exit:
    """What a rule found. A day that the notice names counts from `floor` on; by default from `day`."""

    day: date | None
    why: str
    certainty: Certainty = "computed"
    warnings: tuple[str, ...] = ()
    floor: date | None = None

    def but(self, warning: str, certainty: Certainty = "computed") -> _Exit:
        """The same with a warning, and no surer than `certainty`."""
        vaguer = max(self.certainty, certainty, key=_VAGUEST_LAST.index)
        return replace(self, certainty=vaguer, warnings=(*self.warnings, warning))


class _LackingError(Exception):
    """The registry does not say what the rule needs."""


def _wanted(value: T | None, name: str) -> T:
    if value is None:
        raise _LackingError(name)
    return value


def _from_receipt(notice: _Notice) -> _Exit:
    return _run_out(notice, "receipt on")


def _from_notification(notice: _Notice) -> _Exit:
    return _run_out(notice, "notice of")


def _run_out(notice: _Notice, start: str) -> _Exit:
    day = notice.period.after(notice.given)
    return _Exit(day, f"{start} {notice.given} + {notice.period} = {day}")


def _at_once(notice: _Notice) -> _Exit:
    return _Exit(notice.given, f"there is no notice period: the notice of {notice.given} works at once")


def _first_of_month_after(notice: _Notice) -> _Exit:
    over = notice.period.after(notice.given)
    day = first_of_month(over, 1)
    why = f"receipt on {notice.given} + {notice.period} = {over}; the first of the next month is {day}"
    return _Exit(day, why, floor=over)


def _nth_month(notice: _Notice) -> _Exit:
    number = _wanted(notice.params.n, "n")
    day = first_of_month(notice.given, number)
    return _Exit(day, f"the first day of month {number} after that of the notice ({notice.given:%Y-%m}) is {day}")


def _calendar_day(notice: _Notice) -> _Exit:
    params, given = notice.params, notice.given
    month, day = _wanted(params.day, "day")
    year = given.year + _wanted(params.years_after, "years_after")
    late = params.cutoff is not None and (given.month, given.day) > params.cutoff
    found = day_of(year + late, month, day)
    if found < given:
        found = day_of(year + 1, month, day)
    if params.cutoff is None:
        return _Exit(found, f"a notice given in {given.year} takes effect on {found}")
    limit = day_of(given.year, *params.cutoff)
    in_time = f"is later than {limit} and counts for the next year" if late else f"is in time for {limit}"
    return _Exit(found, f"the notice of {given} {in_time}: it takes effect on {found}")


def _end_of_term(notice: _Notice) -> _Exit:
    start = notice.params.anchor or notice.party_since
    if start is None:
        day = notice.period.after(notice.given)
        why = f"notice of {notice.given} + {notice.period} = {day}; the exit comes with the end of a term"
        missing = "The terms run from the day on which the state became a party, which is not given."
        return _Exit(day, why).but(missing, "earliest")
    for end in _ends(notice.params, start):
        last = notice.period.before(end)
        if notice.given <= last:
            return _Exit(end, f"the term that a notice by {last} still ends is over on {end} (terms since {start})")
    raise OverflowError("no term of the calendar's years fits")


def _ends(params: ClauseParams, start: date) -> Iterator[date]:
    first = _wanted(params.first_period_years, "first_period_years")
    length = _wanted(params.period_years, "period_years")
    return (Period(years=years).after(start) for years in range(first, MAXYEAR, length))


def _in_window(notice: _Notice) -> _Exit:
    if notice.params.anchor is None:
        day = notice.period.after(notice.given)
        why = f"only within a window that each convention counts for itself; {notice.period} later would be {day}"
        return _Exit(None, why, "depends")
    opens, closes = _window(notice.params, notice.params.anchor, notice.given)
    day = notice.period.after(max(notice.given, opens))
    if notice.given >= opens:
        why = f"registered on {notice.given}, in the window from {opens} to {closes}; {notice.period} later is {day}"
        return _Exit(day, why)
    why = f"the next window is open from {opens} to {closes}; {notice.period} after its first day is {day}"
    return _Exit(day, why).but(f"No window is open on {notice.given}: no notice counts before {opens}.", "earliest")


def _window(params: ClauseParams, anchor: date, given: date) -> tuple[date, date]:
    """The window that is open on that day, else the next one."""
    every = _wanted(params.window_every_years, "window_every_years")
    length = _wanted(params.window_length_years, "window_length_years")
    for years in range(every, MAXYEAR, every):
        closes = Period(years=years + length).after(anchor)
        if given <= closes:
            return Period(years=years).after(anchor), closes
    raise OverflowError("no window of the calendar's years fits")


def _deposit_within(notice: _Notice) -> _Exit:
    last = notice.period.after(notice.given)
    why = f"out when the document of denunciation is deposited, which has to be between {notice.given} and {last}"
    return _Exit(notice.given, why, "earliest")


def _by_practice(notice: _Notice) -> _Exit:
    if notice.clause.notice is None:
        return _Exit(notice.given, f"no clause; by practice the notice of {notice.given} works at once", "practice")
    day = notice.period.after(notice.given)
    why = f"no clause; by practice: notice of {notice.given} + {notice.period} = {day}"
    return _Exit(day, why, "practice")


def _silent(notice: _Notice) -> _Exit:
    first = _DEFAULT_NOTICE.after(notice.given)
    why = (
        f"no clause; {_SILENT} allows an exit only if the parties meant to admit one or the treaty's nature implies it,"
        f" and then asks for {_DEFAULT_NOTICE} from {notice.given}, which is not before {first}"
    )
    return _Exit(None, why, "unknown")


def _told_elsewhere(_: _Notice) -> _Exit:
    return _Exit(None, "the notice alone does not give the day", "depends")


def _not_checked(_: _Notice) -> _Exit:
    return _Exit(None, "nobody has looked up whether there is an exit clause and what it says", "unknown")


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to count: what it counts with, by the names of the data files, and the counting itself."""

    count: Callable[[_Notice], _Exit]
    needs: tuple[str, ...] = ()


_CALENDAR = Rule(_calendar_day, ("day", "years_after"))

RULES: Final[Mapping[str, Rule]] = {
    "from_receipt_by_depositary": Rule(_from_receipt, ("notice",)),
    "from_notification": Rule(_from_notification, ("notice",)),
    "immediate": Rule(_at_once),
    "first_of_month_after": Rule(_first_of_month_after, ("notice",)),
    "nth_month": Rule(_nth_month, ("n",)),
    "end_of_year_after": _CALENDAR,
    "fixed_date": _CALENDAR,
    "periodic": Rule(_end_of_term, ("notice", "first_period_years", "period_years")),
    "ilo_window": Rule(_in_window, ("notice", "window_every_years", "window_length_years")),
    "deposit_within": Rule(_deposit_within, ("notice",)),
    "practice": Rule(_by_practice),
    "depends": Rule(_told_elsewhere, ("depends_on",)),
    "not_checked": Rule(_not_checked),
    "none": Rule(_silent),
}
"""The rules by the names that a clause gives. `config/treaties/README.md` explains them to those who write the data."""


def lacking(clause: Clause) -> tuple[str, ...]:
    """What the clause's rule needs and the clause does not give, by the names of the data files."""
    rule = RULES.get(clause.rule)
    given = {"notice": clause.notice}
    needs = rule.needs if rule else ()
    return tuple(name for name in needs if given.get(name, getattr(clause.params, name, None)) in {None, ""})


def effective(  # noqa: PLR0913 - each is one more thing that the day can hang on, and is given by name
    treaty: Treaty,
    notified: date,
    *,
    state: str | None = None,
    party_since: date | None = None,
    conflict: bool = False,
    signature_only: bool = False,
    named: date | None = None,
) -> Effect:
    """When a withdrawal takes effect of which the depositary was told on that day.

    Args:
        treaty: the treaty, with its clause.
        notified: the day on which the notice was received (or given, where the clause counts from there).
        state: the leaving state, where practice differs by state.
        party_since: the day on which the treaty entered into force for it.
        conflict: whether it is in an armed conflict.
        signature_only: whether it has signed and never ratified.
        named: the day that the notice itself names.
    """
    clause = treaty.clause or Clause("none", "none")
    if signature_only:
        why = f"a signatory is released as soon as it says that it will not become a party: {notified} ({_SIGNATURE})"
        return _beside(clause, _Exit(notified, why))
    if not _in_force(treaty, notified):
        why = f"the treaty is not in force on {notified}, and taking back a ratification has no notice period"
        return _beside(clause, _Exit(notified, why, "practice"))
    try:
        found = _counted(treaty, _Notice(notified, clause, party_since))
        found = _with_named_day(found, clause.params, named)
        found = _with_conflict(found, clause.params, conflict=conflict)
    except _LackingError as error:
        found = _Exit(None, f"the registry does not give what the rule {clause.rule} needs: {error}", "unknown")
    except OverflowError:
        found = _Exit(None, "the day lies beyond the years of the calendar", "unknown")
    return _told(clause, _with_doubts(found, clause.params, state))


def _in_force(treaty: Treaty, day: date) -> bool:
    if treaty.in_force:
        return day >= treaty.in_force
    return treaty.clause is not None and (treaty.clause.params.in_force_undated or treaty.clause.params.per_treaty)


def _beside(clause: Clause, found: _Exit) -> Effect:
    """The effect where the clause does not apply, because the state was never bound by it."""
    return replace(_told(clause, found), article=_SIGNATURE, residual="")


def _told(clause: Clause, found: _Exit) -> Effect:
    return Effect(
        day=found.day,
        certainty=found.certainty,
        article=clause.article,
        why=found.why,
        clause=clause.text,
        residual=clause.residual,
        recalled=clause.source is None,
        warnings=found.warnings,
    )


def _counted(treaty: Treaty, notice: _Notice) -> _Exit:
    """What the rule gives, for the first day on which notice is possible where this one comes too early."""
    rule = RULES.get(notice.clause.rule)
    if rule is None:
        raise _LackingError(f"a rule named {notice.clause.rule!r}")
    first, warning = _first_notice(treaty, notice)
    found = rule.count(replace(notice, given=max(first, notice.given)))
    if notice.params.plus_one_day and found.day:
        day = found.day + timedelta(days=1)
        found = replace(found, day=day, why=f"{found.why}; the day after counts, {day}")
    if not warning:
        return found
    return found.but(warning, "earliest" if first > notice.given else "computed")


def _first_notice(treaty: Treaty, notice: _Notice) -> tuple[date, str]:
    """The first day on which notice may be given, as far as it is known, and a warning where that matters."""
    if notice.clause.earliest is None:
        return notice.given, ""
    wait = Period.parse(notice.clause.earliest)
    of_treaty = notice.params.earliest_from_treaty
    start = treaty.in_force if of_treaty else notice.party_since
    if start is None:
        since = wait.before(notice.given)
        return notice.given, f"Notice is possible only after {wait} as a party: for one since {since} or earlier."
    first = wait.after(start)
    if first <= notice.given:
        return notice.given, ""
    event = "the treaty entered into force" if of_treaty else "the state became a party"
    return first, f"A notice of {notice.given} is too early: {event} on {start}, and {wait} later is {first}."


def _with_named_day(found: _Exit, params: ClauseParams, named: date | None) -> _Exit:
    if named is None:
        asks = params.notice_names_day and found.day
        return found.but("The notice itself names the day; this is the first possible.", "earliest") if asks else found
    floor = found.floor or found.day
    if floor is None or named == found.day:
        return found
    if not (params.later_date_allowed or params.notice_names_day):
        return found.but(f"The clause lets no notice name a day of its own: {named} does not count.")
    if named < floor:
        return found.but(f"The notice names {named}, but nothing before {floor} is possible.")
    return replace(found, day=named, why=f"{found.why}; the notice names {named}")


def _with_conflict(found: _Exit, params: ClauseParams, *, conflict: bool) -> _Exit:
    if not params.armed_conflict_extension or found.day is None:
        return found
    if conflict:
        return found.but("The state is in an armed conflict: it stays bound at least until that ends.", "earliest")
    when = "on the day of the notice" if params.armed_conflict_extension == "at_notification" else f"on {found.day}"
    return found.but(f"If the state is in an armed conflict {when}, it stays bound until that ends.")


def _with_doubts(found: _Exit, params: ClauseParams, state: str | None) -> _Exit:
    if params.depends_on:
        found = found.but(params.depends_on, "depends")
    if params.per_treaty:
        found = found.but("Each of these treaties has terms of its own.", "depends")
    if params.practice:
        found = found.but(params.practice)
    if state and params.practice_states and state not in params.practice_states:
        found = found.but(f"So far practice knows this only of {', '.join(params.practice_states)}.")
    return found
