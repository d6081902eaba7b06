"""Feeds of news searches, for the cases that are being watched: their addresses, and what comes back.

A search engine's feed is made for people, not for programs; so there are none until an operator configures where to
ask, and then no more than a stated number. The titles of what comes back end in the publisher's name, who is the one
that speaks: a search engine is no outlet.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from treaties.provisional import is_provisional
from treaties.stages import Stage
from watchers.links import LONGEST_LINK, identity_of_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.feeds import FeedSpec
    from treaties.model import Case, Report
    from treaties.registry import Knowledge, Patterns
    from watchers.parse import ParsedFeed

LONGEST_QUERY: Final = 150
"""In letters, before they are encoded: engines cut or refuse longer ones."""
_OVER: Final = frozenset({Stage.IN_EFFECT, Stage.REJOINED})
_PUBLISHER: Final = re.compile(r"\s+[-–—|]\s+(?P<name>[^-–—|]{2,80})$")
_EDITION: Final = "US"
"""The edition in which English is searched."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search: its address, and in which language and for which case it asks."""

    url: str
    lang: str
    state: str
    treaty: str
    text: str


def by_publisher(found: ParsedFeed, spec: FeedSpec) -> ParsedFeed:
    """What a search gave, with each report under the name of its publisher."""
    return replace(found, reports=tuple(_of_publisher(report, spec) for report in found.reports))


def queries(
    templates: Sequence[str],
    cases: Iterable[Case],
    knowledge: Knowledge,
    languages: Mapping[str, Sequence[str]],
    most: int,
) -> tuple[Query, ...]:
    """The searches for all cases that are not over, those with the newest event first.

    Args:
        templates: addresses with `{query}`, and `{lang}` and `{country}` where the engine wants them.
        cases: what is known.
        knowledge: gives the names.
        languages: in which languages each state is written about at home.
        most: how many searches there may be.
    """
    open_cases = [case for case in cases if case.events and case.events[-1].stage not in _OVER]
    newest = sorted(open_cases, key=_day, reverse=True)
    found = (one for case in newest for one in _of_case(case, templates, knowledge, languages))
    unique = {one.url: one for one in found if len(one.url) <= LONGEST_LINK}
    return tuple(unique.values())[: max(0, most)]


def _of_case(
    case: Case, templates: Sequence[str], knowledge: Knowledge, languages: Mapping[str, Sequence[str]]
) -> Iterator[Query]:
    if is_provisional(case.treaty) or case.treaty not in knowledge.treaties or case.state not in knowledge.states:
        return
    for lang in dict.fromkeys((*languages.get(case.state, ()), "en")):
        text = _words(case, lang, knowledge)
        for template in templates if text else ():
            country = _EDITION if lang == "en" else case.state
            url = template.replace("{lang}", lang).replace("{country}", country)
            url = url.replace("{query}", quote(text or "", safe=""))
            yield Query(url, lang, case.state, case.treaty, text or "")


def _words(case: Case, lang: str, knowledge: Knowledge) -> str | None:
    """What is searched for: state and treaty, as a language calls them; None where that is not known."""
    state, treaty = knowledge.states[case.state], knowledge.treaties[case.treaty]
    if lang == "en":
        parts = [state.name, treaty.short_name]
    else:
        parts = [_spelt(state.names.get(lang, ())), _spelt(treaty.aliases.get(lang, ()))]
    text = " ".join(f'"{part}"' if " " in part else part for part in parts)
    return text if all(parts) and len(text) <= LONGEST_QUERY else None


def _spelt(patterns: Patterns) -> str:
    """The first pattern that spells its words out, the first of each choice taken; empty where none does."""
    whole = next((one for one in patterns if "*" not in one and "..." not in one), "")
    return " ".join(choice.partition("|")[0] for choice in whole.split())


def _day(case: Case) -> int:
    return max((event.when.day.toordinal() for event in case.events if event.when), default=0)


def _of_publisher(report: Report, spec: FeedSpec) -> Report:
    bare = replace(
        report,
        id=_identity(report),
        lang=spec.lang or report.lang,
        country=None,
        group=None,
        official=False,
        record=False,
    )
    found = _PUBLISHER.search(report.title)
    if not found:
        return bare
    title = report.title[: found.start()]
    # The engine repeats the headline as its summary.
    summary = "" if report.summary.startswith(title) else report.summary
    return replace(bare, title=title, summary=summary, outlet=found["name"].strip())


def _identity(report: Report) -> str:
    """What makes one report of what several searches find: its link, as `watchers.parse` identifies by links."""
    if report.url is None:
        return report.id
    return hashlib.sha256(f"link:{identity_of_link(report.url)}".encode()).hexdigest()[:24]
