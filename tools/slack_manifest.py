"""Writes config/slack-manifest.yaml: `python -m tools.slack_manifest`; with `--check` it only compares."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.slack.manifest import manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE: Final = Path(__file__).parents[1] / "config" / "slack-manifest.yaml"
_HEAD: Final = """\
# The Slack app of Treatywatch: choose Create New App, From a manifest, on https://api.slack.com/apps and paste this.
# Written by `python -m tools.slack_manifest`; the README says how to go on from here.
"""


def text() -> str:
    """The manifest as YAML. Every value is written as JSON writes it, which YAML reads the same."""
    return _HEAD + "\n".join(_lines(manifest())) + "\n"


def _lines(value: Any, depth: int = 0) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, dict | list):
                yield f"{pad}{name}:"
                yield from _lines(one, depth + 1)
            else:
                yield f"{pad}{name}: {json.dumps(one, ensure_ascii=False)}"
        return
    for one in value:
        if isinstance(one, dict):
            first, *others = _lines(one, depth + 1)
            yield f"{pad}- {first.lstrip()}"
            yield from others
        else:
            yield f"{pad}- {json.dumps(one, ensure_ascii=False)}"


def main(arguments: Sequence[str]) -> int:
    """Write the file, or say whether it is as it should be; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args(arguments).check:
        FILE.write_text(text(), encoding="utf-8")
        return 0
    return 0 if FILE.read_text(encoding="utf-8") == text() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
