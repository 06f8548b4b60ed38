"""What is pushed is read by the browser alone, says no more than what happened, and says who sends it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import http_ece
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import Vapid02

from app.push.message import BadSubscription, content_of, gist, headers, new_key, public_key, sealed, subscription
from app.tickets.notices import TEXTS
from tests.support.push import PushedBrowser, packed

NOW = datetime(2026, 9, 30, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
CONTACT = "mailto:hotline@example.gov.cn"
ENDPOINT = "https://push.example:8443/send/abc"


def test_the_browser_reads_what_was_sealed_for_it_and_no_other_does() -> None:
    browser = PushedBrowser()
    content = content_of("YX20260930001", "新工单已交办，共同办理。")
    body = sealed(content, subscription(ENDPOINT, **browser.keys))
    assert browser.read(body) == content
    assert "新工单".encode() not in body
    with pytest.raises(http_ece.ECEException):
        PushedBrowser().read(body)


def test_every_message_has_a_key_of_its_own() -> None:
    to = subscription(ENDPOINT, **PushedBrowser().keys)
    assert sealed({"a": "b"}, to) != sealed({"a": "b"}, to)


def test_the_push_service_can_prove_who_sends() -> None:
    key = new_key()
    said = headers(subscription(ENDPOINT, **PushedBrowser().keys), key, CONTACT, NOW)
    scheme, _, rest = said["Authorization"].partition(" ")
    token, own = (part.partition("=")[2] for part in rest.split(","))
    assert (scheme, own) == ("vapid", public_key(key))
    assert Vapid02.verify(said["Authorization"])
    assert said["TTL"] == "86400"
    assert token.count(".") == 2


@pytest.mark.parametrize(
    ("endpoint", "keys", "said"),
    [
        ("http://push.example/a", {}, "no https address"),
        ("https:///a", {}, "no https address"),
        ("https://user@push.example/a", {}, "no https address"),
        ("https://push.example:99999/a", {}, "no https address"),
        ("https://[::1/a", {}, "no https address"),
        ("javascript:alert(1)", {}, "no https address"),
        (ENDPOINT, {"auth": packed(b"short")}, "auth has 5 bytes"),
        (ENDPOINT, {"auth": "密"}, "auth is no base64url"),
        (ENDPOINT, {"p256dh": packed(b"\x04" + bytes(64))}, "no point of P-256"),
        (ENDPOINT, {"p256dh": packed(PushedBrowser().point[:-1])}, "p256dh has 64 bytes"),
        (ENDPOINT, {"p256dh": "!!"}, "p256dh is no base64url"),
    ],
)
def test_what_cannot_be_pushed_to_is_refused_with_the_reason(endpoint: str, keys: dict[str, str], said: str) -> None:
    with pytest.raises(BadSubscription, match=said):
        subscription(endpoint, **(PushedBrowser().keys | keys))


@given(st.sampled_from(sorted(TEXTS)), st.text(alphabet="张王李0123456789号路", min_size=1, max_size=20))
def test_no_reason_that_somebody_wrote_stands_on_a_locked_screen(kind: str, written: str) -> None:
    class Fields(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return f"<{written}>" if name in {"reason", "measures", "missing"} else "水务局"

    shown = gist(TEXTS[kind].format_map(Fields()))
    assert shown
    assert f"<{written}>" not in shown
