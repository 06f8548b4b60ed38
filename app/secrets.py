"""The generated secrets of an installation: made once, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

_BYTES = 24
# With this one the command line talks to the running service.
SHELL_SECRET = "shell"  # noqa: S105 - the secret's name


class SecretsError(Exception):
    """The secrets file cannot be used; the text says why and how to mend it."""


class Secrets:
    """Named secrets in `data_dir/secrets.json` (mode 0600). A name asked for the first time is generated."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "secrets.json"
        self._known = self._read()

    def get(self, name: str) -> str:
        """The secret of this name; written to disk before it is returned."""
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(_BYTES)
            self._save()
        return self._known[name]

    def keep(self, name: str, value: str) -> None:
        """Use this secret under the name from now on, unless there is one already; it is on disk when this returns."""
        if name not in self._known:
            self._known[name] = value
            self._save()

    def _save(self) -> None:
        try:
            self._write()
        except OSError as error:
            text = f"{self._path}: cannot be written: {error.strerror}; set another data_dir"
            raise SecretsError(text) from error

    def _read(self) -> dict[str, str]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SecretsError(f"{self._path}: cannot be read: {error.strerror}; run as who made it") from error
        try:
            known = json.loads(text)
        except ValueError as error:
            raise SecretsError(f"{self._path}: not JSON; restore it, or remove it to have new secrets") from error
        if not isinstance(known, dict) or not all(isinstance(value, str) for value in known.values()):
            raise SecretsError(f"{self._path}: not a table of texts; restore it, or remove it to have new secrets")
        return known

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self._known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
