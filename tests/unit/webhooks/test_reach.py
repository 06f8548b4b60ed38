"""A webhook reaches the public network and what the settings name, under whatever spelling of an address."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from app.webhooks.reach import may_reach

INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - it means this machine
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_reached_unless_named(address: str) -> None:
    assert not may_reach(address, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public_is_reached(address: str) -> None:
    assert may_reach(address, ())


def test_a_network_that_is_named_is_reached_and_no_other() -> None:
    named = (ip_network("10.2.0.0/16"), ip_network("fd12::/16"))
    assert [may_reach(address, named) for address in ("10.2.9.9", "::ffff:10.2.9.9", "fd12::1")] == [True, True, True]
    assert [may_reach(address, named) for address in ("10.3.0.1", "127.0.0.1", "fd13::1")] == [False, False, False]
