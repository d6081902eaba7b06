"""The README of the words explains every section and key that a file uses, and none that no file has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

WORDS = Path(__file__).parents[2] / "config" / "words"
README = (WORDS / "README.md").read_text(encoding="utf-8")
FILES = sorted(WORDS.glob("*.toml"))
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
RANGES = {"`monday` to `sunday`": WEEK, "`january` to `december`": YEAR}


def explained() -> dict[str, str]:
    """The text under the heading of every section."""
    parts = re.split(r"^### `\[(\w+)\]`.*$", README, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def keys(path: Path) -> set[tuple[str, str]]:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return {(section, key) for section, table in found.items() if isinstance(table, dict) for key in table}


def is_explained(section: str, key: str) -> bool:
    text = explained().get(section, "")
    return f"`{key}`" in text or any(key in names and spelled in text for spelled, names in RANGES.items())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_of_a_language_is_explained(path: Path) -> None:
    assert [f"[{section}] {key}" for section, key in sorted(keys(path)) if not is_explained(section, key)] == []


def test_what_is_explained_stands_in_some_file() -> None:
    used = set().union(*map(keys, FILES))
    listed = {
        (section, key)
        for section, text in explained().items()
        for key in re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    }
    assert len(listed) > 40
    assert sorted(listed - used) == []
    assert {section for section, _ in used} == explained().keys()
