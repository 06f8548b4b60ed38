"""The OpenAPI document is valid and true: whatever is sent by it, by whomever, nothing ends in a 5xx."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from app.tickets.categories import CategoryGuess
from app.tickets.suggest import Duplicate, PlaceGuess, UnitGuess
from app.tickets.suggest import answer as suggest_answer
from app.units import store
from tests.integration.tickets.desk import REPLY
from tests.integration.web.conftest import Web
from tests.integration.web.test_calls import add_call, add_recording
from tests.integration.web.test_units import NIGHT

EXAMPLES = 4
CHECKS = [content_type_conformance, response_schema_conformance]
STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("water", "accept", {"unit": "water"}),
    ("water", "inform", {"unit": "water"}),
    ("water", "report", {"unit": "water", "reply": REPLY, "satisfaction": "satisfied"}),
    ("operator", "follow-up", {"result": "satisfied"}),
    ("office", "close", {}),
    ("office", "publish", {}),
]
SUGGESTED: dict[str, Any] = {
    "content": "停水",
    "units": [asdict(UnitGuess("water", "水务局", 0.9, ("停水",)))],
    "category": asdict(CategoryGuess("help_public", 0.9, ("停水",))),
    "urgent": ["停水"],
    "place": asdict(PlaceGuess("人民路8号", 0.9)),
    "answer": suggest_answer(["水务局"], "satisfied"),
    "earlier": [{"number": "1", "status": "closed", "category": "consult", "received_at": "2026-01-01T00:00:00+00:00"}],
    "duplicates": [asdict(Duplicate("1", 0.9, same_place=True))],
}
OPEN = ("/api/login", "/api/public/tickets", "/api/problem-codes")


async def test_the_document_is_valid_and_says_how_to_log_in(web: Web) -> None:
    document = await web.get(None, "/api/openapi.json")
    await asyncio.to_thread(validate, document)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert operation["tags"], path
            for status, response in operation["responses"].items():
                assert "schema" in str(response) or "$ref" in response or status in {"101", "204"}, (path, status)
                assert "'schema': {}" not in str(response), (path, status)
            if operation["tags"] == ["service"]:
                continue
            assert {"404", "422"} <= operation["responses"].keys(), path
            if method in {"put", "patch"}:
                assert operation["requestBody"]["required"], path
            if path.startswith(OPEN):
                assert operation["security"] == []


async def test_the_document_names_paths_bodies_and_parameters_of_tickets(web: Web) -> None:
    paths = (await web.get(None, "/api/openapi.json"))["paths"]
    assert {"get", "post"} == paths["/api/tickets"].keys()
    assert {"get", "patch"} == paths["/api/tickets/{number}"].keys()
    assert {"/api/live", "/api/recordings/{recording_id}", "/api/transcripts/{call_id}"} <= paths.keys()
    dispatch = paths["/api/tickets/{number}/dispatch"]["post"]
    body = dispatch["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/DispatchArgs"}
    number = dispatch["parameters"][0]
    assert (number["name"], number["in"], number["schema"]["pattern"]) == ("number", "path", "^[0-9]{8}-[0-9]{6}$")


async def test_the_document_can_be_read_in_a_browser_without_any_other_site(web: Web) -> None:
    response = await web.ask(None, "GET", "/api/docs")
    text = await response.text()
    assert (response.status, response.content_type) == (200, "text/html")
    assert "/api/tickets/{number}/dispatch" in text
    assert re.findall(r'(?:src|href)="(?!/)', text) == []


@pytest.mark.parametrize("who", ["supervisor", "operator", "water", "admin", None])
async def test_whatever_is_sent_nothing_fails_inside(web: Web, who: str | None) -> None:
    number = await web.desk.dispatched()
    document = await web.get(None, "/api/openapi.json")
    await asyncio.to_thread(_try_everything, document, web.url().rstrip("/"), web.secrets.get(who or ""), number)
    response = await web.ask("operator", "GET", f"/api/tickets/{number}")
    assert response.status == 200


async def test_every_answer_has_the_form_the_document_says(web: Web) -> None:
    """Of a city where something has happened, with nothing in an answer that the document does not name."""
    await add_call(web, "k.1")
    await add_call(web, "m.1", "missed")
    await add_recording(web, "k.1")
    number = await web.desk.dispatched(content="人民路停水")
    for who, action, body in STEPS:
        assert (await web.act(who, number, action, **body)).status == 200, action
    secret = await web.desk.receive(category="report_economic", content="x")
    async with web.desk.database.transaction() as connection:
        await connection.execute("UPDATE tickets SET call_id = 'k.1' WHERE number = $1", number)
        await connection.execute("UPDATE tickets SET suggestions = $2 WHERE number = $1", number, SUGGESTED)
        await connection.execute(
            "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at) "
            "VALUES ('a', 'k.1', 'water', 'A', 'join', now())"
        )
        await store.save_roster(connection, [NIGHT])
    hook = await (await web.ask("admin", "POST", "/api/webhooks", {"url": "http://127.0.0.1:1/"})).json()
    await web.desk.receive()

    document = await web.get(None, "/api/openapi.json")
    paths = {
        "operator": (
            *("/api/me", "/api/calls", "/api/calls/missed", "/api/calls/k.1", "/api/transcripts/k.1"),
            *("/api/queue", "/api/operators/op1001/state"),
        ),
        "water": ("/api/duty", "/api/tickets", f"/api/tickets/{number}", f"/api/tickets/{number}/caller?reason=r"),
        "office": (
            *("/api/operators", "/api/units", "/api/units/water?history=true", "/api/duty", "/api/tickets"),
            *("/api/duty/roster?from=2026-10-01", "/api/reports", "/api/reports/rates-by-unit", "/api/public/tickets"),
            *(f"/api/tickets/{number}", f"/api/tickets/{secret}"),
        ),
        "admin": ("/api/webhooks", f"/api/webhooks/{hook['id']}"),
        "auditor": ("/api/audit", "/api/tickets", f"/api/tickets/{number}"),
    }
    for who, asked in paths.items():
        for path in asked:
            answer = await web.get(who, path)
            assert answer, path
            _conforms(document, path, answer)


def _conforms(document: dict[str, Any], path: str, answer: Any) -> None:
    bare = path.partition("?")[0]
    fitting = (known for known in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), bare))
    named = min(fitting, key=lambda known: known.count("{"))
    schema = document["paths"][named]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    components = json.loads(json.dumps(document["components"]))
    for form in components["schemas"].values():
        if form.get("type") == "object":
            form["additionalProperties"] = False
    problems = [
        error.message for error in Draft202012Validator(schema | {"components": components}).iter_errors(answer)
    ]
    assert problems == [], (path, problems)


def _try_everything(document: dict[str, Any], url: str, secret: str | None, number: str) -> None:
    """Every operation with a few made-up requests; those about a ticket mean one that exists."""
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    failures: list[str] = []
    statuses: Counter[int] = Counter()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.path in {"/api/live", "/readyz"}:
            continue

        @given(case=one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def attack(case: Case[Any]) -> None:
            if "number" in case.path_parameters:
                case.path_parameters["number"] = number
            response = case.call(base_url=url, headers=headers, timeout=20)
            statuses[response.status_code] += 1
            try:
                case.validate_response(response, checks=CHECKS)
            except (FailureGroup, Failure) as failure:
                failures.append(f"{case.method} {case.path}: {failure}")
            if response.status_code >= 500:
                failures.append(f"{case.method} {case.path} -> {response.status_code}: {response.text[:200]}")

        attack()
    assert failures == []
    assert statuses[200] > 0
    assert statuses[401 if secret is None else 422] > 0
