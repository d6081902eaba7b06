"""Reading one TOML file, with a fault that says in which line and column it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

# The compiled twin of the standard library's tomllib: loading the knowledge takes a third of the time.
import tomli

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")


class TomlError(Exception):
    """A file that cannot be read, or that is not TOML. The message says why and where, without the file's name."""


def read_toml(source: Path | Traversable) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        TomlError: the file cannot be opened, is not UTF-8, or breaks TOML's grammar.
    """
    try:
        return tomli.loads(source.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise TomlError(f"cannot be read: {error.strerror or type(error).__name__}") from error
    except UnicodeDecodeError as error:
        raise TomlError(f"is not UTF-8 text: byte {error.start} is wrong") from error
    except tomli.TOMLDecodeError as error:
        raise TomlError(_explained(str(error), source)) from error


def _explained(message: str, source: Path | Traversable) -> str:
    found = _PLACE.search(message)
    if not found:
        return f"is not valid TOML: {message}"
    line, column = found.groups()
    if line is None:
        lines = source.read_bytes().decode("utf-8-sig").split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return f"is not valid TOML: line {line}, column {column}: {message[: found.start()]}"
