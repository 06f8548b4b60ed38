"""What goes wrong inside is told to the log without what callers are called or say."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from app.web.problems import problem_middleware

PHONE = "13812345678"


async def test_a_fault_is_a_document_for_the_client_and_a_place_without_words_for_the_log() -> None:
    async def handler(_: web.Request) -> web.Response:
        TypeAdapter(dict[str, int]).validate_python({PHONE: PHONE + "x"})
        raise AssertionError

    with capture_logs() as logs:
        response: Any = await problem_middleware(make_mocked_request("GET", "/api/tickets"), handler)
    assert (response.status, response.content_type) == (500, "application/problem+json")
    assert PHONE not in response.text
    assert PHONE not in str(logs)
    assert logs[0]["error"] == "ValidationError"
    assert "validate_python" in logs[0]["where"]


@pytest.mark.parametrize("error", [web.HTTPNotFound(), web.HTTPMethodNotAllowed("GET", ["POST"])])
async def test_what_aiohttp_refuses_is_a_document_too(error: web.HTTPException) -> None:
    async def handler(_: web.Request) -> web.Response:
        raise error

    response: Any = await problem_middleware(make_mocked_request("GET", "/"), handler)
    assert (response.status, response.content_type) == (error.status, "application/problem+json")
