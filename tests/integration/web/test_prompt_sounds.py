"""Recordings of prompts over HTTP: made fit for telephones, heard by the next caller, gone back from."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydub.generators import Sine

from app.prompt_book import PromptBook, desk_sounds
from app.web.keys import DATABASE, SETTINGS
from tests.integration.web.conftest import Web

GREETING = "/api/prompts/zh-CN/greeting"


def recorded(seconds: float = 1.5, rate: int = 44_100, kind: str = "mp3") -> bytes:
    file = io.BytesIO()
    Sine(440, sample_rate=rate).to_audio_segment(seconds * 1000).apply_gain(-30).export(file, format=kind)
    return file.getvalue()


def seconds(sound: bytes) -> float:
    with wave.open(io.BytesIO(sound)) as file:
        return float(file.getnframes() / file.getframerate())


@dataclass(frozen=True)
class LaidOut:
    """Where Asterisk looks for Chinese prompts."""

    folder: Path

    @property
    def greeting(self) -> bytes:
        return (self.folder / "greeting.wav").read_bytes()

    def forget(self) -> None:
        (self.folder / "greeting.wav").unlink()


@pytest.fixture
def laid_out(tmp_path: Path) -> LaidOut:
    return LaidOut(tmp_path / "asterisk" / "prompts" / "zh-CN")


@pytest.fixture(autouse=True)
async def begun(web: Web) -> None:
    """The sounds that ship are laid out, as at the service's start."""
    web.lay_out()


async def send(web: Web, content: bytes, who: str = "admin", path: str = GREETING) -> Any:
    response = await web.upload(who, f"{path}/sounds", content, "greeting.mp3")
    return response.status, await response.json()


async def go_back(web: Web, sound: int | None) -> int:
    return (await web.ask("admin", "POST", f"{GREETING}/in-force", {"sound": sound})).status


async def test_a_recording_of_any_kind_is_heard_as_the_prompts_are(web: Web, laid_out: LaidOut) -> None:
    before = laid_out.greeting
    status, listed = await send(web, recorded())
    assert (status, [(one["in_force"], one["made_by"]) for one in listed]) == (201, [(True, "admin")])
    with wave.open(io.BytesIO(laid_out.greeting)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
    assert 1.0 < seconds(laid_out.greeting) < 2.0
    assert laid_out.greeting != before
    heard = await web.ask("admin", "GET", GREETING)
    assert await heard.read() == laid_out.greeting
    lines = await web.desk.rows("SELECT action, subject FROM audit_log")
    assert [tuple(line.values()) for line in lines] == [("prompt.change", "prompt:zh-CN/greeting")]


async def test_it_is_gone_back_to_an_earlier_recording_and_to_the_file(web: Web, laid_out: LaidOut) -> None:
    shipped = laid_out.greeting
    first = (await send(web, recorded(1)))[1][0]["id"]
    earlier = laid_out.greeting
    await send(web, recorded(3))
    assert laid_out.greeting != earlier
    assert await go_back(web, first) == 200
    assert laid_out.greeting == earlier
    kept = await (await web.ask("admin", "GET", f"{GREETING}/sounds/{first}")).read()
    assert seconds(kept) == pytest.approx(seconds(earlier), abs=0.1)
    assert await go_back(web, None) == 200
    assert laid_out.greeting == shipped
    assert [one["in_force"] for one in await web.get("admin", f"{GREETING}/sounds")] == [False, False]


async def test_a_start_without_postgres_has_the_recordings_that_were_in_force(web: Web, laid_out: LaidOut) -> None:
    await send(web, recorded())
    heard = laid_out.greeting
    laid_out.forget()
    web.lay_out()
    assert laid_out.greeting == heard


async def test_a_start_with_postgres_has_what_it_says_whatever_is_on_the_disk(web: Web, laid_out: LaidOut) -> None:
    await send(web, recorded())
    heard = laid_out.greeting
    copy = desk_sounds(web.server.app[SETTINGS]) / "zh-CN" / "greeting.wav"
    copy.write_bytes(b"no sound")
    (copy.parent / "farewell.wav").write_bytes(b"of old")
    web.lay_out()
    assert laid_out.greeting != heard
    await PromptBook(web.server.app[SETTINGS], web.lay_out).take_over(web.server.app[DATABASE])
    assert laid_out.greeting == heard
    assert not (copy.parent / "farewell.wav").exists()


@pytest.mark.parametrize(
    "content", [b"no sound at all", b"RIFF", recorded(0.05), recorded(125, 8000)], ids=["text", "cut", "short", "long"]
)
async def test_what_is_no_recording_is_refused_and_nothing_is_changed(
    web: Web, laid_out: LaidOut, content: bytes
) -> None:
    before = laid_out.greeting
    status, answer = await send(web, content)
    assert (status, answer["code"]) == (422, "not-a-recording")
    assert laid_out.greeting == before
    assert await web.desk.rows("SELECT id FROM prompt_sounds") == []


async def test_what_a_menu_is_to_say_first_is_recorded_first(web: Web, laid_out: LaidOut) -> None:
    assert (await send(web, recorded(), path="/api/prompts/zh-CN/snow"))[0] == 201
    assert (laid_out.folder / "snow.wav").is_file()


async def test_recordings_are_for_administrators(web: Web) -> None:
    for who in ("operator", "supervisor", "water", "auditor"):
        assert (await send(web, recorded(), who))[0] == 403
        assert (await web.ask(who, "GET", f"{GREETING}/sounds")).status == 403
        assert (await web.ask(who, "POST", f"{GREETING}/in-force", {"sound": None})).status == 403


async def test_a_recording_that_there_is_not_is_not_put_in_force(web: Web) -> None:
    assert await go_back(web, 99) == 404
    assert (await web.ask("admin", "GET", f"{GREETING}/sounds/99")).status == 404
