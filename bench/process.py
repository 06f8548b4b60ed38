"""What a process has used, as the kernel counts it (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path

_UTIME, _STIME, _CHILDREN_UTIME, _CHILDREN_STIME = 11, 12, 13, 14
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(stat: str, *, children: bool = False) -> float:
    """User and system time in the text of `/proc/<pid>/stat`; with `children`, also of those waited for."""
    # The name, in brackets, may hold spaces and brackets itself.
    fields = stat.rpartition(")")[2].split()
    wanted = [_UTIME, _STIME, *([_CHILDREN_UTIME, _CHILDREN_STIME] if children else [])]
    return sum(int(fields[index]) for index in wanted) * _TICK_S


def resident_bytes(status: str) -> int:
    """Resident set size in the text of `/proc/<pid>/status`. Raises ValueError for a process that has ended."""
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ValueError("no VmRSS: the process has ended")


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used so far. Raises FileNotFoundError when it is gone."""
    return cpu_seconds(Path(f"/proc/{pid}/stat").read_text())


def memory_of(pid: int) -> int:
    """Bytes of memory a process has now."""
    return resident_bytes(Path(f"/proc/{pid}/status").read_text())
