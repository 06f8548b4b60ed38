"""What the handlers find in the aiohttp application: typed keys, no globals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from app.calls.dialling import Dialling
from app.calls.hub import Hub
from app.db.pool import Database
from app.menu_book import MenuBook
from app.number_places import NumberPlaces
from app.prompt_book import PromptBook
from app.settings import Settings
from app.setup.telephony import BrowserPhone
from app.tickets.service import Tickets
from app.web.limits import Buckets
from app.web.live import LiveFeed
from app.web.teller import Teller

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
HUB = web.AppKey("hub", Hub)
LIVE = web.AppKey("live", LiveFeed)
ZONE = web.AppKey("zone", ZoneInfo)
SHELL_TOKEN = web.AppKey("shell_token", str)
MENUS = web.AppKey("menus", MenuBook)
PLACES = web.AppKey("places", NumberPlaces)
PROMPTS = web.AppKey("prompts", PromptBook)
TICKETS = web.AppKey("tickets", Tickets)
DIALLING = web.AppKey("dialling", Dialling)
REQUESTS = web.AppKey("requests", Buckets)
TELLER = web.AppKey("teller", Teller)
STRANGERS = web.AppKey("strangers", Buckets)
PHONES: web.AppKey[Mapping[str, BrowserPhone]] = web.AppKey("phones")
PHONE_SECRET: web.AppKey[Callable[[str], str]] = web.AppKey("phone_secret")
OPENAPI: web.AppKey[Mapping[str, Any]] = web.AppKey("openapi")
