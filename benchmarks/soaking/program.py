"""The program under a fast clock: `python -m benchmarks.soaking.program CLOCK` starts it once for every line read.

A line holds the file for what it prints, and the settings. Its process is told by its number, and is forked from one
that has imported the program and done nothing else, because importing takes longer than all between two kills. Nothing
in the program knows of this: its clock, its event loop and its scheduler's look at the time are replaced from here.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apscheduler.executors.base
import apscheduler.schedulers.base
import apscheduler.triggers.interval

import bot.app
import bot.cli_run
import bot.delivery
import bot.wiring.sources
import bot.wiring.start
import store.outbox
import watchers.loop
import watchers.writing
from benchmarks.soaking.pace import FastClock, loops
from bot.program import new_cli
from bot.slack.hearing import Sockets
from bot.slack.sending import SlackChannels
from bot.telegram.sending import TelegramChats
from watchers.fetch import Limits
from watchers.parsing import ParseLimits, ParserProcess

if TYPE_CHECKING:
    from datetime import timedelta

PATIENCE: Final = 300.0
"""Simulated seconds that whoever is asked has for an answer: the time of the machine that one takes may seem long."""

_TURNS: Final = {
    "POLL_SECONDS": 60,
    "DELIVER_SECONDS": 30,
    "DIGEST_SECONDS": 300,
    "RELEASE_SECONDS": 300,
    "TROUBLE_SECONDS": 3_600,
}
"""Simulated seconds between two looks at what is due; more often, looking would take most of the machine's time."""


def hurry(clock: FastClock) -> None:
    """Put the program under the clock, and be patient with those whom it asks."""
    patience = PATIENCE
    _put(bot.wiring.start, _now=clock.now)
    _put(watchers.loop, _factory=lambda: loops(clock))
    for module in (apscheduler.executors.base, apscheduler.schedulers.base, apscheduler.triggers.interval):
        _put(module, datetime=_telling(clock))
    _put(bot.app, **_TURNS)
    _put(bot.delivery, ATTEMPT_SECONDS=1.5 * patience, LOOK_AGAIN=10 * bot.delivery.LOOK_AGAIN)
    _put(store.outbox, LEASE=_times(store.outbox.LEASE, 2 * patience))
    _put(watchers.writing, LINGER=100 * watchers.writing.LINGER)
    _default(TelegramChats, connect_timeout=patience, read_timeout=patience)
    _default(SlackChannels, timeout=patience)
    _put(bot.wiring.sources, Limits=partial(_limits, patience))
    _put(ParserProcess.__init__, __defaults__=(ParseLimits(seconds=int(patience)),))
    _put(Sockets.__init__, __defaults__=(patience,))


def _limits(patience: float, *, seconds: float, **others: int) -> Limits:
    """Bounds of a feed's answer, those of time wider than the settings have them."""
    return Limits(max(seconds, patience), connecting=patience / 2, silence=patience / 2, **others)


def _put(place: Any, **values: Any) -> None:
    for name, value in values.items():
        if not hasattr(place, name):
            raise AttributeError(f"{place} has no {name}: benchmarks.soaking.program replaces it")
        setattr(place, name, value)


def _default(made: type, **values: float) -> None:
    """Other defaults for what a class takes by name."""
    made.__init__.__kwdefaults__.update(values)  # type: ignore[misc]  # of this very class


def _times(lease: timedelta, least: float) -> timedelta:
    return max(lease, type(lease)(seconds=least))


def _telling(clock: FastClock) -> type[datetime]:
    """A class of moments whose present is the clock's."""

    class Moment(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # no subclass is made of it
            return clock.now().astimezone(tz)

    return Moment


def _run(log: str, settings: str) -> None:
    """Be the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(sink, stream)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.argv = ["treatywatch", "run", "--config", settings]
    cli = new_cli()
    bot.cli_run.register(cli)
    cli()


def main() -> None:
    """Start the program for every line; whoever ended is told of as well, by a line with its number and how it did."""
    hurry(FastClock(Path(sys.argv[1])))
    # Ended children are not waited for one by one: the system clears them away.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.readline, ""):
        log, settings = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            _run(log, settings)
            sys.exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
