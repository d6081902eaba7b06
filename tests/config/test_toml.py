"""Reading TOML: the same values and the same faults as the standard library's, only faster."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from config.records import Faults, Place, Table
from config.toml import TomlError, read_toml

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = ("states/europe.toml", "treaties/arms_control.toml", "words/he.toml", "feeds/europe.toml", "demo/story.toml")
FAULTY = (
    "a = 1\na = 2",
    "[a]\nb = 1\n[a]\nc = 2",
    "a = 2025-02-30",
    'a = "\\q"',
    'a = "x',
    "a = 01",
    "a = [1, 2",
    "= 1",
    "a = 1 b = 2",
    "[[a]]\n[a]",
)


def written(folder: Path, text: str) -> Path:
    file = folder / "some.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_holds_what_the_standard_library_reads_in_it(name: str, pytestconfig: pytest.Config) -> None:
    file = pytestconfig.rootpath / "config" / name
    assert read_toml(file) == tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", FAULTY)
def test_a_fault_of_grammar_is_told_with_its_place(text: str, tmp_path: Path) -> None:
    with pytest.raises(TomlError, match=r"^is not valid TOML: line \d+, column \d+: "):
        read_toml(written(tmp_path, text))


def test_a_mark_of_the_byte_order_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 2025-09-29")
    assert read_toml(file) == {"a": date(2025, 9, 29)}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2025-09-29", datetime(2025, 9, 29, tzinfo=UTC)),
        ("2025-09-29T10:00:00", datetime(2025, 9, 29, 10, tzinfo=UTC)),
        ("2025-09-29T10:00:00Z", datetime(2025, 9, 29, 10, tzinfo=UTC)),
        ("2025-09-29T10:00:00+02:00", datetime(2025, 9, 29, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_plain_and_has_an_offset(given: str, meant: datetime, tmp_path: Path) -> None:
    table = Table(read_toml(written(tmp_path, f"a = {given}")), Place("some.toml", ""), Faults())
    moment = table.moment("a")
    assert moment == meant
    assert type(moment.tzinfo).__module__ == "datetime"
