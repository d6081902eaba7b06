from __future__ import annotations

from pathlib import Path

import babel

from bot.speech import LANGUAGES
from tools.slim import languages, sources


def test_every_language_that_a_chat_can_choose_stays() -> None:
    packages = Path(babel.__file__).parents[1]
    every = {path.stem for path in (packages / "babel" / "locale-data").glob("*.dat")}
    gone = {path.stem for path in languages(packages)}

    assert every - gone == {"root", *LANGUAGES}


def test_the_sources_of_compiled_modules_go_and_what_is_run_stays(tmp_path: Path) -> None:
    for name in ("fast.pyx", "fast.c", "fast.h", "fast.so", "slow.py", "data.toml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.c").mkdir()

    assert sorted(path.name for path in sources(tmp_path)) == ["fast.c", "fast.h", "fast.pyx"]
