"""Where each setting was found: environment variables, secret files and the TOML file, laid over one another.

Knows no setting by name: everything follows from the fields of the settings model. A field `x` with a sibling `x_file`
may be read from the file that the sibling names.
"""

from __future__ import annotations

from inspect import isclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from config.records import did_you_mean
from config.toml import TomlError, read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic_core import ErrorDetails

Key = tuple[str, ...]

CONFIG_VARIABLE: Final = "TREATYWATCH_CONFIG"
"""Names the settings file itself: no setting, but no unknown variable either."""

_EXAMPLE: Final = "config/treatywatch.example.toml lists every setting"
_MOST_SECRET_BYTES: Final = 10_000


class SettingsError(Exception):
    """The settings are faulty.

    Args:
        faults: one line each: which key, where it was found, what is wrong, what to do.
    """

    def __init__(self, faults: Collection[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class Choices:
    """The values that were given, each with the place it comes from, and the faults met on the way."""

    def __init__(self, model: type[BaseModel], prefix: str) -> None:
        self.model = model
        self.faults: list[str] = []
        self._prefix = prefix
        self._found: dict[Key, tuple[Any, str]] = {}
        self._keys = tuple(_keys(model))
        self._sections = {name for name, *rest in self._keys if rest}

    def gather(self, file: Path | None, environ: Mapping[str, str]) -> None:
        """Look everywhere; what comes first wins: environment, secret files, TOML file."""
        variables = self._from_environment(environ)
        written = self._from_file(file) if file else {}
        self._found = {**written, **variables}
        for key in self._keys:
            named = self._found.get((*key[:-1], f"{key[-1]}_file"))
            if named and key not in variables:
                self._read_secret(key, *named)

    def nested(self) -> dict[str, Any]:
        """The values as the model wants them: sections as dictionaries."""
        values: dict[str, Any] = {}
        for key, (value, _) in self._found.items():
            section = values.setdefault(key[0], {}) if key[1:] else values
            section[key[-1]] = value
        return values

    def place(self, key: tuple[str | int, ...]) -> str | None:
        """Where a value was found: the file or the variable."""
        return next((place for found, (_, place) in self._found.items() if key[: len(found)] == found), None)

    def _from_environment(self, environ: Mapping[str, str]) -> dict[Key, tuple[Any, str]]:
        known = {self._prefix + "__".join(key).upper(): key for key in self._keys}
        found: dict[Key, tuple[Any, str]] = {}
        for name, value in environ.items():
            upper = name.upper()
            if upper in known and value.strip():
                found[known[upper]] = (value, f"variable {name}")
            elif upper not in known and upper.startswith(self._prefix) and upper != CONFIG_VARIABLE:
                remedy = did_you_mean(upper, known) or f"remove it: {_EXAMPLE}"
                self.faults.append(f"{name}: unknown environment variable; {remedy}")
        return found

    def _from_file(self, file: Path) -> dict[Key, tuple[Any, str]]:
        try:
            content = read_toml(file)
        except TomlError as error:
            self.faults.append(f"{file}: {error}; correct it")
            return {}
        return {key: (value, str(file)) for key, value in self._leaves(content, file) if value != ""}

    def _leaves(self, content: Mapping[str, Any], file: Path) -> Iterator[tuple[Key, Any]]:
        for name, value in content.items():
            if name not in self._sections:
                yield (name,), value
            elif isinstance(value, dict):
                yield from (((name, inner), each) for inner, each in value.items())
            else:
                self.faults.append(f"{name} ({file}): is a section; write its settings below a line [{name}]")

    def _read_secret(self, key: Key, path: object, place: str) -> None:
        if not isinstance(path, str):
            return  # the model refuses it
        label = f"{'.'.join(key)}_file ({place})"
        try:
            with Path(path).expanduser().open("rb") as source:
                text = source.read(_MOST_SECRET_BYTES).decode().strip()
        except OSError as error:
            self.faults.append(f"{label}: cannot read {path}: {error.strerror}; correct the path or provide the file")
        except UnicodeDecodeError:
            self.faults.append(f"{label}: {path} is no text; write the secret alone into it")
        else:
            self._found[key] = (text, f"file {path}")
            if not text:
                self.faults.append(f"{label}: {path} is empty; write the secret into it")


def _keys(model: type[BaseModel]) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isclass(section) and issubclass(section, BaseModel):
            yield from ((name, *rest) for rest in _keys(section))
        else:
            yield (name,)


def describe(error: ValidationError, choices: Choices, entry: type[BaseModel]) -> Iterator[str]:
    """A line for every fault that the model found, without the values.

    Args:
        error: what the model raised.
        choices: where the values were found.
        entry: the model of the entries of lists.
    """
    for detail in error.errors(include_url=False, include_input=False):
        key = tuple(detail["loc"])
        place = choices.place(key)
        yield f"{_spelled(key)}{f' ({place})' if place else ''}: {_what(detail, _siblings(key, choices.model, entry))}"


def _spelled(key: tuple[str | int, ...]) -> str:
    spelled = "".join(f"[entry {part + 1}]" if isinstance(part, int) else f".{part}" for part in key)
    return spelled.removeprefix(".")


def _siblings(key: tuple[str | int, ...], model: type[BaseModel], entry: type[BaseModel]) -> Collection[str]:
    if any(isinstance(part, int) for part in key):
        return entry.model_fields
    section = model.model_fields[str(key[0])].annotation if key[1:] else model
    return section.model_fields if isclass(section) and issubclass(section, BaseModel) else ()


def _what(detail: ErrorDetails, siblings: Collection[str]) -> str:
    if detail["type"] == "extra_forbidden":
        return f"unknown setting; {did_you_mean(str(detail['loc'][-1]), siblings) or f'remove it: {_EXAMPLE}'}"
    if detail["type"] == "missing":
        return "is missing; add it"
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    wanted = detail["msg"].removeprefix("Input should ")
    return f"has to {wanted}; correct it, or remove it for the default"
