from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

STORY = Path(__file__).parents[1] / "config" / "demo" / "story.toml"


def readings(seed: str) -> str:
    story = tomllib.loads(STORY.read_text(encoding="utf-8"))
    lines = [
        json.dumps({"id": one["id"], "title": one["title"], "summary": one["summary"], "published": "2025-09-24"})
        for one in story["report"]
    ]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "bot", "read"]
    done = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, check=True, timeout=120, env=environment
    )
    return done.stdout


def test_a_report_is_read_alike_in_every_run() -> None:
    assert readings("0") == readings("1") != ""
