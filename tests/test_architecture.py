"""The arrows of the house: who may import whom, who touches the world, and who reads the clock."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[1]
WIRING: Final = ("bot/app.py", "bot/wiring/")
CLOCK_READER: Final = "bot/wiring/start.py"

# The packages whose modules may be imported, besides the package's own.
ARROWS: Final = {
    "treaties": frozenset[str](),
    "config": frozenset({"treaties"}),
    "store": frozenset({"treaties"}),
    "watchers": frozenset({"treaties", "store"}),
    "bot": frozenset({"treaties", "store"}),
}

# One module asks, the others are asked.
ASKED_AND_ASKING: Final = (
    "watchers/connections.py or watchers/receiving.py"
    " or bot/listening.py or bot/telegram/webhook.py or bot/slack/calls.py or bot/web/server.py"
    " or bot/metrics/server.py"
)

# Who may import a library that touches the world: a module, two that share the work, or all modules of a folder.
GATES: Final = {
    "aiohttp": ASKED_AND_ASKING,
    "prometheus_client": "bot/metrics/counts.py",
    "charset_normalizer": "watchers/guessing.py",
    "feedparser": "watchers/parse.py",
    "apscheduler": "watchers/schedule.py",
    "telegram": "bot/telegram/",
    "httpx": "bot/telegram/",
    "slack_bolt": "bot/slack/",
    "slack_sdk": "bot/slack/",
    "sqlalchemy": "store/",
    "psycopg": "store/reaching.py",
    "alembic": "store/",
    "typer": "bot/",
    "rich": "bot/",
    "lxml": "watchers/pages.py",
    "defusedxml": "watchers/",
    "protego": "watchers/robots.py",
    "trafilatura": "watchers/article.py",
    "warcio": "bot/backfill/crawls.py",
    "distributed": "bot/backfill/cluster.py",
    "backports": "bot/backfill/zstandard.py",
    "tomli_w": "config/",
    "icalendar": "bot/exports/ics.py",
    "jinja2": "bot/web/pages.py",
    "resvg_py": "bot/pictures/raster.py",
    "fontTools": "bot/pictures/drawing.py",
    "pymupdf_fonts": "bot/pictures/drawing.py",
}

CLOCK: Final = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.gmtime",
        "time.localtime",
        "time.time",
        "time.time_ns",
    }
)
IMPURE_MODULES: Final = frozenset(
    {
        "asyncio", "concurrent", "http", "io", "multiprocessing", "os", "pathlib", "random", "shutil", "signal",
        "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib.request",
    }
)  # fmt: skip
IMPURE_CALLS: Final = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
ASYNC: Final = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


@dataclass(frozen=True)
class Module:
    """One file, parsed. `path` is relative to the root, with slashes."""

    path: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.path.split("/", maxsplit=1)[0]

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def at(self, line: int) -> str:
        return f"{self.path}:{line}"


@dataclass(frozen=True)
class Import:
    """One imported name: `target` is dotted, and of `from a import b` it is `a.b`; `bound` now means `meaning`."""

    target: str
    bound: str
    meaning: str
    line: int
    typing_only: bool

    @property
    def top(self) -> str:
        return self.target.split(".", maxsplit=1)[0]


def modules(root: Path) -> list[Module]:
    paths = sorted(path for package in ARROWS for path in (root / package).rglob("*.py"))
    return [Module(path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def imports(module: Module) -> list[Import]:
    """Every import of a file, wherever it stands."""
    typing_only = {id(inner) for block in _typing_blocks(module.tree) for inner in ast.walk(block)}
    return [
        Import(*names, node.lineno, id(node) in typing_only)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for names in _names(module, node)
    ]


def _typing_blocks(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            yield from node.body


def _names(module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
    """What is imported, the name that it is bound to, and what that name means."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.split(".", maxsplit=1)[0]
            yield (alias.name, alias.asname, alias.name) if alias.asname else (alias.name, top, top)
        return
    origin = node.module or ""
    if node.level:
        here = module.path.removesuffix(".py").split("/")[: -node.level]
        origin = ".".join([*here, *([origin] if origin else [])])
    for alias in node.names:
        yield f"{origin}.{alias.name}", alias.asname or alias.name, f"{origin}.{alias.name}"


def wrong_arrows(root: Path) -> list[str]:
    """Imports between packages that the house has no arrow for; those for type checkers count too."""
    return [
        f"{module.at(found.line)}: {module.package} must not import {found.top}"
        for module in modules(root)
        if not _is_wiring(module)
        for found in imports(module)
        if found.top in ARROWS and found.top != module.package and found.top not in ARROWS[module.package]
    ]


def wrong_gates(root: Path) -> list[str]:
    """Imports of outside libraries by others than the one module, or folder, that may."""
    return [
        f"{module.at(found.line)}: {found.top} may be imported by {GATES[found.top]} only"
        for module in modules(root)
        for found in imports(module)
        if found.top in GATES and not _lies_in(module.path, GATES[found.top])
    ]


def _is_wiring(module: Module) -> bool:
    return any(_lies_in(module.path, place) for place in WIRING)


def _lies_in(path: str, gate: str) -> bool:
    return path.startswith(gate) if gate.endswith("/") else path in gate.split(" or ")


def impurities(root: Path) -> list[str]:
    """Everything in the rules that is more than a computation: other libraries, input and output, the clock, async."""
    return [problem for module in modules(root) if module.package == "treaties" for problem in _impurities(module)]


def _impurities(module: Module) -> Iterator[str]:
    for found in imports(module):
        if found.top not in sys.stdlib_module_names | {"treaties"}:
            yield f"{module.at(found.line)}: the rules import only the standard library, not {found.top}"
        if any(found.target == banned or found.target.startswith(f"{banned}.") for banned in IMPURE_MODULES):
            yield f"{module.at(found.line)}: the rules are pure and do not import {found.target}"
    for node in ast.walk(module.tree):
        if isinstance(node, ASYNC):
            yield f"{module.at(node.lineno)}: nothing in the rules is async"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"{module.at(node.lineno)}: the rules are pure and do not call {node.func.id}"


def clock_readers(root: Path) -> list[str]:
    """Uses of the clock outside the one module that reads it, called or handed on."""
    return [
        f"{module.at(line)}: only {CLOCK_READER} reads the clock, not {name}"
        for module in modules(root)
        if module.path != CLOCK_READER
        for name, line in _dotted_names(module)
        if name in CLOCK
    ]


def _dotted_names(module: Module) -> Iterator[tuple[str, int]]:
    """Every name that is used, with what it is bound to by an import written out."""
    bound = {found.bound: found.meaning for found in imports(module)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            head, *rest = ast.unparse(node).split(".")
            yield ".".join([bound.get(head, head), *rest]), node.lineno


def cycles(root: Path) -> list[str]:
    """Modules that need each other while they are being imported; what only type checkers import does no harm."""
    found = modules(root)
    names = {module.name: module for module in found}
    needs: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for module in found:
        for one in imports(module):
            needed = one.target if one.target in names else one.target.rpartition(".")[0]
            if needed in names and not one.typing_only:
                needs[module.name].setdefault(needed, one.line)
    return [
        " → ".join([*(names[a].at(needs[a][b]) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)), ring[0]])
        for ring in _rings(needs)
    ]


def _rings(needs: dict[str, dict[str, int]]) -> list[tuple[str, ...]]:
    """Each ring once, beginning with its first name."""
    rings: set[tuple[str, ...]] = set()
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> None:
        if name in way:
            ring = way[way.index(name) :]
            start = ring.index(min(ring))
            rings.add((*ring[start:], *ring[:start]))
        elif name not in done:
            for needed in sorted(needs.get(name, ())):
                visit(needed, [*way, name])
            done.add(name)

    for name in sorted(needs):
        visit(name, [])
    return sorted(rings)


CHECKS: Final[dict[str, Callable[[Path], list[str]]]] = {
    "arrows": wrong_arrows,
    "gates": wrong_gates,
    "pure rules": impurities,
    "one clock": clock_readers,
    "no cycles": cycles,
}


@cache
def _real_modules() -> tuple[Module, ...]:
    return tuple(modules(ROOT))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_house_keeps_its_rules(check: Callable[[Path], list[str]]) -> None:
    assert check(ROOT) == []


def test_every_package_is_looked_at() -> None:
    assert {module.package for module in _real_modules()} == set(ARROWS)
    assert {"bot/app.py", CLOCK_READER} <= {module.path for module in _real_modules() if _is_wiring(module)}


@pytest.mark.parametrize("library", sorted(set(GATES) - {"slack_bolt"}))
def test_each_outside_library_is_imported_where_it_may_be(library: str) -> None:
    users = [module.path for module in _real_modules() for found in imports(module) if found.top == library]
    assert any(_lies_in(path, GATES[library]) for path in users)


def test_the_clock_is_read_where_it_may_be() -> None:
    (reader,) = (module for module in _real_modules() if module.path == CLOCK_READER)
    assert "datetime.datetime.now" in {name for name, _ in _dotted_names(reader)}


def house(root: Path, **files: str) -> Path:
    """A small tree: `treaties__model="import os"` is the file treaties/model.py."""
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("treaties__model", "import store.events", "treaties/model.py:1: treaties must not import store"),
        ("config__toml", "from store import feeds", "config/toml.py:1: config must not import store"),
        ("store__events", "\nfrom bot.app import now", "store/events.py:2: store must not import bot"),
        ("store__feeds", "import config", "store/feeds.py:1: store must not import config"),
        ("watchers__polling", "import bot.app", "watchers/polling.py:1: watchers must not import bot"),
        ("bot__cli", "def f():\n    import watchers.fetch", "bot/cli.py:2: bot must not import watchers"),
        ("bot__wording", "from config.settings import Settings", "bot/wording.py:1: bot must not import config"),
        ("bot__demo__app", "from config import settings", "bot/demo/app.py:1: bot must not import config"),
        ("watchers__fetch", "from ..bot import app", "watchers/fetch.py:1: watchers must not import bot"),
        (
            "bot__slack",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from watchers.fetch import Fetcher",
            "bot/slack.py:3: bot must not import watchers",
        ),
    ],
)
def test_an_import_against_the_arrows_is_named_with_its_line(
    tmp_path: Path, file: str, text: str, complaint: str
) -> None:
    assert wrong_arrows(house(tmp_path, **{file: text})) == [complaint]


def test_the_arrows_themselves_are_allowed(tmp_path: Path) -> None:
    root = house(
        tmp_path,
        treaties__matching="from treaties.model import Claim\nimport re",
        config__knowledge="from treaties import registry",
        store__events="from treaties.model import Case\nfrom store import tables",
        watchers__pipeline="from store import events\nfrom treaties import matching",
        bot__questions="from store import events\nfrom treaties import matching",
        bot__app="import watchers.fetch, config.settings, store.events, treaties.model",
    )
    assert wrong_arrows(root) == []


@pytest.mark.parametrize(
    ("file", "text", "library", "owner"),
    [
        (
            "bot__app",
            "import aiohttp",
            "aiohttp",
            ASKED_AND_ASKING,
        ),
        (
            "watchers__websub",
            "from aiohttp import web",
            "aiohttp",
            ASKED_AND_ASKING,
        ),
        ("watchers__fetch", "import feedparser", "feedparser", "watchers/parse.py"),
        ("bot__delivery", "from apscheduler.schedulers import asyncio", "apscheduler", "watchers/schedule.py"),
        ("bot__app", "import telegram", "telegram", "bot/telegram/"),
        ("bot__telegram__sending", "from slack_sdk import web", "slack_sdk", "bot/slack/"),
        ("bot__app", "import slack_bolt.async_app", "slack_bolt", "bot/slack/"),
        ("watchers__polling", "from sqlalchemy import select", "sqlalchemy", "store/"),
        ("bot__cli", "import alembic.command", "alembic", "store/"),
        ("watchers__parse", "from rich import print", "rich", "bot/"),
        ("config__settings", "import typer", "typer", "bot/"),
    ],
)
def test_a_second_importer_of_an_outside_library_is_named(
    tmp_path: Path, file: str, text: str, library: str, owner: str
) -> None:
    path = file.replace("__", "/") + ".py"
    complaint = f"{path}:2: {library} may be imported by {owner} only"
    assert wrong_gates(house(tmp_path, **{file: f"\n{text}"})) == [complaint]


def test_a_module_named_like_a_library_is_no_gate(tmp_path: Path) -> None:
    assert wrong_gates(house(tmp_path, bot__app="from bot.telegram import Chats\nfrom bot import slack")) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("import aiohttp", "the rules import only the standard library, not aiohttp"),
        ("import store", "the rules import only the standard library, not store"),
        ("import os.path", "the rules are pure and do not import os.path"),
        ("from socket import create_connection", "the rules are pure and do not import socket.create_connection"),
        ("import asyncio", "the rules are pure and do not import asyncio"),
        ("from time import time", "the rules are pure and do not import time.time"),
        ("text = open('a')", "the rules are pure and do not call open"),
        ("async def read(): ...", "nothing in the rules is async"),
    ],
)
def test_rules_that_touch_the_world_are_named(tmp_path: Path, text: str, complaint: str) -> None:
    assert impurities(house(tmp_path, treaties__reading__read=text)) == [f"treaties/reading/read.py:1: {complaint}"]


def test_other_packages_may_touch_the_world(tmp_path: Path) -> None:
    assert impurities(house(tmp_path, bot__console="import os\nopen('a')")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from datetime import datetime, UTC\nmoment = datetime.now(UTC)", "datetime.datetime.now"),
        ("import datetime as dt\nmoment = dt.datetime.utcnow()", "datetime.datetime.utcnow"),
        ("from datetime import date\nclock = date.today", "datetime.date.today"),
        ("import time\nmoment = time.time()", "time.time"),
        ("from time import time as seconds\nmoment = seconds()", "time.time"),
    ],
)
def test_a_second_reader_of_the_clock_is_named(tmp_path: Path, text: str, name: str) -> None:
    root = house(tmp_path, watchers__polling=text, bot__wiring__start=text)
    assert clock_readers(root) == [f"watchers/polling.py:2: only bot/wiring/start.py reads the clock, not {name}"]


def test_a_clock_that_is_handed_in_is_fine(tmp_path: Path) -> None:
    text = "import time\nfrom datetime import time as at\ndef late(clock):\n    return clock.now() - time.monotonic()"
    assert clock_readers(house(tmp_path, watchers__schedule=text)) == []


def test_modules_that_need_each_other_are_named(tmp_path: Path) -> None:
    root = house(
        tmp_path,
        store__a="from store import b",
        store__b="\nfrom store.c import thing",
        store__c="def late():\n    import store.a",
        store__d="import store.a",
    )
    assert cycles(root) == ["store/a.py:1 → store/b.py:2 → store/c.py:2 → store.a"]


def test_what_only_type_checkers_import_makes_no_cycle(tmp_path: Path) -> None:
    root = house(
        tmp_path,
        store__a="from store import b",
        store__b="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from store.a import Thing",
    )
    assert cycles(root) == []
