"""The same question gives the same facts in Telegram, in Slack and on the command line."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.conversation.conversation import Conversation
from bot.desk import Desk
from bot.slack.hearing import Hearing as SlackHearing
from bot.slack.hearing import Sockets
from bot.slack.rights import Trusted
from bot.slack.sending import SlackChannels
from bot.telegram.hearing import Hearing
from bot.telegram.sending import TelegramChats
from config.knowledge import load
from store import events, reports
from store.database import Database
from tests.bot.fakes.bot_api import TOKEN
from tests.bot.hearing import QUICK, UNHURRIED, Clock
from tests.bot.program import NOW
from tests.bot.slack_hearing import PING
from treaties.model import Case, Claim, Event, Label, Reading, Report, Role, Source, Verdict, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.fakes.bot_api import Chat, FakeBotApi
    from tests.bot.fakes.bot_api import Message as TelegramMessage
    from tests.bot.fakes.slack import Channel, FakeSlack, Message, Person
    from tests.bot.program import Run

LINK = "https://tide.example/1"
VOTE = When(date(2025, 4, 16))
TIDE = Source("Tide Table", LINK, date(2025, 4, 17), VOTE)
CASE = Case(
    "LV",
    "ottawa",
    (
        Event("lv-plan", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 3, 18)), (TIDE,)),
        Event("lv-vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTE, (TIDE, Source("Radio Harbour", official=True))),
        Event("lv-notice", "LV", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 6, 27)), (TIDE,)),
    ),
)
REPORT = Report("r1", "Latvia votes to quit the mine treaty", "", NOW, outlet="Tide Table", url=LINK)
CLAIM = Claim("LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTE, Role.NEWS, "voted to quit", "'voted' = passed", dated=True)

LOOKUPS = {
    "case": ("case LV ottawa", "case LV ottawa"),
    "cases": ("cases LV", "cases"),
    "timeline": ("timeline LV ottawa", "case LV ottawa"),
    "info": ("info ottawa", "treaty ottawa"),
    "effective": ("effective ecpt 2025-09-29 RU", "effective ecpt 2025-09-29 --state RU"),
    "upcoming": ("upcoming 365", "upcoming --days 365"),
    "search": ("search mine treaty quit", "search mine treaty quit"),
    "why": (f"why {LINK}", f"why {LINK}"),
    "sources": ("sources LV ottawa", "case LV ottawa"),
}
"""Every look-up as it is typed in a chat, and on the command line."""

_DATE = re.compile(
    r"\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}"
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NAMES = (
    "Latvia", "Ottawa Convention", "European Convention for the Prevention of Torture", "UNTS I-35597", "ETS No. 126",
    "Tide Table", "Radio Harbour", "Article 20", "Article 22", "announced", "passed by parliament", "notified",
    "Latvia votes to quit the mine treaty", "voted to quit", "new case", "development",
)  # fmt: skip


def facts(text: str) -> set[str]:
    """The days and names that a text has; the command line writes some days as computers do."""
    written = (date.fromisoformat(one) for one in _ISO_DATE.findall(text))
    days = (f"{one.day} {one:%B %Y}" for one in written)
    return {*days, *_DATE.findall(text), *(name for name in _NAMES if name.casefold() in text.casefold())}


def words(text: str) -> list[str]:
    """The words of an answer without any markup, and commands as Telegram shows them."""
    plain = re.sub(
        r"[*_>●·“”]", " ", text.replace("\u2060", "").replace("/treaty info", "/treaty").replace("/treaty ", "/")
    )
    return plain.split()


@asynccontextmanager
async def chats(
    url: str, server: FakeBotApi, workspace: FakeSlack, clock: Clock
) -> AsyncIterator[tuple[Chat, Person, Channel]]:
    """Both chats over the program's store, with somebody in each."""
    knowledge, lock = load(), asyncio.Lock()
    with Database(url) as database:
        conversation = Conversation(database, knowledge, version="1")
        async with (
            TelegramChats(TOKEN, base_url=server.url, pace=UNHURRIED) as telegram,
            SlackChannels(workspace.token, base_url=workspace.url) as slack,
        ):
            with Desk(database, conversation, knowledge, lock, clock) as desk:
                async with (
                    Hearing(telegram, desk, None, None, QUICK),
                    SlackHearing(slack, desk, Trusted(), Sockets(workspace.app_token, PING)),
                ):
                    ann = workspace.person("U1ANN", "Ann")
                    yield server.private(7, "Ann", lang="en"), ann, workspace.channel("C1NEWS", "news", ann)


async def in_telegram(ann: Chat, text: str, clock: Clock) -> str:
    """All pages of an answer in Telegram."""
    answer: TelegramMessage = await ann.ask(text)
    pages = [answer.text]
    while any("›" in row for row in answer.labels):
        before = len(answer.edits)
        clock.now += timedelta(seconds=10)
        await ann.tap("›", message=answer)
        await ann.world.until(lambda before=before: len(answer.edits) > before)  # type: ignore[misc]
        pages.append(answer.text)
    return "\n".join(pages)


async def in_slack(ann: Person, channel: Channel, text: str, clock: Clock) -> str:
    """All pages of an answer in Slack."""
    answer: Message = await ann.asks(channel, f"/treaty {text}").answer()
    pages = [answer.said]
    while any("›" in row for row in answer.labels):
        before = answer.edits
        clock.now += timedelta(seconds=10)
        await ann.presses(answer, "›").heard()
        await ann.world.until(lambda before=before: answer.edits > before)  # type: ignore[misc]
        pages.append(answer.said)
    return "\n".join(pages)


@pytest.fixture
def story(run: Run, url: str) -> str:
    """The program's store with a case of which a report was read."""
    assert run("db", "upgrade")[0] == 0
    with Database(url) as database, database.transaction() as conn:
        events.seed(conn, [CASE], NOW)
        row = reports.remember(conn, REPORT, feed=None, now=NOW)
        assert row is not None
        reports.save_reading(conn, row, Reading("r1", Label.DEVELOPMENT, "en", (CLAIM,), "so it says"))
        reports.save_verdict(
            conn, row, 0, Verdict(VerdictKind.NEW_CASE, "nothing is known of this case yet", "lv-vote")
        )
        events.cover(conn, row, "lv-vote", Role.NEWS)
    return url


@pytest.mark.parametrize("name", LOOKUPS)
async def test_every_look_up_gives_the_same_facts_everywhere(
    run: Run, story: str, server: FakeBotApi, workspace: FakeSlack, name: str
) -> None:
    typed, line = LOOKUPS[name]
    code, printed, _ = run(*line.split())
    clock = Clock()
    async with chats(story, server, workspace, clock) as (telegram, ann, news):
        at_telegram = await in_telegram(telegram, f"/{typed}", clock)
        at_slack = await in_slack(ann, news, typed, clock)
    assert code == 0
    assert words(at_slack) == words(at_telegram)
    assert facts(at_slack)
    if name in {"case", "cases", "sources", "timeline", "why"}:
        # The command line tells these together with more.
        assert facts(at_slack) <= facts(printed)
    else:
        assert facts(at_slack) == facts(printed)
