"""The account of a browser's phone over HTTP: for its operator only, never cached, every look in the audit log."""

from __future__ import annotations

import pytest

from tests.integration.web.conftest import PHONES, Web

PATH = "/api/operators/op1001/phone"


async def test_the_operator_gets_what_the_own_phone_registers_with_and_it_is_not_to_be_kept(web: Web) -> None:
    response = await web.ask("operator", "GET", PATH)
    account = await response.json()
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert account["websocket"] == "ws://127.0.0.1:8088/ws"
    own = PHONES["op1001"]
    assert (account["uri"], account["realm"], account["ha1"]) == (own.uri, own.realm, own.ha1)
    assert "password" not in account


async def test_nobody_else_gets_it_whatever_their_role_and_every_look_is_in_the_log(web: Web) -> None:
    for who in ("office", "supervisor", "auditor", "admin", "water"):
        assert (await web.ask(who, "GET", PATH)).status == 403
    assert (await web.ask("operator", "GET", "/api/operators/op1002/phone")).status == 403
    assert (await web.ask(None, "GET", PATH)).status == 401
    await web.get("operator", PATH)
    log = await web.desk.rows("SELECT user_name, action, subject, host(address) AS host FROM audit_log ORDER BY id")
    assert [(row["user_name"], row["action"]) for row in log] == [
        *((who, "operator.phone.refused") for who in ("office", "supervisor", "auditor", "admin", "water", "operator")),
        ("operator", "operator.phone"),
    ]
    assert (log[-1]["subject"], log[-1]["host"]) == ("operator:op1001", "127.0.0.1")


async def test_the_console_is_told_whose_phone_is_in_the_browser(web: Web) -> None:
    assert (await web.get("operator", "/api/me"))["browser_phone"] is True
    assert (await web.get("supervisor", "/api/me"))["browser_phone"] is False


async def test_the_console_may_reach_this_service_and_asterisks_websocket_and_nothing_else(web: Web) -> None:
    policy = (await web.ask(None, "GET", "/desk/")).headers["Content-Security-Policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives["connect-src"] == "'self' ws://127.0.0.1:8088"
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"


@pytest.mark.parametrize("host", ["x;script-src * 'unsafe-inline'", "a,b", "'", ""])
async def test_a_hostile_host_header_does_not_get_into_the_policy(web: Web, host: str) -> None:
    response = await web.client.get("/desk/", headers={"Host": host})
    assert response.status in {200, 400, 503}
    policy = response.headers.get("Content-Security-Policy", "connect-src 'self'")
    assert "script-src *" not in policy
    assert "connect-src 'self';" in f"{policy};" or "connect-src 'self' ws://127.0.0.1:8088;" in policy
