"""The slash command, through the real AsyncApp: every subcommand, over sockets and called by Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.conversation.commands import COMMANDS
from bot.slack.rights import Trusted
from bot.slack.typing import NAMES, links, shown, typed
from store import channels
from tests.bot.fakes.slack import refused
from tests.bot.hearing import DRAWINGS
from tests.bot.slack_hearing import hearing

if TYPE_CHECKING:
    from store.database import Database
    from tests.bot.fakes.slack import Channel, FakeSlack, Person

MINUTE = timedelta(minutes=1)
ASKED = {
    "start": ("start", "I tell every step of a state out of a treaty"),
    "stop": ("stop", "No messages come to this chat. /treaty start sets it up."),
    "watch": ("watch Latvia", "This chat now hears:\nStates: Latvia"),
    "unwatch": ("unwatch all", "This chat now hears everything."),
    "subscription": ("subscription", "This chat is not set up yet. /treaty start does it in a minute."),
    "case": ("case LV ottawa", "Latvia – Mine Ban Treaty (No. 35597)\n*Passed by parliament, 16 April 2025*"),
    "cases": ("cases", "14 cases\n1. Finland – Tide Convention"),
    "timeline": ("timeline LV ottawa", "Latvia – Mine Ban Treaty (No. 35597)\n● 16 April 2025"),
    "info": ("info ottawa", "Mine Ban Treaty (No. 35597)"),
    "effective": ("effective ottawa 2025-06-27", "Notified on 27 June 2025"),
    "upcoming": ("upcoming", "Nothing is known to take effect within 90 days."),
    "search": ("search latvia", "2 found: latvia"),
    "why": ("why https://nowhere.example/1", "No such report is stored."),
    "digest": ("digest weekly", "Digest: on Mondays at 07:00"),
    "mute": ("mute LV ottawa 7d", "Muted until"),
    "unmute": ("unmute LV ottawa", "It was not muted."),
    "snooze": ("snooze 8h", "Snoozed until"),
    "quiet": ("quiet 22:00-07:00", "Quiet hours: 22:00 to 07:00"),
    "language": ("language uk", "Українська"),
    "timezone": ("timezone Europe/Kyiv", "Time zone: Europe/Kyiv"),
    "sources": ("sources LV ottawa", "Radio Harbour"),
    "status": ("status", "Feeds: 0 of 0 healthy"),
    "test": ("test", "An example is on its way to this chat."),
    "help": ("help", "/treaty watch – Hear of these states, treaties and stages"),
}
"""Every subcommand as somebody types it, and what the answer says."""


def there(workspace: FakeSlack, *, admin: bool = False) -> tuple[Person, Channel]:
    """Somebody in a channel that the app is in."""
    ann = workspace.person("U1ANN", "Ann", admin=admin)
    return ann, workspace.channel("C1NEWS", "news", ann)


async def told(ann: Person, channel: Channel, text: str) -> str:
    """What somebody is told alone when they give the slash command."""
    before = len(channel.ephemeral)
    await ann.asks(channel, f"/treaty {text}".rstrip()).heard()
    await ann.world.until(lambda: len(channel.ephemeral) > before)
    answer = channel.ephemeral[before]
    assert answer.only is ann
    return answer.read


def test_every_subcommand_is_asked_here() -> None:
    assert set(ASKED) == set(NAMES)
    assert len(NAMES) == len(COMMANDS)


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_every_subcommand_is_answered_to_the_one_who_asked(
    workspace: FakeSlack, sqlite_database: Database, *, http: bool
) -> None:
    ann = workspace.person("U1ANN", "Ann", admin=True)
    async with hearing(workspace, sqlite_database, http=http) as bot:
        for number, (name, (text, said)) in enumerate(ASKED.items()):
            place = workspace.channel(f"C{number}", name, ann)
            bot.clock.now += MINUTE
            assert said in await told(ann, place, text), name
            assert place.messages == []
    assert workspace.teller.unheard() == []
    assert workspace.sockets.violations == []


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("", "help", ""),
        ("  case   RU ecpt ", "case", "RU ecpt"),
        ("/CASE RU ecpt", "CASE", "RU ecpt"),
        ("wathc Russia", "wathc", "Russia"),
        ("parliament votes", "search", "parliament votes"),
        ("why <https://a.example/1?b=1&amp;c=2|a.example>", "why", "https://a.example/1?b=1&c=2"),
    ],
)
def test_what_is_typed_is_a_subcommand_or_words_to_look_for(text: str, name: str, rest: str) -> None:
    assert (typed(text).name, typed(text).text) == (name, rest)


@pytest.mark.parametrize(
    ("ours", "there"),
    [
        ("See /help.", "See /treaty help."),
        ("/treaty NAME", "/treaty info NAME"),
        (
            "More: /watch for filters, /digest for a summary",
            "More: /treaty watch for filters, /treaty digest for a summary",
        ),
        ("https://a.example/watch and either/case", "https://a.example/watch and either/case"),
        ("/watches", "/watches"),
    ],
)
def test_commands_are_shown_as_they_are_typed_here(ours: str, there: str) -> None:
    assert shown(ours) == there


def test_links_are_found_once_each_without_what_follows_them() -> None:
    said = "Look (https://a.example/1), <https://b.example/2?x=1&amp;y=2|there>, and https://a.example/1."
    assert links(said) == ("https://a.example/1", "https://b.example/2?x=1&y=2")


async def test_a_misspelt_subcommand_is_answered_with_what_may_be_meant(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann, news = there(workspace)
    async with hearing(workspace, sqlite_database):
        answer = await ann.asks(news, "/treaty caze LV ottawa").answer()
        assert answer.labels[0][0] == "/treaty case"
        again = await ann.presses(answer, "/treaty case").answer()
        assert again.said.startswith("Latvia – Mine Ban Treaty (No. 35597)")


async def test_an_answer_is_posted_to_the_channel_when_its_reader_wants_it(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann, news = there(workspace)
    async with hearing(workspace, sqlite_database):
        answer = await ann.asks(news, "/treaty case LV ottawa").answer()
        await ann.presses(answer, "Post to channel").heard()
        [posted] = await workspace.until(lambda: news.told)
        await workspace.until(lambda: answer.deleted)
    assert posted.said.startswith("Latvia – Mine Ban Treaty (No. 35597)")
    assert "Asked by Ann" in posted.said
    assert "Post to channel" not in str(posted.labels)


async def test_only_look_ups_can_be_posted_to_the_channel(workspace: FakeSlack, sqlite_database: Database) -> None:
    ann, news = there(workspace, admin=True)
    async with hearing(workspace, sqlite_database):
        for text in ("help", "subscription", "caze", "timezone", "digest"):
            await told(ann, news, text)
        assert "Post to channel" not in str([answer.labels for answer in news.ephemeral])


async def test_pages_are_turned_in_place_and_posted_as_they_stand(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann, news = there(workspace)
    async with hearing(workspace, sqlite_database):
        answer = await ann.asks(news, "/treaty cases").answer()
        first = answer.said
        for label in ("›", "›", "‹"):
            before = answer.edits
            await ann.presses(answer, label).heard()
            await workspace.until(lambda before=before: answer.edits > before)  # type: ignore[misc]
        assert answer.labels[1] == ["‹", "2/3", "›"]
        assert answer.said != first
        await ann.presses(answer, "Post to channel").heard()
        [posted] = await workspace.until(lambda: news.told)
        assert posted.labels[1] == ["‹", "2/3", "›"]
        assert posted.said.startswith(answer.said)
        bob = workspace.person("U2BOB", "Bob")
        news.members.add(bob.id)
        await ann.presses(posted, "›").heard()
        await workspace.until(lambda: posted.edits)
    assert len(news.ephemeral) == 1


async def test_who_may_not_set_is_told_so_and_changes_nothing(workspace: FakeSlack, sqlite_database: Database) -> None:
    ann, news = there(workspace)
    async with hearing(workspace, sqlite_database):
        for text in ("watch Latvia", "start", "mute LV ottawa", "watch", "digest off"):
            assert "Only administrators of this chat may change what it hears." in await told(ann, news, text)
    with sqlite_database.reading() as conn:
        assert channels.at(conn, "slack", news.id) is None
    assert ann.modal is None


@pytest.mark.parametrize("who", ["admins", "owners", "workspace", "direct"])
async def test_who_may_set(workspace: FakeSlack, sqlite_database: Database, who: str) -> None:
    ann, news = there(workspace, admin=who == "workspace")
    trusted = Trusted(
        owners=frozenset({"U1ANN"} if who == "owners" else ()), admins=frozenset({"U1ANN"} if who == "admins" else ())
    )
    channel = workspace.direct(ann) if who == "direct" else news
    async with hearing(workspace, sqlite_database, trusted=trusted):
        assert "This chat now hears" in await told(ann, channel, "watch Latvia")
    with sqlite_database.reading() as conn:
        row = channels.at(conn, "slack", channel.id)
    assert row
    assert (row.enabled, row.title, row.subscription.states) == (
        True,
        "ann" if who == "direct" else "#news",
        frozenset({"LV"}),
    )


async def test_somebody_of_whom_slack_says_nothing_may_ask_but_not_set(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann, news = there(workspace, admin=True)
    workspace.faults.append(replace(refused("internal_error"), method="users.info"))
    async with hearing(workspace, sqlite_database) as bot:
        assert "Only administrators" in await told(ann, news, "watch Latvia")
        assert "Latvia" in await told(ann, news, "case LV ottawa")
        bot.clock.now += MINUTE
        assert "This chat now hears" in await told(ann, news, "watch Latvia")
    assert len(workspace.called("users.info")) == 2


async def test_people_are_answered_in_the_language_of_their_client(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann = workspace.person("U1ANN", "Ann", locale="fr-FR")
    news = workspace.channel("C1NEWS", "news", ann)
    async with hearing(workspace, sqlite_database):
        answer = await ann.asks(news, "/treaty case LV ottawa").answer()
    assert "Lettonie" in answer.said or "16 avril 2025" in answer.said


async def test_a_channel_that_the_app_is_not_in_is_set_up_once_it_is_invited(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann = workspace.person("U1ANN", "Ann", admin=True)
    news = workspace.channel("C1NEWS", "news", ann, bot=False)
    async with hearing(workspace, sqlite_database):
        assert "I am not in this channel and cannot post here." in await told(ann, news, "watch Latvia")
        with sqlite_database.reading() as conn:
            row = channels.at(conn, "slack", news.id)
        assert row
        assert not row.enabled
        news.invites()
        assert "I am not" not in await told(ann, news, "watch Lithuania")
    with sqlite_database.reading() as conn:
        row = channels.at(conn, "slack", news.id)
    assert row
    assert (row.enabled, row.subscription.states) == (True, frozenset({"LV", "LT"}))


async def test_who_asks_too_much_is_told_to_wait(workspace: FakeSlack, sqlite_database: Database) -> None:
    ann, news = there(workspace)
    async with hearing(workspace, sqlite_database) as bot:
        for _ in range(20):
            await told(ann, news, "status")
        assert "That is too fast for me." in await told(ann, news, "status")
        bot.clock.now += MINUTE
        assert "Feeds:" in await told(ann, news, "status")


async def test_a_timeline_is_words_for_one_and_a_picture_for_all(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann, news = there(workspace)
    async with hearing(workspace, sqlite_database, draw=DRAWINGS):
        answer = await ann.asks(news, "/treaty timeline LV ottawa").answer()
        assert answer.files == ()
        assert "16 April 2025" in answer.said
        await ann.presses(answer, "Post to channel").heard()
        [posted] = await workspace.until(lambda: news.told)
        mine = workspace.direct(ann)
        ann.asks(mine, "/treaty timeline LV ottawa")
        [own] = await workspace.until(lambda: mine.told)
    for message in (posted, own):
        [file] = message.files
        assert (file.name, file.content[:4]) == ("timeline-LV-ottawa.png", b"\x89PNG")
        assert "16 April 2025" in file.alt
        assert message.text.startswith("Latvia – Mine Ban Treaty (No. 35597)")


async def test_a_picture_that_cannot_be_posted_is_told_in_words(
    workspace: FakeSlack, sqlite_database: Database
) -> None:
    ann = workspace.person("U1ANN", "Ann")
    news = workspace.channel("C1NEWS", "news", ann, bot=False)
    async with hearing(workspace, sqlite_database, draw=DRAWINGS):
        answer = await ann.asks(news, "/treaty timeline LV ottawa").answer()
        await ann.presses(answer, "Post to channel").heard()
        [posted] = await workspace.until(lambda: news.told)
    assert posted.files == ()
    assert "16 April 2025" in posted.said
