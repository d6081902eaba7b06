"""Takes the pictures of the web page that the README shows: `python docs/make_screens.py`; it needs Chromium.

The page is served as the program serves it, over a store with the case of `docs/make_pictures.py`.
"""

from __future__ import annotations

import asyncio
import runpy
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.async_api import async_playwright

from bot.web.server import WebPage
from config.knowledge import load
from store import events
from store.database import Database

if TYPE_CHECKING:
    from treaties.model import Case

FOLDER: Final = Path(__file__).parent
SCREENS: Final = {"web-cases.png": "/", "web-case.png": "/case/LV/istanbul"}
"""What is shown on each picture."""
_NOW: Final = datetime(2026, 8, 3, 9, tzinfo=UTC)
_WINDOW: Final = {"width": 900, "height": 760}


async def take(cases: tuple[Case, ...]) -> None:
    """Take every picture."""
    with Database("sqlite://") as database:
        database.upgrade()
        with database.transaction() as conn:
            events.seed(conn, cases, _NOW)
        page = WebPage(database, load(), lambda: _NOW, lambda _: ())
        async with page.serving("127.0.0.1:0") as address, async_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            window = await browser.new_page(viewport=_WINDOW)
            for name, path in SCREENS.items():
                await window.goto(address.rstrip("/") + path)
                await window.screenshot(path=FOLDER / name)
            await browser.close()


if __name__ == "__main__":
    drawn = runpy.run_path(str(FOLDER / "make_pictures.py"))
    asyncio.run(take((drawn["long_case"](), *drawn["coming_cases"]())))
