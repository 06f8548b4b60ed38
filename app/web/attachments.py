"""Attachments over HTTP: put to a ticket, listed and fetched by whoever may see the ticket's content."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web

from app.attachments import store
from app.attachments.content import Kind, kind_of
from app.attachments.images import ImageError, cleaned
from app.attachments.scan import ScanError, is_clean
from app.db.queries import QUERIES
from app.people.audit import Entry
from app.people.audit import record as note
from app.people.model import Person
from app.people.rights import sees_content
from app.settings import AttachmentSettings
from app.web.auth import check
from app.web.keys import DATABASE, SETTINGS
from app.web.origin import address
from app.web.problems import Problem
from app.web.ticket_sight import concerns, row_of
from app.web.uploads import uploaded
from app.web.views import View, not_found, record

log = structlog.get_logger(__name__)


class AttachmentsView(View):
    async def get(self, number: str, /) -> web.Response:
        """What is attached to a ticket.

        Tags: attachments
        """
        await _open_to(self.request, number)
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["attachment_list"], number)
        return self.json([record(row) for row in rows])

    async def post(self, number: str, /) -> web.Response:
        """Attach one file: `multipart/form-data` with a part named `file`. What it is goes by its content.

        Where a photo was taken is taken out of it. The same file twice is one.

        Tags: attachments
        """
        who = await _open_to(self.request, number)
        if who.role not in {"operator", "back_office", "supervisor", "unit"}:
            raise Problem(403, "Not allowed", f"the role {who.role} attaches nothing")
        settings = self.request.app[SETTINGS].attachments
        await self._room(number, settings)
        name, content = await uploaded(self.request, settings.most_bytes)
        kind = kind_of(content, name)
        if kind is None or kind.media_type not in settings.types:
            raise Problem(422, "File type not taken", "The content is of none of the kinds that are taken.")
        scanned = await _scanned(content, settings)
        content, small = await _cleaned(content, kind)
        return self.json(await self._kept(who, number, name, kind, content, small, scanned=scanned), status=201)

    async def _room(self, number: str, settings: AttachmentSettings) -> None:
        async with self.request.app[DATABASE].acquire() as connection:
            held = await connection.fetchval(QUERIES["attachment_count"], number)
        if held >= settings.most_per_ticket:
            most = settings.most_per_ticket
            raise Problem(409, "Too many attachments", f"A ticket holds at most {most}.", args={"most": most})

    async def _kept(
        self, who: Person, number: str, name: str, kind: Kind, content: bytes, small: bytes | None, *, scanned: bool
    ) -> dict[str, object]:
        folder = self.request.app[SETTINGS].attachments_dir
        stored = await asyncio.to_thread(store.put, folder, number, content, kind.extension)
        thumbnail = await asyncio.to_thread(store.put, folder, number, small, "jpg") if small else None
        async with self.request.app[DATABASE].transaction() as connection:
            row = await connection.fetchrow(
                QUERIES["attachment_add"],
                *(number, name, kind.media_type, stored.bytes, stored.sha256, stored.path),
                *(thumbnail.path if thumbnail else None, scanned, who.name, who.unit_id),
            )
            entry = Entry(who, "ticket.attach", f"ticket:{number}", address(self.request), {"attachment": row["id"]})
            await note(connection, entry)
        return record(row)


class AttachmentView(View):
    async def get(self, number: str, attachment_id: int, /, small: bool = False) -> web.StreamResponse:
        """One file, or the small copy of an image; answers range requests.

        Tags: attachments
        """
        await _open_to(self.request, number)
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["attachment_get"], number, attachment_id)
        if row is None or (small and row["thumbnail"] is None):
            raise not_found("attachment", str(attachment_id))
        path = self.request.app[SETTINGS].attachments_dir / (row["thumbnail"] if small else row["path"])
        if not path.is_file():
            raise Problem(410, "Attachment gone", "The file is not in the store.")
        name = f"attachment; filename*=UTF-8''{quote(row['name'], safe='')}"
        headers = {
            hdrs.CONTENT_TYPE: "image/jpeg" if small else row["media_type"],
            hdrs.CONTENT_DISPOSITION: "inline" if small or row["media_type"].startswith("image/") else name,
            hdrs.CACHE_CONTROL: "no-store",
        }
        return web.FileResponse(path, headers=headers)


async def _open_to(request: web.Request, number: str) -> Person:
    """The person asking, who may see the ticket's content. Raises Problem 403 and 404."""
    who = check(request, "ticket.read")
    async with request.app[DATABASE].acquire() as connection:
        row = await connection.fetchrow(QUERIES["get_ticket"], number)
    if row is None or not concerns(dict(row), who):
        raise not_found("ticket", number)
    if who.role == "auditor" or not sees_content(who, row_of(dict(row))):
        raise Problem(403, "Not allowed", "The attachments are part of the content, which is not for this role.")
    return who


async def _scanned(content: bytes, settings: AttachmentSettings) -> bool:
    """Whether a scanner looked at it. Raises Problem 422 for a virus, 503 when the scanner is away."""
    if settings.clamd_host is None:
        return False
    try:
        if await is_clean(content, settings.clamd_host, settings.clamd_port):
            return True
    except ScanError as error:
        log.error("virus scanner away", why=str(error))
        raise Problem(503, "Scanner away", "The virus scanner does not answer; try again.") from error
    raise Problem(422, "Virus found", "The virus scanner refuses the file.")


async def _cleaned(content: bytes, kind: Kind) -> tuple[bytes, bytes | None]:
    if not kind.is_image:
        return content, None
    try:
        return await asyncio.to_thread(cleaned, content, kind)
    except ImageError as error:
        raise Problem(422, "File type not taken", str(error)) from error
