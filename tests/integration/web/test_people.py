"""Logging in and out over HTTP, the limits on asking, and what every response tells the browser."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import ClientResponse

from app.people import accounts
from app.people.model import Person
from app.settings import WebSettings
from tests.integration.web.conftest import SHELL_TOKEN, Web

PASSWORD = "Korrekt-Pferd-77"


@pytest.fixture
async def wang(web: Web) -> str:
    """Somebody with a password."""
    async with web.desk.database.transaction() as connection:
        await accounts.add(connection, Person("wang", "operator"), PASSWORD, datetime.now(UTC))
    return "wang"


async def log_in(web: Web, password: str, **headers: str) -> ClientResponse:
    body = {"name": "wang", "password": password}
    return await web.client.post("/api/login", json=body, headers=headers)


async def me(web: Web, token: str) -> int:
    web.client.session.cookie_jar.clear()
    return (await web.client.get("/api/me", headers={"Authorization": f"Bearer {token}"})).status


async def test_a_page_of_another_site_changes_nothing_with_a_session_of_ours(web: Web) -> None:
    cookie = {"Cookie": f"hotline_session={web.secrets['operator']}"}
    body = '{"category": "consult", "content": "伪造", "channel": "phone"}'
    forged = (
        ({"Origin": "https://evil.example", "Content-Type": "text/plain"}, 403, "foreign-page"),
        ({"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, 403, "foreign-page"),
        ({"Content-Type": "text/plain"}, 415, "body-not-declared-as-json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "body-not-declared-as-json"),
    )
    for headers, status, code in forged:
        response = await web.client.post("/api/tickets", data=body, headers=cookie | headers)
        assert (response.status, (await response.json())["code"]) == (status, code)
    assert await web.desk.rows("SELECT number FROM tickets") == []
    own = {"Origin": web.url().rstrip("/"), "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    assert (await web.client.post("/api/tickets", data=body, headers=cookie | own)).status in {200, 201}


async def test_logging_out_ends_the_session_however_it_came_and_leaves_api_tokens(web: Web, wang: str) -> None:
    for by_cookie in (True, False):
        token = (await (await log_in(web, PASSWORD)).json())["token"]
        if not by_cookie:
            web.client.session.cookie_jar.clear()
        headers = {} if by_cookie else {"Authorization": f"Bearer {token}"}
        assert (await web.client.post("/api/logout", headers=headers)).status == 204
        assert await me(web, token) == 401
    await web.ask("operator", "POST", "/api/logout")
    assert await me(web, web.secrets["operator"]) == 200


async def test_guessing_is_stopped_and_told_for_how_long(web: Web, wang: str) -> None:
    assert [(await log_in(web, "wrong")).status for _ in range(5)] == [401] * 5
    stopped = await log_in(web, PASSWORD)
    assert stopped.status == 429
    assert stopped.content_type == "application/problem+json"
    assert 0 < int(stopped.headers["Retry-After"]) <= 15 * 60


async def test_who_has_logged_in_here_before_is_not_locked_out_by_others(web: Web, wang: str) -> None:
    known = (await log_in(web, PASSWORD)).cookies["hotline_device"]
    assert (known["path"], known["httponly"], known["samesite"]) == ("/api/login", True, "Strict")
    web.client.session.cookie_jar.clear()
    assert [(await log_in(web, "wrong")).status for _ in range(6)] == [401] * 5 + [429]
    assert (await log_in(web, PASSWORD, Cookie=f"hotline_device={known.value}")).status == 200


@pytest.mark.parametrize("section", [WebSettings(requests_per_minute=2, strangers_per_minute=1)])
async def test_who_asks_too_often_is_told_to_wait(web: Web) -> None:
    assert [(await web.ask("operator", "GET", "/api/me")).status for _ in range(3)] == [200, 200, 429]
    assert (await web.ask("office", "GET", "/api/me")).status == 200
    assert [(await web.ask(None, "GET", "/api/me")).status for _ in range(2)] == [401, 429]
    refused = await web.ask("operator", "GET", "/api/me")
    assert int(refused.headers["Retry-After"]) == 30
    shell = {"Authorization": f"Bearer {SHELL_TOKEN}"}
    assert [(await web.client.get("/api/me", headers=shell)).status for _ in range(4)] == [200] * 4


async def test_a_login_is_asked_for_in_the_words_of_http(web: Web) -> None:
    assert (await web.ask(None, "GET", "/api/me")).headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "path", ["/", "/desk/operator", "/static/docs.css", "/api/docs", "/api/tickets", "/api/no-such-path"]
)
async def test_every_page_runs_scripts_of_our_own_only(web: Web, path: str) -> None:
    headers = (await web.ask("operator", "GET", path, allow_redirects=False)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (headers["Cache-Control"] == "no-store") == path.startswith("/api/")


async def addresses(web: Web, **headers: str) -> list[str]:
    await log_in(web, PASSWORD, **headers)
    rows = await web.desk.rows("SELECT host(address) AS host FROM audit_log WHERE action = 'login' ORDER BY id DESC")
    return [row["host"] for row in rows][:1]


FORWARDED = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7", "X-Forwarded-Proto": "https"}
TRUSTING = WebSettings(trusted_proxies=(ip_network("127.0.0.0/8"),))


async def test_nobody_is_believed_where_a_request_comes_from(web: Web, wang: str) -> None:
    assert await addresses(web, **FORWARDED) == ["127.0.0.1"]
    assert "Secure" not in (await log_in(web, PASSWORD, **FORWARDED)).headers["Set-Cookie"]


@pytest.mark.parametrize("section", [TRUSTING])
async def test_but_for_a_trusted_proxy(web: Web, wang: str) -> None:
    assert await addresses(web, **FORWARDED) == ["203.0.113.7"]
    assert await addresses(web, **{"X-Forwarded-For": "nonsense"}) == ["127.0.0.1"]
    assert "Secure" in (await log_in(web, PASSWORD, **FORWARDED)).headers["Set-Cookie"]
    assert "Secure" not in (await log_in(web, PASSWORD)).headers["Set-Cookie"]


async def test_a_page_of_another_site_cannot_follow_the_hotline(web: Web) -> None:
    async def upgrade(origin: str) -> Any:
        headers = {"Authorization": f"Bearer {web.secrets['operator']}", "Origin": origin}
        return await web.client.get("/api/live", headers=headers)

    for origin in ("https://evil.example", "null", "http://[", "http://127.0.0.1:1"):
        assert (await upgrade(origin)).status == 403
    assert (await upgrade(web.url().rstrip("/"))).status != 403


async def test_prometheus_finds_requests_operators_and_calls_and_no_numbers(web: Web) -> None:
    number = await web.desk.receive()
    await web.get("operator", f"/api/tickets/{number}")
    await web.ask("operator", "GET", f"/nowhere/{number}")
    text = await (await web.ask(None, "GET", "/metrics")).text()
    assert 'hotline_http_requests_total{method="GET",path="/api/tickets/{number}",status="200"} 1.0' in text
    assert 'hotline_http_requests_total{method="any",path="none",status="404"} 1.0' in text
    assert 'hotline_operators{state="offline"} 1.0' in text
    assert "hotline_calls_in_progress 0.0" in text
    assert "process_cpu_seconds_total" in text
    assert number not in text


async def test_a_person_is_told_their_role_unit_telephone_rights_and_what_the_pages_must_know(web: Web) -> None:
    known = {who: await web.get(who, "/api/me") for who in ("operator", "water", "admin")}
    assert (known["operator"]["operator_id"], known["operator"]["unit_id"]) == ("op1001", None)
    assert (known["water"]["role"], known["water"]["unit_id"]) == ("unit", "water")
    assert "ticket.accept" in known["water"]["rights"]
    assert "ticket.accept" not in known["operator"]["rights"]
    assert known["admin"]["settings"]["timezone"] == "Asia/Shanghai"
    assert (known["operator"]["settings"]["browser_phone"], known["admin"]["settings"]["browser_phone"]) == (
        True,
        False,
    )


async def test_the_codes_of_problems_are_told_to_everybody_in_both_languages(web: Web) -> None:
    codes = {each["code"]: each for each in await web.get(None, "/api/problem-codes")}
    refused = await (await web.ask("water", "GET", "/api/tickets/20200101-000001")).json()
    assert (refused["code"], refused["args"]) == ("no-such-ticket", {"name": "20200101-000001"})
    assert codes[refused["code"]]["zh"].format(**refused["args"]).startswith("没有工单20200101-000001")
    assert (await (await web.ask(None, "GET", "/api/tickets")).json())["code"] == "log-in-first"
    assert (await (await web.ask("operator", "GET", "/api/nowhere")).json())["code"] == "http-404"
    assert (await (await web.ask("auditor", "POST", "/api/tickets", {"channel": "x"})).json())["code"] in codes
