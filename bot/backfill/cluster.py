"""A Dask cluster as the crew. The only module that imports distributed, an extra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from distributed import Client, as_completed

from bot.backfill.crews import AHEAD
from bot.backfill.model import BackfillError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.backfill.model import Chunk, Outcome

SECONDS: Final = 10
"""How long the scheduler may take to answer."""

_FEWEST: Final = 8
"""So many chunks are under way while the cluster has no worker yet."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Reads at the workers of a Dask scheduler, which need the same version of the program.

    Attributes:
        work: what each does with a chunk; it must be importable by name at the workers, with its arguments bound.
        address: of the scheduler, such as `tcp://10.0.0.5:8786`.
    """

    work: Callable[[Chunk], Outcome]
    address: str

    def outcomes(self, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """See `Crew`."""
        try:
            client = Client(self.address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise BackfillError(
                f"no Dask scheduler answers at {self.address}; start one with `dask scheduler`, or leave --dask out"
            ) from error
        with client:
            most = max(_FEWEST, AHEAD * sum(client.nthreads().values()))
            done = as_completed(loop=client.loop)
            under_way = 0
            for chunk in chunks:
                done.add(client.submit(self.work, chunk, pure=False))
                under_way += 1
                if under_way >= most:
                    under_way -= 1
                    yield self._result(next(done))
            for one in done:
                yield self._result(one)

    def _result(self, future: object) -> Outcome:
        try:
            outcome: Outcome = future.result()  # type: ignore[attr-defined]
        except BackfillError:
            raise
        except Exception as error:  # whatever came up at a worker comes here as it is
            what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise BackfillError(
                f"a Dask worker could not do its part ({what}); every worker needs this version of the program; "
                "the same command goes on from here"
            ) from error
        return outcome
