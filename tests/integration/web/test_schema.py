"""The OpenAPI document is valid and true: whatever is sent by it, by whomever, nothing ends in a 5xx."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.integration.web.conftest import Web

EXAMPLES = 4
OPEN = ("/api/login", "/api/public/tickets")


async def test_the_document_is_valid_and_says_how_to_log_in(web: Web) -> None:
    document = await web.get(None, "/api/openapi.json")
    await asyncio.to_thread(validate, document)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert operation["tags"], path
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


def _try_everything(document: dict[str, Any], url: str, secret: str | None, number: str) -> None:
    """Every operation with a few made-up requests; those about a ticket mean one that exists."""
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    failures: list[str] = []
    statuses: Counter[int] = Counter()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.path == "/api/live":
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
            if response.status_code >= 500:
                failures.append(f"{case.method} {case.path} -> {response.status_code}: {response.text[:200]}")

        attack()
    assert failures == []
    assert statuses[200] > 0
    assert statuses[401 if secret is None else 422] > 0
