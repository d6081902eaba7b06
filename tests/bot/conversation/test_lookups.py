"""Look-ups: answered on a phone's screen, in the chat's language, with the facts that the command line gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot import searching, upcoming
from bot.conversation.talk import Drawings
from bot.message import Picture
from bot.questions import Questions
from bot.treaty_questions import TreatyQuestions
from store import events, looking, reports
from tests.bot.conversation.cases import LONG
from tests.bot.conversation.chat import ANN, NOW, actions, labelled, labels, linked, shown, written
from treaties.model import Claim, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.database import Connection
    from tests.bot.conversation.chat import Chat
    from treaties.registry import Knowledge

TODAY = date(2025, 10, 3)
VOTED_SOURCE = Source("Tide Table", "https://tide.example/9")


def reachable(chat: Chat, line: str) -> str:
    """The answer with all its pages, and the timeline and the sources that its buttons lead to."""
    texts = [chat.all_pages(line)]
    for label in ("Timeline", "Sources"):
        action = labelled(chat.say(line), label)
        while action:
            reply = chat.press(action)
            texts.append(linked(reply))
            action = labelled(reply, "›")
    return "\n".join(texts)


@dataclass(frozen=True)
class Lookup:
    """A look-up as it is typed in a chat, and what the command line prints."""

    line: str
    printed: Callable[[Connection, Knowledge], list[str]]


LOOKUPS = {
    "case": Lookup("/case Latvia ottawa", lambda conn, k: Questions(k).case(conn, "LV", "ottawa", TODAY).lines()),
    "notified case": Lookup("/case FI ottawa", lambda conn, k: Questions(k).case(conn, "FI", "ottawa", TODAY).lines()),
    "no case": Lookup("/case UA ecpt", lambda conn, k: Questions(k).case(conn, "UA", "ecpt", TODAY).lines()),
    "cases": Lookup("/cases", lambda conn, k: [f"{one.title} {one.summary}" for one in Questions(k).cases(conn)]),
    "treaty": Lookup("/treaty ecpt", lambda conn, k: TreatyQuestions(k).treaty(conn, "ecpt", TODAY).lines()),
    "its cases": Lookup("/treaty mine ban", lambda conn, k: TreatyQuestions(k).treaty(conn, "ottawa", TODAY).lines()),
    "effective": Lookup(
        "/effective ottawa 2025-06-27 Finland",
        lambda _, k: TreatyQuestions(k).effective("ottawa", "2025-06-27", state="FI").lines(),
    ),
    "upcoming": Lookup("/upcoming 120", lambda conn, k: upcoming.upcoming(conn, k, TODAY, 120).lines()),
    "nothing upcoming": Lookup("/upcoming 3", lambda conn, k: upcoming.upcoming(conn, k, TODAY, 3).lines()),
    "search": Lookup("/search tides", lambda conn, k: searching.answer(conn, "tides", k).lines()),
    "why": Lookup("/why t1", lambda conn, k: Questions(k).why(conn, "t1").lines()),
}

# Words by which the two put the same thing: the chat has "Match:" for "Joined:", and no offset behind a time.
OTHER_WORDS = frozenset({"joined", "0000"})
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
WORD = re.compile(r"https?://\S+|[\w“”]+(?:[-'’.:]\w+)*")


def facts(text: str) -> set[str]:
    """The words, numbers, days and links of a text; a day is one fact however it is written."""
    plain = ISO.sub(lambda found: f"{date.fromisoformat(found[0]):%-d %B %Y}", text.replace(" Oct ", " October "))
    days = set(re.findall(r"\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{4}", plain))
    return days | {word.strip("“”").casefold() for word in WORD.findall(plain)}


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_chat_and_the_command_line_give_the_same_facts(either_chat: Chat, knowledge: Knowledge, name: str) -> None:
    chat, lookup = either_chat, LOOKUPS[name]
    read(chat, Report("t1", "High tides ahead", "…", NOW, outlet="Tide Table", url="https://tide.example/t1"))
    told = facts(reachable(chat, lookup.line))
    with chat.database.reading() as conn:
        printed = facts("\n".join(lookup.printed(conn, knowledge)))
    assert len(printed) > 3
    assert printed - told - OTHER_WORDS == set()


def read(chat: Chat, report: Report) -> None:
    """Store a report that was read as telling of Latvia's vote."""
    (row,) = stored(chat, report)
    claim = Claim("LV", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 4, 16)), Role.NEWS, "tides ahead", "a vote")
    with chat.database.transaction() as conn:
        reports.save_reading(conn, row, Reading(report.id, Label.DEVELOPMENT, "en", (claim,), "its title tells it"))
        reports.save_verdict(conn, row, 0, Verdict(VerdictKind.KNOWN, "the vote is known", "lv-vote"))


def stored(chat: Chat, *told: Report) -> list[int]:
    with chat.database.transaction() as conn:
        rows = [reports.remember(conn, report, feed=None, now=chat.now) for report in told]
    return [row for row in rows if row is not None]


def test_a_case_is_told_at_a_glance(chat: Chat) -> None:
    reply = chat.say("/case Latvia mine ban")
    assert shown(reply).headline == "Latvia – Ottawa Convention (UNTS I-35597)"
    lines = shown(reply).texts
    assert lines[0] == "Passed by parliament, 16 April 2025"
    assert "◉" in lines[1] or "→" in lines[1]
    assert lines[2].startswith("Not before 3 April 2026 if notified today")
    assert "● March 2025: announced (0 reports, 0 independent)" in lines
    assert len(lines) <= 10
    assert {"Timeline", "Sources", "Treaty", "Mute case"} <= set(labels(reply))


def test_a_notified_case_says_when_it_takes_effect(chat: Chat) -> None:
    assert "Takes effect on 10 January 2026 (Article 20)" in chat.reads("/case FI ottawa")
    chat.now = chat.now.replace(year=2026)
    assert "Took effect on 10 January 2026 (Article 20)" in chat.reads("/case FI ottawa")


def test_members_who_may_not_mute_get_no_button_for_it(chat: Chat) -> None:
    assert "Mute case" not in labels(chat.by(replace(ANN, may_set=False)).say("/case LV ottawa"))


@pytest.mark.parametrize(
    ("line", "question", "offered"),
    [
        ("/case", "Name a state and a treaty", "do:case:RU ecpt"),
        ("/case Latvia", "Which treaty?", "do:case:LV ottawa"),
        ("/case ottawa", "Which state?", "do:case:FI ottawa"),
        ("/case Latvia Finland ottawa", "Which case?", "do:case:LV ottawa"),
        ("/case Latva ottawa", "I do not know “Latva”. Did you mean one of these?", "do:case:LV ottawa"),
        ("/timeline Latva ottawa", "I do not know “Latva”", "do:timeline:LV ottawa"),
        ("/treaty otawa convention", "I do not know “otawa convention”", "do:treaty:treaty:ottawa"),
        ("/treaty convention on torture", "can mean several treaties", "do:treaty:treaty:ecpt"),
    ],
)
def test_half_a_question_is_asked_back_with_what_may_be_meant(
    chat: Chat, line: str, question: str, offered: str
) -> None:
    reply = chat.say(line)
    assert question in written(reply)
    assert offered in actions(reply)
    assert shown(chat.press(offered)).kind == "answer"


def test_a_case_of_a_treaty_with_a_long_id_is_opened_by_the_row_of_an_event(chat: Chat) -> None:
    reply = chat.say(f"/case LT {LONG}")
    with chat.database.reading() as conn:
        row = events.row_in(conn, "LT", LONG)
    assert labelled(reply, "Timeline") == f"timeline:#{row}"
    assert "Announced, day not given" in written(chat.press(f"case:#{row}"))
    assert "convention on the protection of the tides and the moons above" in written(chat.press(f"timeline:#{row}"))


def test_cases_are_filtered_and_opened_by_their_numbers(chat: Chat) -> None:
    everything = chat.all_pages("/cases")
    assert everything.startswith("5 cases")
    assert everything.index("Russia") < everything.index("Burkina Faso") < everything.index("Finland")
    reply = chat.say("/cases mine ban")
    assert shown(reply).headline == "2 cases"
    assert labels(reply)[:2] == ["1", "2"]
    assert shown(chat.press(actions(reply)[1])).headline.startswith("Latvia")
    assert chat.reads("/cases Latvia notified") == "No such case is known."
    assert chat.reads("/cases signed").startswith("1 case\n1. Russia")


def test_a_picture_is_drawn_where_pictures_are_made(chat: Chat) -> None:
    drawn = Picture(b"png", "words", "timeline.png")
    tools = replace(chat.conversation._tools, draw=Drawings(lambda *_: drawn, lambda *_: drawn))
    chat.conversation._tools = tools
    assert shown(chat.say("/timeline LV ottawa")).picture is drawn
    calendar = chat.press(labelled(chat.say("/upcoming 365"), "Calendar"))
    assert (shown(calendar).picture, shown(calendar).headline) == (drawn, "Takes effect within 365 days")
    assert not calendar.replaces
    assert shown(chat.say("/timeline UA ecpt")).picture is None


def test_sources_say_who_is_independent_official_or_a_copy(chat: Chat) -> None:
    text = chat.all_pages("/sources Latvia ottawa")
    assert "Tide Table: independent, says 16 April 2025, published 17 April 2025 (live)" in text
    assert "Radio Harbour: official, says 17 April 2025" in text
    assert "Bay Wire: copy of Tide Table" in text
    assert "Low Tide: independent" in text
    assert "High Tide: of one owner with Low Tide" in text


def test_the_sources_of_an_alert_link_to_the_reports_and_name_their_countries(chat: Chat) -> None:
    stored(chat, Report("r1", "Vote", "…", url="https://tide.example/9", outlet="Tide Table", country="FI"))
    with chat.database.transaction() as conn:
        from_finland = replace(VOTED_SOURCE, report="r1")
        events.add_source(conn, "lv-vote", from_finland, chat.now)
        row = events.row_of(conn, "lv-vote")
    message = shown(chat.press(f"sources:{row}"))
    assert "· Tide Table (Finland): the same outlet again" in message.texts
    assert [getattr(line, "link", None) for line in message.lines][-1] == "https://tide.example/9"


def test_an_effect_is_asked_with_the_words_in_any_order_and_other_ways_to_write_a_day(chat: Chat) -> None:
    first = chat.reads("/effective ottawa 2025-06-27")
    assert "Notified on 27 June 2025: takes effect on 27 December 2025" in first
    assert chat.reads("/effective 27.06.2025 mine ban") == first
    assert "Notified on 3 October 2025" in chat.reads("/effective ecpt today")


@pytest.mark.parametrize(
    "line",
    ["/effective ottawa", "/effective ottawa 2025-02-30", "/effective", "/effective ottawa 2025-06-27 2025-06-28"],
)
def test_an_effect_without_one_day_says_how_to_ask(chat: Chat, line: str) -> None:
    assert chat.reads(line) == "Give one date, such as: /effective ottawa 2025-06-27"


def test_what_comes_is_bounded_by_the_days_asked_for(chat: Chat) -> None:
    assert chat.reads("/upcoming 30") == "Nothing is known to take effect within 30 days."
    assert "Takes effect on 10 January 2026 (Article 20), in 99 days: Finland" in chat.reads("/upcoming 120")
    assert chat.reads("/upcoming 1") == "Nothing is known to take effect within 1 day."


@pytest.mark.parametrize("text", ["soon", "-1", "99999", "٣"])
def test_a_number_of_days_that_is_none_is_refused(chat: Chat, text: str) -> None:
    assert chat.reads(f"/upcoming {text}") == "Give a number of days, at most 3650."


def test_a_search_finds_events_and_reports_by_all_their_words(either_chat: Chat) -> None:
    chat = either_chat
    rows = stored(
        chat,
        Report("a", "Сейм поддержал выход", "…", outlet="Tide Table", url="https://tide.example/a"),
        Report("b", "The moon", "nothing of it", outlet="Moon Post"),
    )
    reply = chat.say("/search СЕЙМ выход")
    assert "Сейм поддержал выход" in written(reply)
    assert "report:" + str(rows[0]) in actions(reply)
    assert "Latvia – Ottawa Convention" in chat.reads("/search latvia passed")
    assert "Nothing stored has these words" in chat.reads("/search latvia moon")


@pytest.mark.parametrize("text", ["%", "_", "%%%", "o_her", "othe%"])
def test_signs_of_sql_stand_for_nothing_in_a_search(either_chat: Chat, text: str) -> None:
    stored(either_chat, Report("a", "other text", "…"))
    with either_chat.database.reading() as conn:
        assert looking.reports_with(conn, [text]) == ()
        assert looking.reports_with(conn, ["other"]) == (1,)


def test_a_search_turns_pages(chat: Chat) -> None:
    stored(chat, *(Report(f"n{number}", f"Tide number {number}", "…") for number in range(12)))
    reply = chat.say("/search tide number")
    assert "1/3" in labels(reply)
    pages = chat.all_pages("/search tide number")
    assert all(f"Tide number {number}”" in pages for number in range(12))


def test_a_question_too_long_for_a_button_turns_pages_until_it_is_forgotten(chat: Chat) -> None:
    long = "приостановление участия конвенции парламентом"
    stored(chat, *(Report(f"n{number}", f"{long} {number}", "…") for number in range(12)))
    reply = chat.say(f"/search {long}")
    onward = labelled(reply, "›")
    assert onward.startswith("page:search:2:#")
    assert "2/3" in labels(chat.press(onward))
    chat.conversation._tools.memo._texts.clear()
    assert chat.press(onward).note == "This button is out of date. Please ask again."


def test_feeds_are_told_of_where_no_case_is_asked_for(chat: Chat) -> None:
    assert chat.reads("/sources").startswith("0 feeds are watched")


def test_names_and_dates_are_those_of_the_language(chat: Chat) -> None:
    text = chat.by(replace(ANN, lang="de")).reads("/case Lettland ottawa")
    assert text.startswith("Lettland – ")
    assert "16. April 2025" in text


def test_ten_offers_at_most_come_while_somebody_types(chat: Chat) -> None:
    offers = chat.offer("russ")
    assert [one.id for one in offers][:1] == ["case:RU:ecpt"]
    assert offers[0].description == "Signed into law, 29 September 2025"
    assert len(chat.offer("")) == 5
    assert {one.id for one in chat.offer("mine ban")} >= {"case:LV:ottawa", "case:FI:ottawa", "treaty:ottawa"}
    assert chat.offer("qqqqqqqq") == ()
    assert all(len(one.id.encode()) <= 64 for one in chat.offer("convention"))
    assert len(chat.offer("convention")) <= 10
