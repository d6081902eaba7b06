"""Where an outlet sits: a domestic report seldom names its own country ("Parliament votes to leave …").

The feed list says it; else the country code of the outlet's address does (ISO 3166-1 in the DNS, RFC 1591 section 2);
else the language, where it is the language of one state only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from treaties.model import Report
    from treaties.registry import Words

_HOST: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?([^/:\s?#]+)", re.IGNORECASE)
_CODE: Final = re.compile(r"[a-z]{2}")
_OTHER_CODES: Final = {"uk": "GB", "su": "RU"}
# Sold to the whole world for what they spell.
_NOT_SEATS: Final = frozenset(
    [
        "ac",
        "ag",
        "ai",
        "am",
        "bz",
        "cc",
        "cd",
        "co",
        "eu",
        "fm",
        "gg",
        "gl",
        "io",
        "la",
        "li",
        "ly",
        "me",
        "ms",
        "mu",
        "nu",
        "sh",
        "so",
        "st",
        "tk",
        "to",
        "tv",
        "vc",
        "ws",
    ]
)


def seat(report: Report, words: Words | None, states: Container[str]) -> str | None:
    """The state in which the report's outlet sits, None where nothing tells it.

    Args:
        report: the report with its address and outlet.
        words: the words of its language, None for a language without any.
        states: the codes of all states.
    """
    if report.country:
        return report.country
    for address in (report.url, report.outlet):
        code = _by_address(address or "")
        if code in states:
            return code
    countries = words.get("detect", "country") if words else ()
    return countries[0] if len(countries) == 1 else None


def _by_address(address: str) -> str | None:
    found = _HOST.match(address.strip())
    name, dot, code = found[1].lower().rstrip(".").rpartition(".") if found else ("", "", "")
    if not (name and dot and _CODE.fullmatch(code)) or code in _NOT_SEATS:
        return None
    return _OTHER_CODES.get(code, code.upper())
