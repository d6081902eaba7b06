"""Write the files of `config/states/generated/` anew, and say what was taken and what was left out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from tools.knowledge.making import Made, made

FOLDER: Final = Path(__file__).parents[2] / "config" / "states" / "generated"


def main() -> None:
    """The command `make knowledge`."""
    parser = argparse.ArgumentParser(prog="make knowledge", description=__doc__)
    parser.add_argument("--left-out", action="store_true", help="print every name that was left out, with its reason")
    options = parser.parse_args()
    done = made(print)
    write(done)
    for language, kinds in done.counts.items():
        print(f"{language}: {kinds['names']} names, {kinds['seats']} seats")
    print("left out: " + ", ".join(f"{count} {reason}" for reason, count in done.left_out.most_common()))
    if options.left_out:
        print("\n".join(done.reasons))


def write(done: Made) -> None:
    """Put the files in their folder, and nothing else."""
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.toml"):
        file.unlink()
    for name, text in done.files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
