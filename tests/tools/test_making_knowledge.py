"""What `make knowledge` makes is what is committed; skipped where the packages that it is made from are missing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "config" / "states" / "generated"


def test_making_the_names_again_gives_the_committed_files(folder: Path) -> None:
    for package in ("babel", "simplemma"):
        pytest.importorskip(package, reason="make knowledge installs it")
    made = import_module("tools.knowledge.making").made(lambda _: None)
    committed = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.toml")}
    assert made.files == committed, "run make knowledge, and review what changed"


def test_every_generated_file_says_how_it_was_made(folder: Path) -> None:
    files = sorted(folder.glob("*.toml"))
    assert files
    for file in files:
        head = file.read_text(encoding="utf-8").partition("\nlanguage = ")[0]
        assert "`make knowledge` from Babel 2" in head
        assert "tools/knowledge/left_out.toml" in head
