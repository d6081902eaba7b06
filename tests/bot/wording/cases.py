"""A small world for what is said: two treaties, one state, one alert."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.message import Line, Message
from bot.speech import Speech
from store.outbox import Delivery
from treaties.model import Alert, Event, Source, VerdictKind, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

TODAY = date(2025, 4, 18)
CLAUSE = Clause(
    "Article 20",
    "from_receipt_by_depositary",
    "P6M",
    "Six months after the notice.",
    residual="Old mines stay cleared.",
    source="https://law.example/20",
)
OTTAWA = Treaty(
    "ottawa",
    "Convention on Mines",
    "Mine Ban Treaty",
    {},
    series="No. 35597",
    in_force=date(1999, 3, 1),
    clause=CLAUSE,
    names={"de": "Minenverbot"},
)
TIDES = Treaty("tides", "Tide Convention", "Tide Convention", {})
KNOWLEDGE = Knowledge({"ottawa": OTTAWA, "tides": TIDES}, {"LV": State("LV", "Latvia", {})}, (), {}, ())
ENGLISH = Speech("en", KNOWLEDGE)
GERMAN = Speech("de", KNOWLEDGE)

VOTE = When(date(2025, 4, 16))
ALERT = Alert(
    "key",
    VerdictKind.NEW_DEVELOPMENT,
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    VOTE,
    report="r1",
    title="Saeima votes to leave",
    reason="not known yet",
    outlet="Tide Table",
    url="https://tide.example/1",
    sources=(Source("Tide Table", says=VOTE), Source("Radio Harbour", official=True)),
    done=((Stage.BILL_SUBMITTED, When(date(2025, 3, 20))),),
    row=17,
)
REVIEW = {
    "report": "r1",
    "title": "Latvia may leave",
    "outlet": "Tide Table",
    "url": "https://tide.example/1",
    "state": "LV",
    "treaty": "ottawa",
    "stage": "announced",
    "when": "2025-04-16",
    "quote": "is to leave",
    "reason": "the reading is weak",
}


def event(*sources: Source) -> Event:
    """The event of the alert, told by these."""
    return Event("key", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTE, sources)


def delivery(kind: str, payload: dict[str, Any], role: str = "public") -> Delivery:
    """A row of the outbox."""
    return Delivery(1, 1, "key", kind, payload, 1, possible_repeat=False, reply_to=None, edits=None, role=role)


def texts(message: Message) -> list[str]:
    """The lines as they are read."""
    return [line.text if isinstance(line, Line) else line for line in message.lines]
