"""Reports for measuring: stories of exits among ordinary news, in several languages, made endlessly different."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from treaties.model import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXITS: Final = (
    (
        "en",
        "{} parliament votes to leave the Ottawa Convention",
        "Lawmakers passed the bill on {day} by a wide margin.",
    ),
    ("en", "{} notifies the UN that it withdraws from the Rome Statute", "The note was handed over on {day}."),
    ("ru", "Госдума одобрила денонсацию Европейской конвенции по предупреждению пыток", "Закон принят {n} голосами."),
    ("fr", "Le gouvernement veut quitter la Convention d'Ottawa", "Le projet de loi {n} est déposé au parlement."),
)
_OTHER: Final = (
    (
        "en",
        "Storm number {n} leaves thousands without power",
        "Repairs may take days, the grid operator said on {day}.",
    ),
    ("en", "{} striker withdraws from squad before the cup", "He trained alone on {day} and left the camp."),
    ("ru", "Цены на зерно выросли на {n} процентов", "Эксперты ждут нового урожая."),
    ("uk", "У місті відкрили {n} нових шкіл", "Роботи завершили раніше строку."),
    ("fr", "Le maire inaugure un pont de {n} mètres", "Les travaux ont duré deux ans."),
    ("de", "Konzern zieht sich aus {n} Märkten zurück", "Die Aktie fiel am Montag."),
)
_ORDINARY: Final = (
    (
        "en",
        "City opens library number {n} after long works",
        "Readers queued from early morning, officials said on {day}.",
    ),
    ("ru", "Цены на зерно выросли на {n} процентов", "Эксперты ждут нового урожая."),
    ("uk", "У місті відкрили {n} нових шкіл", "Роботи завершили раніше строку."),
    ("fr", "Le maire inaugure un pont de {n} mètres", "Les travaux ont duré deux ans."),
    ("es", "La cosecha crece un {n} por ciento", "Los agricultores esperan mejores precios este otoño."),
)
_STATES: Final = ("Estonian", "Latvian", "Polish", "Finnish", "Hungarian", "Kenyan")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def reports(count: int, share: float = 0.1, seed: int = 1, *, ordinary: bool = False) -> Iterator[Report]:
    """So many reports, about `share` of them about exits; the same ones for the same seed.

    With `ordinary` none has a word of leaving at all; otherwise some of the other news leaves, withdraws and quits too.
    """
    dice = random.Random(seed)  # noqa: S311 - chance for measuring needs no cryptography
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(count):
        if ordinary:
            lang, title, summary = dice.choice(_ORDINARY)
        else:
            lang, title, summary = dice.choice(_EXITS if dice.random() < share else _OTHER)
        words = {"n": number, "day": dice.choice(_DAYS)}
        yield Report(
            id=f"report-{number}",
            title=title.format(dice.choice(_STATES), **words),
            summary=summary.format(**words),
            published=start + timedelta(minutes=number),
            lang=lang,
            url=f"https://outlet-{number % 50}.example/{number}",
            outlet=f"Outlet {number % 50}",
        )
