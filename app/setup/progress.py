"""Shows on standard error what long set-up work is doing; standard output stays free for results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from app.setup.download import Progress

LINE_WIDTH = 100


def console() -> Console:
    """The console of all progress: standard error."""
    return Console(stderr=True, highlight=False)


@contextmanager
def download_bar(title: str) -> Iterator[Progress]:
    """A bar of bytes; where there is no terminal, one line when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console()) as bars:
        task = bars.add_task(title, total=None)

        def show(done: int, total: int | None) -> None:
            bars.update(task, completed=done, total=total)

        yield show


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """A line that shows the last thing a long step said."""
    output = console()
    output.print(f"{title} ...")
    with output.status(title) as status:
        yield lambda line: status.update(f"{title}: {line.strip()[:LINE_WIDTH]}", spinner="dots")
