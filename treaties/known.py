"""The known event set as it stood on an earlier day, so that an old report can be judged by what was known then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from treaties.model import Case, Event, Fact, Source


def as_of(cases: Iterable[Case], day: date) -> tuple[Case, ...]:
    """The known set at the end of `day`: what is dated or was published later is left out.

    A date that is known only to the month or the year counts from its first day. What has no date stays only where a
    source had told of it by then. A case of which nothing is left is left out.
    """
    earlier = (_case_as_of(case, day) for case in cases)
    return tuple(case for case in earlier if case.events or case.facts)


def _case_as_of(case: Case, day: date) -> Case:
    events = (replace(event, sources=_told_by(event.sources, day)) for event in case.events if _stood(event, day))
    facts = (replace(fact, sources=_told_by(fact.sources, day)) for fact in case.facts if _stood(fact, day))
    return replace(case, events=tuple(events), facts=tuple(facts))


def _stood(record: Event | Fact, day: date) -> bool:
    if record.when:
        return record.when.day <= day
    return any(source.published is not None and source.published <= day for source in record.sources)


def _told_by(sources: tuple[Source, ...], day: date) -> tuple[Source, ...]:
    return tuple(source for source in sources if source.published is None or source.published <= day)
