"""Work lists over HTTP: who finds which ticket where, page by page, as a worksheet, and several dealt with at once."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.integration.tickets.desk import BACK, PHONE, REPLY, of_unit
from tests.integration.web.conftest import Web


async def numbers(web: Web, who: str, name: str, **query: Any) -> list[str]:
    page = await web.get(who, "/api/tickets", list=name, **query)
    assert page.keys() == {"items", "next"}
    return [ticket["number"] for ticket in page["items"]]


async def test_a_ticket_goes_from_list_to_list_as_it_is_dealt_with(web: Web) -> None:
    desk = web.desk
    number = await desk.receive()
    assert await numbers(web, "office", "to-dispatch") == [number]
    await desk.done(number, "dispatch", units=[{"unit": "water"}])
    assert await numbers(web, "office", "to-dispatch") == []
    assert await numbers(web, "water", "to-accept") == await numbers(web, "water", "open") == [number]
    assert await numbers(web, "urban", "open") == []
    await desk.done(number, "accept", of_unit("water"), unit="water")
    asked = {"working_days": 2, "reason": "雨", "measures": "抽", "legal_basis": "法", "signed_by": "王"}
    await desk.done(number, "request-extension", of_unit("water"), unit="water", **asked)
    assert await numbers(web, "office", "extensions") == await numbers(web, "water", "extensions") == [number]
    await desk.done(number, "supervise", BACK, how="phone")
    assert await numbers(web, "supervisor", "supervised") == [number]
    await desk.done(number, "reject-extension", BACK, reason="不必")
    assert await numbers(web, "office", "extensions") == []
    desk.at += timedelta(days=60)
    assert await numbers(web, "office", "late") == await numbers(web, "water", "late") == [number]
    await desk.done(number, "report", of_unit("water"), unit="water", reply=REPLY, satisfaction="satisfied")
    assert await numbers(web, "office", "to-follow-up") == [number]
    assert await numbers(web, "water", "open") == await numbers(web, "water", "late") == []
    await desk.done(number, "follow-up", result="satisfied")
    assert await numbers(web, "office", "to-close") == [number]
    await desk.done(number, "close")
    assert await numbers(web, "office", "open") == []
    assert await numbers(web, "office", "all") == [number]


async def test_mine_are_those_that_i_wrote_or_my_telephone_took(web: Web) -> None:
    response = await web.ask("operator", "POST", "/api/tickets", {"channel": "phone", "category": "consult"})
    number = (await response.json())["number"]
    assert await numbers(web, "operator", "mine") == [number]
    assert await numbers(web, "office", "mine") == []
    taken = await web.desk.rows(
        "INSERT INTO tickets (number, profile, status, operator_id, received_at) "
        "VALUES ('20260101-000001', 'yixing-2011', 'received', 'op1001', now()) RETURNING owner"
    )
    assert taken == [{"owner": "operator"}]


async def test_a_list_is_paged_by_key_in_each_order_and_its_place_is_good_for_that_order_only(web: Web) -> None:
    made = []
    for _ in range(5):
        made.append(await web.desk.receive())
        web.desk.at += timedelta(minutes=1)
    for sort, wanted in (("received", made[::-1]), ("oldest", made), ("due", made)):
        found, after = [], None
        while True:
            query = {"list": "to-dispatch", "sort": sort, "limit": 2} | ({"after": after} if after else {})
            page = await web.get("office", "/api/tickets", **query)
            found += [ticket["number"] for ticket in page["items"]]
            if (after := page["next"]) is None:
                break
        assert found == wanted, sort
    place = (await web.get("office", "/api/tickets", list="to-dispatch", limit=2))["next"]
    for wrong in ("x", place):
        path = f"/api/tickets?list=to-dispatch&sort=due&after={wrong}"
        problem = await (await web.ask("office", "GET", path)).json()
        assert (problem["status"], problem["code"]) == (422, "not-a-page")


async def test_what_is_looked_for_is_a_number_a_caller_or_words(web: Web) -> None:
    number = await web.desk.receive(content="人民路停水")
    await web.desk.receive(content="路灯不亮", caller={"phone": "13900000000"})
    for q in (number, PHONE, "停水"):
        assert await numbers(web, "office", "to-dispatch", q=q) == [number], q
    assert await numbers(web, "auditor", "to-dispatch", q=PHONE) == []
    assert len(await numbers(web, "office", "to-dispatch", q=number[:9])) == 2


async def test_of_a_confidential_ticket_the_lists_show_a_stub_and_only_the_discipline_unit_has_it(web: Web) -> None:
    number = await web.desk.receive(category="report_economic", content="局长受贿")
    await web.desk.done(number, "dispatch", units=[{"unit": "discipline"}])
    (stub,) = (await web.get("office", "/api/tickets", list="open"))["items"]
    assert "content" not in stub
    assert await numbers(web, "office", "open", q="受贿") == []
    assert await numbers(web, "discipline", "open") == [number]
    assert await numbers(web, "water", "open") == []


async def test_the_counts_are_those_of_the_lists(web: Web) -> None:
    await web.desk.receive()
    await web.desk.dispatched()
    office, unit = [await web.get(who, "/api/tickets/counts") for who in ("office", "water")]
    assert (office["open"], office["to-dispatch"], office["mine"], "to-accept" in office) == (2, 1, 0, False)
    assert (unit["open"], unit["to-accept"], "to-dispatch" in unit) == (1, 1, False)


async def test_a_list_that_is_not_the_roles_is_refused_and_requests_without_a_list_are_as_they_were(web: Web) -> None:
    number = await web.desk.receive()
    assert (await web.ask("water", "GET", "/api/tickets?list=to-dispatch")).status == 403
    assert (await web.ask("office", "GET", "/api/tickets?list=nonsense")).status == 422
    assert [t["number"] for t in (await web.get("office", "/api/tickets"))["tickets"]] == [number]


async def test_a_list_is_a_worksheet_without_formulas_and_in_the_audit_log(web: Web) -> None:
    number = await web.desk.receive(content="=1+1")
    response = await web.ask("office", "GET", "/api/tickets/export?list=to-dispatch")
    assert response.status == 200
    sheet = load_workbook(io.BytesIO(await response.read())).active
    assert sheet is not None
    _, row = sheet.iter_rows(values_only=True)
    assert (row[0], row[1], row[-1]) == (number, "已受理", "'=1+1")
    (line,) = await web.desk.rows("SELECT user_name, subject, detail FROM audit_log")
    assert line["detail"] == {"list": "to-dispatch", "rows": 1}


async def test_several_at_once_have_a_result_each(web: Web) -> None:
    first, second = await web.desk.receive(), await web.desk.receive()
    closed = "20200101-000001"
    body = {"action": "dispatch", "numbers": [first, closed, second], "body": {"units": [{"unit": "water"}]}}
    done = await (await web.ask("office", "POST", "/api/tickets/bulk", body)).json()
    assert [line["number"] for line in done] == [first, closed, second]
    assert [line["outcome"] and line["outcome"]["status"] for line in done] == ["dispatched", None, "dispatched"]
    assert done[1]["problem"]["code"] == "no-such-ticket"
    again = await (await web.ask("office", "POST", "/api/tickets/bulk", body)).json()
    assert {line["problem"]["code"] for line in again} == {"rule-illegal-state", "no-such-ticket"}


@pytest.mark.parametrize(
    ("who", "wrong", "status"),
    [
        ("office", {"action": "nonsense"}, 422),
        ("office", {"body": {"nonsense": 1}}, 422),
        ("office", {"numbers": []}, 422),
        ("water", {}, 403),
        ("office", {"role": "leader"}, 403),
    ],
)
async def test_what_does_not_fit_several_is_done_to_none(
    web: Web, who: str, wrong: dict[str, Any], status: int
) -> None:
    number = await web.desk.receive()
    body = {"action": "dispatch", "numbers": [number], "body": {"units": [{"unit": "water"}]}} | wrong
    assert (await web.ask(who, "POST", "/api/tickets/bulk", body)).status == status
    assert (await web.desk.row(number))["status"] == "received"
