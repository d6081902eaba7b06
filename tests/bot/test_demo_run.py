from __future__ import annotations

import random
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STAGES = (
    "approved by the government",
    "bill before parliament",
    "passed by the lower house",
    "passed by the upper house",
    "signed into law",
)
KILLS = 10


def command(folder: Path, pace: float) -> list[str]:
    return [sys.executable, "-m", "bot", "demo", "--data", str(folder), "--pace", str(pace)]


def alerts(text: str) -> list[tuple[str, bool]]:
    """Every alert of the console: what it says was reached, and whether it is marked as a possible repeat."""
    found = re.findall(r"^NEW  .*: (.*?)( \(possible repeat\))?$", text, re.MULTILINE)
    return [(stage, bool(repeated)) for stage, repeated in found]


def test_the_demo_goes_as_it_should(tmp_path: Path) -> None:
    done = subprocess.run(command(tmp_path, 0), capture_output=True, text=True, check=False, timeout=120)

    assert "Not as expected" not in done.stdout
    assert "All as expected." in done.stdout
    assert done.returncode == 0, done.stderr
    assert alerts(done.stdout) == [(stage, False) for stage in STAGES]
    assert "EDIT " in done.stdout
    assert "DIGEST " in done.stdout


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = subprocess.Popen(command(tmp_path, 1), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert first.stdout
    first.stdout.readline()

    second = subprocess.run(command(tmp_path, 0), capture_output=True, text=True, check=False, timeout=60)

    first.kill()
    first.communicate()
    assert second.returncode == 1
    assert second.stderr.startswith("treatywatch: a demo in ")
    assert len(second.stderr.splitlines()) == 1


@pytest.mark.parametrize("seed", [1])
def test_a_demo_that_is_killed_up_to_ten_times_tells_everything_and_nothing_twice(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    told, code = "", None
    for _ in range(KILLS):
        with (tmp_path / "out.txt").open("w+", encoding="utf-8") as out:
            running = subprocess.Popen(command(tmp_path, 0.3), stdout=out, stderr=subprocess.STDOUT)
            try:
                code = running.wait(timeout=dice.uniform(1.2, 3.2))
            except subprocess.TimeoutExpired:
                running.kill()
            running.wait()
            out.seek(0)
            told += out.read()
        if code is not None:
            break  # it came to its end between two kills; another run would begin the story again
    else:
        rest = subprocess.run(command(tmp_path, 0), capture_output=True, text=True, check=False, timeout=120)
        told, code = told + rest.stdout + rest.stderr, rest.returncode

    assert code == 0, told
    plain = [stage for stage, repeated in alerts(told) if not repeated]
    marked = [stage for stage, repeated in alerts(told) if repeated]
    assert {*plain, *marked} == set(STAGES)
    assert len(plain) == len(set(plain))
    assert len(marked) <= 1
