"""The accounts of phones in browsers, and where those find Asterisk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from app.secrets import Secrets
from app.settings import Settings, SettingsError, load_settings
from app.setup.telephony import browser_phones
from app.web.phone import websocket_url

OPERATORS = [
    {"id": "op1001", "name": "王芳", "webrtc": True},
    {"id": "op1002", "name": "李强", "webrtc": True, "password": "a-password-of-ones-own"},
    {"id": "op1003", "name": "赵敏"},
]
NODE = {"name": "a", "ami_host": "10.0.0.1", "ami_secret": "hush-hush", "raw_recordings": "/raw"}
TLS = {"tls_certificate": "/tls/chain.pem", "tls_key": "/tls/key.pem"}


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def settings(**sections: Any) -> Settings:
    return load_settings(**sections)


def test_only_operators_with_a_browser_have_an_account_and_no_password_is_in_it(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    phones = browser_phones(settings(operators=OPERATORS), secrets)
    assert phones.keys() == {"op1001", "op1002"}
    for operator, password in (("op1001", secrets.get("op1001")), ("op1002", "a-password-of-ones-own")):
        phone = phones[operator]
        assert phone.uri == f"sip:{operator}@hotline"
        assert phone.ha1 == hashlib.md5(f"{operator}:hotline:{password}".encode(), usedforsecurity=False).hexdigest()
        assert password not in repr(phone)
        assert phone.ha1 not in repr(phone)


@pytest.mark.parametrize(
    ("sections", "host", "url"),
    [
        ({}, "127.0.0.1", "ws://127.0.0.1:8088/ws"),
        ({}, "::1", "ws://[::1]:8088/ws"),
        ({"asterisk": {"http_port": 9088}}, "localhost", "ws://localhost:9088/ws"),
        ({"asterisk": TLS}, "hotline.example", "wss://hotline.example:8089/ws"),
        ({"web": {"phone_url": "wss://phones.example/ws"}}, "hotline.example", "wss://phones.example/ws"),
        ({"web": {"phone_url": "wss://phones.example/ws"}, "nodes": [NODE]}, "h", "wss://phones.example/ws"),
    ],
)
def test_the_browser_is_sent_to_asterisk_by_the_name_it_knows_or_where_the_setting_says(
    sections: dict[str, Any], host: str, url: str
) -> None:
    assert str(websocket_url(settings(**sections), host)) == url


@pytest.mark.parametrize("host", ["", "a;b", "a b", "x'y", "a\nb"])
def test_a_host_that_is_no_name_leads_nowhere(host: str) -> None:
    assert websocket_url(settings(), host) is None


def test_where_the_city_runs_asterisk_the_way_must_be_set() -> None:
    assert websocket_url(settings(nodes=[NODE]), "127.0.0.1") is None


@pytest.mark.parametrize(
    "url", ["https://phones.example/ws", "wss://phones.example/ws; script-src *", "phones.example"]
)
def test_a_way_that_is_no_websocket_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"web\.phone_url"):
        settings(web={"phone_url": url})
