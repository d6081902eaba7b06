"""The pages: what each address shows, rendered on the server as HTML that needs no script.

All text is escaped by the template engine; what feeds wrote is cleaned of invisible characters before, and only web
addresses become links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot import plain
from bot.pictures.calendar import calendar_svg
from bot.pictures.timeline import alt_text, timeline_svg
from bot.speech import LANGUAGES, Speech
from bot.upcoming import entitled
from bot.wording import case_title, coverage_line, disputed_lines, promise, stage_words, treaty_title
from treaties.matching import latest
from treaties.model import When
from treaties.projection import Basis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.exports.asked import Export, Exported
    from treaties.model import Event, Source
    from treaties.projection import Projection
    from treaties.registry import Knowledge

_TEXT_LIMIT: Final = 300
_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("bot.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list."""

    href: str
    title: str
    step: str
    day: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One source of a step."""

    outlet: str
    href: str | None
    says: str
    official: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case."""

    name: str
    day: str
    coverage: str
    disputed: Sequence[str]
    note: str
    sources: Sequence[Told]


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that the pages show, at one moment and in one language.

    Attributes:
        export: what is known.
        speech: the language.
    """

    export: Export
    speech: Speech

    @property
    def today(self) -> date:
        """The day on which the page is asked for."""
        return self.export.today

    def cases(self, state: str = "", treaty: str = "") -> str:
        """The list of cases, the latest first.

        Args:
            state: only those of the state of that code; empty for all.
            treaty: only those of that treaty; empty for all.
        """
        mine = [one for one in self.export.cases if one.case.events]
        found = [
            one for one in mine if (not state or one.case.state == state) and (not treaty or one.case.treaty == treaty)
        ]
        found.sort(key=lambda one: str(latest(one.case.events).when or ""), reverse=True)
        states = sorted({(self.speech.state(one.case.state), one.case.state) for one in mine})
        treaties = sorted({(self.speech.treaty(one.case.treaty), one.case.treaty) for one in mine})
        return self._page(
            "cases.html",
            self.speech.gettext("States leaving treaties"),
            rows=[self._row(one) for one in found],
            states=[(code, name) for name, code in states],
            treaties=[(name, title) for title, name in treaties],
            chosen=(state, treaty),
        )

    def case(self, state: str, treaty: str) -> str | None:
        """One case with its steps and sources; None where nothing is known of it."""
        one = self._find(state, treaty)
        if one is None:
            return None
        found = self.export.knowledge.treaties.get(treaty)
        projected = one.projection
        return self._page(
            "case.html",
            self._title(one),
            picture=f"{case_path(state, treaty)}/timeline.png?lang={self.speech.lang}",
            alt=alt_text(one.case, self._title(one), self.speech, projected),
            steps=[self._step(event) for event in one.case.events],
            facts=[plain.clean(fact.note) for fact in one.case.facts],
            treaty=treaty_title(found, self.speech) if found else "",
            effect=promise(projected, self.speech) if projected else "",
            clause=projected.effect.clause if projected else "",
            article=projected.effect.article if projected and projected.effect.article != "none" else "",
        )

    def timeline(self, state: str, treaty: str) -> str | None:
        """The timeline of a case as SVG; None where nothing is known of it."""
        one = self._find(state, treaty)
        return timeline_svg(one.case, self._title(one), self.speech, self.today, one.projection) if one else None

    def coming(self) -> str:
        """What takes effect."""
        rows = [
            (one, projection)
            for one in self.export.cases
            if (projection := one.projection)
            and projection.basis is not Basis.IF_TODAY
            and projection.day >= self.today
        ]
        rows.sort(key=lambda row: row[1].day)
        return self._page(
            "coming.html",
            self.speech.gettext("What takes effect"),
            rows=[(self._row(one), promise(projection, self.speech)) for one, projection in rows],
        )

    def calendar(self) -> str:
        """What takes effect, as SVG."""
        cases = [(one.case, projection) for one, projection in self._coming()]
        return calendar_svg(entitled(cases, self.speech), self.speech, self.today)

    def _coming(self) -> list[tuple[Exported, Projection]]:
        """The exits that are yet to take effect, the next one first."""
        found = [(one, one.projection) for one in self.export.cases if one.projection]
        told = [row for row in found if row[1].basis is not Basis.IF_TODAY and row[1].day >= self.today]
        return sorted(told, key=lambda row: (row[1].day, row[0].case.key))

    def missing(self) -> str:
        """What is shown for an address at which nothing is."""
        return self._page("missing.html", self.speech.gettext("Nothing is known at this address"))

    def _find(self, state: str, treaty: str) -> Exported | None:
        return next((one for one in self.export.cases if one.case.key == (state, treaty)), None)

    def _title(self, one: Exported) -> str:
        return plain.clean(case_title(one.case.state, one.case.treaty, self.speech))

    def _row(self, one: Exported) -> Row:
        last = latest(one.case.events)
        return Row(
            href=f"{case_path(one.case.state, one.case.treaty)}?lang={self.speech.lang}",
            title=self._title(one),
            step=stage_words(last.stage, self.speech),
            day=self.speech.day(last.when),
            disputed=any(event.disputed for event in one.case.events),
        )

    def _step(self, event: Event) -> Step:
        return Step(
            name=stage_words(event.stage, self.speech),
            day=self.speech.day(event.when),
            coverage=coverage_line(event, self.speech),
            disputed=disputed_lines(event, self.speech),
            note=plain.clean(event.note),
            sources=[self._told(source) for source in event.sources],
        )

    def _told(self, source: Source) -> Told:
        return Told(
            outlet=plain.cut(plain.clean(source.outlet), _TEXT_LIMIT) or self.speech.gettext("unnamed outlet"),
            href=plain.web_address(source.url),
            says=self.speech.day(source.says) if source.says else "",
            official=source.official,
        )

    def _page(self, template: str, title: str, **values: object) -> str:
        return _ENVIRONMENT.get_template(template).render(
            title=title,
            t=self.speech.gettext,
            lang=self.speech.lang,
            languages=LANGUAGES,
            generated=self.speech.day(When(self.today)),
            **values,
        )


def case_path(state: str, treaty: str) -> str:
    """The address of a case's page, from the root."""
    return f"/case/{quote(state, safe='')}/{quote(treaty, safe='')}"


def speech_for(wanted: str | None, accepted: str, knowledge: Knowledge) -> Speech:
    """The language of a page.

    Args:
        wanted: the language that the address names.
        accepted: the browser's Accept-Language (RFC 9110, section 12.5.4); the first that the bot speaks is taken.
        knowledge: names of states and treaties.
    """
    if wanted in LANGUAGES:
        return Speech(str(wanted), knowledge)
    offered = [part.partition(";")[0].strip().lower()[:2] for part in accepted[:_TEXT_LIMIT].split(",")]
    return Speech(next((lang for lang in offered if lang in LANGUAGES), "en"), knowledge)
