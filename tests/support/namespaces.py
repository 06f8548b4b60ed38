"""A machine behind NAT: a network namespace of its own that reaches this one through a router, and never the reverse.

Needs root. What is on this machine's loopback it reaches only through what stands at `OUTSIDE`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support.phones import HOST

# RFC 6890 keeps these for networks of one's own; few have just them.
OUTSIDE, _ROUTER_OUTSIDE, _ROUTER_INSIDE, _INSIDE = "10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2"
_ROUTER = """\
table ip nat {
    chain outward {
        type nat hook postrouting priority 100
        oifname "outward" masquerade random
    }
}
table ip filter {
    chain inward {
        type filter hook forward priority 0
        iifname "outward" ct state new drop
        FIREWALL
    }
}
"""


@dataclass(frozen=True)
class BehindNat:
    """The namespace of the machine behind the router."""

    name: str

    def program(self, path: str, directory: Path) -> Path:
        """An executable that runs the program at `path` there."""
        script = directory / f"{Path(path).name}-behind-nat"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {path} "$@"\n')
        script.chmod(0o700)
        return script


@asynccontextmanager
async def behind_nat(*, only_udp_port: int = 0) -> AsyncIterator[BehindNat]:
    """The machine and its router, which lets UDP out to this port only (0: to any); both are gone afterwards.

    Raises RuntimeError where a command fails.
    """
    firewall = f'iifname "inward" udp dport != {only_udp_port} drop' if only_udp_port else ""
    word = secrets.token_hex(2)
    router, machine, wire = f"router-{word}", f"machine-{word}", f"wire-{word}"
    async with AsyncExitStack() as stack:
        for name in (router, machine):
            await _run("ip", "netns", "add", name)
            stack.push_async_callback(_run, "ip", "netns", "delete", name)
            # An address of IPv6 comes a second or two after its link: a browser lets go of all it is loading then.
            await _run("ip", "netns", "exec", name, "sysctl", "-q", "-e", "-w", "net.ipv6.conf.all.disable_ipv6=1")
            await _run("ip", "netns", "exec", name, "sysctl", "-q", "-e", "-w", "net.ipv6.conf.default.disable_ipv6=1")
            await _run("ip", "-n", name, "link", "set", "lo", "up")
        await _run("ip", "link", "add", wire, "type", "veth", "peer", "name", "outward", "netns", router)
        # At once, and not some time after its namespace: the next one has the same address.
        stack.push_async_callback(_run, "ip", "link", "delete", wire)
        await _run(
            "ip", "-n", router, "link", "add", "inward", "type", "veth", "peer", "name", "eth0", "netns", machine
        )
        for place, link, address in (
            ((), wire, OUTSIDE),
            (("-n", router), "outward", _ROUTER_OUTSIDE),
            (("-n", router), "inward", _ROUTER_INSIDE),
            (("-n", machine), "eth0", _INSIDE),
        ):
            await _run("ip", *place, "address", "add", f"{address}/24", "dev", link)
            await _run("ip", *place, "link", "set", link, "up")
        await _run("ip", "-n", machine, "route", "add", "default", "via", _ROUTER_INSIDE)
        await _run("ip", "netns", "exec", router, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        await _run("ip", "netns", "exec", router, "nft", "-f", "-", given=_ROUTER.replace("FIREWALL", firewall))
        yield BehindNat(machine)


@asynccontextmanager
async def reachable(ports: Sequence[int]) -> AsyncIterator[None]:
    """What listens on these TCP ports of the loopback can be reached at `OUTSIDE`."""
    async with AsyncExitStack() as stack:
        for port in ports:
            server = await asyncio.start_server(partial(_pass_on, port), OUTSIDE, port)
            await stack.enter_async_context(server)
        yield


@asynccontextmanager
async def turn_server(port: int, secret: str, relays: range, directory: Path) -> AsyncIterator[None]:
    """A TURN server (coturn) at `OUTSIDE`, with its relays there."""
    process = await asyncio.create_subprocess_exec(
        "turnserver", "-n", "--no-tls", "--no-dtls", "--no-cli", "--realm=hotline",
        f"--listening-ip={OUTSIDE}", f"--listening-port={port}", f"--relay-ip={OUTSIDE}",
        f"--min-port={relays.start}", f"--max-port={relays.stop - 1}",
        "--use-auth-secret", f"--static-auth-secret={secret}",
        f"--log-file={directory / 'turn.log'}", "--simple-log", f"--pidfile={directory / 'turn.pid'}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(10):
            while not await _answers(port):  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


def can_make_namespaces() -> bool:
    """Whether this account may: only root."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(OUTSIDE, port)
    except OSError:
        return False
    writer.close()
    return True


async def _pass_on(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        there_reader, there_writer = await asyncio.open_connection(HOST, port)
        async with asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, there_writer))
            group.create_task(_copy(there_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _run(*command: str, given: str = "") -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate(given.encode())
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {said.decode().strip()}")
