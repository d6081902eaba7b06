"""Slack's way to say no, and the arguments of a call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]


class RefusedError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, error: str, status: int = 200, retry_after: int | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.more = more

    def as_json(self) -> Json:
        return {"ok": False, "error": self.error, **self.more}

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def malformed(error: str, problems: Sequence[str]) -> RefusedError:
    """A refusal that says what is wrong and where, as Slack does for blocks and views."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return RefusedError(error, errors=list(problems), response_metadata={"messages": messages})


@dataclass(frozen=True, slots=True)
class Params:
    """What a call says: texts from a query or a form, values of any kind from JSON."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def given(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def flag(self, name: str, *, default: bool = False) -> bool:
        if not self.given(name):
            return default
        return self.text(name).lower() in {"true", "1"}

    def integer(self, name: str, default: int) -> int:
        text = self.text(name)
        if text and not text.isdigit():
            raise malformed("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"])
        return int(text) if text else default

    def needed(self, name: str) -> str:
        if not self.given(name):
            raise malformed("invalid_arguments", [f"missing required field: {name}"])
        return self.text(name)

    def decoded(self, name: str, error: str) -> Any:
        """A structured argument, which may also come as JSON in a text; None where it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise RefusedError(error) from None
