"""What Dockerfile and compose.yaml have to keep to; hadolint and `make image-check` look at the rest."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.settings import load_settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
BUILD, IMAGE = re.split(r"^FROM \$\{BASE\}(?: AS build)?$", DOCKERFILE, flags=re.MULTILINE)[1:]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def service(name: str) -> str:
    """What compose.yaml says of one service."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE)
    assert found
    return found[1]


def names(lock: str) -> set[str]:
    """The packages of a lock file."""
    return set(re.findall(r"^(\S+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


def test_the_base_is_an_exact_version() -> None:
    assert re.search(r"^ARG BASE=python:\d+\.\d+\.\d+-slim-[a-z]+(?:@sha256:[0-9a-f]{64})?$", DOCKERFILE, re.MULTILINE)


def test_the_image_runs_as_a_number_and_hands_signals_to_the_program() -> None:
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", IMAGE, re.MULTILINE)
    assert '\nENTRYPOINT ["treatywatch"]\nCMD ["run"]\n' in IMAGE
    assert 'CMD ["treatywatch", "health"]\n' in IMAGE
    assert '\nVOLUME ["/data"]\n' in IMAGE


def test_nothing_is_fetched_where_the_image_itself_is_made() -> None:
    assert not re.search(r"\b(?:pip|apt-get|curl|wget)\b", IMAGE)
    assert all(
        "--require-hashes" in line or "--no-deps" in line for line in BUILD.splitlines() if " install --no-c" in line
    )


def test_what_is_built_from_is_let_through_and_nothing_else() -> None:
    copied = {
        word.rstrip("/")
        for words in re.findall(r"^COPY (?!--)(.+) \S+$", BUILD, re.MULTILINE)
        for word in words.split()
    }
    let_through = re.findall(r"^!(.+?)/?$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(let_through) == copied
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied


def test_compiled_code_is_looked_for_where_it_was_put() -> None:
    [made] = re.findall(r"PYTHONPYCACHEPREFIX=(\S+)", BUILD)
    [found] = re.findall(r"PYTHONPYCACHEPREFIX=(\S+)", IMAGE)

    assert made == found
    assert f"COPY --from=build {made} {made}\n" in IMAGE


def test_what_builds_is_not_among_what_runs() -> None:
    assert {re.split(r"[<>=]", wanted)[0] for wanted in PROJECT["dependency-groups"]["build"]} <= names(
        "requirements-build.lock"
    )
    assert not names("requirements-build.lock") & names("requirements.lock")


@pytest.mark.parametrize(
    "rule", ["read_only: true", "mem_limit: 512m", "- ALL", "- no-new-privileges:true", "- data:/data"]
)
def test_the_bot_is_confined(rule: str) -> None:
    assert rule in service("bot")


def test_postgresql_has_an_exact_version_a_profile_and_its_password_in_a_file() -> None:
    database = service("postgresql")

    assert re.search(r"image: postgres:16\.\d+", database)
    assert "profiles:\n      - postgresql\n" in database
    assert "POSTGRES_PASSWORD_FILE: /run/secrets/" in database
    assert "POSTGRES_PASSWORD:" not in COMPOSE


def test_the_variables_of_image_and_compose_file_are_settings() -> None:
    given = dict(re.findall(r'\b(TREATYWATCH_\w+)="([^"]*)"', IMAGE))
    assert load_settings(None, given).database_url == "sqlite:////data/treatywatch.db"

    defaults = dict(re.findall(r'^ +(TREATYWATCH_\w+): "\$\{\1-(.*)\}"$', COMPOSE, re.MULTILINE))
    assert load_settings(None, given | defaults) == load_settings(None, given)


def test_an_address_of_a_database_in_a_file_counts_where_the_variable_is_empty(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://treatywatch:pass@postgresql/treatywatch\n", encoding="utf-8")
    variables = {"TREATYWATCH_DATABASE_URL": "", "TREATYWATCH_DATABASE_URL_FILE": str(secret)}

    assert load_settings(None, variables).database_url == "postgresql://treatywatch:pass@postgresql/treatywatch"
