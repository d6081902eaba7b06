"""The program's first step: which part of it is loaded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from bot.cli import cli
from bot.program import ALONE, new_cli
from bot.wiring.stores import JOBS
from store import jobs
from store.database import Database
from tests.bot.program import NOW

if TYPE_CHECKING:
    from tests.bot.program import Run

ROOT = Path(__file__).parents[2]
# Refuses every socket, and says at the end which of the slow libraries were loaded.
WATCHED = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise RuntimeError(event)
sys.addaudithook(refuse)
sys.argv[0] = "treatywatch"
from bot.program import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def told_by(command: Any) -> dict[str, Any]:
    """What a command line says of its commands, deeper ones too."""
    if not hasattr(command, "commands"):
        return {"help": command.help, "params": [(each.name, each.opts) for each in command.params]}
    return {name: told_by(each) for name, each in command.commands.items()}


def test_a_command_that_is_loaded_alone_is_the_same_as_in_the_whole_program() -> None:
    whole: Any = typer.main.get_command(cli)
    for name, module in ALONE.items():
        alone = new_cli()
        sys.modules[module].register(alone)
        part: Any = typer.main.get_command(alone)
        assert told_by(part.commands[name]) == told_by(whole.commands[name])


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("health", 1, "treatywatch: job poll has never run; is the bot running?\n"),
        ("status", 0, "Something is not well.\n"),
    ],
)
def test_what_tells_how_the_bot_is_doing_loads_little_and_asks_nobody_on_a_network(
    tmp_path: Path, command: str, code: int, told: str
) -> None:
    address = f"sqlite:///{tmp_path}/store.db"
    with Database(address) as database:
        database.upgrade()
    environment = {"TREATYWATCH_DATABASE_URL": address, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", WATCHED, command]
    ended = subprocess.run(words, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment)
    loaded = set(ended.stderr.splitlines()[-1].split())
    assert (ended.stdout + ended.stderr).startswith(told)
    assert ended.returncode == code
    assert not {"alembic", "aiohttp", "telegram", "slack_bolt", "fasttext", "psycopg", "rich", "watchers"} & loaded


def test_what_runs_for_years_loads_nothing_that_only_other_commands_need() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli_run; print(*sys.modules)"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip

    loaded = set(told.stdout.split())
    assert "bot.app" in loaded
    libraries = {"alembic", "aiohttp.web", "cssselect", "feedparser", "fontTools", "icalendar", "lxml", "telegram"}
    assert not (libraries | {"sqlalchemy.dialects.postgresql", "bot.cli", "bot.playing"}) & loaded


@pytest.mark.parametrize(("words", "code"), [(("run",), 0), (("db", "upgrade"), 143)])
def test_sigterm_is_heeded_before_anything_runs(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    settings = tmp_path / "settings.toml"
    os.mkfifo(settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *words, "--config", settings], env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path
    )
    with settings.open("wb"):  # opened as soon as the program wants to read it, which then waits
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == code


def test_sigterm_is_heeded_at_once_while_the_database_says_nothing(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        environment = {
            "TREATYWATCH_DATABASE_URL": f"postgresql://clerk:hush@127.0.0.1:{silent.getsockname()[1]}/treaties",
            "PYTHONPATH": str(ROOT),
        }
        process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=environment, cwd=tmp_path)
        asked, _ = silent.accept()
        with asked:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_health_is_well_when_every_job_ended_in_time(run: Run, url: str) -> None:
    with Database(url) as database:
        database.upgrade()
        with database.transaction() as conn:
            for job in JOBS:
                jobs.started(conn, job, NOW, 60)

    assert run("health") == (0, "every job ran within its time\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("health", "--config", "none.toml"), "treatywatch: none.toml: "),
        (("db", "copy", "nowhere", "sqlite://"), "treatywatch: the database URL cannot be read"),
    ],
)
def test_an_expected_error_is_one_line_there_too(run: Run, words: tuple[str, ...], told: str) -> None:
    code, out, err = run(*words)

    assert (code, out) == (1, "")
    assert err.startswith(told)
    assert err.count("\n") == 1
