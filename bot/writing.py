"""Writing: many small writes of one loop share a transaction, since each transaction waits for the disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.database import Connection, Database

T = TypeVar("T")


class Writer:
    """Does what is to be written, one transaction at a time.

    What is asked for while a transaction runs is done together in the next one. Where that fails, each is done again
    in a transaction of its own, so that nobody's trouble is another's.

    Args:
        database: where to write.
        lock: held during every transaction.
    """

    def __init__(self, database: Database, lock: asyncio.Lock) -> None:
        self._database = database
        self._lock = lock
        self._asked: list[tuple[Callable[[Connection], Any], asyncio.Future[Any]]] = []
        self._running: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do it in a transaction, and return what it returned once that is stored.

        Raises:
            StoreError: it was not stored.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._asked.append((work, done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        while self._asked:
            async with self._lock:
                asked, self._asked = self._asked, []
                results = await asyncio.to_thread(self._transact, [work for work, _ in asked])
            for (_, done), result in zip(asked, results, strict=True):
                if done.cancelled():
                    continue
                if isinstance(result, Exception):
                    done.set_exception(result)
                else:
                    done.set_result(result)

    def _transact(self, works: list[Callable[[Connection], Any]]) -> list[Any]:
        """What each returned, or the error that it ended with."""
        try:
            with self._database.transaction() as conn:
                return [work(conn) for work in works]
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(works) == 1:
                return [error]
        return [result for work in works for result in self._transact([work])]
