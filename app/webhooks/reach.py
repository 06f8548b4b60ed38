"""Which addresses a webhook may reach: public ones, and the private networks that the settings name.

Looked at where the connection is made, with the address that is really dialled: what a name meant a moment ago, or
means for somebody else, does not count.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network

UNREACHED = "private address: name its network in webhooks.private_networks"
# RFC 6052: an IPv4 address in the last 32 bits, which a gateway of the network turns back.
_TRANSLATED = ip_network("64:ff9b::/96")


def may_reach(address: str, networks: Sequence[Network]) -> bool:
    """Whether a webhook may be sent to this IP address (an interface after `%` does not matter)."""
    found = _meant(ip_address(address.partition("%")[0]))
    if any(found in network for network in networks):
        return True
    return found.is_global and not found.is_multicast


def public_sockets(networks: Sequence[Network]) -> Callable[[Any], socket.socket]:
    """For aiohttp's connector: makes the socket to an address that may be reached, and for others raises OSError."""

    def make(found: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = found
        if not may_reach(address[0], networks):
            raise OSError(errno.EACCES, UNREACHED)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that is reached under an IPv6 one, where there is one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
