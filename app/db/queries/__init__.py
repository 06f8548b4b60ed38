"""The SQL of the service by name: every `-- name: x` block of the `.sql` files in this directory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_HEADER = re.compile(r"^--[ \t]*name:[ \t]*(?P<name>.*?)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COMMENTS = re.compile(r"--[^\n]*")


class QueryFileError(Exception):
    """A query file that cannot be used; the text names the file and the query."""


def parse(text: str, *, source: str) -> dict[str, str]:
    """Split one file into its named queries.

    Raises QueryFileError for a name used twice, a bad name, a name without SQL, or SQL before the first name.
    """
    headers = list(_HEADER.finditer(text))
    preamble = text[: headers[0].start()] if headers else text
    if _COMMENTS.sub("", preamble).strip():
        raise QueryFileError(f"{source}: SQL before the first `-- name:` line")
    queries: dict[str, str] = {}
    for header, end in zip(headers, [*(h.start() for h in headers[1:]), len(text)], strict=True):
        name, sql = header["name"], text[header.end() : end].strip()
        if not _NAME.fullmatch(name):
            raise QueryFileError(f"{source}: not a query name: {name!r} (lower case, digits and _)")
        if not _COMMENTS.sub("", sql).strip():
            raise QueryFileError(f"{source}: query {name} has no SQL")
        if name in queries:
            raise QueryFileError(f"{source}: query {name} is written twice")
        queries[name] = sql
    return queries


def load(files: Iterable[Path]) -> Mapping[str, str]:
    """Read the queries of all files; a name may occur in one file only (QueryFileError)."""
    queries: dict[str, str] = {}
    origin: dict[str, str] = {}
    for file in files:
        for name, sql in parse(file.read_text(encoding="utf-8"), source=file.name).items():
            if name in queries:
                raise QueryFileError(f"{file.name}: query {name} is already in {origin[name]}")
            queries[name], origin[name] = sql, file.name
    return MappingProxyType(queries)


QUERIES: Final[Mapping[str, str]] = load(sorted(Path(__file__).parent.glob("*.sql")))
