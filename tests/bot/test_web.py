"""The web page: what it shows, what it lets nobody do, and that people who see or hear it differently can use it."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import feedparser
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from icalendar import Calendar
from playwright.async_api import async_playwright

from bot.web.pages import speech_for
from bot.web.server import HEADERS, WebPage
from store import events
from treaties.model import Case, Event, Fact, FactKind, Source, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from store.database import Database

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
KNOWLEDGE = Knowledge(
    treaties={
        "ottawa": Treaty(
            id="ottawa",
            name="Mine Ban Convention",
            short_name="Mine Ban Treaty",
            series="No. 35597",
            aliases={},
            in_force=date(1999, 3, 1),
            clause=Clause(rule="from_notification", article="Article 20", text="Six months.", notice="P6M"),
        )
    },
    states={"LV": State("LV", "Latvia", {}), "FI": State("FI", "Finland", {})},
    institutions=(),
    words={},
    stage_rules=(),
    known=(Case("FI", "ottawa", facts=(Fact(FactKind.PARTY, "Finland is a party.", None),)),),
)
SCRIPT: Final = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
VOTED = Event(
    "vote",
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    When(date(2025, 4, 16)),
    (
        Source("Tide Table", url="https://tide.example/1", says=When(date(2025, 4, 16))),
        Source(SCRIPT, url="javascript:alert(1)", says=When(date(2025, 4, 20))),
        Source("صحيفة الشمال", url="https://north.example/2"),
    ),
    note=SCRIPT,
)
NOTIFIED = Event(
    "note",
    "LV",
    "ottawa",
    Stage.NOTIFIED_DEPOSITARY,
    When(date(2026, 2, 27)),
    (Source("United Nations", url="https://un.example/cn", official=True),),
)
CHECKER: Final = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Visitor:
    """Somebody who asks for addresses."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.address = address.rstrip("/")
        self._session = session

    async def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
        async with self._session.request(method, self.address + path, headers=headers) as answer:
            return answer.status, await answer.text(), answer.headers


def page_of(database: Database, late: tuple[str, ...] = ()) -> WebPage:
    return WebPage(database, KNOWLEDGE, lambda: NOW, lambda _: late, public_url="https://bot.example/")


@asynccontextmanager
async def served(database: Database, late: tuple[str, ...] = ()) -> AsyncIterator[Visitor]:
    async with page_of(database, late).serving("127.0.0.1:0") as address, aiohttp.ClientSession() as session:
        yield Visitor(address, session)


@pytest.fixture
async def visitor(database: Database) -> AsyncIterator[Visitor]:
    with database.transaction() as conn:
        for one in (VOTED, NOTIFIED):
            events.add_event(conn, one, NOW)
    async with served(database) as found:
        yield found


async def test_the_first_page_lists_the_cases(visitor: Visitor) -> None:
    status, text, _ = await visitor.get("/")
    assert status == 200
    assert '<a href="/case/LV/ottawa?lang=en" dir="auto">Latvia – Mine Ban Treaty (No. 35597)</a>' in text
    assert "depositary notified, 27 February 2026 · sources disagree" in text
    assert "Finland" not in text


@pytest.mark.parametrize(
    ("query", "there"),
    [("state=LV", True), ("state=EE", False), ("treaty=ottawa", True), ("state=LV&treaty=icc", False)],
)
async def test_the_list_can_be_narrowed_down(visitor: Visitor, query: str, there: bool) -> None:  # noqa: FBT001 - a value
    _, text, _ = await visitor.get(f"/?{query}")
    assert ('href="/case/LV/ottawa' in text) is there
    assert ("No case is known." in text) is not there


async def test_a_case_has_steps_sources_and_the_day_of_effect(visitor: Visitor) -> None:
    status, text, _ = await visitor.get("/case/LV/ottawa")
    assert status == 200
    assert "<strong>Takes effect on 27 August 2026</strong> (Article 20)" in text
    assert "Disputed date: 16 April 2025 (" in text
    assert '<a href="https://tide.example/1" rel="noopener noreferrer nofollow ugc"><bdi>Tide Table</bdi></a>' in text
    assert "(official)" in text
    assert 'src="/case/LV/ottawa/timeline.png?lang=en"' in text


async def test_a_case_of_facts_alone_says_so(visitor: Visitor) -> None:
    _, text, _ = await visitor.get("/case/FI/ottawa")
    assert "No withdrawal is known." in text
    assert "Finland is a party." in text


async def test_text_of_feeds_is_shown_as_text(visitor: Visitor) -> None:
    for path in ("/", "/case/LV/ottawa", "/case/LV/ottawa/timeline.svg", "/developments.atom", "/upcoming.svg"):
        _, text, _ = await visitor.get(path)
        assert "<script" not in text
        assert "<img src=x" not in text
        assert "javascript:" not in text
    assert "&lt;script&gt;" in (await visitor.get("/case/LV/ottawa"))[1]


async def test_what_is_coming_is_listed_and_drawn(visitor: Visitor) -> None:
    assert "Takes effect on 27 August 2026" in (await visitor.get("/upcoming"))[1]
    _, picture, headers = await visitor.get("/upcoming.svg")
    assert picture.startswith("<svg")
    assert headers["Content-Type"].startswith("image/svg+xml")


async def test_the_exports_are_served(visitor: Visitor) -> None:
    _, atom, headers = await visitor.get("/developments.atom")
    read = feedparser.parse(atom)
    assert len(read.entries) == 2
    assert [link.href for link in read.feed.links if link.rel == "self"] == ["https://bot.example/developments.atom"]
    assert headers["Content-Type"].startswith("application/atom+xml")
    _, ics, _ = await visitor.get("/effects.ics")
    assert len(list(Calendar.from_ical(ics).walk("VEVENT"))) == 1
    assert (await visitor.get("/known-events.json"))[1].startswith("{")
    assert (await visitor.get("/known-events.csv"))[1].startswith("state,")


@pytest.mark.parametrize("path", ["/", "/case/LV/ottawa", "/nowhere", "/effects.ics", "/healthz", "/style.css"])
async def test_every_answer_is_guarded(visitor: Visitor, path: str) -> None:
    _, _, headers = await visitor.get(path)
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/case/XX/ottawa", 404),
        ("/case/LV/..%2f..%2fetc", 404),
        ("/case/%00/%ff", 404),
        ("/?" + "a" * 3000, 414),
    ],
)
async def test_what_is_not_there_is_told_so(visitor: Visitor, path: str, status: int) -> None:
    assert (await visitor.get(path))[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_can_be_changed(visitor: Visitor, method: str) -> None:
    status, _, headers = await visitor.get("/", method)
    assert (status, headers["Allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize(
    ("query", "accepted", "heading"),
    [
        ("", "en", "States leaving treaties"),
        ("?lang=de", "en", '<html lang="de">'),
        ("", "xx, uk-UA;q=0.9, en", '<html lang="uk">'),
        ("?lang=zz", "fr", '<html lang="fr">'),
    ],
)
async def test_the_page_speaks_the_readers_language(visitor: Visitor, query: str, accepted: str, heading: str) -> None:
    _, text, _ = await visitor.get(f"/{query}", **{"Accept-Language": accepted})
    assert heading in text


def test_a_strange_language_is_answered_in_english() -> None:
    assert speech_for(None, ",;q=x,*" * 500, KNOWLEDGE).lang == "en"


async def test_health_tells_of_late_jobs(database: Database) -> None:
    async with served(database) as visitor:
        assert (await visitor.get("/healthz"))[0] == 200
    async with served(database, ("job poll has never run",)) as visitor:
        status, text, headers = await visitor.get("/healthz")
    assert (status, headers["Cache-Control"]) == (503, "no-store")
    assert "job poll has never run" in text


@asynccontextmanager
async def browser(width: int = 360) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        try:
            yield await opened.new_page(viewport={"width": width, "height": 740}, bypass_csp=False)
        finally:
            await opened.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("path", ["/", "/case/LV/ottawa", "/upcoming", "/nowhere"])
async def test_in_a_browser_nothing_runs_and_everybody_can_read_it(database: Database, path: str) -> None:
    with database.transaction() as conn:
        for one in (VOTED, replace(NOTIFIED, note=SCRIPT)):
            events.add_event(conn, one, NOW)
    async with page_of(database).serving("127.0.0.1:0") as address, browser() as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        await page.goto(address.rstrip("/") + path)
        assert "Treatywatch" in await page.title()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        # The checker comes in through the browser's own door: the page's policy lets no script in.
        found = await page.evaluate(f"async () => {{ {CHECKER}; return await axe.run(); }}")
        faults = [one["id"] for one in found["violations"] if one["impact"] in {"serious", "critical"}]
        assert faults == []
        assert not [line for line in refused if "Refused" in line]
