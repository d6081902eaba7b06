"""The workers of this machine: one process for each core, or none but this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.backfill.model import BackfillError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from bot.backfill.model import Chunk, Outcome

AHEAD: Final = 2
"""So many chunks for each worker are under way, so that none waits for the next."""


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Reads in this process."""

    work: Callable[[Chunk], Outcome]

    def outcomes(self, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """See `Crew`."""
        return map(self.work, chunks)


@dataclass(frozen=True, slots=True)
class Processes:
    """Reads in processes of their own.

    Attributes:
        work: what each does with a chunk; it must be importable by name, with its arguments bound.
        count: how many there are.
    """

    work: Callable[[Chunk], Outcome]
    count: int

    def outcomes(self, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """See `Crew`."""
        context = multiprocessing.get_context("spawn")  # a fork would copy the locks of threads that it does not copy
        pool = ProcessPoolExecutor(self.count, mp_context=context, initializer=_begin)
        under_way: set[Future[Outcome]] = set()
        try:
            for chunk in chunks:
                under_way.add(pool.submit(self.work, chunk))
                if len(under_way) >= self.count * AHEAD:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in done)
            for one in under_way:
                yield one.result()
        except BrokenProcessPool as error:
            raise BackfillError(
                "a worker died, perhaps for want of memory; the same command goes on from here, "
                "with fewer --workers if it happens again"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Set a worker up: Ctrl-C is the parent's to answer, and a worker never outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
