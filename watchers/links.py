"""Addresses: made absolute and clean for a report, reduced to an identity, and made fit to show in a log.

A wrong guess here costs little one way and much the other: two spellings of one address that stay apart make one more
source, two articles that fall together hide one. So only what is known to be tracking is dropped.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_LINK: Final = 2_000
LONGEST_SHOWN: Final = 200

_TRACKING: Final = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\w*|link\w*|format|ptr_name|bbc_team)|ns_(?:mchannel|source|campaign|linkname|fee)"
    r"|(?:fb|g|dc|msc?|yc?|wb|tw|tt)?clid|msclkid|[gw]braid|srsltid|gclsrc|igshi?d?|mc_(?:cid|eid)|_hs(?:enc|mi)|mkt_tok"
    r"|_openstat|xtor|echobox|cmpid|ocid|ito|traffic_source|maca)",
    re.IGNORECASE,
)
# Blanks and control characters, and signs that nobody sees but that turn a line around.
_UNFIT: Final = re.compile("[\x00-\x20\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
# An address in which there is nothing to mend: host and path, and perhaps a query.
_ORDINARY: Final = re.compile(
    r"https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>/[\w.~%/-]*)(?:\?(?P<query>[\w.~%&=+-]+))?",
    re.ASCII,
)
_DEFAULT_PORT: Final = {"http": 80, "https": 443}


# An item often has one address twice: as its link and as its name.
@lru_cache(256)
def clean_link(raw: str, base: str) -> str | None:
    """The absolute http(s) address of a report without tracking parameters, or None where `raw` is no such address.

    The page that it stands on is no such address either.
    """
    ordinary = _ORDINARY.fullmatch(raw)
    if ordinary and raw != base and len(raw) <= LONGEST_LINK:
        query = _untracked(ordinary["query"]) if ordinary["query"] else ""
        return raw[: ordinary.end("path")] + (f"?{query}" if query else "")
    return _made_clean(raw, base)


def is_web_address(text: str) -> bool:
    """Whether a text is an absolute http(s) address."""
    return clean_link(text, "") is not None


def identity_of_link(link: str) -> str:
    """What stays the same however a clean link is spelt: no scheme, no `www.`, no final slash."""
    ordinary = _ORDINARY.fullmatch(link)
    if ordinary is None:
        return _identity(link)
    host, path, query = ordinary.group("host", "path", "query")
    return f"//{host.removeprefix('www.')}{path.rstrip('/')}" + (f"?{query}" if query else "")


def shown(url: str) -> str:
    """An address as a log line may show it: no credentials, no query (it may hold a key), nothing unprintable."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that is none"
    text = f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")
    text = "".join(sign if sign.isprintable() and sign != " " else "�" for sign in text)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


@lru_cache(4_096)
def host_of(url: str) -> str:
    """The host of an address in lower case, empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _made_clean(raw: str, base: str) -> str | None:
    try:
        absolute = urljoin(base, raw.strip())
        parts = urlsplit("" if absolute == base else absolute)
        usable = parts.scheme in _DEFAULT_PORT and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not usable:
        return None
    bare = parts._replace(
        netloc=parts.netloc.rpartition("@")[2], query=_untracked(parts.query), fragment=_untracked(parts.fragment)
    )
    link = _UNFIT.sub(lambda found: quote(found[0]), bare.geturl())
    return link if len(link) <= LONGEST_LINK else None


def absolute_link(raw: str, base: str) -> str | None:
    """The absolute http(s) address, letter by letter as it stands there; None where `raw` is no such address."""
    try:
        absolute = urljoin(base, raw)
        parts = urlsplit(absolute)
    except ValueError:
        return None
    usable = parts.scheme in _DEFAULT_PORT and parts.hostname and not _UNFIT.search(absolute)
    return absolute if usable and len(absolute) <= LONGEST_LINK else None


def _identity(link: str) -> str:
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port and parts.port != _DEFAULT_PORT.get(parts.scheme) else ""
    return SplitResult("", host + port, parts.path.rstrip("/"), parts.query, parts.fragment).geturl()


def _untracked(query: str) -> str:
    return "&".join(_wanted(query.split("&")))


def _wanted(pairs: Iterable[str]) -> Iterable[str]:
    return (pair for pair in pairs if not _TRACKING.fullmatch(re.split("[=-]", pair, maxsplit=1)[0]))
