"""What the tests of hearing share: the bot as the wiring puts it together, at the fake Bot API, over a SQLite file."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.conversation.conversation import Conversation
from bot.conversation.model import Found, Reply
from bot.conversation.talk import Drawings
from bot.desk import Desk
from bot.message import Button, Message
from bot.pictures.calendar import calendar_picture
from bot.pictures.timeline import timeline_picture
from bot.telegram.hearing import Hearing
from bot.telegram.sending import Pace, TelegramChats
from bot.telegram.trying import Patience
from store import events
from tests.bot.fakes.bot_api import TOKEN
from treaties.model import Case, Event, Source, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation.model import Request
    from bot.telegram.rights import Trusted
    from bot.telegram.webhook import Hook
    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi

QUICK = Patience(poll=timedelta(seconds=20), first=0.01, longest=0.02, press=5.0, finish=5.0)
"""Waits as short as they can be; a poll is held open, as there is always something to end it."""

DRAWINGS = Drawings(timeline_picture, calendar_picture)

UNHURRIED = Pace(chat=1000, group=1000, overall=1000, between=0)
"""Limits that no test comes near: the clock stands still there."""

_CLAUSE = Clause("Article 20", "from_receipt_by_depositary", "P6M", "Six months after the notice.")
TREATIES = {
    "ottawa": Treaty("ottawa", "Convention on Mines", "Mine Ban Treaty", {}, series="No. 35597", clause=_CLAUSE),
    "tides": Treaty("tides", "Convention on the Tides", "Tide Convention", {}),
    "winds": Treaty("winds", "Convention on the Winds", "Wind Convention", {}),
}
_NAMES = {
    "LV": "Latvia",
    "LT": "Lithuania",
    "FI": "Finland",
    "EE": "Estonia",
    "PL": "Poland",
    "SE": "Sweden",
    "NO": "Norway",
    "DK": "Denmark",
    "IS": "Iceland",
    "IE": "Ireland",
    "FR": "France",
    "DE": "Germany",
}
STATES = {code: State(code, name, {}) for code, name in _NAMES.items()}
_RADIO = Source("Radio Harbour", "https://radio.example/1", date(2025, 4, 17), official=True)


def _case(state: str, treaty: str, stage: Stage, day: date) -> Case:
    return Case(state, treaty, (Event(f"{state.lower()}-{treaty}", state, treaty, stage, When(day), (_RADIO,)),))


CASES = (
    _case("LV", "ottawa", Stage.PARLIAMENT_PASSED, date(2025, 4, 16)),
    _case("FI", "tides", Stage.BILL_SUBMITTED, date(2025, 6, 19)),
    *(_case(code, "winds", Stage.ANNOUNCED, date(2025, 1, place)) for place, code in enumerate(STATES, 1)),
)
KNOWLEDGE = Knowledge(TREATIES, STATES, (), {}, (), CASES)


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Echo(Conversation):
    """Answers everything with what it was told, so that a test sees what was heard.

    The words behind a button's action say what is answered: `note`, `replace`, `same` or `post`.
    """

    def command(self, request: Request, name: str, text: str) -> Reply:
        return Reply(Message("answer", f"asked {name} {text}".strip(), _told(request), buttons=BUTTONS))

    def press(self, request: Request, action: str) -> Reply:
        what = action.partition(":")[2]
        message = Message("answer", f"pressed {action}", _told(request), buttons=BUTTONS)
        if what == "note":
            return Reply(note=f"noted {request.person.name}")
        return Reply(message, replaces=what == "replace")

    def offer(self, request: Request, text: str) -> tuple[Found, ...]:
        message = Message("answer", f"found {text}", _told(request))
        return (Found("1", f"<{text}>", request.person.name, message),)


BUTTONS = ((Button("Note", "why:note"), Button("Replace", "page:replace"), Button("Post", "case:post")),)


def _told(request: Request) -> tuple[str, ...]:
    place, person = request.place, request.person
    rights = [name for name in ("may_set", "owner", "curator") if getattr(person, name)]
    return (
        f"place: {place.platform} {place.address} {place.kind} {place.title}",
        f"person: {person.id} {person.name} {person.lang} {' '.join(rights)}".rstrip(),
        f"message: {request.message_id}",
    )


@dataclass
class Running:
    """The bot at work."""

    chats: TelegramChats
    desk: Desk
    hearing: Hearing
    lock: asyncio.Lock


@asynccontextmanager
async def hearing(  # noqa: PLR0913 - a bot has that many sides, all named
    server: FakeBotApi,
    database: Database,
    *,
    trusted: Trusted | None = None,
    hook: Hook | None = None,
    patience: Patience = QUICK,
    clock: Clock | None = None,
    pace: Pace = UNHURRIED,
    conversation: type[Conversation] = Conversation,
) -> AsyncIterator[Running]:
    """The bot at work at that server."""
    now = clock or Clock()
    with database.transaction() as conn:
        events.seed(conn, CASES, now())
    lock = asyncio.Lock()
    async with TelegramChats(TOKEN, base_url=server.url, pace=pace) as chats:
        with Desk(database, conversation(database, KNOWLEDGE, version="1.2.3"), KNOWLEDGE, lock, now) as desk:
            async with Hearing(chats, desk, trusted, hook, patience) as heard:
                yield Running(chats, desk, heard, lock)
