"""Which addresses may be asked: the open internet, and what the settings allow besides. Pure."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yarl import URL

from watchers.errors import FetchError, RefusedAddressError
from watchers.links import shown

if TYPE_CHECKING:
    from collections.abc import Collection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SCHEMES: Final = frozenset({"http", "https"})
_LOOPBACK: Final = ipaddress.ip_address("127.0.0.1")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# RFC 8215: prefixes of the same use inside a site, where nobody outside knows which part is the address.
_LOCAL_NAT64: Final = ipaddress.ip_network("64:ff9b:1::/48")
# A cloud's own services at an address of the open internet: Azure's "wire server" tells a machine its secrets.
_METADATA: Final = frozenset({ipaddress.ip_address("168.63.129.16")})
# RFC 6890, section 2.2.2: kept for protocols; a cloud tells a machine's secrets there. Not all of it is inside for
# every version of `ipaddress`.
_PROTOCOLS: Final = ipaddress.ip_network("192.0.0.0/24")
# What a name is made of once it is in ASCII (RFC 1123, section 2.1; "_" is in use).
_NAME: Final = re.compile(r"(?=.{1,254}$)(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*(?<!-)\.?", re.IGNORECASE)
# WHATWG URL, "ends in a number": what ends so is an address or nothing, never a name.
_NUMBER_LAST: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class Guard:
    """Decides which addresses may be asked. Inside addresses need an entry `host` or `host:port`."""

    def __init__(self, allow_hosts: Collection[str]) -> None:
        self._allowed = frozenset(entry.strip().lower() for entry in allow_hosts)
        # The same ones are asked again and again.
        self._checked = lru_cache(maxsize=4_096)(self._check)

    def checked(self, url: str) -> URL:
        """The address ready to be asked.

        Raises:
            FetchError: it is no http(s) address, or names an inside address literally.
        """
        return self._checked(url)

    def _check(self, url: str) -> URL:
        target, host, port, literal = _read(url)
        if literal and not self.may_connect(host, port, literal):
            raise RefusedAddressError(f"{shown(url)} leads to an inside address; allow_hosts can permit it")
        return target

    def may_connect(self, host: str, port: int, address: Address) -> bool:
        """Whether `host` may be asked on `port` at the very address it resolved to."""
        name = host.lower().strip("[]")
        shape = f"[{name}]" if ":" in name else name
        return not is_inside(address) or bool(self._allowed & {name, shape, f"{shape}:{port}"})


@lru_cache(maxsize=4_096)
def is_inside(address: Address) -> bool:
    """Whether an address is not one of the open internet, also when it wears another address family as a mask."""
    masked = _masked(address) if isinstance(address, ipaddress.IPv6Address) else None
    if masked:
        return is_inside(masked)
    if address in _METADATA or address in _LOCAL_NAT64 or address in _PROTOCOLS:
        return True
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return True
    return not address.is_global or address.is_multicast or address.is_reserved


@lru_cache(maxsize=4_096)
def names_inside(host: str) -> bool:
    """Whether a host is written as an inside address: a machine of our own, with no others to share it with."""
    literal = _literal(host)
    return literal is not None and is_inside(literal)


def _masked(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _read(url: str) -> tuple[URL, str, int, Address | None]:
    """An address, its host and port, and the host as a literal address."""
    # An ASCII address goes out as it stands: requoting could change what a signed one means.
    try:
        target = URL(url, encoded=bool(re.fullmatch(r"[\x21-\x7e]+", url)))
        host, port = target.host, target.port
    except ValueError as error:
        raise FetchError(f"{shown(url)} is no valid address", permanent=True) from error
    if target.scheme not in _SCHEMES:
        raise RefusedAddressError(f"{shown(url)} is neither http nor https")
    if not host or not port:
        raise FetchError(f"{shown(url)} names no host", permanent=True)
    literal = _literal(host)
    if literal is None and (not _NAME.fullmatch(target.raw_host or "") or _NUMBER_LAST.fullmatch(host)):
        raise FetchError(f"{shown(url)} names no possible host", permanent=True)
    return target, host, port, literal


def _literal(host: str) -> Address | None:
    """The address that a host is written as, also in the old spellings `2130706433`, `0x7f.1` and `127.1`.

    `localhost` and what ends in it is this machine for good, whatever a name server says (RFC 6761, section 6.3).
    """
    host = host.removesuffix(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return _LOOPBACK
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
