"""Shows on standard error what long set-up work is doing; standard output stays free for results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

if TYPE_CHECKING:
    from app.setup.download import Progress

LINE_WIDTH = 100


def console() -> Console:
    """The console of all progress: standard error."""
    return Console(stderr=True, highlight=False)


@contextmanager
def download_bar(title: str) -> Iterator[Progress]:
    """A bar of bytes; where there is no terminal, one line when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"), TimeElapsedColumn())
    with Bars(*columns, console=console()) as bars:
        task = bars.add_task(title, total=None, amount="")

        def show(done: int, total: int | None) -> None:
            bars.update(task, completed=done, total=total, amount=_amount(done, total))

        yield show
        bars.update(task, completed=1, total=1, amount="ready")


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """A line that shows the last thing a long step said."""
    output = console()
    output.print(f"{title} ...")
    with output.status(title) as status:
        yield lambda line: status.update(f"{title}: {line.strip()[:LINE_WIDTH]}", spinner="dots")


def _amount(done: int, total: int | None) -> str:
    if not done:
        return ""
    return f"{done / 1e6:.0f} MB" if total is None else f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
