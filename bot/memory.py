"""Memory: what is loaded once and stays needs no garbage collector, and what lies unused goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SECONDS: Final = 20.0
"""From one time that memory is given back to the next. It takes about a millisecond."""

ARENAS: Final = 1
_ARENA_MAX: Final = -8
"""How glibc's `mallopt` calls the number of arenas."""


@contextmanager
def loading() -> Iterator[None]:
    """Let the collector rest while hundreds of thousands of lasting objects are made, and leave them out of its rounds.

    Looking for garbage among them takes half of the time that loading takes, and finds none.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_on:
            gc.enable()


def share_arenas() -> None:
    """Let all threads take their memory from one place, where the C library is glibc.

    It would give each of a dozen threads a place of its own, of a megabyte or more that is mostly empty, so that they
    need not wait for each other: ours do that for Python's lock anyway.
    """
    if (choose := _of_c_library("mallopt")) is not None:
        choose(_ARENA_MAX, ARENAS)


@asynccontextmanager
async def giving_back(seconds: float = SECONDS) -> AsyncIterator[None]:
    """Give what lies unused back to the system every so often, until it is left.

    A large block between two small ones that last is kept by the C library when it is freed, and a program that runs
    for months has more and more of them.
    """
    task = asyncio.create_task(_give_back_every(seconds))
    try:
        yield
    finally:
        task.cancel()


async def _give_back_every(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        give_back()


def give_back() -> None:
    """Give what lies unused back to the system, where the C library is glibc; others do it by themselves, or cannot."""
    if (trim := _of_c_library("malloc_trim")) is not None:
        trim(0)


def _of_c_library(name: str) -> Callable[..., int] | None:
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # another C library; Windows has none of that name
        return None
    return found
