"""How the command line talks to the running service: over its HTTP interface, with the installation's own token."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import click

from app.commands.with_database import fail, print_json
from app.secrets import SHELL_SECRET, Secrets, SecretsError
from app.settings import Settings

_DEADLINE_S = 15.0


def ask(settings: Settings, method: str, path: str, body: Any = None) -> Any:
    """One request to the running service; what goes wrong ends the program with one line (status 1)."""
    try:
        token = Secrets(settings.data_dir).get(SHELL_SECRET)
        return asyncio.run(_ask(settings, method, path, body, token))
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        where = f"http://{settings.web.host}:{settings.web.port}"
        fail(f"The service does not answer at {where} ({error}); start it with: hotline serve", 1)
    except SecretsError as error:
        fail(str(error), 1)


def tell(answer: Any, text: str, *, as_json: bool) -> None:
    """Print what the service answered: as JSON, or in words."""
    if as_json:
        print_json(answer)
    else:
        click.echo(text)


async def _ask(settings: Settings, method: str, path: str, body: Any, token: str) -> Any:
    url = f"http://{settings.web.host}:{settings.web.port}{path}"
    timeout = aiohttp.ClientTimeout(total=_DEADLINE_S)
    async with (
        aiohttp.ClientSession(timeout=timeout, headers={"Authorization": f"Bearer {token}"}) as session,
        session.request(method, url, json=body) as response,
    ):
        answer = await response.json(content_type=None)
        if response.status >= 400:
            fail(f"{answer.get('title', response.status)}: {answer.get('detail', '')}".rstrip(": "), 1)
        return answer
