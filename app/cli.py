"""The `hotline` command: finds its sub-commands lazily, so `--help` never loads speech models or drivers."""

from __future__ import annotations

import importlib
import sys
from typing import ClassVar

import click
import structlog


class LazyGroup(click.Group):
    """A group whose sub-commands are imported when they are used.

    Each sub-command is a click command named ``command`` in ``app.commands.<module>``.
    """

    modules: ClassVar[dict[str, str]] = {
        "accuracy": "accuracy",
        "asterisk": "asterisk",
        "audit": "audit",
        "backup": "backup",
        "call": "call",
        "db": "db",
        "demo": "demo",
        "doctor": "doctor",
        "job": "job",
        "learn": "learn",
        "menu": "menu",
        "models": "models",
        "operator": "operator",
        "dialler": "dialler",
        "queue": "queue",
        "prompts": "prompts",
        "regulation": "regulation",
        "report": "report",
        "restore": "restore",
        "serve": "serve",
        "ticket": "ticket",
        "transcribe": "transcribe",
        "unit": "unit",
        "user": "user",
        "webhook": "webhook",
        "worker": "worker",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self.modules.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(f"app.commands.{module}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"app.commands.{module}.command is not a click command")
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hotline12345")
def main() -> None:
    """Telephony integration server for a 12345 government hotline."""
    # Standard output belongs to results; what is logged goes beside it.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


if __name__ == "__main__":
    main()
