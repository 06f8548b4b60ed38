"""Which service drives an Asterisk: said in Asterisk itself, so that it holds while the database is away.

The global variable HOTLINE_SERVICE names the service, HOTLINE_HEARTBEAT moves every second while it lives. A service
that finds another's name drives nothing as long as that one lives; one whose name was replaced stops.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ami_bridge import verbs
from ami_bridge.session import AmiSession

HEARTBEAT = "HOTLINE_HEARTBEAT"
OWNER = "HOTLINE_SERVICE"
# Longer than two beats: a heart on another machine that stands still for so long has stopped.
_WATCH_S = 2.5


class DrivenByAnother(Exception):  # noqa: N818 - named for what is the matter
    """Another service drives this Asterisk."""

    def __init__(self, node: str, owner: str) -> None:
        super().__init__(
            f"{node} is driven by another service ({owner}, host/process/start); two would both answer each call: "
            "end that one, or give this one an Asterisk of its own ([[nodes]] in hotline.toml)"
        )


@dataclass(frozen=True, slots=True)
class Owner:
    """A service's process: `host` with its process space, the process's number, and when it began (clock ticks)."""

    host: str
    pid: int
    began: int

    @classmethod
    def read(cls, text: str) -> Owner | None:
        """What `str` wrote; None for anything else."""
        host, _, rest = text.partition("/")
        pid, _, began = rest.partition("/")
        return cls(host, int(pid), int(began)) if host and pid.isdecimal() and began.isdecimal() else None

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.began}"


def this_process() -> Owner:
    """The service that runs here."""
    return Owner(_host(), os.getpid(), _began(os.getpid()) or 0)


def lives_here(owner: Owner) -> bool | None:
    """Whether that process is alive; None where it is on another machine."""
    if owner.host != _host():
        return None
    return _began(owner.pid) == owner.began


async def claim(session: AmiSession, me: Owner) -> None:
    """Drive this node from now on. Raises DrivenByAnother while another service lives, and AmiError."""
    named = await verbs.get_global(session, OWNER)
    other = Owner.read(named)
    if other is not None and other != me and await _lives(session, other):
        raise DrivenByAnother(session.node.name, named)
    await verbs.set_global(session, OWNER, str(me))


async def confirm(session: AmiSession, me: Owner) -> None:
    """Look whether the node is still ours. Raises DrivenByAnother, AmiError."""
    named = await verbs.get_global(session, OWNER)
    if named != str(me):
        raise DrivenByAnother(session.node.name, named)


async def _lives(session: AmiSession, other: Owner) -> bool:
    here = lives_here(other)
    if here is not None:
        return here
    before = await verbs.get_global(session, HEARTBEAT)
    await asyncio.sleep(_WATCH_S)
    return await verbs.get_global(session, HEARTBEAT) != before


def _host() -> str:
    """Process numbers mean something within one machine and one process space only."""
    space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    return f"{socket.gethostname()}-{space}"


def _began(pid: int) -> int | None:
    """When a living process began, in clock ticks since boot (proc(5), stat: fields 3 and 22)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])
