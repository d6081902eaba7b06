from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.single import AlreadyRunningError, UnusableFolderError, one_for, only_one

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_holder_is_told_who_holds_the_place(tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "new" / "lock", "a demo"),
        pytest.raises(AlreadyRunningError, match=r"^a demo runs already \(process \d+\)"),
        only_one(tmp_path / "new" / "lock", "a demo"),
    ):
        pass


def test_the_place_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path / "lock", "a demo"):
            pass


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    place = only_one(tmp_path / "file" / "lock", "a demo")
    with pytest.raises(UnusableFolderError, match=r"cannot be written to: .*; give another folder"), place:
        pass


def test_a_sqlite_file_has_one_program_and_a_server_may_have_many(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    with one_for(url), pytest.raises(AlreadyRunningError, match=r"bot\.db runs already"), one_for(url):
        pass
    with one_for("postgresql://host/name"), one_for("postgresql://host/name"):
        pass
