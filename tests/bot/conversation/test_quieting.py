"""When a chat is told: digest, quiet hours, snoozing, muted cases; nothing is lost by any of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import audit, channels, outbox
from store.channels import Mute
from tests.bot.conversation.cases import LONG
from tests.bot.conversation.chat import ANN, actions, labelled, labels, written

if TYPE_CHECKING:
    from store.channels import ChannelRow
    from tests.bot.conversation.chat import Chat


def channel(chat: Chat) -> ChannelRow:
    with chat.database.reading() as conn:
        found = channels.at(conn, "telegram", "1")
    assert found is not None
    return found


def muted(chat: Chat) -> tuple[Mute, ...]:
    with chat.database.reading() as conn:
        return channels.muted(conn, channel(chat).id, chat.now)


@pytest.mark.parametrize(
    ("text", "digest"),
    [("weekly", ("weekly", "07:00")), ("daily 7.30", ("daily", "07:30")), ("off", ("off", "07:00")),
     ("18:00", ("daily", "18:00")), ("weekly 9pm", ("weekly", "21:00"))],
)  # fmt: skip
def test_a_digest_comes_as_often_and_when_it_is_told_to(chat: Chat, text: str, digest: tuple[str, str]) -> None:
    chat.say(f"/digest {text}")
    assert (channel(chat).digest, channel(chat).digest_at) == digest


def test_an_empty_digest_can_be_switched_off_and_on(chat: Chat) -> None:
    assert chat.reads("/digest empty off") == "Digest: daily at 07:00, only when something happened"
    assert not channel(chat).digest_empty
    chat.say("/digest weekly")
    assert (channel(chat).digest, channel(chat).digest_empty) == ("weekly", False)
    assert chat.reads("/digest empty on") == "Digest: on Mondays at 07:00"
    assert channel(chat).digest_empty
    assert "Type on or off" in chat.reads("/digest empty maybe")
    assert channel(chat).digest_empty


@pytest.mark.parametrize("text", ["hourly", "daily soon", "daily 25:00", "now or never"])
def test_a_digest_that_cannot_be_read_changes_nothing(chat: Chat, text: str) -> None:
    chat.say("/start")
    assert "Type daily, weekly or off" in chat.reads(f"/digest {text}")
    assert (channel(chat).digest, channel(chat).digest_at) == ("daily", "07:00")


def test_a_digest_now_says_what_the_digest_would_and_sends_nothing(either_chat: Chat) -> None:
    assert "Digest" in either_chat.reads("/digest now")
    with either_chat.database.reading() as conn:
        assert outbox.history(conn) == ()


def test_quiet_hours_are_set_shown_and_ended(either_chat: Chat) -> None:
    chat = either_chat
    assert chat.reads("/quiet 22:00-07:00").startswith("Quiet hours: 22:00 to 07:00")
    assert (channel(chat).quiet_from, channel(chat).quiet_to) == ("22:00", "07:00")
    assert "Quiet hours: 22:00 to 07:00" in chat.reads("/subscription")
    chat.say("/quiet off")
    assert (channel(chat).quiet_from, channel(chat).quiet_to) == (None, None)


@pytest.mark.parametrize("text", ["22:00-22:00", "night", "22:00"])
def test_quiet_hours_that_are_none_change_nothing(chat: Chat, text: str) -> None:
    assert "Type two times of day" in chat.reads(f"/quiet {text}")
    assert channel(chat).quiet_from is None


def test_a_chat_is_snoozed_in_its_own_time_and_woken(either_chat: Chat) -> None:
    chat = either_chat
    chat.say("/timezone Europe/Paris")
    assert "Snoozed until 4 Oct 2025, 09:00" in chat.reads("/snooze until tomorrow 9:00")
    assert channel(chat).snoozed_until == datetime(2025, 10, 4, 7, 0, tzinfo=UTC)
    assert "Snoozed until" in chat.reads("/subscription")
    chat.press("do:snooze:off")
    assert channel(chat).snoozed_until is None


def test_snoozing_without_a_time_offers_some(chat: Chat) -> None:
    reply = chat.say("/snooze")
    chat.press(labelled(reply, "8 hours"))
    assert channel(chat).snoozed_until == chat.now + timedelta(hours=8)
    assert "Wake up now" in labels(chat.say("/snooze"))


def test_a_snooze_that_cannot_be_read_changes_nothing(chat: Chat) -> None:
    assert "Type a time of at most a year" in chat.reads("/snooze for ever")
    assert channel(chat).snoozed_until is None


@pytest.mark.parametrize(
    ("text", "until"),
    [("", None), (" for good", None), (" 7d", timedelta(days=7)), (" 2 weeks", timedelta(weeks=2))],
)
def test_a_case_is_muted_for_a_time_or_for_good(chat: Chat, text: str, until: timedelta | None) -> None:
    chat.say(f"/mute Russia ecpt{text}")
    assert muted(chat) == (Mute("RU", "ecpt", chat.now + until if until else None, "Ann (telegram 7)"),)


def test_the_button_of_an_alert_asks_for_how_long_mutes_and_undoes(either_chat: Chat) -> None:
    chat = either_chat
    chat.say("/start")
    reply = chat.press("mute:RU:ecpt")
    assert muted(chat) == ()
    reply = chat.press(labelled(reply, "1 week"))
    assert reply.replaces
    assert [one.until for one in muted(chat)] == [chat.now + timedelta(days=7)]
    chat.press(labelled(reply, "For good"))
    chat.press(labelled(reply, "For good"))
    assert [one.until for one in muted(chat)] == [None]
    assert "This chat hears of it again." in written(chat.press(labelled(reply, "Undo")))
    assert muted(chat) == ()
    assert "It was not muted." in written(chat.press(labelled(reply, "Undo")))


def test_a_mute_ends_by_itself(chat: Chat) -> None:
    chat.say("/mute Russia ecpt 1d")
    chat.now += timedelta(days=1)
    assert muted(chat) == ()
    assert chat.reads("/mute").startswith("No case is muted.")


def test_muted_cases_are_listed_with_buttons_and_unmuted_together(chat: Chat) -> None:
    chat.say("/mute Russia ecpt")
    chat.say(f"/mute LT {LONG} 2d")
    reply = chat.say("/mute")
    assert written(reply).startswith("2 cases are muted")
    assert len([one for one in actions(reply) if one.startswith("unmute:")]) == 2
    assert "Muted: Russia" in chat.reads("/subscription")
    chat.say("/unmute all")
    assert muted(chat) == ()


def test_a_case_with_a_long_id_is_muted_by_the_row_of_an_event(chat: Chat) -> None:
    chat.say("/start")
    reply = chat.say(f"/case LT {LONG}")
    reply = chat.press(labelled(reply, "Mute case"))
    chat.press(labelled(reply, "1 day"))
    assert [(one.state, one.treaty) for one in muted(chat)] == [("LT", LONG)]


def test_mute_in_reply_to_an_alert_means_its_case(chat: Chat) -> None:
    chat.say("/start")
    with chat.database.transaction() as conn:
        outbox.queue(conn, channel(chat).id, key="alert:lv-vote", kind="alert", payload={}, now=chat.now)
        delivery = outbox.claim(conn, channel(chat).id, chat.now)
        assert delivery is not None
        outbox.sent(conn, delivery.id, "555", chat.now)
    answering = replace(chat, message_id="555")
    answering.say("/mute")
    assert [(one.state, one.treaty) for one in muted(chat)] == [("LV", "ottawa")]
    assert answering.reads("/case").startswith("Latvia – Ottawa Convention")
    answering.say("/unmute")
    assert muted(chat) == ()


def test_mutes_are_logged_with_who_muted_what(chat: Chat) -> None:
    chat.say("/mute Russia ecpt")
    chat.say("/unmute Russia ecpt")
    with chat.database.reading() as conn:
        logged = [(one.who, one.action, one.detail.get("case")) for one in audit.entries(conn, 2)]
    assert logged == [
        ("Ann (telegram 7)", "unmute case", "RU ecpt"),
        ("Ann (telegram 7)", "mute case", "RU ecpt"),
    ]


def test_a_language_is_chosen_by_any_of_its_names(chat: Chat) -> None:
    for name in ("de", "Deutsch", "german"):
        chat.say("/language English")
        chat.say(f"/language {name}")
        assert channel(chat).lang == "de"
    assert set(labels(chat.say("/language Klingon"))) >= {"English", "Español"}


def test_a_time_zone_with_a_typo_is_offered(chat: Chat) -> None:
    reply = chat.say("/timezone Europe/Pariss")
    chat.press(labelled(reply, "Europe/Paris"))
    assert channel(chat).timezone == "Europe/Paris"
    assert "Type one such as Europe/Paris" in chat.reads("/timezone zzzzzz")
    assert chat.by(ANN).reads("/timezone UTC+3").startswith("Time zone: Etc/GMT-3")
