"""Words that people type, in the languages that the bot speaks: read once from `bot/locales/typed.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

from treaties.stages import CHAMBER_VOTES, REVERSALS, Stage

FORMAL: Final = frozenset(
    {
        Stage.BILL_SUBMITTED,
        *CHAMBER_VOTES,
        Stage.SIGNED_INTO_LAW,
        Stage.NOTIFIED_DEPOSITARY,
        Stage.IN_EFFECT,
        Stage.RETURNED,
        Stage.REJECTED,
        Stage.STRUCK_DOWN,
        Stage.RESCINDED,
    }
)
"""The formal steps, from the bill to the day on which the state is out, and what stops or undoes them."""

_TOGETHER: Final = {"formal": FORMAL, "votes": CHAMBER_VOTES, "setbacks": REVERSALS}
"""What the file calls several stages by one name."""


@cache
def stages() -> tuple[tuple[frozenset[Stage], tuple[str, ...]], ...]:
    """Which stages are meant by which patterns."""
    rows = _file()["stage"]
    return tuple((_meant(row["means"]), tuple(row["words"])) for row in rows)


def _meant(name: str) -> frozenset[Stage]:
    return _TOGETHER.get(name) or frozenset({Stage(name)})


@cache
def small() -> frozenset[str]:
    """Words that name nothing by themselves."""
    return frozenset(word for line in _file()["words"]["small"] for word in line.split())


@cache
def everything() -> frozenset[str]:
    """Words that ask for all there is."""
    return frozenset(_file()["words"]["everything"])


@cache
def time_words(name: str) -> tuple[str, ...]:
    """The words for a unit (`minute` … `week`), for `today`, for `tomorrow`, and those before a moment (`until`)."""
    return tuple(_file()["times"][name])


@cache
def _file() -> dict[str, Any]:
    text = resources.files("bot").joinpath("locales", "typed.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
