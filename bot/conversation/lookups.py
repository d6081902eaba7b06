"""Look-ups: cases, timelines, treaties, dates of effect, what comes, search, sources. They change nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from bot import searching
from bot.conversation import answers, phrases
from bot.conversation.actions import StaleActionError, case_action, number, read_case
from bot.conversation.asking import clear, one_case, one_treaty
from bot.conversation.model import Reply
from bot.conversation.names import Guess
from bot.conversation.paging import again, page_of, paged, turning
from bot.conversation.pointing import case_meant, known_case
from bot.conversation.talk import RefusedError, answer, button
from bot.message import Button, Line, Message
from bot.upcoming import DAYS, MOST_DAYS, entitled, upcoming
from bot.wording import coverage_line, stage_words
from store import events, reports
from treaties.matching import latest
from treaties.projection import project_case

if TYPE_CHECKING:
    from bot.conversation.names import Understood
    from bot.conversation.talk import Talk
    from bot.questions import CaseAnswer
    from treaties.model import Event

_CASES_A_PAGE: Final = 5
_FOUND_A_PAGE: Final = 5
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_LABEL: Final = 40


def case(talk: Talk, text: str, page: int = 1) -> Message:
    """`/case STATE TREATY`: where a case stands; in reply to an alert, its case."""
    return _case(talk, *_meant(talk, text, "case"), page)


def _case(talk: Talk, state: str, treaty: str, page: int = 1) -> Message:
    found = talk.tools.questions.case_of(talk.conn, state, treaty, talk.today)
    return paged(
        talk,
        phrases.title(talk.speech, state, treaty),
        answers.case_lines(talk.speech, found, talk.today),
        command="case",
        text=_named(state, treaty),
        page=page,
        buttons=case_buttons(talk, state, treaty),
    )


def case_buttons(talk: Talk, state: str, treaty: str) -> list[tuple[Button, ...]]:
    """What else can be asked about a case."""
    text = _named(state, treaty)
    asked = (
        button(talk.gettext("Timeline"), case_action(talk.conn, "timeline", state, treaty))
        + button(talk.gettext("Sources"), again(talk.tools.memo, "sources", text))
        + button(talk.gettext("Treaty"), again(talk.tools.memo, "treaty", Guess("treaty", treaty).text))
    )
    mute = case_action(talk.conn, "mute", state, treaty) if talk.person.may_set else None
    return [asked, button(talk.gettext("Mute case"), mute)]


def _meant(talk: Talk, text: str, command: str) -> tuple[str, str]:
    """The case that is named; without any words, that of the alert which is replied to."""
    meant = None if text else case_meant(talk, command)
    return meant or one_case(talk, text, command)


def _named(state: str, treaty: str) -> str:
    return f"{state} {Guess('treaty', treaty).text}"


def cases(talk: Talk, text: str, page: int = 1) -> Message:
    """`/cases [filters]`: every case, the latest first."""
    found = clear(talk, text, "cases")
    listed = [one for one in talk.tools.questions.cases(talk.conn) if _fits(found, one)]
    headline = talk.ngettext("{n} case", "{n} cases", len(listed))
    if not listed:
        return answer(talk.gettext("No such case is known."))
    shown, page, pages = page_of(listed, page, _CASES_A_PAGE)
    lines: list[str | Line] = []
    for place, one in enumerate(shown, 1):
        lines.append(f"{place}. {phrases.title(talk.speech, one.case.state, one.case.treaty)}")
        lines.append(Line(f"    {answers.summary(talk.speech, one)}", "small"))
    opening = tuple(
        Button(str(place), action)
        for place, one in enumerate(shown, 1)
        if (action := case_action(talk.conn, "case", *one.case.key))
    )
    return answer(headline, lines, [opening, turning(talk, "cases", found.text(), page, pages)])


def _fits(wanted: Understood, one: CaseAnswer) -> bool:
    stage = latest(one.case.events).stage
    return (
        (not wanted.states or one.case.state in wanted.states)
        and (not wanted.treaties or one.case.treaty in wanted.treaties)
        and (not wanted.stages or stage in wanted.stages)
    )


def timeline(talk: Talk, text: str, page: int = 1) -> Message:
    """`/timeline STATE TREATY`: every step, as a picture where pictures are made."""
    return _timeline(talk, *_meant(talk, text, "timeline"), page)


def _timeline(talk: Talk, state: str, treaty: str, page: int = 1) -> Message:
    found = talk.tools.questions.case_of(talk.conn, state, treaty, talk.today)
    title = phrases.title(talk.speech, state, treaty)
    sources_button = button(talk.gettext("Sources"), again(talk.tools.memo, "sources", _named(state, treaty)))
    if talk.tools.draw and found.case.events:
        projection = project_case(found.case, talk.knowledge.treaties, talk.today)
        picture = talk.tools.draw.timeline(found.case, title, talk.speech, talk.today, projection)
        message = answer(title, [answers.summary(talk.speech, found)], [sources_button])
        return replace(message, picture=picture)
    lines = answers.timeline_lines(talk.speech, found.case.events)
    return paged(
        talk,
        title,
        lines or [answers.summary(talk.speech, found)],
        command="timeline",
        text=_named(state, treaty),
        page=page,
        buttons=[sources_button] if found.case.events else [],
    )


def treaty(talk: Talk, text: str, page: int = 1) -> Message:
    """`/treaty NAME`: what a treaty is and how it is left."""
    name = one_treaty(talk, text, "treaty")
    found = talk.tools.treaties.treaty(talk.conn, name, talk.today)
    mine = Guess("treaty", name).text
    cases_of = Button(talk.gettext("Cases"), again(talk.tools.memo, "cases", mine))
    return paged(
        talk,
        phrases.treaty_title(talk.speech, name),
        answers.treaty_lines(talk.speech, found),
        command="treaty",
        text=f"treaty:{name}",
        page=page,
        buttons=[(cases_of,)] if found.cases else [],
    )


def effective(talk: Talk, text: str, page: int = 1) -> Message:
    """`/effective TREATY DATE [STATE]`: when a notification of that day takes effect."""
    words = text.split()
    days = [(word, day) for word in words if (day := _day(talk, word))]
    if len(days) != 1:
        raise RefusedError(talk.gettext("Give one date, such as: /effective ottawa 2025-06-27"), own=True)
    ((word, day),) = days
    rest = " ".join(one for one in words if one != word)
    found = clear(talk, rest, "effective")
    if len(found.treaties) != 1 or len(found.states) > 1 or found.treaties[0] not in talk.knowledge.treaties:
        raise RefusedError(talk.gettext("Name one treaty that the registry lists, and at most one state."))
    told = talk.tools.treaties.effective(
        found.treaties[0], day.isoformat(), state=found.states[0] if found.states else None
    )
    return paged(
        talk,
        phrases.treaty_title(talk.speech, found.treaties[0]),
        answers.effect_lines(talk.speech, told),
        command="effective",
        text=f"{found.text()} {day.isoformat()}",
        page=page,
    )


def _day(talk: Talk, word: str) -> date | None:
    """The day that a word names: 2025-06-27, 27.06.2025, or today in the language of the chat."""
    if word.casefold() in {"today", talk.gettext("today").casefold()}:
        return talk.today
    iso, dotted = _ISO_DAY.fullmatch(word), _DOTTED_DAY.fullmatch(word)
    parts = iso.groups() if iso else dotted.groups()[::-1] if dotted else None
    try:
        return date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None


def coming(talk: Talk, text: str, page: int = 1) -> Message:
    """`/upcoming [DAYS]`: what takes effect soon."""
    days = _days(talk, text)
    found = upcoming(talk.conn, talk.knowledge, talk.today, days)
    if not found.found:
        text = talk.ngettext(
            "Nothing is known to take effect within {n} day.", "Nothing is known to take effect within {n} days.", days
        )
        return answer(text)
    lines = [answers.coming_line(talk.speech, *one, talk.today) for one in found.found]
    drawn = [(Button(talk.gettext("Calendar"), f"calendar:{days}"),)] if talk.tools.draw else []
    return paged(talk, _within(talk, days), lines, command="upcoming", text=str(days), page=page, buttons=drawn)


def _within(talk: Talk, days: int) -> str:
    return talk.ngettext("Takes effect within {n} day", "Takes effect within {n} days", days)


def _days(talk: Talk, text: str) -> int:
    if not text:
        return DAYS
    first = text.split(maxsplit=1)[0]
    if not (first.isascii() and first.isdigit()) or len(first) > len(str(MOST_DAYS)) or int(first) > MOST_DAYS:
        raise RefusedError(talk.gettext("Give a number of days, at most {most}.", most=MOST_DAYS))
    return int(first)


def search(talk: Talk, text: str, page: int = 1) -> Message:
    """`/search WORDS`: events and reports that have all the words."""
    findings = searching.search(talk.conn, text, lambda event: _told(talk, event))
    if not findings.words:
        raise RefusedError(
            talk.gettext("Give the words to look for, such as: /search parliament denunciation"), own=True
        )
    found: list[Event | int] = [*findings.events, *findings.rows]
    if not found:
        return answer(talk.gettext("Nothing stored has these words: {words}", words=" ".join(findings.words)))
    shown, page, pages = page_of(found, page, _FOUND_A_PAGE)
    stored = {one.row: one for one in reports.of_rows(talk.conn, [one for one in shown if isinstance(one, int)])}
    lines: list[str | Line] = []
    buttons: list[Button] = []
    for place, one in enumerate(shown, 1):
        if isinstance(one, int):
            lines.append(answers.report_line(talk.speech, stored[one], place))
            buttons.append(Button(str(place), f"report:{one}"))
        else:
            title = phrases.title(talk.speech, one.state, one.treaty)
            lines.append(f"{place}. {title}: {stage_words(one.stage, talk.speech)}, {talk.speech.day(one.when)}")
            buttons += button(str(place), case_action(talk.conn, "case", one.state, one.treaty))
    headline = talk.ngettext("{n} found: {words}", "{n} found: {words}", len(found), words=" ".join(findings.words))
    return answer(headline, lines, [buttons, turning(talk, "search", " ".join(findings.words), page, pages)])


def _told(talk: Talk, event: Event) -> str:
    """An event in the words by which people may look for it: those of the chat, and English ones."""
    return f"{searching.told(event, talk.speech)} {searching.english(event, talk.knowledge)}"


def sources(talk: Talk, text: str, page: int = 1) -> Message:
    """`/sources STATE TREATY`: who tells of every step of a case."""
    state, name = _meant(talk, text, "sources")
    found = events.case(talk.conn, state, name)
    lines = [line for event in found.events for line in _event_sources(talk, event)]
    title = phrases.title(talk.speech, state, name)
    if not lines:
        return answer(title, [talk.gettext("No withdrawal is known.")])
    return paged(talk, title, lines, command="sources", text=_named(state, name), page=page)


def _event_sources(talk: Talk, event: Event) -> list[str | Line]:
    known = {one.id: one for one in reports.of_ids(talk.conn, [s.report for s in event.sources if s.report])}
    head = Line(f"{phrases.stands(talk.speech, event)} ({coverage_line(event, talk.speech)})", "strong")
    return [head, *answers.source_lines(talk.speech, event.sources, known)]


def press_case(talk: Talk, words: str) -> Reply:
    """The button that opens a case."""
    ref = read_case(talk.conn, words)
    return Reply(_case(talk, *known_case(talk, ref.state, ref.treaty)))


def press_timeline(talk: Talk, words: str) -> Reply:
    """The button for a case's timeline."""
    ref = read_case(talk.conn, words)
    return Reply(_timeline(talk, *known_case(talk, ref.state, ref.treaty)))


def press_calendar(talk: Talk, words: str) -> Reply:
    """The button for the picture of what takes effect within so many days."""
    found = upcoming(talk.conn, talk.knowledge, talk.today, number(words))
    if not (talk.tools.draw and found.found):
        return Reply(coming(talk, words))
    picture = talk.tools.draw.calendar(entitled(found.found, talk.speech), talk.speech, talk.today)
    return Reply(replace(answer(_within(talk, found.days)), picture=picture))


def press_sources(talk: Talk, words: str) -> Reply:
    """The button for an event's sources: `<row>`, and behind a colon the page."""
    row, _, page = words.partition(":")
    event = events.by_row(talk.conn, number(row))
    if event is None:
        raise StaleActionError(words)
    lines = _event_sources(talk, event)
    shown, at, pages = page_of(lines, number(page) if page else 1, 10)
    turn = [Button("‹", f"sources:{row}:{at - 1}")] if at > 1 else []
    turn += [Button("›", f"sources:{row}:{at + 1}")] if at < pages else []
    title = phrases.title(talk.speech, event.state, event.treaty)
    return Reply(answer(title, shown, [turn]), replaces=bool(page))
