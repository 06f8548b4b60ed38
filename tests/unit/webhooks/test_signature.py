"""A delivery's signature: a known value, and nothing else is believed."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from pathlib import Path
from typing import Any

import pytest

from app.webhooks.signature import TOLERANCE_S, sign, verify

SECRET, AT, BODY = "a-secret-of-16-or-more", 1_790_000_000, '{"event": "工单"}'.encode()


def test_the_signature_is_the_hmac_of_time_and_body() -> None:
    digest = hmac.new(SECRET.encode(), b"1790000000." + BODY, hashlib.sha256).hexdigest()
    assert sign(SECRET, AT, BODY) == f"t=1790000000,v1={digest}"


def test_what_was_signed_is_believed_for_some_minutes() -> None:
    header = sign(SECRET, AT, BODY)
    assert verify(SECRET, header, BODY, AT + TOLERANCE_S)
    assert not verify(SECRET, header, BODY, AT + TOLERANCE_S + 1)
    assert not verify(SECRET, header, BODY, AT - TOLERANCE_S - 1)


def test_another_body_secret_or_time_is_not_believed() -> None:
    header = sign(SECRET, AT, BODY)
    assert not verify(SECRET, header, BODY + b" ", AT)
    assert not verify(SECRET + "x", header, BODY, AT)
    assert not verify(SECRET, header.replace("t=1790000000", "t=1790000001"), BODY, AT)


@pytest.mark.parametrize("header", ["", "t=1,v1=", "v1=00,t=1", "t=1790000000,v1=" + "g" * 64, "t=²,v1=" + "0" * 64])
def test_a_header_of_another_form_is_not_believed(header: str) -> None:
    assert not verify(SECRET, header, BODY, AT)


def test_the_receiver_in_the_documents_believes_what_is_signed_and_nothing_else() -> None:
    text = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own document
    now = int(time.time())
    assert names["believable"](SECRET, sign(SECRET, now, BODY), BODY)
    assert not names["believable"](SECRET, sign(SECRET, now, BODY), BODY + b" ")
    assert not names["believable"](SECRET, sign(SECRET, now - 400, BODY), BODY)
    assert not names["believable"](SECRET, "t=1,v1=", BODY)
