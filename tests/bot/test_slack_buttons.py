"""Buttons under alerts and questions, the form, the shortcut and App Home, through the real AsyncApp."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.slack.incoming import packed, unpacked
from bot.slack.rights import Trusted
from store import channels, events, reports, reviews
from store.channels import Subscription
from store.owing import ask_reviewers
from tests.bot.fakes.slack import refused
from tests.bot.hearing import DRAWINGS, Clock
from tests.bot.slack_hearing import alert, delivering, hearing
from treaties.model import Claim, Label, Reading, Report, Role, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Database
    from tests.bot.fakes.slack import Channel, FakeSlack, Message, Person, View
    from tests.bot.fakes.slack.world import Look
    from tests.bot.slack_hearing import Running

CURATING = Trusted(curators=frozenset({"U1ANN"}))
STORY = Report(
    "story", "Parliament votes to quit", "", Clock().now, outlet="Radio Harbour", url="https://radio.example/story"
)
CLAIM = Claim(
    "LV", "ottawa", Stage.SIGNED_INTO_LAW, When(date(2025, 4, 24)), Role.NEWS, "signed it", "signed", dated=True
)

both_ways = pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])


@pytest.fixture
def ann(workspace: FakeSlack) -> Person:
    return workspace.person("U1ANN", "Ann")


@pytest.fixture
def news(workspace: FakeSlack, ann: Person, sqlite_database: Database) -> Channel:
    """A channel that hears of everything, with the app and one person in it."""
    with sqlite_database.transaction() as conn:
        channels.sync(conn, "slack", "C1NEWS", title="#news", digest="off")
    return workspace.channel("C1NEWS", "news", ann)


async def alerted(bot: Running, database: Database, news: Channel) -> Message:
    """An alert that the channel was sent."""
    with database.transaction() as conn:
        alert(conn, "LV", "ottawa", bot.clock.now)
    await delivering(bot, database).deliver(bot.clock.now)
    return news.told[-1]


def stored(database: Database, verdict: Verdict | None = None) -> int:
    """A report that was read, and what was made of its claim."""
    with database.transaction() as conn:
        row = reports.remember(conn, STORY, feed=None, now=Clock().now)
        assert row is not None
        reports.save_reading(conn, row, Reading(STORY.id, Label.DEVELOPMENT, "en", (CLAIM,), "it says so"))
        if verdict:
            reports.save_verdict(conn, row, 0, verdict)
    return row


@both_ways
async def test_the_buttons_of_an_alert_answer_the_one_who_pressed(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool
) -> None:
    async with hearing(workspace, sqlite_database, http=http, draw=DRAWINGS) as bot:
        told = await alerted(bot, sqlite_database, news)
        assert told.labels == [["Timeline", "Sources"], ["Why", "Mute case"]]
        sources = await ann.presses(told, "Sources").answer()
        why = await ann.presses(told, "Why").answer()
        mute = await ann.presses(told, "Mute case").answer()
        await ann.presses(told, "Timeline").heard()
        [picture] = await workspace.until(lambda: told.replies)
    assert "Radio Harbour" in sources.said
    assert "Delivery: queued" in why.said
    assert mute.said == "Only administrators of this chat may change what it hears."
    assert (sources.only, why.only, mute.only) == (ann, ann, ann)
    assert picture.files[0].name == "timeline-LV-ottawa.png"
    assert (picture.thread, picture.broadcast, told.edits) == (told.ts, False, 0)
    assert workspace.teller.unheard() == []


async def test_a_case_is_muted_from_its_alert(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel
) -> None:
    async with hearing(workspace, sqlite_database, trusted=Trusted(admins=frozenset({ann.id}))) as bot:
        told = await alerted(bot, sqlite_database, news)
        lengths = await ann.presses(told, "Mute case").answer()
        await ann.presses(lengths, lengths.labels[0][1]).heard()
        await workspace.until(lambda: "Muted" in news.ephemeral[-1].said)
        with sqlite_database.reading() as conn:
            row = channels.at(conn, "slack", news.id)
            assert row
            [muted] = channels.muted(conn, row.id, bot.clock.now)
    assert (muted.state, muted.treaty, muted.who) == ("LV", "ottawa", "Ann (slack U1ANN)")


async def test_new_stages_stand_in_the_thread_and_in_the_channel(
    workspace: FakeSlack, sqlite_database: Database, news: Channel
) -> None:
    async with hearing(workspace, sqlite_database) as bot:
        first = await alerted(bot, sqlite_database, news)
        with sqlite_database.transaction() as conn:
            case = events.case(conn, "LV", "ottawa")
            later = replace(case.events[-1], id="lv-signed", stage=Stage.SIGNED_INTO_LAW, when=When(date(2025, 4, 24)))
            events.add_event(conn, later, bot.clock.now)
        bot.clock.now += timedelta(minutes=1)
        second = await alerted(bot, sqlite_database, news)
    assert (second.thread, second.broadcast) == (first.ts, True)
    assert news.shown == [first, second]


@both_ways
async def test_a_curator_says_that_an_alert_is_wrong_and_takes_it_back(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool
) -> None:
    with sqlite_database.transaction() as conn:
        channels.sync(conn, "slack", news.id, title="#news", role="reviewers", digest="off")
    async with hearing(workspace, sqlite_database, http=http, trusted=CURATING) as bot:
        event = await _told_to_curators(bot, sqlite_database, news)
        told = news.told[-1]
        decided = await ann.presses(told, "Not this").answer()
        assert decided.said == "Dismissed\nDecided by Ann"
        with sqlite_database.reading() as conn:
            assert events.case(conn, "LV", "ottawa").events == ()
        await ann.presses(decided, "Undo").heard()
        await workspace.until(lambda: decided.edits)
        assert decided.said == "Taken back: Dismissed"
        stages = await ann.presses(told, "Other stage").answer()
        await ann.presses(stages, "Signed").heard()
        await workspace.until(lambda: "Another stage" in news.ephemeral[-1].said)
        with sqlite_database.reading() as conn:
            [now] = events.find(conn, [event])
    assert now.stage is Stage.SIGNED_INTO_LAW


async def _told_to_curators(bot: Running, database: Database, news: Channel) -> str:
    with database.transaction() as conn:
        event = alert(conn, "LV", "ottawa", bot.clock.now)
        row = channels.at(conn, "slack", news.id)
        assert row
        conn.exec_driver_sql("UPDATE channels SET role = 'public'")
        alert(conn, "LV", "ottawa", bot.clock.now)
        conn.exec_driver_sql("UPDATE channels SET role = 'reviewers'")
    await delivering(bot, database).deliver(bot.clock.now)
    return event.id


@both_ways
@pytest.mark.parametrize("decision", ["Confirm", "Dismiss"])
async def test_a_question_loses_its_buttons_and_says_who_decided(  # noqa: PLR0913 - fixtures
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool, decision: str
) -> None:
    verdict = Verdict(VerdictKind.UNSURE, "not sure")
    row = stored(sqlite_database, verdict)
    with sqlite_database.transaction() as conn:
        channels.sync(conn, "slack", news.id, title="#desk", role="reviewers", digest="off")
        ask_reviewers(conn, row, STORY, CLAIM, 0, verdict, Clock().now)
        assert reviews.claim_id(conn, row, 0)
    bob = workspace.person("U2BOB", "Bob")
    async with hearing(workspace, sqlite_database, http=http, trusted=CURATING) as bot:
        await delivering(bot, sqlite_database).deliver(bot.clock.now)
        [question] = news.told
        refusal = await bob.presses(question, decision).answer()
        assert refusal.said == "Only curators of this bot may do that."
        decided = await ann.presses(question, decision).answer()
        again = await ann.presses(question, decision).answer()
        bot.clock.now = bot.clock.now.replace(hour=12)
        await delivering(bot, sqlite_database).deliver(bot.clock.now)
    assert "Decided by Ann" in decided.said
    assert again.said.startswith("Ann decided this already")
    assert question.labels == []
    assert "Ann" in question.said


@both_ways
async def test_the_form_shows_what_a_channel_hears_and_changes_it(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool
) -> None:
    with sqlite_database.transaction() as conn:
        wanted = Subscription(frozenset({"LV"}), frozenset({"ottawa"}), frozenset({Stage.IN_EFFECT}), frozenset({"uk"}))
        channels.sync(conn, "slack", news.id, title="#news", digest="daily", subscription=wanted)
    async with hearing(workspace, sqlite_database, http=http, trusted=Trusted(admins=frozenset({ann.id}))):
        form = await ann.asks(news, "/treaty watch").modal()
        assert _filled(form) == {
            "states": "Latvia",
            "treaties": "Mine Ban Treaty",
            "stages": "in effect",
            "langs": "uk",
            "timezone": "UTC",
        }
        await ann.submits()
        await workspace.until(lambda: len(news.ephemeral) == 1)
        assert "States: Latvia\nTreaties: Mine Ban Treaty\nStages: in effect" in news.ephemeral[0].said

        form = await ann.asks(news, "/treaty watch").modal()
        form.fills("States", "Latvia, Lithunia")
        form.fills("Treaties", "the moon")
        form.fills("Time zone", "Nowhere/Else")
        form.fills("Quiet hours from", "22:00")
        await ann.submits()
        assert form.errors == {
            "states": "I do not know “Lithunia”. Did you mean Lithuania?",
            "treaties": "I do not know “the moon”.",
            "timezone": "I know no time zone “Nowhere/Else”. Type one such as Europe/Paris.",
            "quiet_to": "Quiet hours need two different times of day, or none.",
        }
        for label, value in {
            "States": "Latvia, Lithuania",
            "Treaties": "",
            "Stages": "",
            "Languages of sources": "",
            "Digest": "weekly",
            "Time of the digest": "08:30",
            "Language": "fr",
            "Time zone": "Europe/Paris",
            "Quiet hours to": "07:00",
        }.items():
            form.fills(label, value)
        await ann.submits()
        await workspace.until(lambda: len(news.ephemeral) == 2)
    assert ann.modal is None
    with sqlite_database.reading() as conn:
        row = channels.at(conn, "slack", news.id)
    assert row
    assert row.subscription == Subscription(states=frozenset({"LV", "LT"}))
    assert (row.digest, row.digest_at, row.lang, row.timezone) == ("weekly", "08:30", "fr", "Europe/Paris")
    assert (row.quiet_from, row.quiet_to) == ("22:00", "07:00")


def _filled(view: View) -> dict[str, str]:
    fields = ((name, field[name]) for name, field in view.state.items())
    return {name: field["value"] for name, field in fields if "value" in field}


async def test_who_loses_the_right_while_the_form_is_open_changes_nothing(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel
) -> None:
    ann.admin = True
    async with hearing(workspace, sqlite_database) as bot:
        form = await ann.asks(news, "/treaty watch").modal()
        form.fills("States", "Latvia")
        ann.admin = False
        bot.clock.now = bot.clock.now.replace(hour=12)
        await ann.submits()
        assert form.errors == {"states": "Only administrators of this chat may change what it hears."}
    with sqlite_database.reading() as conn:
        row = channels.at(conn, "slack", news.id)
    assert row
    assert row.subscription == channels.EVERYTHING


@both_ways
async def test_what_is_known_about_a_message_is_that_of_the_report_it_links_to(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool
) -> None:
    stored(sqlite_database)
    async with hearing(workspace, sqlite_database, http=http, read=_reading):
        linked = news.says(ann, "Have you seen <https://radio.example/story|this>?")
        answer = await ann.uses("what_is_known", linked).answer()
        unknown = news.says(ann, "Latvia leaves, says https://radio.example/other")
        read = await ann.uses("what_is_known", unknown).answer()
        idle = await ann.uses("what_is_known", news.says(ann, "Lunch?")).answer()
    assert answer.only is ann
    assert "Parliament votes to quit" in answer.said
    assert "signed it" in answer.said
    assert read.said.startswith("What I know about this\nThe report that it links to is not stored.")
    assert "The message says: signed into law" in read.said
    assert "Known: Passed by parliament, 16 April 2025" in read.said
    assert idle.said == "I know nothing about this: it names no exit from a treaty."


def _reading(report: Report) -> Reading:
    told = "Latvia" in report.title
    return Reading(report.id, Label.DEVELOPMENT if told else Label.NONE, "en", (CLAIM,) if told else (), "so it says")


@both_ways
async def test_app_home_shows_what_the_workspace_watches(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool
) -> None:
    async with hearing(workspace, sqlite_database, http=http):
        ann.opens_home()
        home: View = await workspace.until(lambda: ann.home)
        assert home.said.startswith("14 cases are watched here\n1 channel hears of them\n1. Finland – Tide Convention")
        assert "Nothing is known to take effect within 90 days." in home.said
        assert "Feeds: 0 of 0 healthy" in home.said
        modal = await ann.presses(home, "2").modal()
        assert modal.said.startswith("Latvia – Mine Ban Treaty (No. 35597)")
        assert "Mute case" not in str(modal.labels)
        await ann.presses(modal, "Sources").heard()
        await workspace.until(lambda: "Radio Harbour" in modal.said)
        ann.closes()
        modal = await ann.presses(home, "Cases").modal()
        await ann.presses(modal, "›").heard()
        await workspace.until(lambda: ["‹", "2/3", "›"] in modal.labels)
        with sqlite_database.transaction() as conn:
            channels.sync(conn, "slack", news.id, title="#news", subscription=Subscription(states=frozenset({"LV"})))
        ann.opens_home()
        await workspace.until(lambda: home.said.startswith("2 cases are watched here"))


async def test_a_button_of_old_and_a_link_are_no_trouble(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel
) -> None:
    async with hearing(workspace, sqlite_database):
        answer = await ann.asks(news, "/treaty cases").answer()
        answer.looks.append(_with_buttons(answer))
        stale = await ann.presses(answer, "stale").answer()
        assert stale.said == "This button is out of date. Please ask again."
        await ann.presses(answer, "link").heard()
        forged = await ann.presses(answer, "forged").answer()
        assert "Only administrators" in forged.said
        await ann.presses(answer, "posting").heard()
        last = await ann.asks(news, "/treaty status").answer()
    assert news.messages == []
    assert "Feeds:" in last.said


def _with_buttons(answer: Message) -> Look:
    buttons = {
        "stale": {"action_id": "x", "value": "sources:99999"},
        "link": {"action_id": "link:x", "url": "https://a.example/"},
        "forged": {"action_id": "y", "value": "do:watch:Latvia"},
        "posting": {"action_id": "post_to_channel", "value": "command watch Latvia"},
    }
    elements = [
        {"type": "button", "text": {"type": "plain_text", "text": label}, **more} for label, more in buttons.items()
    ]
    return replace(answer.look, blocks=({"type": "actions", "block_id": "b", "elements": elements},))


async def test_an_answer_that_slack_does_not_take_is_no_trouble_for_the_next(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel
) -> None:
    workspace.faults += [replace(refused("internal_error"), method=one) for one in ("views.open", "views.publish")]
    async with hearing(workspace, sqlite_database, trusted=Trusted(admins=frozenset({ann.id}))):
        await ann.asks(news, "/treaty watch").heard()
        ann.opens_home()
        await workspace.until(lambda: not [one for one in workspace.faults if one.times])
        await ann.asks(news, "/treaty watch").modal()
        ann.opens_home()
        await workspace.until(lambda: ann.home)


def test_a_place_is_unpacked_as_it_was_packed() -> None:
    place = unpacked('["C1", "#a \\"b\\"", "group"]')
    assert unpacked(packed(place)) == place
