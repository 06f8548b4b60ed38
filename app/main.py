"""The composition root: everything the service is made of, started in order and ended in the opposite order."""

from __future__ import annotations

import asyncio
import os
import secrets as random_secrets
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from ami_bridge.arrangement import Wanted
from app.calls.dialled import whom
from app.calls.dialling import Dialling
from app.calls.events import CallEvent
from app.calls.history import Unfinished
from app.calls.hub import Hub
from app.calls.identity import numbered
from app.calls.live_text import Overhearer
from app.calls.node import NodeContext, NodeLink
from app.calls.progress import ticket_lookup
from app.calls.reconcile import Reconciler, Witnesses, last_written
from app.calls.ringing import CallSettings, service_wanted
from app.calls.store import Finished, StoredEvent
from app.calls.writer import EventWriter
from app.db.embedded import database_dsn
from app.db.migrate import migrate
from app.db.pool import Database, DatabaseUnavailable, open_database
from app.menu_book import MenuBook, open_book
from app.menus import MenuSet
from app.number_places import NumberPlaces
from app.numbers import caller_number
from app.operators.book import RosterBook
from app.operators.choose import CallFacts, Place, choose_queue
from app.operators.roster import Roster
from app.operators.states import StateLog
from app.private import make_private
from app.prompt_book import PromptBook
from app.secrets import SHELL_SECRET, Secrets
from app.settings import NodeSettings, Settings, TrunkSettings
from app.setup.models import model_path
from app.setup.telephony import (
    BrowserPhone,
    OwnAsterisk,
    browser_phones,
    directories,
    lay_out_again,
    own_asterisk,
    wrap_up_seconds,
    write_menus,
    write_roster,
)
from app.sole import sole_service
from app.spool import Spool
from app.tickets.intake import holiday_file, jurisdiction, make_intake
from app.tickets.service import Tickets
from app.web.board import Board, sight_of
from app.web.items import RECORDS, Item
from app.web.listen import hear
from app.web.live import LiveFeed
from app.web.server import make_app, serve
from app.web.teller import Teller
from recordings.naming import raw_directory

log = structlog.get_logger(__name__)

DRAIN_S = 30.0
_READY_S = 30.0
_LOOK_S = 0.05
_MIGRATE_RETRY_S = 3.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running service. `own` is its own Asterisk, None where the city runs the nodes."""

    settings: Settings
    dsn: str
    database: Database
    hub: Hub
    writer: EventWriter
    live: LiveFeed
    board: Board
    teller: Teller
    secrets: Secrets
    own: OwnAsterisk | None
    schema: asyncio.Event
    tickets: Tickets
    overhearer: Overhearer | None
    phones: dict[str, BrowserPhone] = field(default_factory=dict)

    async def ready(self) -> None:
        """Wait until calls can be served and kept: the database is up to date, every node is connected.

        Raises TimeoutError after half a minute.
        """
        async with asyncio.timeout(_READY_S):
            await self.schema.wait()
            while not all(node.served for node in self.hub.nodes.values()):  # noqa: ASYNC110 - nodes change it
                await asyncio.sleep(_LOOK_S)

    async def drain(self) -> None:
        """Take no new calls and wait, at most 30 s, for those in progress.

        Calls on an Asterisk of the city's own are left to it.
        """
        if self.own is None or not await self.own.refuse_new_calls():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                while self.hub.in_progress() or self.writer.waiting:  # noqa: ASYNC110 - three parties change it
                    await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def running_service(settings: Settings) -> AsyncIterator[Service]:
    """Start everything; on leaving, end it: events are in Postgres or the spool, no task and no container stays.

    Raises what waiting does not mend: a bad menu or profile, a refused AMI login, no container engine, another service
    on this data directory (ServedAlready) or on a node (DrivenByAnother). A task that
    fails while the service runs ends the service with its exception.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_service(settings.data_dir))
        secrets = Secrets(settings.data_dir)
        book = open_book(settings, directories(settings).prompts)
        dsn = await stack.enter_async_context(database_dsn(settings.database.dsn, settings.data_dir))
        opened = open_database(dsn, application_name="hotline", size=settings.database.pool_size)
        database = await stack.enter_async_context(opened)
        own: OwnAsterisk | None = None
        nodes: Sequence[NodeSettings] = settings.nodes
        if settings.owns_asterisk:
            own = await stack.enter_async_context(own_asterisk(settings, secrets, book.current))
            nodes = (own.node,)
        for directory in (settings.recordings_dir, settings.attachments_dir):
            make_private(directory)
        service = _assemble(settings, dsn, database, secrets, own)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in _work(service, nodes, book)]
            try:
                yield service
            finally:
                for task in tasks:
                    task.cancel()


def _assemble(settings: Settings, dsn: str, database: Database, secrets: Secrets, own: OwnAsterisk | None) -> Service:
    live = LiveFeed(random_secrets.token_hex(8), first=int(time.time() * 1000))
    place = jurisdiction(settings)
    holidays = holiday_file(settings)
    tickets = Tickets(database, place, settings.zone, lambda: datetime.now(settings.zone), settings.area_code, holidays)
    writer = EventWriter(
        database,
        Spool(settings.data_dir / "spool" / "events"),
        Unfinished(settings.data_dir / "spool" / "unfinished"),
        settings.data_dir / "spool" / "refused",
        make_intake(lambda: tickets.latest, settings.zone),
        on_stored=partial(_show_events, live),
        on_finished=partial(_show_finished, live),
    )
    hub, schema = Hub(settings, RosterBook(settings)), asyncio.Event()
    board = Board(live, partial(sight_of, hub), settings.queue.name)
    teller = Teller(database, live, board, tickets.now, masks=settings.units.mask_callers)
    overhearer = None
    if settings.speech.live_calls:
        show = partial(_show_text, live, board)
        overhearer = Overhearer(model_path(settings.speech.model), settings.speech.live_calls, show)
    return Service(settings, dsn, database, hub, writer, live, board, teller, secrets, own, schema, tickets, overhearer)


def _work(service: Service, nodes: Sequence[NodeSettings], book: MenuBook) -> list[Coroutine[Any, Any, None]]:
    """Everything that runs as long as the service does."""
    schema, menus = service.schema, book.current
    work: list[Coroutine[Any, Any, None]] = [_migrate(service.dsn, schema), _write(service.writer, schema)]
    for node in nodes:
        reconciler = _reconciler(service, node)
        service.hub.add(NodeLink(node, _node_context(service, node, _as_seen_by(node, menus), reconciler)))
        work.append(_reconcile(reconciler, schema))
    if service.overhearer:
        work.append(service.overhearer.listener.run())
    work.append(_dial(service))
    places = NumberPlaces()
    sounds = PromptBook(service.settings, partial(lay_out_again, service.settings, service.secrets, menus))
    work += [*_operators(service, menus), _menus(service, book), _prompts(service, sounds), places.load()]
    web = make_app(
        service.settings,
        service.database,
        service.hub,
        service.live,
        service.teller,
        service.tickets,
        service.secrets.get(SHELL_SECRET),
        service.phones,
        service.secrets.get,
        menus=book,
        prompts=sounds,
        places=places,
    )
    heard = hear(service.database, service.live, service.teller)
    shown = (service.board.run(), _tell(service.teller, schema))
    return [*work, service.hub.run(), heard, *shown, serve(web, service.settings.web)]


def _operators(service: Service, menus: MenuSet) -> list[Coroutine[Any, Any, None]]:
    """Operators and queues: whoever must follow a change follows, and what operators do is kept."""
    book, seats = service.hub.book, service.hub.seats
    service.phones.update(browser_phones(service.settings, service.secrets, book.current))
    book.follow(partial(_to_asterisk, service, menus))
    book.follow(seats.follow)
    states = StateLog(service.database, Spool(service.settings.data_dir / "spool" / "operator-states"))
    seats.kept = states.put
    return [_take_over(service), _record(states, service.schema)]


async def _to_asterisk(service: Service, menus: MenuSet, roster: Roster) -> None:
    """Accounts and queues reach Asterisk, and no call is touched."""
    service.phones.clear()
    service.phones.update(browser_phones(service.settings, service.secrets, roster))
    await asyncio.to_thread(write_roster, service.settings, service.secrets, menus, roster)
    if service.own is None or not await service.own.reload():
        log.warning("operators or queues changed: have Asterisk read its files anew (docs/operations.md, Operators)")


async def _menus(service: Service, book: MenuBook) -> None:
    """Go by the menus that were put in force in the desk; changed ones reach Asterisk, for when the service is down."""
    book.follow(partial(_dialplan, service))
    await service.schema.wait()
    await book.take_over(service.database)


async def _prompts(service: Service, sounds: PromptBook) -> None:
    """Callers of the own Asterisk hear the recordings that were put in force in the desk."""
    await service.schema.wait()
    if service.settings.owns_asterisk:
        await sounds.take_over(service.database)


async def _dialplan(service: Service, menus: MenuSet) -> None:
    await asyncio.to_thread(write_menus, service.settings, service.secrets, menus)
    if service.own is None or not await service.own.reload():
        log.warning("menus changed: have Asterisk read its dialplan anew (docs/operations.md, Menus)")


async def _take_over(service: Service) -> None:
    await service.schema.wait()
    await service.hub.book.take_over(service.database)


async def _record(states: StateLog, schema: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_MIGRATE_RETRY_S):
            await schema.wait()
    await states.run()


async def _migrate(dsn: str, schema: asyncio.Event) -> None:
    """Bring the database up to date, as soon as it is there; calls do not wait for that."""
    while True:
        try:
            await migrate(dsn)
        except DatabaseUnavailable as error:
            log.warning("postgres away: calls go on, events are spooled", why=str(error))
            await asyncio.sleep(_MIGRATE_RETRY_S)
        else:
            schema.set()
            return


async def _write(writer: EventWriter, schema: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_MIGRATE_RETRY_S):
            await schema.wait()
    await writer.run()


async def _tell(teller: Teller, schema: asyncio.Event) -> None:
    await schema.wait()
    await teller.run()


async def _dial(service: Service) -> None:
    settings, tickets = service.settings, service.tickets
    # The calendar of the moment, not of the start.
    of = settings.dialler, settings.zone, service.database, service.hub, lambda: tickets.latest.calendar, tickets.now
    dialling = Dialling(*of)
    await service.schema.wait()
    await dialling.run()


async def _reconcile(reconciler: Reconciler, schema: asyncio.Event) -> None:
    await schema.wait()
    await reconciler.run()


def _reconciler(service: Service, node: NodeSettings) -> Reconciler:
    """Without a journal to read it ends those calls that nobody will tell the end of."""
    hub, name = service.hub, node.name
    witnesses = Witnesses(
        alive=partial(hub.is_live, name),
        unwritten=service.writer.holds,
        gone=partial(hub.is_gone, name),
        answered=lambda: hub.nodes[name].answered_at,
        recorded=lambda call_id: last_written(raw_directory(node.raw_recordings, call_id)),
    )
    journal = node.journal or Path(os.devnull)
    return Reconciler(
        name, journal, service.database, partial(_keep, service), witnesses, partial(hub.refused_line, name)
    )


def _keep(service: Service, event: CallEvent) -> None:
    """Where everything that happens on calls enters the record: from here on a number has one form."""
    service.writer.put(numbered(event, service.settings.area_code))


def _happened(service: Service, event: CallEvent) -> None:
    """What happens now is kept and shown; what the journal tells later is kept only."""
    _keep(service, event)
    service.board.heard(numbered(event, service.settings.area_code))


async def _announced(service: Service, event: CallEvent) -> None:
    """What is about to happen is on the disk before it does."""
    told = numbered(event, service.settings.area_code)
    await service.writer.announce(told)
    service.board.heard(told)


def _as_seen_by(node: NodeSettings, menus: MenuSet) -> MenuSet:
    """The menus with the prompts where this node has them."""
    return replace(menus, prompt_path=str(node.prompts)) if node.prompts else menus


def _node_context(service: Service, node: NodeSettings, menus: MenuSet, reconciler: Reconciler) -> NodeContext:
    settings, overhearer = service.settings, service.overhearer
    return NodeContext(
        menus=menus,
        trunks=trunks_of(settings, node),
        routes=settings.routes,
        call_settings=lambda ways: CallSettings(
            ways=ways,
            caller_id=settings.units.caller_id,
            ring_s=settings.units.ring_seconds,
            key_s=settings.units.key_seconds,
            unit_prompt=partial(unit_prompt, menus),
            service_prompt=menus.sound("zh-CN/service-intro"),
            back_prompt=menus.sound("zh-CN/handover-failed"),
            out_prompt=menus.sound("zh-CN/call-out-notice"),
            ask_prompt=menus.sound("zh-CN/unit-call-out"),
            listeners_shown=settings.supervision.shown,
        ),
        emit=partial(_happened, service),
        announce=partial(_announced, service),
        history=service.writer.history,
        show=service.live.publish,
        overhear=partial(overhearer.changed, node.raw_recordings) if overhearer else lambda _: None,
        lookup=lambda caller: ticket_lookup(service.database, caller_number(caller, settings.area_code)),
        ended_unseen=reconciler.hurry if node.journal else None,
        now=lambda: datetime.now(settings.zone),
        wrap_up=partial(_wrap_up, service),
        choose_queue=partial(_choose_queue, service),
        service=partial(_emergency, settings),
        dialled=partial(whom, service.database, settings, lambda: service.hub.book.current),
        seats=lambda: service.hub.seats,
    )


def _emergency(settings: Settings, name: str) -> Wanted | None:
    service = settings.service(name)
    return service_wanted(service) if service else None


def trunks_of(settings: Settings, node: NodeSettings) -> tuple[TrunkSettings, ...]:
    """The trunks of a node: those of the settings, unless the city calls its node's only trunk something else."""
    if any(trunk.name == node.trunk for trunk in settings.trunks):
        return settings.trunks
    return (TrunkSettings(name=node.trunk, qualify_seconds=0),)


def _wrap_up(service: Service, queue: str) -> timedelta:
    found = service.hub.book.current.queue(queue)
    return timedelta(seconds=wrap_up_seconds(service.settings.queue, found))


def _choose_queue(service: Service, facts: CallFacts) -> Place:
    return choose_queue(facts, service.hub.book.current, datetime.now(service.settings.zone))


def unit_prompt(menus: MenuSet, category: str) -> str:
    """What a duty phone hears: who calls, what about, which keys to press."""
    prompts = ("unit-intro", f"category-{category or 'none'}", "unit-keys")
    return "&".join(menus.sound(f"zh-CN/{prompt}") for prompt in prompts)


def _show_text(live: LiveFeed, board: Board, topic: str, data: Mapping[str, Any]) -> None:
    live.publish(topic, data)
    board.said(data["call"], {name: value for name, value in data.items() if name != "call"})


def _show_events(live: LiveFeed, stored: Sequence[StoredEvent]) -> None:
    for item in stored:
        live.publish("calls", item.event.shown())


def _show_finished(live: LiveFeed, finished: Finished) -> None:
    live.publish("tickets", {"call": finished.record.call_id, "number": finished.ticket})
    live.tell(RECORDS, finished.record.call_id, Item("finished"))
