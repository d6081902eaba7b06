"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", help="Settings file (TOML); default: treatywatch.toml if it is there.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
