"""A Dask cluster as the crew. The only module that imports distributed, an extra."""

from __future__ import annotations

import itertools
import logging
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from distributed import Client

from bot.backfill.crews import AHEAD
from bot.backfill.model import BackfillError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.backfill.model import Chunk, Outcome

SECONDS: Final = 10
"""How long the scheduler may take to answer."""

PATIENCE: Final = 60
"""So many seconds a scheduler may be without a worker: one that died is started again by its nanny within a few."""

_LOOKED: Final = 2
"""After so many seconds without an answer it is looked whether scheduler and workers are still there."""

_FEWEST: Final = 8
"""So many chunks are under way while the cluster has no worker yet."""

_RUNNING: Final = "running"
_LOGGERS: Final = ("distributed", "distributed.client", "distributed.core", "distributed.comm", "distributed.utils")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Reads at the workers of a Dask scheduler, which need the same version of the program.

    Attributes:
        work: what each does with a chunk; it must be importable by name at the workers, with its arguments bound.
        address: of the scheduler, such as `tcp://10.0.0.5:8786`.
        patience: so many seconds it may be without a worker.
    """

    work: Callable[[Chunk], Outcome]
    address: str
    patience: float = PATIENCE

    def outcomes(self, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """See `Crew`."""
        # What goes wrong is told here, in one line, and not by the library as well.
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            client = Client(self.address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise BackfillError(
                f"no Dask scheduler answers at {self.address}; start one with `dask scheduler`, or leave --dask out"
            ) from error
        with client:
            try:
                yield from self._outcomes(client, iter(chunks))
            except (OSError, TimeoutError, CancelledError) as error:
                if client.status == _RUNNING and not isinstance(error, CancelledError):
                    raise  # an archive that cannot be read on, say
                raise self._gone() from error

    def _outcomes(self, client: Client, chunks: Iterator[Chunk]) -> Iterator[Outcome]:
        most = max(_FEWEST, AHEAD * sum(client.nthreads().values()))
        under_way: set[Any] = set()
        done: SimpleQueue[Any] = SimpleQueue()
        while True:
            for chunk in itertools.islice(chunks, most - len(under_way)):
                future = client.submit(self.work, chunk, pure=False)
                under_way.add(future)
                future.add_done_callback(done.put)
            if not under_way:
                return
            one = self._next(client, done)
            under_way.remove(one)
            yield self._result(one)

    def _next(self, client: Client, done: SimpleQueue[Any]) -> Any:
        """The next one that is done.

        Raises:
            BackfillError: the scheduler is gone, or has had no worker for too long.
        """
        deserted = None
        while True:
            with suppress(Empty):
                return done.get(timeout=_LOOKED)
            if client.status != _RUNNING:
                raise self._gone()
            now = time.monotonic()
            deserted = None if client.nthreads() else deserted or now
            if deserted and now - deserted >= self.patience:
                raise BackfillError(
                    f"the Dask scheduler at {self.address} has had no worker for {self.patience:.0f} seconds; "
                    f"start some with `dask worker {self.address}`, with this program installed (else they end); "
                    "the same command goes on from here"
                )

    def _gone(self) -> BackfillError:
        return BackfillError(
            f"the Dask scheduler at {self.address} is gone; start it again; the same command goes on from here"
        )

    def _result(self, future: Any) -> Outcome:
        try:
            outcome: Outcome = future.result()
        except (BackfillError, CancelledError):
            raise
        except Exception as error:  # whatever came up at a worker comes here as it is
            what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise BackfillError(
                f"a Dask worker could not do its part ({what}); every worker needs this version of the program; "
                "the same command goes on from here"
            ) from error
        return outcome
