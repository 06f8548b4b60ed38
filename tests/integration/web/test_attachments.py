"""Files attached to tickets: known by content, without the place, scanned, and seen by whoever sees the ticket."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from PIL import Image

from app.settings import Settings
from app.web.keys import SETTINGS
from tests.integration.web.conftest import Web
from tests.integration.web.test_tickets import problem

PDF = b"%PDF-1.7\n1 0 obj\n"
GPS = 0x8825
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


def photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture that knows where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    exif[0x010E] = "人民路8号"
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, exif=exif)
    return out.getvalue()


def package(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


async def attach(web: Web, who: str, number: str, content: bytes, name: str = "照片.jpg") -> ClientResponse:
    return await web.upload(who, f"/api/tickets/{number}/attachments", content, name)


def with_attachments(web: Web, **changes: Any) -> None:
    """The served application with other settings."""
    app = web.server.app
    old: Settings = app[SETTINGS]
    section = old.attachments.model_copy(update=changes)
    app._state[SETTINGS] = old.model_copy(update={"attachments": section})


async def test_a_photo_is_kept_without_its_place_upright_and_with_a_small_copy(web: Web) -> None:
    number = await web.desk.dispatched()
    response = await attach(web, "water", number, photo())
    made = await response.json()
    assert response.status == 201, made
    assert (made["name"], made["media_type"], made["has_thumbnail"], made["unit_id"]) == (
        *("照片.jpg", "image/jpeg", True, "water"),
    )
    kept = await web.ask("operator", "GET", f"/api/tickets/{number}/attachments/{made['id']}")
    content = await kept.read()
    assert kept.content_type == "image/jpeg"
    image = Image.open(io.BytesIO(content))
    assert (image.size, dict(image.getexif())) == ((640, 480), {})
    assert "人民路".encode() not in content
    small = await (
        await web.ask("operator", "GET", f"/api/tickets/{number}/attachments/{made['id']}?small=true")
    ).read()
    assert max(Image.open(io.BytesIO(small)).size) == 320
    assert [line["id"] for line in await web.get("operator", f"/api/tickets/{number}/attachments")] == [made["id"]]


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "答复.pdf", "application/pdf"),
        (photo("PNG"), "a.png", "image/png"),
        (photo("WEBP"), "a.webp", "image/webp"),
        (photo("PNG"), "其实是图片.exe", "image/png"),
        (package("[Content_Types].xml", "word/document.xml"), "a.docx", None),
        (b"#!AMR\n...", "a.amr", "audio/amr"),
    ],
)
async def test_what_a_file_is_goes_by_its_content(web: Web, content: bytes, name: str, media_type: str | None) -> None:
    number = await web.desk.receive()
    made = await (await attach(web, "operator", number, content, name)).json()
    assert made["media_type"] == (media_type or made["media_type"])
    assert made["name"] == name


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00 program",
        b"<html><script>alert(1)</script></html>",
        b"\xff\xd8\xff not a picture",
        package("a.txt"),
        package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04 torn",
        b"",
    ],
)
async def test_what_is_of_no_kind_that_is_taken_is_refused_whatever_its_name(web: Web, content: bytes) -> None:
    number = await web.desk.receive()
    document = await problem(await attach(web, "operator", number, content), 422)
    assert document["code"] == "file-type-not-taken"
    assert await web.get("operator", f"/api/tickets/{number}/attachments") == []


async def test_the_rights_follow_the_ticket(web: Web) -> None:
    number = await web.desk.dispatched()
    secret = await web.desk.receive(category="report_economic", content="受贿")
    await web.desk.done(secret, "dispatch", units=[{"unit": "discipline"}])
    made = await (await attach(web, "operator", number, PDF, "a.pdf")).json()
    one = f"/api/tickets/{number}/attachments/{made['id']}"
    assert (await web.ask("water", "GET", one)).status == 200
    for who, status in (("urban", 404), ("auditor", 403), ("admin", 403), (None, 401)):
        for path in (f"/api/tickets/{number}/attachments", one):
            assert (await web.ask(who, "GET", path)).status == status, who
    assert (await attach(web, "discipline", secret, PDF, "a.pdf")).status == 201
    assert (await attach(web, "operator", secret, PDF, "a.pdf")).status == 403
    assert (await web.ask("office", "GET", f"/api/tickets/{secret}/attachments")).status == 403
    assert (await web.ask("operator", "GET", f"/api/tickets/{number}/attachments/999")).status == 404


async def test_limits_are_kept_to_and_the_same_file_twice_is_one(web: Web) -> None:
    number = await web.desk.receive()
    with_attachments(web, most_bytes=100, most_per_ticket=2)
    assert (await attach(web, "operator", number, PDF + b"x" * 200, "a.pdf")).status == 413
    first, again = [await (await attach(web, "operator", number, PDF, "a.pdf")).json() for _ in range(2)]
    assert first["id"] == again["id"]
    assert (await attach(web, "operator", number, PDF + b"2", "b.pdf")).status == 201
    document = await problem(await attach(web, "operator", number, PDF + b"3", "c.pdf"), 409)
    assert document["args"] == {"most": 2}
    other = await web.desk.receive()
    refused = await web.ask("operator", "POST", f"/api/tickets/{other}/attachments", {"file": "x"})
    assert (await refused.json())["code"] == "not-a-form"


@pytest.fixture
async def clamd() -> AsyncIterator[int]:
    """What answers as clamd(8) does to INSTREAM; the port it listens on."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(length)
        writer.write(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_virus_is_refused_and_a_scanner_that_is_away_lets_nothing_pass(web: Web, clamd: int) -> None:
    number = await web.desk.receive()
    with_attachments(web, clamd_host="127.0.0.1", clamd_port=clamd)
    assert (await (await attach(web, "operator", number, PDF, "a.pdf")).json())["scanned"] is True
    document = await problem(await attach(web, "operator", number, PDF + EICAR, "b.pdf"), 422)
    assert document["code"] == "virus-found"
    with_attachments(web, clamd_port=1)
    assert (await problem(await attach(web, "operator", number, PDF + b"2", "c.pdf"), 503))["code"] == "scanner-away"
    assert len(await web.get("operator", f"/api/tickets/{number}/attachments")) == 1


@pytest.mark.parametrize("body", [b"--x\r\n", b"--x\r\nno header\r\n\r\n--x--", b"nothing", b"--x--\r\n"])
async def test_a_torn_form_is_told_so(web: Web, body: bytes) -> None:
    number = await web.desk.receive()
    headers = {"Authorization": f"Bearer {web.secrets['operator']}", "Content-Type": "multipart/form-data; boundary=x"}
    response = await web.client.post(f"/api/tickets/{number}/attachments", data=body, headers=headers)
    assert (await problem(response, 422))["code"] == "not-a-form"


async def test_a_name_is_never_a_path(web: Web) -> None:
    number = await web.desk.receive()
    made = await (await attach(web, "operator", number, PDF, "..\\..\\etc/pass\u200bwd.pdf")).json()
    assert made["name"] == "passwd.pdf"
    rows = await web.desk.rows("SELECT path FROM ticket_attachments")
    assert rows[0]["path"] == f"{number[:8]}/{number}/{made['sha256']}.pdf"
