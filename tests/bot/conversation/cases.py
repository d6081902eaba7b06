"""The cases that the conversation's tests talk about."""

from __future__ import annotations

from datetime import date

from treaties.model import Case, Event, Fact, FactKind, Precision, Source, When
from treaties.stages import Stage

PRINT = Source("Tide Table", "https://tide.example/1", date(2025, 4, 17), When(date(2025, 4, 16)), note="live")
RADIO = Source("Radio Harbour", says=When(date(2025, 4, 17)), official=True)
COPY = Source("Bay Wire", "https://bay.example/2", copy_of="Tide Table")
SISTER = Source("Low Tide", "https://low.example/3", group="Tide House")
BROTHER = Source("High Tide", "https://high.example/4", group="Tide House")

PLAN = Event("lv-plan", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 3, 1), Precision.MONTH))
VOTE = Event(
    "lv-vote",
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    When(date(2025, 4, 16)),
    (PRINT, RADIO, COPY, SISTER, BROTHER),
    "66 to 14",
)
NOTICE = Event("fi-notice", "FI", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 7, 10)), (PRINT,))
DUMA = Event("ru-duma", "RU", "ecpt", Stage.LOWER_HOUSE_PASSED, When(date(2025, 9, 17)), (RADIO,))
SIGNED = Event("ru-signed", "RU", "ecpt", Stage.SIGNED_INTO_LAW, When(date(2025, 9, 29)), (PRINT,))
LONG = "provisional:convention-on-the-protection-of-the-tides-and-the-moons-above"
MOONS = Event("lt-moons", "LT", LONG, Stage.ANNOUNCED, None)
ALLIANCE = Event("bf-icc", "BF", "rome-statute", Stage.ANNOUNCED, When(date(2025, 9, 22)))

CASES = (
    Case("LV", "ottawa", (PLAN, VOTE)),
    Case("FI", "ottawa", (NOTICE,)),
    Case("RU", "ecpt", (DUMA, SIGNED)),
    Case("LT", LONG, (MOONS,)),
    Case("BF", "rome-statute", (ALLIANCE,)),
)
JOINED = Fact(FactKind.JOINED, "Joined late.", When(date(2005, 1, 1), Precision.YEAR), (PRINT,))
QUESTION = Fact(FactKind.OPEN, "From which day?")
FACTS = (Case("LV", "ottawa", facts=(JOINED, QUESTION)), Case("UA", "ecpt", facts=(Fact(FactKind.PARTY, "A party."),)))
