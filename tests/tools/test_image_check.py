from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tools.image_check import faults, main

if TYPE_CHECKING:
    from pathlib import Path

WELL: dict[str, Any] = {
    "megabytes": 233.0,
    "user": "10001:10001",
    "health_check": True,
    "demo": True,
    "tools": [],
    "seconds_to_health": 6.0,
    "uid": 10001,
    "gid": 10001,
    "writable": ["/data"],
    "pip": False,
    "health": 0,
    "health_cpu": 0.35,
    "seconds_to_stop": 0.4,
    "exit_code": 0,
    "out_of_memory": False,
    "store": "ok",
}


def test_an_image_that_is_as_it_should_be_has_no_faults() -> None:
    assert faults(WELL) == []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({"megabytes": 363.2}, "the image has 363 MB, not under 250"),
        ({"user": "bot"}, "the user is 'bot', no number"),
        ({"uid": 0}, "it runs as 0:10001"),
        ({"health_check": False}, "the image has no health check"),
        ({"demo": False}, "the demo did not go as expected"),
        ({"tools": ["/usr/bin/gcc"]}, "tools are left inside: ['/usr/bin/gcc']"),
        ({"pip": True}, "tools are left inside: pip"),
        ({"writable": ["/data", "/etc"]}, "it can write to ['/data', '/etc'], not to /data alone"),
        ({"writable": []}, "it can write to [], not to /data alone"),
        ({"health": 1}, "`treatywatch health` fails in a healthy container"),
        ({"health_cpu": 1.55}, "`treatywatch health` takes 1.55 s of a processor"),
        ({"exit_code": 137}, "stopped, it exits with 137"),
        ({"seconds_to_stop": 30.2}, "it takes 30.2 s to stop"),
        ({"out_of_memory": True}, "it ran out of memory"),
        ({"store": "row 3 missing"}, "its store is damaged: row 3 missing"),
    ],
)
def test_each_fault_is_named(seen: dict[str, Any], told: str) -> None:
    assert faults(WELL | seen) == [told]


@pytest.mark.parametrize("installed", [False, True])
def test_without_an_engine_that_answers_it_says_so_and_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, installed: bool
) -> None:
    if installed:
        client = tmp_path / "docker"
        client.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main() == 0
    assert capsys.readouterr().out == "No container engine answers (docker or podman): the image is not checked.\n"
