"""Reading one TOML file, with a fault that says in which line and column it stands."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import rtoml

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
        return _parsed(source.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise TomlError(f"cannot be read: {error.strerror or type(error).__name__}") from error
    except UnicodeDecodeError as error:
        raise TomlError(f"is not UTF-8 text: byte {error.start} is wrong") from error
    except tomllib.TOMLDecodeError as error:
        raise TomlError(_explained(str(error), source)) from error


def _parsed(text: str) -> dict[str, Any]:
    """What a text holds, read by a parser in machine code, which takes a tenth of the time of the standard library's.

    What that one refuses, the standard library's judges: its faults are short and name their place.
    """
    try:
        return rtoml.loads(text)
    except rtoml.TomlParsingError:
        return tomllib.loads(text)


def _explained(message: str, source: Path | Traversable) -> str:
    found = _PLACE.search(message)
    if not found:
        return f"is not valid TOML: {message}"
    line, column = found.groups()
    if line is None:
        lines = source.read_bytes().decode("utf-8-sig").split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return f"is not valid TOML: line {line}, column {column}: {message[: found.start()]}"
