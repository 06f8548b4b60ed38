"""Prints the OpenAPI document, from which the types of the desk are made: `python -m app.web.document`."""

from __future__ import annotations

import json
import sys

from aiohttp import web

from app.web.openapi import describe
from app.web.server import TITLE, add_routes


def document() -> str:
    """The document of the whole interface; nothing is started for it."""
    app = web.Application()
    add_routes(app)
    return json.dumps(describe(app, TITLE), ensure_ascii=False, indent=1)


if __name__ == "__main__":
    sys.stdout.write(document())
