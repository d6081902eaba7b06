"""The event loop that asks many servers: uvloop where it runs, Python's own elsewhere. The only user of uvloop.

While it runs, Python looks for unreachable cycles of objects less often: thousands of short-lived ones come and go with
every round of polls and nearly none is in a cycle, so that looking takes a tenth of all the time and finds nothing.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

_T = TypeVar("_T")
_GENERATIONS: Final = (20_000, 20, 10)
"""After so many objects more than before the youngest are looked through; every so many times the older ones, too."""


def run(main: Coroutine[None, None, _T]) -> _T:
    """As `asyncio.run`."""
    with _seldom_collecting(), asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(main)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*_GENERATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if find_spec("uvloop") is None:  # there is none for Windows
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory
