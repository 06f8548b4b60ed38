"""What the long-running commands share: logging, settings errors in plain words, the first and the second Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import click
import structlog
import uvloop

from ami_bridge.errors import AmiLoginRefused
from app.calls.lease import DrivenByAnother
from app.db.cluster import ClusterError
from app.db.migrate import MigrationError
from app.regulations.loader import ProfileError
from app.secrets import SecretsError
from app.settings import Settings
from app.setup.containers import EngineMissing
from app.setup.models import ModelMissing
from app.setup.process import ProcessFailed
from app.setup.telephony import AsteriskFailed
from app.sole import ServedAlready
from ivr.menu_loader import MenuError

_YOUNG_OBJECTS = 10_000
# What a person can mend; anything else is a fault of ours and shows its traceback.
_PLAIN_ERRORS = (
    AmiLoginRefused,
    AsteriskFailed,
    ClusterError,
    DrivenByAnother,
    EngineMissing,
    MenuError,
    MigrationError,
    ModelMissing,
    OSError,
    ProcessFailed,
    ProfileError,
    SecretsError,
    ServedAlready,
)


def configure_logging(settings: Settings) -> None:
    """Log to standard error, as text or as one JSON object a line."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> NoReturn:
    """Run to the end and exit with its status; errors that a person can mend are said in one line (status 1)."""
    _spare_the_collector()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            status = runner.run(main())
    except* _PLAIN_ERRORS as group:
        for error in _leaves(group):
            click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(1)
    sys.exit(status)


def _spare_the_collector() -> None:
    """What is loaded by now stays and need not be looked through; and thousands of short-lived objects a second need
    no look at every seven hundred (Python's `gc` documentation, `freeze`, `set_threshold`).
    """
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


@asynccontextmanager
async def stop_event() -> AsyncIterator[asyncio.Event]:
    """Set by the first Ctrl-C or SIGTERM; the second ends the program at once, cleaning up."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()

    def stop() -> None:
        if stopping.is_set() and main is not None:
            main.cancel()
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield stopping
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
