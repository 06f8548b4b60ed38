"""Webhooks over HTTP: for the administrator only, the secret shown once, what was given up can be tried again."""

from __future__ import annotations

from tests.integration.web.conftest import Web

URL = "http://127.0.0.1:1/tickets"


async def test_an_endpoint_is_registered_listed_and_removed(web: Web) -> None:
    response = await web.ask("admin", "POST", "/api/webhooks", {"url": URL})
    made = await response.json()
    assert response.status == 201
    assert len(made["secret"]) >= 32
    await web.desk.receive()

    (listed,) = await web.get("admin", "/api/webhooks")
    assert (listed["id"], listed["waiting"], listed["given_up"]) == (made["id"], 1, 0)
    assert made["secret"] not in str(listed)
    (delivery,) = (await web.get("admin", f"/api/webhooks/{made['id']}", state="waiting"))["deliveries"]
    assert (delivery["attempts"], "body" in delivery) == (0, False)

    assert (await web.ask("admin", "DELETE", f"/api/webhooks/{made['id']}")).status == 204
    assert await web.get("admin", "/api/webhooks") == []
    log = await web.desk.rows("SELECT action FROM audit_log ORDER BY id")
    assert [line["action"] for line in log] == ["webhook.add", "webhook.remove"]


async def test_what_was_given_up_is_tried_again_on_demand(web: Web) -> None:
    made = await (await web.ask("admin", "POST", "/api/webhooks", {"url": URL})).json()
    await web.desk.receive()
    await web.desk.rows("UPDATE webhook_deliveries SET state = 'given_up'")
    response = await web.ask("admin", "POST", f"/api/webhooks/{made['id']}/redeliver")
    assert (response.status, await response.json()) == (202, {"redelivered": 1})


async def test_nobody_else_may_and_what_does_not_fit_is_refused(web: Web) -> None:
    for who in ("operator", "supervisor", "water", "auditor"):
        assert (await web.ask(who, "GET", "/api/webhooks")).status == 403
        assert (await web.ask(who, "POST", "/api/webhooks", {"url": URL})).status == 403
    for body in ({"url": "ftp://x"}, {"url": "http://["}, {"url": URL, "secret": "short"}, {}):
        assert (await web.ask("admin", "POST", "/api/webhooks", body)).status == 422
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/redeliver")):
        assert (await web.ask("admin", method, f"/api/webhooks/99{path}")).status == 404
