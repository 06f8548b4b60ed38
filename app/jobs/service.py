"""What a worker does: every job of the hotline with its handler, in this process or in any number of others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from app.calls.store import RECORDING_JOB
from app.db.pool import Database
from app.jobs.audit_keeping import AuditKeeper
from app.jobs.enrich import EnrichJobs
from app.jobs.recording import ENRICH_JOB, TRANSCRIPT_JOB, RecordingJobs
from app.jobs.report_mails import ReportMails
from app.jobs.tickets import TicketJobs
from app.jobs.upkeep import Upkeep
from app.jobs.worker import Handler, Worker
from app.private import make_private
from app.push.delivery import SEND_JOB, PushJobs
from app.push.subscriptions import TELL_JOB
from app.regulations.profile import Profile
from app.reports.orders import MAIL_JOB
from app.settings import Settings
from app.setup.models import model_path
from app.setup.telephony import OWN_NODE, raw_directory
from app.tickets.intake import holiday_file, jurisdiction
from app.tickets.service import Tickets
from app.tickets.store import DEADLINE_JOB
from app.webhooks.delivery import WebhookJobs
from app.webhooks.outbox import DELIVER_JOB
from recordings.recogniser import Recogniser
from recordings.retention import RetentionRule

# Each waits for another system's answer; a slow one must not hold up the others.
_DELIVERIES = 4


def raw_directories(settings: Settings) -> Mapping[str, Path]:
    """Where each node writes raw legs, as this machine sees it."""
    if settings.owns_asterisk:
        return {OWN_NODE: raw_directory(settings)}
    return {node.name: node.raw_recordings for node in settings.nodes}


@asynccontextmanager
async def hotline_worker(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Worker]:
    """A worker ready to `run`; its recognition processes end on leaving. Raises ModelMissing."""
    model = model_path(settings.speech.model)
    make_private(settings.recordings_dir)
    async with Recogniser(model, processes=settings.speech.processes) as recogniser:
        recording = RecordingJobs(
            database=database,
            recogniser=recogniser,
            raw_dirs=raw_directories(settings),
            store_dir=settings.recordings_dir,
            mixed_format=settings.recordings.mixed_format,
            zone=settings.zone,
            model_name=model.name,
        )
        desk = Tickets(
            database,
            jurisdiction(settings),
            settings.zone,
            lambda: datetime.now(settings.zone),
            settings.area_code,
            holiday_file(settings),
        )

        async def profile() -> Profile:
            return (await desk.place()).profile

        tickets = TicketJobs(desk)
        mails = ReportMails(database, settings.mail, settings.zone, desk.now, profile)
        push = PushJobs(database, desk.now, settings.push.contact, settings.webhooks.private_networks)
        handlers: dict[str, Handler] = {
            RECORDING_JOB: recording.build,
            TRANSCRIPT_JOB: recording.transcribe,
            DEADLINE_JOB: tickets.deadline,
            ENRICH_JOB: EnrichJobs(desk).enrich,
            DELIVER_JOB: WebhookJobs(database, desk.now, networks=settings.webhooks.private_networks).deliver,
            MAIL_JOB: mails.mail,
            TELL_JOB: push.tell,
            SEND_JOB: push.send,
        }
        upkeep = Upkeep(
            database,
            raw_directories(settings),
            settings.recordings_dir,
            RetentionRule(settings.recordings.keep_days),
            settings.zone,
            desk.now,
        )
        async with asyncio.TaskGroup() as group:
            works = (tickets.sweep(), upkeep.run(), AuditKeeper(database, settings.audit).run(), mails.run())
            beside = [group.create_task(work, name="beside the jobs") for work in works]
            try:
                limits = {TRANSCRIPT_JOB: settings.speech.processes, DELIVER_JOB: _DELIVERIES, SEND_JOB: _DELIVERIES}
                yield Worker(dsn, handlers, concurrency=limits)
            finally:
                for task in beside:
                    task.cancel()


@asynccontextmanager
async def working(settings: Settings, dsn: str, database: Database) -> AsyncIterator[None]:
    """A worker at work beside whatever else this process does; if it fails, so does the block."""
    async with hotline_worker(settings, dsn, database) as worker, asyncio.TaskGroup() as group:
        task = group.create_task(worker.run(), name="worker")
        try:
            yield
        finally:
            task.cancel()
