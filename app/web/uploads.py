"""A file that comes with a form: one part named `file`, of a bounded size, under a name that can be stored."""

from __future__ import annotations

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from app.web.guard import storable
from app.web.problems import Problem

_LONGEST_NAME = 200


async def uploaded(request: web.Request, most: int) -> tuple[str, bytes]:
    """The name and the content of the part `file`, at most `most` bytes. Raises Problem 413 and 422."""
    if not request.content_type.startswith("multipart/"):
        raise Problem(422, "The request does not fit", "Send multipart/form-data.", code="not-a-form")
    try:
        reader = await request.multipart()
        async for part in reader:
            if isinstance(part, BodyPartReader) and part.name == "file":
                return _name(part.filename or ""), await _read(part, most)
    except (ValueError, HttpProcessingError) as error:
        raise Problem(422, "The request does not fit", "The form cannot be read.", code="not-a-form") from error
    raise Problem(422, "The request does not fit", "The form has no part named `file`.", code="not-a-form")


async def _read(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        content += chunk
        if len(content) > most:
            raise Problem(413, "File too large", f"At most {most} bytes.", args={"bytes": most})
    if not content:
        raise Problem(422, "File type not taken", "The file is empty.")
    return bytes(content)


def _name(written: str) -> str:
    """The file's own name, without folders and what cannot be stored."""
    plain = "".join(c for c in written.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return plain[-_LONGEST_NAME:].strip() if storable(plain) and plain.strip() else "file"
