from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from bot.cli import cli
from bot.jsonl import alert_line, in_order, parse_report, reading_line
from bot.pictures.drawing import lacks
from bot.wiring import ready, rules
from bot.wiring.stores import JOBS
from config.settings import Chat, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config" / "treatywatch.example.toml").read_text(encoding="utf-8")
PROSE = [*ROOT.glob("*.md"), *ROOT.glob("config/**/*.md"), ROOT / "compose.yaml", ROOT / "Dockerfile"]


def settings(model: Any = Settings, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from settings(field.annotation, (*path, name))
        else:
            yield (*path, name)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = list(commands(typer.main.get_command(cli)))


@pytest.mark.parametrize("path", list(settings()), ids=".".join)
def test_every_setting_stands_in_the_readme_and_the_example(path: tuple[str, ...]) -> None:
    assert f"| `{'.'.join(path)}` | `TREATYWATCH_{'__'.join(path).upper()}` |" in README
    assert re.search(rf"^#?{path[-1]} = |^#?\[\[{re.escape('.'.join(path))}\]\]", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("name", Chat.model_fields)
def test_every_setting_of_a_chat_stands_in_the_readme_and_the_example(name: str) -> None:
    assert f"`{name}`" in README
    assert re.search(rf"^#{name} = ", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_every_command_and_option_stands_in_the_readme(path: tuple[str, ...], command: Any) -> None:
    assert " ".join(path) in README
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert f"`{option}" in README, f"{option} of {' '.join(path)}"


@pytest.mark.parametrize("job", JOBS)
def test_every_job_stands_in_the_readme(job: str) -> None:
    assert f"`{job}`" in README


def test_every_make_target_that_the_docs_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {name for path in PROSE for name in re.findall(r"\bmake ([a-z-]+)", path.read_text(encoding="utf-8"))}
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    assert {"run", "demo", "test", "check", "bench", "setup"} <= targets
    assert {name for name in named if name in targets or f"`make {name}`" in README} <= targets


def test_the_changelog_tells_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_the_docs_name_no_registry_and_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"pypi\.org|pythonhosted|/work/|/root/|/home/\w", text)


def test_the_lock_files_are_hashed_and_name_no_host() -> None:
    for name in (
        "requirements.lock",
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-knowledge.lock",
    ):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert all(
            "--hash=sha256:" in block for block in re.findall(r"^\S+==.*(?:\n    --hash.*)+", text, re.MULTILINE)
        )
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) == len(
            re.findall(r"^\S+==.*\\\n    --hash", text, re.MULTILINE)
        )


def test_the_report_of_the_readme_is_read_as_the_readme_says() -> None:
    report_shown, reading_shown, alert_shown = re.findall(r"```json\n(\{.*\})\n```", README)
    report = parse_report(report_shown, 1)

    assert reading_line(ready.reader().read(report)) == reading_shown
    with rules.replaying(with_known=False) as handle:
        [(same, moment)] = in_order([report])
        assert [alert_line(alert) for alert in handle(same, moment)] == [alert_shown]


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_docs_link_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))

    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_every_command_that_the_readme_shows_exists() -> None:
    shown = re.findall(r"^(?:\$ |\| `)(?:\.venv/bin/)?treatywatch ([a-z]+)", README, re.MULTILINE)

    assert shown
    assert set(shown) <= {path[0] for path, _ in COMMANDS}


def test_the_picture_shows_an_alert_as_it_is_now() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_pictures.py"))

    assert script["picture"]() == (ROOT / "docs" / "alert.svg").read_text(encoding="utf-8"), (
        "draw it again: python docs/make_pictures.py"
    )


def test_the_pictures_of_a_phone_show_messages_as_they_are_now() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_pictures.py"))

    for name, draw in script["PICTURES"].items():
        assert f"docs/{name}" in README
        assert not lacks(draw()), "the fonts of this machine would be taken, and each has others"
        assert script["png"](draw()) == (ROOT / "docs" / name).read_bytes(), (
            "draw it again: python docs/make_pictures.py"
        )


def test_every_dependency_has_its_reason() -> None:
    table = (ROOT / "docs" / "DEPENDENCIES.md").read_text(encoding="utf-8")
    _, *listed = re.findall(r"^\| ([a-z0-9-]+) \|", table, re.MULTILINE)
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert listed == sorted(re.split(r"[\[<>=; ]", one)[0] for one in asked)


def test_the_readme_shows_the_web_page() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_screens.py"))

    for name in script["SCREENS"]:
        assert f"docs/{name}" in README
        assert (ROOT / "docs" / name).read_bytes().startswith(b"\x89PNG")


def test_the_image_bears_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert f'image.version="{version}"' in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"image: treatywatch:{version}\n" in (ROOT / "compose.yaml").read_text(encoding="utf-8")
