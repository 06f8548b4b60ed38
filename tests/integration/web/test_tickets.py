"""Tickets over HTTP: the whole life, every role's view, what is refused and how it is said."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientResponse

from app.numbers import masked
from app.people.audit import caller_subject
from app.people.rights import RIGHTS, Action
from app.web.offers import PATHS
from tests.integration.tickets.desk import ADDRESS, CALLER, NAME, PHONE, REPLY
from tests.integration.web.conftest import PEOPLE, SHELL_TOKEN, Web

SAID = "局长收受二十万元"
NEW = {"channel": "phone", "category": "help_public", "content": "人民路停水", "caller": CALLER}
TO_WATER = [{"unit": "water", "role": "lead"}]
HIDDEN = (SAID, NAME, PHONE, ADDRESS)


async def created(web: Web, **fields: Any) -> str:
    response = await web.ask("operator", "POST", "/api/tickets", NEW | fields)
    answer = await response.json()
    assert response.status == 201, answer
    number: str = answer["number"]
    return number


async def dispatched(web: Web, **fields: Any) -> str:
    number = await created(web, **fields)
    assert (await web.act("operator", number, "dispatch", units=TO_WATER)).status == 200
    return number


async def problem(response: ClientResponse, status: int) -> dict[str, Any]:
    document: dict[str, Any] = await response.json()
    assert (response.status, response.content_type) == (status, "application/problem+json"), document
    assert document["status"] == status
    return document


async def test_a_ticket_lives_from_receipt_to_publication(web: Web) -> None:
    number = await dispatched(web)
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("water", "accept", {"unit": "water"}),
        ("water", "inform", {"unit": "water"}),
        ("operator", "urge", {"how": "phone"}),
        ("water", "report", {"unit": "water", "reply": REPLY, "satisfaction": "satisfied"}),
        ("operator", "follow-up", {"result": "satisfied"}),
        ("office", "close", {}),
        ("office", "publish", {}),
    ]
    for who, action, body in steps:
        response = await web.act(who, number, action, **body)
        assert response.status == 200, (action, await response.json())

    ticket = await web.get("operator", f"/api/tickets/{number}")
    assert (ticket["status"], ticket["satisfaction"], ticket["content"]) == ("closed", "satisfied", "人民路停水")
    assert [entry["action"] for entry in ticket["history"]][:3] == ["receive", "dispatch", "accept"]
    assert ticket["assignments"][0]["reply"]["text"] == REPLY["text"]
    assert {"limits", "notices", "late_now", "warnings", "place"} <= ticket.keys()

    (shown,) = await web.get(None, "/api/public/tickets")
    assert (shown["number"], shown["answer"]) == (number, REPLY["text"])
    assert not any(secret in str(shown) for secret in (NAME, PHONE, ADDRESS))


async def test_a_refusal_is_a_problem_document_with_rule_and_article(web: Web) -> None:
    number = await created(web)
    document = await problem(await web.act("operator", number, "close"), 409)
    assert document["rule"] == "illegal-state"
    assert document["article"]
    assert document["detail"]


async def test_every_action_is_open_to_the_roles_of_the_rights_table_only(web: Web) -> None:
    number = await dispatched(web)
    for name in PATHS:
        action: Action = f"ticket.{name.replace('-', '_')}"  # type: ignore[assignment]
        for who in ("auditor", "admin", "operator", "office", "water"):
            response = await web.ask(who, "POST", f"/api/tickets/{number}/{name}", {"nonsense": 1})
            body_looked_at = PEOPLE[who][0] in RIGHTS[action]
            assert response.status in ({422} if body_looked_at else {403, 422}), (name, who)
    for who in ("auditor", "admin"):
        await problem(await web.act(who, number, "close"), 403)
        await problem(await web.ask(who, "POST", "/api/tickets", NEW), 403)
    for who in ("operator", "office", "supervisor"):
        await problem(await web.act(who, number, "accept", unit="water"), 403)
    await problem(await web.act("water", number, "dispatch", units=TO_WATER), 403)
    await problem(await web.act("operator", number, "publish"), 403)


async def test_nobody_gets_in_without_a_token_and_the_shell_with_its_own(web: Web) -> None:
    await problem(await web.ask(None, "GET", "/api/tickets"), 401)
    for wrong in ("x", "ÿ", ""):
        response = await web.client.get("/api/tickets", headers={"Authorization": f"Bearer {wrong}"})
        await problem(response, 401)
    response = await web.client.get("/api/tickets", headers={"Authorization": f"Bearer {SHELL_TOKEN}"})
    assert response.status == 200


async def test_a_unit_sees_its_own_tickets_and_does_not_learn_of_others(web: Web) -> None:
    number = await dispatched(web)
    assert [t["number"] for t in (await web.get("water", "/api/tickets"))["tickets"]] == [number]
    assert (await web.get("urban", "/api/tickets"))["tickets"] == []
    assert (await web.get("urban", "/api/tickets", unit="water"))["tickets"] == []
    own = await web.get("water", f"/api/tickets/{number}")
    assert (own["caller_phone"], "suggestions" in own) == (masked(PHONE), False)
    assert "suggestions" in await web.get("operator", f"/api/tickets/{number}")
    for path in (f"/api/tickets/{number}", f"/api/tickets/{number}/caller", "/api/tickets/20200101-000001"):
        await problem(await web.ask("urban", "GET", path), 404)
    await problem(await web.act("urban", number, "accept", unit="water"), 404)
    document = await problem(await web.act("water", number, "accept", unit="urban-management"), 409)
    assert document["rule"] in {"unit-not-assigned", "not-your-part"}


async def test_a_confidential_ticket_is_a_stub_to_the_centre_and_nothing_to_other_units(web: Web) -> None:
    number = await created(web, category="report_economic", content=SAID)
    response = await web.act("operator", number, "dispatch", units=[{"unit": "discipline", "role": "lead"}])
    assert response.status == 200, await response.json()
    for who in ("operator", "office", "supervisor", "auditor"):
        (stub,) = (await web.get(who, "/api/tickets"))["tickets"]
        whole = await web.get(who, f"/api/tickets/{number}")
        assert (stub["number"], stub["confidential"], whole["status"]) == (number, True, "dispatched")
        assert not any(secret in str((stub, whole)) for secret in HIDDEN)
        assert not {"content", "suggestions", "call_id", "caller_phone"} & stub.keys()
        assert set(whole["history"][0]) == {"n", "at", "action"}
        assert (await web.get(who, "/api/tickets", text="局长"))["tickets"] == []
    await problem(await web.ask("water", "GET", f"/api/tickets/{number}"), 404)
    for who in ("operator", "office", "supervisor"):
        await problem(await web.ask(who, "GET", f"/api/tickets/{number}/caller"), 403)
        await problem(await web.ask(who, "PATCH", f"/api/tickets/{number}", {"category": "consult"}), 403)


async def test_the_discipline_unit_sees_its_reports_and_every_look_is_in_the_audit_log(web: Web) -> None:
    number = await created(web, category="report_economic", content=SAID)
    await web.act("operator", number, "dispatch", units=[{"unit": "discipline", "role": "lead"}])

    assert (await web.get("discipline", f"/api/tickets/{number}"))["content"] == SAID
    caller = await web.get("discipline", f"/api/tickets/{number}/caller", reason="核查")
    await web.ask("operator", "GET", f"/api/tickets/{number}/caller")

    assert caller == CALLER
    log = await web.desk.rows("SELECT user_name, action, subject, host(address) AS host FROM audit_log ORDER BY id")
    assert [(line["user_name"], line["action"]) for line in log] == [
        ("discipline", "ticket.read"),
        ("discipline", "ticket.caller"),
        ("discipline", "ticket.unmask"),
        ("operator", "ticket.caller.refused"),
    ]
    assert {(line["subject"], line["host"]) for line in log} == {(f"ticket:{number}", "127.0.0.1")}


async def test_who_will_not_be_named_is_named_to_staff_after_an_audit_entry_and_never_to_units(web: Web) -> None:
    number = await dispatched(web, caller=CALLER | {"anonymous": True})
    for who in ("operator", "water"):
        shown = await web.get(who, f"/api/tickets/{number}")
        assert not any(secret in str(shown) for secret in (NAME, PHONE, ADDRESS))
    assert await web.get("operator", f"/api/tickets/{number}/caller") == CALLER
    await problem(await web.ask("water", "GET", f"/api/tickets/{number}/caller"), 403)
    log = await web.desk.rows("SELECT user_name, action FROM audit_log ORDER BY id")
    assert [(line["user_name"], line["action"]) for line in log] == [
        ("operator", "ticket.caller"),
        ("water", "ticket.caller.refused"),
    ]


async def test_the_auditor_sees_no_caller_and_cannot_look_for_one(web: Web) -> None:
    number = await dispatched(web)
    assert "caller_phone" not in await web.get("auditor", f"/api/tickets/{number}")
    await problem(await web.ask("auditor", "GET", f"/api/tickets/{number}/caller"), 403)
    await problem(await web.ask("auditor", "GET", f"/api/tickets?caller={PHONE}"), 403)


async def test_the_operator_corrects_before_the_dispatch_and_not_after(web: Web) -> None:
    number = await created(web)
    change = {"content": "人民路爆管", "place": "人民路8号", "urgency": "urgent", "name": "张三"}
    response = await web.ask("operator", "PATCH", f"/api/tickets/{number}", change)
    assert response.status == 200
    ticket = await web.get("operator", f"/api/tickets/{number}")
    assert (ticket["content"], ticket["place"], ticket["caller_name"]) == ("人民路爆管", "人民路8号", "张三")
    assert [entry["action"] for entry in ticket["history"]] == ["receive", "correct"]

    await problem(await web.ask("water", "PATCH", f"/api/tickets/{number}", change), 403)
    await problem(await web.ask("operator", "PATCH", f"/api/tickets/{number}", {"status": "closed"}), 422)
    await problem(await web.ask("operator", "PATCH", "/api/tickets/20200101-000001", change), 404)
    await web.act("operator", number, "dispatch", units=TO_WATER)
    await problem(await web.ask("operator", "PATCH", f"/api/tickets/{number}", change), 409)


async def test_lifting_the_protection_of_a_caller_to_look_and_putting_it_back_is_in_the_audit_log(web: Web) -> None:
    number = await created(web, caller=CALLER | {"anonymous": True})
    path = f"/api/tickets/{number}"
    assert PHONE not in str(await web.get("operator", path))
    for anonymous in (False, True):
        assert (await web.ask("operator", "PATCH", path, {"anonymous": anonymous})).status == 200
        await web.get("operator", path)
    log = await web.desk.rows("SELECT user_name, action, subject FROM audit_log WHERE action = 'ticket.unprotect'")
    assert [tuple(line.values()) for line in log] == [("operator", "ticket.unprotect", f"ticket:{number}")]


async def test_pages_follow_each_other_without_gap_or_repetition(web: Web) -> None:
    numbers = [await created(web) for _ in range(7)]
    seen: list[str] = []
    after: str | None = None
    for _ in range(4):
        query = {"limit": 2} | ({"after": after} if after else {})
        found = await web.get("operator", "/api/tickets", **query)
        seen += [ticket["number"] for ticket in found["tickets"]]
        after = found["next"]
    assert seen == numbers[::-1]
    assert after is None


@pytest.mark.parametrize("after", ["x", "W10=", "bnVsbA==", "ÿ", "WyIwMDAxLTAxLTAxIiwgIngiXQ=="])
async def test_a_position_that_is_none_is_said_to_be_none(web: Web, after: str) -> None:
    await problem(await web.ask("operator", "GET", "/api/tickets", params={"after": after}), 422)


async def test_lists_are_filtered(web: Web) -> None:
    with_water = await dispatched(web)
    fresh = await created(web, category="consult", content="怎样办社保", caller={})

    async def listed(**query: Any) -> list[str]:
        return [ticket["number"] for ticket in (await web.get("office", "/api/tickets", **query))["tickets"]]

    assert await listed() == [fresh, with_water]
    assert await listed(unit="water") == [with_water]
    assert await listed(status="received") == [fresh]
    assert await listed(category="consult") == [fresh]
    assert await listed(caller=PHONE) == [with_water]
    assert await listed(text="社保") == [fresh]
    assert await listed(text="%") == []
    assert await listed(received_to="2026-09-30T08:00") == []
    assert await listed(received_from="2026-09-30T08:00", received_to="2026-10-01") == [fresh, with_water]


async def test_what_the_leader_decided_is_put_down_by_a_supervisor_only(web: Web) -> None:
    number = await created(web)
    for who in ("operator", "office"):
        await problem(await web.ask(who, "POST", f"/api/tickets/{number}/close?role=leader", {}), 403)
    await problem(await web.ask("supervisor", "POST", f"/api/tickets/{number}/close?role=leader", {}), 409)


async def test_a_merge_into_nothing_is_refused(web: Web) -> None:
    number = await created(web)
    await problem(await web.act("operator", number, "merge", into="20200101-000001"), 409)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
        (b'{"channel": "phone", "category": "consult", "content": "a\\u0000b"}', 422),
        (b'{"channel": "phone", "category": "consult", "content": "a\\ud800b"}', 422),
        (b'{"channel": "phone", "category": "consult", "a\\u0000": "b"}', 422),
        (b'{"channel": "phone", "category": "consult", "repeats": 1e999}', 422),
        (b'{"channel": "phone", "category": "consult", "repeats": ' + b"9" * 5000 + b"}", 400),
        (b'{"content": "' + b"x" * (1 << 20) + b'"}', 413),
    ],
)
async def test_a_body_that_cannot_be_kept_is_refused(web: Web, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {web.secrets['operator']}", "Content-Type": "application/json"}
    await problem(await web.client.post("/api/tickets", data=body, headers=headers), status)


@pytest.mark.parametrize(
    "path",
    [
        "/api/tickets?text=a%00b",
        "/api/tickets?status=no-such-status",
        "/api/tickets?category=no-such-category",
        "/api/tickets?received_from=0001-01-01T00:00:00%2B14:00",
        "/api/tickets?limit=99999999999999999999999999x",
        "/api/recordings/99999999999999999999999999",
        "/api/calls?before=9999-12-31T23:59:59-14:00",
        "/api/duty?unit_id=water&at=0001-01-01T00:00:00%2B14:00",
    ],
)
async def test_an_address_that_cannot_be_meant_is_refused(web: Web, path: str) -> None:
    response = await web.ask("supervisor", "GET", path)
    assert response.status in {404, 422}, await response.text()
    await problem(response, response.status)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("escalate", {"to": "x" * 3_000}),
        ("merge", {"into": "x" * 3_000}),
        ("refer", {"to": "x" * 3_000, "reason": "x"}),
        ("dispatch", {"units": [{"unit": f"u{n}"} for n in range(1_000)]}),
    ],
)
async def test_what_no_index_could_hold_is_refused_by_name(web: Web, action: str, body: dict[str, Any]) -> None:
    number = await created(web)
    document = await problem(await web.act("operator", number, action, **body), 422)
    assert document["errors"][0]["field"]


async def test_a_caller_of_more_than_a_line_is_refused(web: Web) -> None:
    for field in ("phone", "name", "address"):
        document = await problem(
            await web.ask("operator", "POST", "/api/tickets", NEW | {"caller": {field: "8" * 9_000}}), 422
        )
        assert document["errors"][0]["field"] == f"caller.{field}"


async def test_a_ticket_is_written_for_a_call_or_linked_to_it_later_and_a_call_has_one(web: Web) -> None:
    for call_id in ("k.1", "k.2"):
        await web.desk.rows("INSERT INTO calls (id, node, started_at) VALUES ($1, 'n', now()) RETURNING id", call_id)
    response = await web.ask("operator", "POST", "/api/tickets?call_id=k.1", NEW)
    assert response.status == 201
    assert (await problem(await web.ask("operator", "POST", "/api/tickets?call_id=k.1", NEW), 409))["code"] == (
        "call-has-a-ticket"
    )
    later = f"/api/tickets/{await created(web)}/call"
    assert (await problem(await web.ask("operator", "PUT", later, {"call_id": "k.1"}), 409))["code"] == (
        "call-has-a-ticket"
    )
    await problem(await web.ask("operator", "PUT", later, {"call_id": "k.9"}), 404)
    await problem(await web.ask("water", "PUT", later, {"call_id": "k.2"}), 403)
    for _ in range(2):
        assert (await web.ask("operator", "PUT", later, {"call_id": "k.2"})).status == 200
    assert (await problem(await web.ask("operator", "PUT", later, {"call_id": "k.1"}), 409))["code"] in {
        *("ticket-has-a-call", "call-has-a-ticket"),
    }


async def test_the_units_of_a_dispatch_stay_in_the_order_in_which_they_were_named(web: Web) -> None:
    number = await created(web)
    units = [{"unit": "water", "role": "lead"}, {"unit": "urban-management", "role": "assisting"}]
    assert (await web.act("office", number, "dispatch", how="joint", units=units)).status == 200
    ticket = await web.get("office", f"/api/tickets/{number}")
    assert ticket["unit_ids"] == ["water", "urban-management"]
    assert [part["part"] for part in ticket["assignments"]] == ["lead", "assisting"]


async def test_a_unit_that_has_a_part_reads_no_notice_that_is_meant_for_another(web: Web) -> None:
    number = await web.desk.receive()
    units = [{"unit": "water", "role": "lead"}, {"unit": "urban-management", "role": "assisting"}]
    response = await web.act("office", number, "dispatch", units=units)
    assert response.status == 200, await response.json()
    told = {who: (await web.get(who, f"/api/tickets/{number}"))["notices"] for who in ("office", "water", "urban")}
    assert {"water", "urban-management"} <= {notice["recipient"] for notice in told["office"]}
    assert {notice["recipient"] for notice in told["water"]} == {"water"}
    assert {notice["recipient"] for notice in told["urban"]} == {"urban-management"}


async def test_lists_that_show_confidential_tickets_and_searches_for_a_caller_are_in_the_audit_log(web: Web) -> None:
    number = await created(web, category="report_economic", content=SAID)
    await web.act("operator", number, "dispatch", units=[{"unit": "discipline", "role": "lead"}])
    for who in ("office", "discipline"):
        await web.get(who, "/api/tickets")
        await web.get(who, "/api/tickets", list="open")
    await web.get("operator", "/api/tickets", caller="13900009999")
    await web.get("operator", "/api/calls", number="13900009999")
    log = await web.desk.rows("SELECT user_name, action, subject, detail FROM audit_log ORDER BY id")
    found = [(line["user_name"], line["action"]) for line in log]
    assert found == [("discipline", "ticket.list")] * 2 + [("operator", "caller.search")] * 2
    assert [line["detail"] for line in log[:2]] == [{"tickets": [number]}] * 2
    assert {line["subject"] for line in log[2:]} == {caller_subject("13900009999")}
    assert "13900009999" not in str(log)
