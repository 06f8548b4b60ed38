"""Administrators keep accounts, sessions and jobs and hear the doctor; auditors search the log and take it out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.db.jobs import enqueue
from tests.integration.tickets.desk import PHONE
from tests.integration.web.conftest import Web
from tests.integration.web.test_tickets import problem

PASSWORD = "Korrekt-Pferd-77"
WANG = {"name": "wang", "role": "unit", "unit_id": "water", "password": PASSWORD}


async def test_an_account_is_made_locked_and_let_in_again(web: Web) -> None:
    made = await web.ask("admin", "POST", "/api/admin/users", WANG)
    assert (made.status, (await made.json())["unit_id"]) == (201, "water")
    assert "wang" in {one["name"] for one in await web.get("auditor", "/api/admin/users")}
    login = {"name": "wang", "password": PASSWORD}
    assert (await web.client.post("/api/login", json=login)).status == 200
    web.client.session.cookie_jar.clear()
    (session,) = await web.get("admin", "/api/admin/sessions", user="wang")
    assert session["kind"] == "session"
    locked = await web.ask("admin", "PATCH", "/api/admin/users/wang", {"disabled": True})
    assert (await locked.json())["disabled_at"]
    assert (await web.client.post("/api/login", json=login)).status == 401
    changes = {"disabled": False, "password": "Anderes-Pferd-88"}
    assert (await web.ask("admin", "PATCH", "/api/admin/users/wang", changes)).status == 200
    assert (await web.client.post("/api/login", json=login | {"password": "Anderes-Pferd-88"})).status == 200
    actions = [row["action"] for row in await web.desk.rows("SELECT action FROM audit_log WHERE user_name = 'admin'")]
    assert actions == ["user.add", "user.disable", "user.password", "user.enable"]


async def test_what_does_not_fit_makes_no_account(web: Web) -> None:
    for wrong in ({"password": "short"}, {"unit_id": None}, {"unit_id": "nowhere"}, {"name": "office"}):
        document = await problem(await web.ask("admin", "POST", "/api/admin/users", WANG | wrong), 422)
        assert document["code"] == "account-not-possible", wrong
    await problem(await web.ask("admin", "PATCH", "/api/admin/users/nobody", {"disabled": True}), 404)
    await problem(await web.ask("admin", "PATCH", "/api/admin/users/nobody", {}), 404)
    assert len(await web.get("admin", "/api/admin/users")) == 8


async def test_a_session_is_ended_at_once(web: Web) -> None:
    sessions = await web.get("admin", "/api/admin/sessions")
    token = next(one for one in sessions if one["user_name"] == "operator")
    path = f"/api/admin/users/operator/sessions/{token['id']}"
    assert (await web.ask("admin", "DELETE", path)).status == 204
    assert (await web.ask("operator", "GET", "/api/me")).status == 401
    await problem(await web.ask("admin", "DELETE", path), 404)


async def test_a_token_is_made_for_a_program_shown_once_and_revoked(web: Web) -> None:
    path = "/api/admin/users/office/tokens"
    response = await web.ask("admin", "POST", path, {"label": "城市大脑", "days": 30})
    made = await response.json()
    assert response.status == 201, made
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert (await (await web.client.get("/api/me", headers=headers)).json())["name"] == "office"
    listed = [one for one in await web.get("admin", "/api/admin/sessions") if one["label"]]
    assert [(one["id"], one["label"]) for one in listed] == [(made["id"], "城市大脑")]
    assert made["token"] not in str(listed)
    assert (await web.ask("admin", "DELETE", f"/api/admin/users/office/sessions/{made['id']}")).status == 204
    assert (await web.client.get("/api/me", headers=headers)).status == 401
    await problem(await web.ask("admin", "POST", "/api/admin/users/nobody/tokens", {"label": "x"}), 404)
    for wrong in ({}, {"label": ""}, {"label": "x", "days": 0}, {"label": "x", "days": 4000}):
        await problem(await web.ask("admin", "POST", path, wrong), 422)
    [line] = await web.get("auditor", "/api/audit", action="user.token")
    assert (line["subject"], line["detail"]) == ("user:office", {"token": made["id"]})


async def test_a_failed_job_is_listed_without_its_words_and_tried_again(web: Web) -> None:
    async with web.desk.database.transaction() as connection:
        job = await enqueue(connection, "build-recording", {"call_id": "k.1"})
        await connection.execute("UPDATE pgqueuer SET status = 'failed', updated = $2 WHERE id = $1", job, _now())
    (listed,) = await web.get("admin", "/api/admin/jobs")
    assert (listed["id"], listed["payload"], "error" in listed) == (job, {"call_id": "k.1"}, False)
    assert (await web.ask("admin", "POST", f"/api/admin/jobs/{job}/retry")).status == 204
    assert await web.get("admin", "/api/admin/jobs") == []
    await problem(await web.ask("admin", "POST", f"/api/admin/jobs/{job}/retry"), 404)


def _now() -> datetime:
    return datetime.now(UTC)


async def test_the_doctor_says_the_same_as_at_the_command_line(web: Web) -> None:
    findings = {one["name"] for one in await web.get("admin", "/api/admin/doctor")}
    assert len(findings) > 5


@pytest.mark.parametrize("who", ["operator", "office", "supervisor", "water", "auditor"])
async def test_nobody_else_keeps_the_system(web: Web, who: str) -> None:
    for method, path, body in (
        ("POST", "/api/admin/users", WANG),
        ("PATCH", "/api/admin/users/office", {"disabled": True}),
        ("DELETE", "/api/admin/users/office/sessions/1", None),
        ("POST", "/api/admin/users/office/tokens", {"label": "x"}),
        ("GET", "/api/admin/jobs", None),
        ("POST", "/api/admin/jobs/1/retry", None),
        ("GET", "/api/admin/doctor", None),
    ):
        await problem(await web.ask(who, method, path, body), 403)


async def test_the_log_is_searched_by_person_ticket_caller_and_action_and_taken_out(web: Web) -> None:
    number = await web.desk.receive(caller={"phone": PHONE, "anonymous": True})
    await web.get("operator", f"/api/tickets/{number}/caller")
    await web.get("office", f"/api/callers/{PHONE}")

    async def found(**query: str) -> list[str]:
        return [line["action"] for line in await web.get("auditor", "/api/audit", **query)]

    assert await found(user="operator") == ["ticket.caller"]
    assert await found(subject=f"ticket:{number}") == ["ticket.caller"]
    assert await found(caller=PHONE) == ["caller.history"]
    assert await found(action="ticket.") == ["ticket.caller"]
    response = await web.ask("auditor", "GET", "/api/audit/export?action=caller")
    text = (await response.read()).decode("utf-8-sig")
    assert response.content_type == "text/csv"
    assert [line.split(",")[5] for line in text.splitlines()] == ["操作", "caller.history"]
    assert PHONE not in text
    assert (await found())[0] == "audit.export"
    await problem(await web.ask("admin", "GET", "/api/audit/export"), 403)
