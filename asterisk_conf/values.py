"""Kinds of values that may stand in Asterisk's configuration, each refusing what could break out of its place.

Asterisk's configuration files know no quoting: a newline starts a new entry, a semicolon a comment, and in the dialplan
commas, brackets and `$` have a meaning (Asterisk documentation, "Asterisk Configuration Files").
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

_BREAKS_OUT = re.compile(r"[\x00-\x1f\x7f;\[\](){}$\"'\\,|&<>`]")


def _plain(value: str) -> str:
    found = _BREAKS_OUT.search(value)
    if found:
        raise ValueError(f"the character {found.group()!r} cannot stand in Asterisk's configuration")
    if value != value.strip() or not value:
        raise ValueError("must not be empty, nor start or end with a space")
    return value


def plain_path(value: Path) -> Path:
    """The path itself. Raises ValueError unless it is absolute and made of harmless characters."""
    if not re.fullmatch(r"/[A-Za-z0-9._/@+~-]*", str(value)):
        raise ValueError(f"{str(value)!r}: want an absolute path of letters, digits and ._/@+~-")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", value):
        raise ValueError(f"{value!r}: want a host name or an address")
    return value


def _address(value: str) -> str:
    return str(ip_address(value))


def _network(value: str) -> str:
    return str(ip_network(value))


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not re.fullmatch(r"[!-~]{8,128}", text) or _BREAKS_OUT.search(text):
        raise ValueError("want 8 to 128 printable ASCII characters, none of ;[](){}$\"'\\,|&<>` and no space")
    return value


def address_pattern(network: str) -> str:
    """A regular expression for `address:port` within a network, as Asterisk writes addresses.

    Raises ValueError for an IPv6 network of more than one address: their text has no such pattern.
    """
    found = ip_network(network)
    if found.version == 6:
        if found.num_addresses > 1:
            raise ValueError(f"{network}: name single addresses where a trunk is told apart by them")
        return rf"^\[?{found.network_address}\]?:"
    whole, rest = divmod(found.prefixlen, 8)
    octets = [str(octet) for octet in found.network_address.packed]
    parts = octets[:whole]
    if rest:
        first = found.network_address.packed[whole]
        parts.append(f"({'|'.join(map(str, range(first, first + (1 << (8 - rest)))))})")
    parts += ["[0-9]+"] * (4 - len(parts))
    return "^" + "[.]".join(parts) + ":"


Plain = Annotated[str, AfterValidator(_plain)]
AbsolutePath = Annotated[Path, AfterValidator(plain_path)]
Host = Annotated[str, AfterValidator(_host)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Port = Annotated[int, Field(ge=1, le=65535)]
HostPort = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,31}$")]
SipUser = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,31}$")]
SipAccount = Annotated[str, Field(pattern=r"^[A-Za-z0-9+._@-]{1,64}$")]
PhoneNumber = Annotated[str, Field(pattern=r"^[0-9+*#]{2,20}$")]
PromptName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_-]{0,63}$")]
EventName = Annotated[str, Field(pattern=r"^[A-Za-z]{2,40}$")]
