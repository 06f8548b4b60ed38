"""The whole HTTP application on a fresh database, served on 127.0.0.1, with somebody of every role logged in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from playwright.async_api import Browser, async_playwright

from app.calls.hub import Hub
from app.db.pool import Database
from app.menu_book import open_book
from app.number_places import NumberPlaces
from app.people import tokens
from app.prompt_book import PromptBook
from app.secrets import Secrets
from app.settings import MailSettings, OperatorSettings, PushSettings, Settings, WebSettings
from app.setup.telephony import BrowserPhone, directories, lay_out_again
from app.web.board import Board, Sight
from app.web.live import LiveFeed
from app.web.server import make_app
from app.web.teller import Teller
from tests.integration.tickets.desk import ZONE, Desk, fill_directory

CHROMIUM = "/usr/bin/chromium"
CONTACT = "mailto:hotline@example.gov.cn"
SIP_PASSWORD = "a-password-of-a-telephone"
SHELL_TOKEN = "the-shells-own-token"
PHONES = {"op1001": BrowserPhone("sip:op1001@hotline", "hotline", "0123456789abcdef0123456789abcdef")}
PEOPLE: Mapping[str, tuple[str, str | None, str | None]] = {
    "operator": ("operator", None, "op1001"),
    "office": ("back_office", None, None),
    "supervisor": ("supervisor", None, None),
    "auditor": ("auditor", None, None),
    "admin": ("admin", None, None),
    "water": ("unit", "water", None),
    "urban": ("unit", "urban-management", None),
    "discipline": ("unit", "discipline", None),
}


@dataclass
class Stage:
    """What goes on in Asterisk, as the test says."""

    sight: Sight = field(default_factory=lambda: Sight({}))


@dataclass(frozen=True)
class Web:
    """The served application; `ask` speaks for one of PEOPLE, or for nobody."""

    server: TestServer
    client: TestClient[Request, Application]
    desk: Desk
    feed: LiveFeed
    secrets: Mapping[str, str]
    recordings: Path
    board: Board
    teller: Teller
    stage: Stage
    lay_out: Callable[[], None]

    def url(self, path: str = "") -> str:
        return str(self.server.make_url(path or "/"))

    async def ask(self, who: str | None, method: str, path: str, body: Any = None, **options: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.secrets[who]}"} if who else {}
        return await self.client.request(method, path, json=body, headers=headers, **options)

    async def upload(self, who: str, path: str, content: bytes, name: str, **query: str) -> ClientResponse:
        """Send a file as a browser's form does."""
        form = FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type="application/octet-stream")
        headers = {"Authorization": f"Bearer {self.secrets[who]}"}
        return await self.client.post(path, data=form, headers=headers, params=query)

    async def get(self, who: str | None, path: str, **query: Any) -> Any:
        """What a GET answers, which must be 200."""
        response = await self.ask(who, "GET", path, params={key: str(value) for key, value in query.items()})
        answer = await response.json()
        assert response.status == 200, answer
        return answer

    async def act(self, who: str, number: str, action: str, **body: Any) -> ClientResponse:
        return await self.ask(who, "POST", f"/api/tickets/{number}/{action}", body)


@pytest.fixture
def section() -> WebSettings:
    """The [web] of the settings; a test parametrizes it to have its own."""
    return WebSettings()


@pytest.fixture
def mail_section() -> MailSettings:
    """The [mail] of the settings; a test parametrizes it to have its own."""
    return MailSettings(host="127.0.0.1", sender="hotline@example.gov.cn")


@pytest.fixture
async def web(
    database: Database, tmp_path: Path, section: WebSettings, mail_section: MailSettings
) -> AsyncIterator[Web]:
    await fill_directory(database)
    desk = Desk(database, datetime(2026, 9, 30, 9, tzinfo=ZONE))
    operators = (OperatorSettings(id="op1001", name="张三"),)
    settings = Settings(
        data_dir=tmp_path, web=section, mail=mail_section, push=PushSettings(contact=CONTACT), operators=operators
    )
    feed = LiveFeed("epoch")
    stage = Stage()
    board = Board(feed, lambda: stage.sight, settings.queue.name)
    teller = Teller(database, feed, board, lambda: desk.at)
    menus = open_book(settings, directories(settings).prompts)
    lay_out = partial(lay_out_again, settings, Secrets(tmp_path), menus.current)
    app = make_app(
        *(settings, database, Hub(settings), feed, teller, desk.tickets, SHELL_TOKEN, PHONES, lambda _: SIP_PASSWORD),
        menus=menus,
        prompts=PromptBook(settings, lay_out),
        places=NumberPlaces({"8613812345": "江苏省连云港市", "86510": "江苏省无锡市"}),
    )
    async with AsyncExitStack() as stack:
        server = TestServer(app, host="127.0.0.1")
        await stack.enter_async_context(server)
        client: TestClient[Request, Application] = await stack.enter_async_context(TestClient(server))
        secrets = await log_everybody_in(database)
        yield Web(server, client, desk, feed, secrets, settings.recordings_dir, board, teller, stage, lay_out)


@pytest.fixture
async def browser(web: Web) -> AsyncIterator[Browser]:
    """Closed before the server, which would wait for open feeds."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        await running.close()


async def log_everybody_in(database: Database) -> Mapping[str, str]:
    """A token for each of PEOPLE; their password is known to nobody."""
    now, secrets = datetime.now(UTC), {}
    async with database.transaction() as connection:
        for name, (role, unit, operator) in PEOPLE.items():
            await connection.execute(
                "INSERT INTO users (name, role, unit_id, operator_id, password_hash, created_at) "
                "VALUES ($1, $2, $3, $4, '$argon2id$nobody', $5)",
                *(name, role, unit, operator, now),
            )
            issued = await tokens.issue(connection, name, "api", now, life=timedelta(hours=1))
            secrets[name] = issued.secret
    return secrets
