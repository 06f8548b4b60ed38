"""What a browser's telephone is told of STUN and TURN."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr, ValidationError

from app.settings import IceSettings
from app.web.ice import ice_configuration

NOW = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
STUN, TURN = "stun:turn.example.gov.cn:3478", "turn:turn.example.gov.cn:3478?transport=tcp"


def test_without_servers_the_browser_looks_for_its_own_way() -> None:
    assert ice_configuration(IceSettings(), "op1001", NOW) == {"iceServers": [], "iceTransportPolicy": "all"}


def test_a_turn_server_is_given_with_a_password_that_ends_and_a_stun_server_without() -> None:
    settings = IceSettings(servers=(STUN, TURN), secret=SecretStr("north"), credential_seconds=3600)
    told = ice_configuration(settings, "op1001", NOW)
    # Computed with: printf 1795831200:op1001 | openssl dgst -sha1 -hmac north -binary | base64
    assert told["iceServers"] == [
        {"urls": STUN},
        {"urls": TURN, "username": "1795831200:op1001", "credential": "v9oRGtgFh69ZAEmfa/HI/e1kRkM="},
    ]


def test_everything_by_relay_is_said_so() -> None:
    settings = IceSettings(servers=(TURN,), secret=SecretStr("north"), relay_only=True)
    assert ice_configuration(settings, "op1001", NOW)["iceTransportPolicy"] == "relay"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"servers": [TURN]}, "wants a secret"),
        ({"servers": [STUN], "relay_only": True}, "relay_only wants a turn: server"),
        ({"servers": ["http://turn.example.gov.cn"]}, "String should match pattern"),
    ],
)
def test_what_does_not_fit_together_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        IceSettings.model_validate(fields)
