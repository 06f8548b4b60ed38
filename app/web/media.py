"""Recordings and transcripts over HTTP; every look is in the audit log before anything is shown."""

from __future__ import annotations

from aiohttp import web

from app.db.queries import QUERIES
from app.people.caller_views import look
from app.people.rights import Action, Forbidden
from app.web.auth import call_row, check, person
from app.web.keys import DATABASE, SETTINGS
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found, record

_TYPES = {".wav": "audio/wav", ".opus": "audio/ogg", ".mp3": "audio/mpeg"}


class RecordingView(View):
    async def get(self, recording_id: int, /) -> web.StreamResponse:
        """Play one track or the mixed copy of a call; answers range requests.

        Tags: recordings
        """
        check(self.request, "recording.play")
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_recording"], recording_id)
        if row is None:
            raise not_found("recording", str(recording_id))
        await _look(self.request, "recording.play", ("recording", str(recording_id)), row["call_id"])
        path = self.request.app[SETTINGS].recordings_dir / row["path"]
        if not path.is_file():
            raise Problem(410, "Recording gone", "The file is not in the store; `hotline doctor` lists such rows.")
        headers = {"Content-Type": _TYPES.get(path.suffix, "application/octet-stream"), "Cache-Control": "no-store"}
        return web.FileResponse(path, headers=headers)


class TranscriptView(View):
    async def get(self, call_id: str, /) -> web.Response:
        """What was said, turn by turn; seconds from the first bridging.

        Tags: recordings
        """
        check(self.request, "transcript.read")
        await _look(self.request, "transcript.read", ("call", call_id), call_id)
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["get_transcript"], call_id)
        if row is None:
            raise Problem(404, "No transcript yet", "It is attached when the recording has been recognised.")
        return self.json(record(row))


async def _look(request: web.Request, action: Action, named: tuple[str, str], call_id: str) -> None:
    row = await call_row(request, call_id)
    try:
        await look(request.app[DATABASE], person(request), action, ":".join(named), row, address(request))
    except Forbidden as error:
        if person(request).role == "unit":
            raise not_found(*named) from error
        raise Problem(403, "Not allowed", str(error)) from error
