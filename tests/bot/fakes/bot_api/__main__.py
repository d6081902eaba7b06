"""Runs the Bot API by itself: its first line is the address, `control` tells how people speak there."""

from __future__ import annotations

import argparse
import asyncio

from tests.bot.fakes.bot_api.server import TOKEN, FakeBotApi


async def _serve(port: int, token: str, *, enforced: bool) -> None:
    fake = FakeBotApi(token, enforced=enforced)
    fake.port = port
    await fake.start()
    print(fake.url, flush=True)  # noqa: T201 - whoever started it reads this
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--token", default=TOKEN, help="the only token that is known")
    parser.add_argument("--enforce-limits", action="store_true", help="refuse what comes too fast")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.port, chosen.token, enforced=chosen.enforce_limits))
