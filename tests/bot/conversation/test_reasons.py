"""`/why` gives the whole way: feed, gate, reading with the quoted words, match, verdict, filter, delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.why import Heard, heard
from store import channels, events, feeds, held, outbox, reports
from store.channels import EVERYTHING, Mute, Subscription
from store.feeds import FeedSpec
from store.held import Held
from tests.bot.conversation.cases import VOTE
from tests.bot.conversation.chat import NOW, actions, labels, written
from treaties.model import Claim, Label, Reading, Report, Role, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection
    from tests.bot.conversation.chat import Chat

URL = "https://tide.example/9"
REPORT = Report("tide-9", "Saeima backs exit", "…", NOW - timedelta(hours=1), url=URL, outlet="Tide Table")
CLAIM = Claim(
    "LV", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 4, 16)), Role.NEWS, "backs exit", "parliament + backs", 0.9
)
OPENED = Verdict(VerdictKind.NEW_DEVELOPMENT, "this stage is not known yet", "lv-vote")


def feed(conn: Connection) -> int:
    feeds.sync(conn, [FeedSpec("https://tide.example/feed", "Tide Table")])
    (state,) = feeds.all_feeds(conn)
    return state.id


def told(
    chat: Chat, report: Report = REPORT, claim: Claim | None = CLAIM, verdict: Verdict | None = OPENED, lang: str = "en"
) -> int:
    """A report that a feed brought, with what was thought of it."""
    with chat.database.transaction() as conn:
        row = reports.remember(conn, report, feed=feed(conn), now=NOW)
        assert row is not None
        claims = (claim,) if claim else ()
        label = Label.DEVELOPMENT if claim else Label.NONE
        reason = "its title tells it" if claim else "no word of leaving in it"
        reports.save_reading(conn, row, Reading(report.id, label, lang, claims, reason))
        if claim and verdict:
            reports.save_verdict(conn, row, 0, verdict)
            if verdict.event:
                events.cover(conn, row, verdict.event, Role.NEWS)
    return row


def alert(chat: Chat, message_id: str = "555") -> int:
    """The alert on the vote, sent to the chat."""
    chat.say("/start")
    with chat.database.transaction() as conn:
        channel = channels.at(conn, "telegram", "1")
        assert channel is not None
        outbox.queue(conn, channel.id, key="alert:lv-vote", kind="alert", payload={}, now=NOW)
        delivery = outbox.claim(conn, channel.id, NOW)
        assert delivery is not None
        outbox.sent(conn, delivery.id, message_id, NOW + timedelta(seconds=2))
        row = events.row_of(conn, "lv-vote")
    assert row is not None
    return row


CHAIN = (
    "“Saeima backs exit” (Tide Table)",
    "Published: 3 Oct 2025, 08:00",
    "Feed: Tide Table, https://tide.example/feed; report seen 3 Oct 2025, 09:00, feed last polled never",
    "Gate: passed, read as development (en): its title tells it",
    "● News: Latvia – Ottawa Convention (UNTS I-35597): passed by parliament, 16 April 2025 (day of publication)",
    "Words: “backs exit”",
    "Read so: parliament + backs (confidence 0.90)",
    "Match: lv-vote",
    "Verdict: new development, this stage is not known yet",
    "Filter: wanted, this chat hears everything",
    "Delivery: queued 3 Oct 2025, 09:00, sent 3 Oct 2025, 09:00, 1 attempt",
)


def test_the_button_of_an_alert_gives_the_whole_chain(either_chat: Chat) -> None:
    told(either_chat)
    row = alert(either_chat)
    reply = either_chat.press(f"why:{row}")
    pages = written(reply) + "\n" + written(either_chat.press(f"page:why:2:event:{row}"))
    assert [line for line in CHAIN if line not in pages] == []
    assert "Sources" in labels(reply)


def test_a_reply_to_an_alert_gives_the_chain_of_that_alert(chat: Chat) -> None:
    told(chat)
    alert(chat, "777")
    text = replace(chat, message_id="777").all_pages("/why")
    assert all(line in text for line in CHAIN)


@pytest.mark.parametrize("name", ["tide-9", URL])
def test_a_report_that_was_not_alerted_is_found_by_its_link_or_id(either_chat: Chat, name: str) -> None:
    row = told(either_chat, claim=None)
    chat = either_chat
    assert row > 0
    text = chat.all_pages(f"/why {name}")
    assert "Gate: refused, no word of leaving in it" in text
    assert "It tells of no exit, so nobody is told." in text


def test_words_of_a_title_offer_the_reports_that_have_them(chat: Chat) -> None:
    row = told(chat)
    reply = chat.say("/why Saeima exit")
    assert f"report:{row}" in actions(reply)
    assert "Verdict: new development" in chat_pages(chat, f"report:{row}")


def chat_pages(chat: Chat, action: str) -> str:
    row = action.partition(":")[2]
    return written(chat.press(action)) + chat.all_pages(f"/why report:{row}")


def test_a_report_that_was_set_aside_says_why(chat: Chat) -> None:
    with chat.database.transaction() as conn:
        row = reports.remember(conn, REPORT, feed=None, now=NOW)
        assert row is not None
        reports.set_aside(conn, row, "ValueError: odd")
    text = chat.reads(f"/why {URL}")
    assert "Feed: none, it was handed in by itself" in text
    assert "Gate: set aside, the rules stumbled over it: ValueError: odd" in text


def test_a_claim_that_nobody_judged_says_so(chat: Chat) -> None:
    told(chat, verdict=None)
    assert "Verdict: not judged" in chat.all_pages(f"/why {URL}")


def test_an_unsure_claim_has_no_match_and_is_told_to_nobody(chat: Chat) -> None:
    told(chat, verdict=Verdict(VerdictKind.UNSURE, "the reading is weak"))
    text = chat.all_pages(f"/why {URL}")
    assert "Match: no known event" in text
    assert "Verdict: unsure, the reading is weak" in text
    assert "Delivery" not in text


def test_an_event_of_the_configuration_says_that_no_report_brought_it(chat: Chat) -> None:
    row = alert(chat)
    assert "No report brought it: it stands in the list of known events." in written(chat.press(f"why:{row}"))


def test_a_held_alert_says_what_it_waits_for(chat: Chat) -> None:
    row = told(chat)
    with chat.database.transaction() as conn:
        until = NOW + timedelta(hours=6)
        held.hold(conn, Held("lv-vote", row, 0, VerdictKind.NEW_DEVELOPMENT, "one voice", NOW, until))
    assert "it waits for a second until 3 Oct 2025, 15:00" in chat.all_pages(f"/why {URL}")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/watch Russia", "Filter: not wanted, the filter of states leaves it out"),
        ("/watch ecpt", "Filter: not wanted, the filter of treaties leaves it out"),
        ("/watch signed", "Filter: not wanted, the filter of stages leaves it out"),
        ("/watch lang:uk", "Filter: not wanted, no report is in a language that this chat asks for"),
        ("/watch Latvia", "Filter: wanted by the filters of this chat"),
        ("/mute Latvia ottawa", "Filter: not told, the case is muted here"),
        ("/snooze 8h", "Filter: held, this chat is snoozed"),
        ("/quiet 8:00-10:00", "Filter: held, it is a quiet hour here"),
    ],
)
def test_the_filter_of_the_chat_is_named(chat: Chat, line: str, reason: str) -> None:
    told(chat)
    chat.say("/start")
    chat.say(line)
    assert reason in chat.all_pages(f"/why {URL}")


def test_a_chat_that_is_not_set_up_hears_nothing(chat: Chat) -> None:
    told(chat)
    assert "Filter: this chat is not set up, so it hears nothing" in chat.all_pages(f"/why {URL}")


def test_what_became_of_the_message_is_told_in_every_state(chat: Chat) -> None:
    told(chat)
    chat.say("/start")
    assert "Delivery: no message about it was owed to this chat" in chat.all_pages(f"/why {URL}")
    with chat.database.transaction() as conn:
        channel = channels.at(conn, "telegram", "1")
        assert channel is not None
        outbox.queue(conn, channel.id, key="alert:lv-vote", kind="alert", payload={}, now=NOW)
    assert "waits, due 3 Oct 2025, 09:00, 0 attempts" in chat.all_pages(f"/why {URL}")
    with chat.database.transaction() as conn:
        delivery = outbox.claim(conn, channel.id, NOW)
        assert delivery is not None
    assert "on its way, 1 attempt" in chat.all_pages(f"/why {URL}")
    with chat.database.transaction() as conn:
        outbox.unknown(conn, delivery.id, "timed out", NOW, NOW)
    assert "timed out; nobody knows whether an earlier attempt arrived" in chat.all_pages(f"/why {URL}")
    with chat.database.transaction() as conn:
        again = outbox.claim(conn, channel.id, NOW)
        assert again is not None
        outbox.failed(conn, again.id, "chat not found", NOW)
    assert "failed for good, 2 attempts: chat not found" in chat.all_pages(f"/why {URL}")


@pytest.mark.parametrize("line", ["/why", "/why https://unknown.example/x", "/why %%%"])
def test_what_is_meant_by_nothing_says_how_to_ask(chat: Chat, line: str) -> None:
    assert "link" in chat.reads(line)


def test_status_tells_how_the_bot_is_doing(either_chat: Chat) -> None:
    told(either_chat)
    alert(either_chat)
    text = either_chat.reads("/status")
    assert "Feeds: 0 of 1 healthy" in text
    assert "Last report: 3 Oct 2025, 09:00" in text
    assert "Last alert: 3 Oct 2025, 09:00" in text
    assert "0 messages wait to be sent" in text
    assert "Version 1.2.3" in text


def test_feeds_that_are_not_well_are_listed(chat: Chat) -> None:
    told(chat)
    text = chat.reads("/sources")
    assert text.startswith("1 feed is watched\n0 feeds are healthy")
    assert "· Tide Table: not polled yet" in text


ROW = channels.unknown("telegram", "1", "Europe/Paris")
PUBLIC = replace(ROW, enabled=True)


@pytest.mark.parametrize(
    ("channel", "muted", "outcome"),
    [
        (PUBLIC, (), (Heard.EVERYTHING,)),
        (replace(PUBLIC, subscription=Subscription(states=frozenset({"LV"}))), (), (Heard.WANTED,)),
        (ROW, (), (Heard.DISABLED,)),
        (replace(PUBLIC, role="owner"), (), (Heard.ROLE,)),
        (PUBLIC, (Mute("LV", "ottawa", None, "Ann"),), (Heard.MUTED,)),
        (PUBLIC, (Mute("LT", "ottawa", None, "Ann"),), (Heard.EVERYTHING,)),
        (
            replace(PUBLIC, subscription=Subscription(frozenset({"RU"}), frozenset({"ecpt"}))),
            (),
            (Heard.STATE, Heard.TREATY),
        ),
        (replace(PUBLIC, snoozed_until=NOW + timedelta(hours=1)), (), (Heard.EVERYTHING, Heard.SNOOZED)),
        (replace(PUBLIC, snoozed_until=NOW), (), (Heard.EVERYTHING,)),
    ],
)
def test_everything_that_speaks_against_telling_is_named(
    channel: channels.ChannelRow, muted: tuple[Mute, ...], outcome: tuple[Heard, ...]
) -> None:
    assert heard(channel, VOTE, frozenset({"en"}), muted, NOW) == outcome


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        (("22:00", "07:00"), "21:59", False),
        (("22:00", "07:00"), "22:00", True),
        (("22:00", "07:00"), "06:59", True),
        (("22:00", "07:00"), "07:00", False),
        (("12:00", "13:00"), "12:30", True),
        (("12:00", "13:00"), "13:00", False),
        ((None, None), "03:00", False),
    ],
)
def test_quiet_hours_run_over_midnight_in_the_chats_own_time(
    hours: tuple[str | None, str | None], clock: str, *, quiet: bool
) -> None:
    there = datetime.fromisoformat(f"2025-10-03T{clock}+02:00")
    channel = replace(PUBLIC, quiet_from=hours[0], quiet_to=hours[1])
    assert (Heard.QUIET in heard(channel, VOTE, frozenset({"en"}), (), there)) is quiet


def test_an_unknown_language_of_a_report_passes_every_filter() -> None:
    filtered = replace(PUBLIC, subscription=Subscription(langs=frozenset({"uk"})))
    assert heard(filtered, VOTE, frozenset({"en", None}), (), NOW) == (Heard.WANTED,)
    assert heard(filtered, VOTE, frozenset({"en"}), (), NOW) == (Heard.LANGUAGE,)
    assert EVERYTHING.wants_told(frozenset({"en"}))
