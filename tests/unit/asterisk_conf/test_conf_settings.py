"""No value may break out of a configuration file; what is refused is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from asterisk_conf.secrets import new_secret
from asterisk_conf.settings import Ami, ConfSettings, Directories, Number, Phone, Prompts, RtpRange, Sip, Trunk

MENU = "[hotline-menu-full]\nexten => s,1,Goto(hotline-queue,s,1)\n"


def settings(**changes: Any) -> ConfSettings:
    usual: dict[str, Any] = {
        "node": "node1",
        "directories": Directories.below(Path("/srv/n"), prompts=Path("/srv/p"), music=Path("/srv/m")),
        "ami": Ami(secret="an-ami-secret"),
        "raw_recording": "/raw/${HOTLINE_CALL}/${HOTLINE_ROLE}-${UNIQUEID}.wav",
        "raw_message": "/raw/${HOTLINE_CALL}/message-%d.wav",
    }
    return ConfSettings(**{**usual, **changes})


@pytest.mark.parametrize(
    "bad",
    ["new\nline", "car\rriage", "semi;colon", "[section]", "(bracket", "${SHELL(id)}", 'quo"te', "com,ma", "nul\0", ""],
)
@pytest.mark.parametrize(
    ("model", "values", "field"),
    [
        (Ami, {}, "secret"),
        (Phone, {"id": "op1001", "name": "n"}, "password"),
        (Phone, {"id": "op1001", "password": "long-enough"}, "name"),
        (Phone, {"name": "n", "password": "long-enough"}, "id"),
        (Trunk, {}, "name"),
        (Trunk, {}, "outbound_host"),
        (Number, {"menu": "full"}, "number"),
        (Number, {"number": "12345"}, "menu"),
        (Prompts, {}, "thanks"),
        (Sip, {}, "host"),
        (Sip, {}, "realm"),
    ],
)
def test_a_value_that_would_break_out_is_refused_and_named(
    model: type[BaseModel], values: dict[str, Any], field: str, bad: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        model(**values, **{field: bad})
    assert refused.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("bad", ["relative/path", "/with space", "/a;b", "/a\nb", "/${HOME}"])
def test_only_plain_absolute_paths_are_taken(bad: str) -> None:
    with pytest.raises(ValidationError, match="want an absolute path"):
        Directories.below(Path(bad), prompts=Path("/p"), music=Path("/m"))


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ValidationError, match="8 to 128"):
        Phone(id="op1001", name="张三", password="short")


@pytest.mark.parametrize("address", ["not-an-address", "10.0.0.1/8", "0.0.0.0/33"])
def test_a_trunk_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="addresses"):
        Trunk(addresses=(address,))


def test_too_few_media_ports_are_refused() -> None:
    with pytest.raises(ValidationError, match="at least 20 ports"):
        RtpRange(start=20000, end=20010)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[hotline-queue]\nexten => s,1,Hangup()\n", "line 1"),
        (MENU + "#include /etc/passwd\n", "line 3"),
        (MENU + '#exec "id"\n', "line 3"),
        (MENU + "[hotline-menu-fuller]\n", "line 3"),
        ("exten => s,1,Hangup()\n", "context hotline-menu-full is missing"),
    ],
)
def test_a_menu_brings_its_own_context_and_nothing_else(text: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        settings(menus={"full": text})


def test_a_number_needs_its_menu() -> None:
    with pytest.raises(ValidationError, match="12345 leads to menu 'full', which is not in menus"):
        settings(numbers=(Number(number="12345", menu="full"),))


@pytest.mark.parametrize(
    "changes",
    [
        {"numbers": (Number(number="12345", menu="full"),) * 2},
        {"operators": (Phone(id="op1", name="n", password="long-enough"),) * 2},
        {
            "operators": (Phone(id="op1", name="n", password="long-enough"),),
            "units": (Phone(id="op1", name="n", password="long-enough"),),
        },
        {"trunks": (Trunk(name="trunk-in"),)},
    ],
)
def test_a_name_is_given_once(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="named twice"):
        settings(menus={"full": MENU}, **changes)


@pytest.mark.parametrize("missing", ["${HOTLINE_CALL}", "${HOTLINE_ROLE}", "${UNIQUEID}"])
def test_recordings_of_two_legs_cannot_get_one_name(missing: str) -> None:
    whole = "/raw/${HOTLINE_CALL}/${HOTLINE_ROLE}-${UNIQUEID}.wav"
    with pytest.raises(ValidationError, match="would overwrite each other"):
        settings(raw_recording=whole.replace(missing, "x"))


def test_a_recording_path_holds_no_other_variable() -> None:
    with pytest.raises(ValidationError, match="raw_recording"):
        settings(raw_recording="/raw/${CALLERID(num)}/${HOTLINE_CALL}/${HOTLINE_ROLE}-${UNIQUEID}.wav")


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "an-ami-secret" not in repr(settings())


def test_new_secrets_differ_and_can_stand_anywhere() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(secret.isalnum() and secret.isascii() and len(secret) == 32 for secret in made)


def test_a_guessable_secret_is_not_made() -> None:
    with pytest.raises(ValueError, match="can be guessed"):
        new_secret(8)
