"""Runs the Slack by itself: its first line is the address, `control` tells how people speak there."""

from __future__ import annotations

import argparse
import asyncio

from tests.bot.fakes.slack.server import FakeSlack


async def _serve(port: int, *, enforced: bool) -> None:
    fake = FakeSlack(enforced=enforced)
    fake.port = port
    await fake.start()
    print(fake.url, flush=True)  # noqa: T201 - whoever started it reads this
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--enforce-limits", action="store_true", help="refuse what comes too fast")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.port, enforced=chosen.enforce_limits))
