"""The aiohttp application: routes, middlewares, OpenAPI, health and metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from app.calls.dialling import Dialling
from app.calls.hub import Hub
from app.db.pool import Database
from app.menu_book import MenuBook
from app.number_places import NumberPlaces
from app.prompt_book import PromptBook
from app.settings import Settings, WebSettings
from app.setup.telephony import BrowserPhone
from app.tickets.service import Tickets
from app.web import (
    admin,
    attachments,
    audit,
    audit_export,
    bulk,
    call_search,
    calls,
    drafts,
    holidays,
    imports,
    media,
    offers,
    operators,
    outbound,
    parties,
    people,
    phone,
    problem_codes,
    proposals,
    push,
    queues,
    regulation,
    report_mails,
    reports,
    saved_views,
    ticket_export,
    tickets,
    trunks,
    units,
    webhooks,
    worklists,
)
from app.web import (
    menus as menu_views,
)
from app.web.auth import auth_middleware
from app.web.guard import guard_middleware
from app.web.headers import headers_middleware
from app.web.keys import (
    DATABASE,
    DIALLING,
    HUB,
    LIVE,
    MENUS,
    OPENAPI,
    PHONE_SECRET,
    PHONES,
    PLACES,
    PROMPTS,
    REQUESTS,
    SETTINGS,
    SHELL_TOKEN,
    STRANGERS,
    TELLER,
    TICKETS,
    ZONE,
)
from app.web.limits import Buckets
from app.web.live import LiveFeed
from app.web.metrics import METRICS, Metrics, metrics_middleware
from app.web.openapi import describe, page
from app.web.pages import STATIC, add_pages
from app.web.problems import problem_middleware
from app.web.socket import live
from app.web.teller import Teller
from app.web.views import View

TITLE = "12345 hotline"
_MOST_BYTES = 1 << 20
_SHUTDOWN_S = 2.0
_CALL = r"{call_id:[A-Za-z0-9.-]{1,100}}"
_UNIT = r"{unit_id:[a-z0-9][a-z0-9-]{0,39}}"
_NUMBER = r"{number:[0-9]{8}-[0-9]{6}}"
_DRAFT = r"{key:[A-Za-z0-9:._-]{1,100}}"
_BOOKMARK = r"{bookmark_id:[0-9]{1,18}}"
_PHONE = r"{caller:\+?[0-9]{2,20}}"
_ATTACHMENT = r"{attachment_id:[0-9]{1,18}}"
_USER = r"{user:[a-z][a-z0-9._-]{1,31}}"
_SESSION = r"{token_id:[0-9]{1,18}}"
_JOB = r"{job_id:[0-9]{1,18}}"
_PROMPT = "{language:[a-z]{2,3}(-[A-Z]{2})?}/{prompt:[a-z][a-z0-9-]{0,63}}"
_MENU = r"{name:[a-z][a-z0-9-]{0,39}}"
_ORDER = r"{order_id:[0-9]{1,18}}"
_WEBHOOK = r"{webhook_id:[0-9]{1,18}}"
_OPERATOR = r"{operator_id:[a-z][a-z0-9]{1,31}}"
_QUEUE = r"{queue:[A-Za-z][A-Za-z0-9-]{1,31}}"
_PARTY = r"{party_id:[A-Za-z0-9.-]{1,120}}"


def make_app(
    settings: Settings,
    database: Database,
    hub: Hub,
    feed: LiveFeed,
    teller: Teller,
    desk: Tickets,
    shell_token: str,
    phones: Mapping[str, BrowserPhone],
    phone_secret: Callable[[str], str] = lambda _: "",
    *,
    menus: MenuBook,
    prompts: PromptBook,
    places: NumberPlaces,
) -> web.Application:
    """Put the application together; nothing is started yet. `phone_secret` gives an operator's phone its password."""
    app = web.Application(
        middlewares=[headers_middleware, metrics_middleware, problem_middleware, auth_middleware, guard_middleware],
        client_max_size=_MOST_BYTES,
    )
    app[SETTINGS], app[DATABASE], app[HUB], app[LIVE] = settings, database, hub, feed
    app[ZONE], app[SHELL_TOKEN], app[TICKETS] = settings.zone, shell_token, desk
    app[PHONES], app[PHONE_SECRET], app[TELLER] = phones, phone_secret, teller
    app[METRICS] = Metrics(hub)
    app[MENUS], app[PROMPTS], app[PLACES] = menus, prompts, places
    app[DIALLING] = Dialling(settings.dialler, settings.zone, database, hub, lambda: desk.latest.calendar, desk.now)
    app[REQUESTS] = Buckets(settings.web.requests_per_minute)
    app[STRANGERS] = Buckets(settings.web.strangers_per_minute)
    add_routes(app)
    app[OPENAPI] = describe(app, TITLE)
    return app


def add_routes(app: web.Application) -> None:
    """Every address that the service answers at."""
    for add_some in (_people, _calls, _recordings, _units, _tickets, _plain):
        add_some(app.router)
    add_pages(app)


def _people(router: web.UrlDispatcher) -> None:
    add = router.add_view
    add("/api/login", people.LoginView)
    add("/api/logout", people.LogoutView)
    add("/api/me", people.MeView)
    add("/api/problem-codes", problem_codes.ProblemCodesView)
    add("/api/drafts", drafts.DraftsView)
    add(f"/api/drafts/{_DRAFT}", drafts.DraftView)
    add("/api/views", saved_views.SavedViewsView)
    add("/api/audit", audit.AuditView)
    add("/api/audit/export", audit_export.AuditExportView)
    add("/api/admin/users", admin.UsersView)
    add(f"/api/admin/users/{_USER}", admin.UserView)
    add("/api/admin/sessions", admin.SessionsView)
    add(f"/api/admin/users/{_USER}/tokens", admin.TokensView)
    add(f"/api/admin/users/{_USER}/sessions/{_SESSION}", admin.SessionView)
    add("/api/admin/jobs", admin.JobsView)
    add(f"/api/admin/jobs/{_JOB}/retry", admin.JobRetryView)
    add("/api/admin/doctor", admin.DoctorView)
    add("/api/webhooks", webhooks.WebhooksView)
    add(f"/api/webhooks/{_WEBHOOK}", webhooks.WebhookView)
    add(f"/api/webhooks/{_WEBHOOK}/redeliver", webhooks.RedeliverView)


def _calls(router: web.UrlDispatcher) -> None:
    add = router.add_view
    add("/api/calls", calls.CallsView)
    add("/api/calls/missed", calls.MissedCallsView)
    add("/api/outbound-calls", outbound.OutboundCallsView)
    add("/api/outbound-calls/state", outbound.OutboundStateView)
    add("/api/outbound-calls/never", outbound.NeverCalledView)
    add("/api/outbound-calls/never/{number:[0-9+*#]{2,20}}", outbound.NeverCalledNumberView)
    add("/api/outbound-calls/{wish_id:[0-9]{1,18}}", outbound.OutboundCallView)
    add(f"/api/calls/{_CALL}", calls.CallView)
    add(f"/api/calls/{_CALL}/parties", parties.PartiesView)
    add(f"/api/calls/{_CALL}/parties/{_PARTY}", parties.PartyView)
    add(f"/api/calls/{_CALL}/transfer", parties.TransferView)
    add(f"/api/calls/{_CALL}/hand-over", parties.HandOverView)
    add(f"/api/calls/{_CALL}/supervise", parties.SuperviseView)
    add(f"/api/calls/{_CALL}/hold", calls.HoldView)
    add(f"/api/calls/{_CALL}/record", calls.RecordView)
    add(f"/api/calls/{_CALL}/hangup", calls.HangupView)
    add(f"/api/calls/{_CALL}/callback", calls.CallbackView)
    add(f"/api/callers/{_PHONE}", call_search.CallerHistoryView)
    add("/api/trunks", trunks.TrunksView)
    add("/api/services", calls.ServicesView)
    _add_queue_routes(add)


def _recordings(router: web.UrlDispatcher) -> None:
    add = router.add_view
    add(f"/api/calls/{_CALL}/bookmarks", call_search.BookmarksView)
    add(f"/api/calls/{_CALL}/bookmarks/{_BOOKMARK}", call_search.BookmarkView)
    add("/api/recordings/{recording_id}", media.RecordingView)
    add("/api/recordings/{recording_id}/peaks", call_search.PeaksView)
    add(f"/api/transcripts/{_CALL}", media.TranscriptView)


def _units(router: web.UrlDispatcher) -> None:
    add = router.add_view
    add("/api/units", units.UnitsView)
    add("/api/units/import", imports.UnitImportView)
    add(f"/api/units/{_UNIT}", units.UnitView)
    add(f"/api/units/{_UNIT}/rings", units.UnitRingsView)
    add("/api/duty", units.DutyView)
    add("/api/duty/roster", units.RosterView)
    add("/api/duty/import", imports.RosterImportView)


def _tickets(router: web.UrlDispatcher) -> None:
    add = router.add_view
    add("/api/tickets", tickets.TicketsView)
    add("/api/tickets/counts", worklists.CountsView)
    add("/api/tickets/export", ticket_export.ExportView)
    add("/api/tickets/bulk", bulk.BulkView)
    add(f"/api/tickets/{_NUMBER}", tickets.TicketView)
    for name, action in offers.PATHS.items():
        add(f"/api/tickets/{_NUMBER}/{name}", tickets.action_view(name, action))
    add(f"/api/tickets/{_NUMBER}/caller", tickets.CallerView)
    add(f"/api/tickets/{_NUMBER}/call", tickets.TicketCallView)
    add(f"/api/tickets/{_NUMBER}/attachments", attachments.AttachmentsView)
    add(f"/api/tickets/{_NUMBER}/attachments/{_ATTACHMENT}", attachments.AttachmentView)
    add("/api/public/tickets", tickets.PublicTicketsView)
    add("/api/menus", menu_views.MenusView)
    add(f"/api/menus/{_MENU}", menu_views.MenuView)
    add(f"/api/menus/{_MENU}/check", menu_views.MenuCheckView)
    add(f"/api/menus/{_MENU}/in-force", menu_views.MenuInForceView)
    add(f"/api/menus/{_MENU}/versions/{{version:[0-9]{{1,18}}}}", menu_views.MenuVersionView)
    add("/api/prompts", menu_views.PromptsView)
    add(f"/api/prompts/{_PROMPT}", menu_views.PromptView)
    add(f"/api/prompts/{_PROMPT}/sounds", menu_views.PromptSoundsView)
    add(f"/api/prompts/{_PROMPT}/sounds/{{sound:[0-9]{{1,18}}}}", menu_views.PromptSoundView)
    add(f"/api/prompts/{_PROMPT}/in-force", menu_views.PromptInForceView)
    add(r"/api/holidays/{year:[0-9]{4}}", holidays.HolidaysView)
    add("/api/regulation", regulation.RegulationView)
    add("/api/reports", reports.ReportsView)
    add("/api/reports/{name}", reports.ReportView)
    add("/api/proposals", proposals.ProposalsView)
    add("/api/push", push.PushView)
    add("/api/report-mails", report_mails.ReportMailsView)
    add(f"/api/report-mails/{_ORDER}", report_mails.ReportMailView)


def _plain(router: web.UrlDispatcher) -> None:
    router.add_get("/api/live", live)
    router.add_get("/api/openapi.json", _openapi)
    router.add_get("/api/docs", _docs)
    router.add_get("/healthz", _healthy)
    router.add_get("/readyz", _ready)
    router.add_get("/metrics", _metrics)
    router.add_static("/static/", STATIC)


def _add_queue_routes(add: Callable[[str, type[View]], object]) -> None:
    add("/api/queue", queues.QueueView)
    add("/api/queues", queues.QueuesView)
    add(f"/api/queues/{_QUEUE}", queues.QueueSettingsView)
    add("/api/queue-routes", queues.RoutesView)
    add("/api/caller-lists/{list_name}", queues.CallerListView)
    add("/api/pause-reasons", queues.PauseReasonsView)
    add("/api/operators", operators.OperatorsView)
    add(f"/api/operators/{_OPERATOR}", operators.OperatorView)
    add("/api/operators/{operator_id}/state", operators.OperatorStateView)
    add("/api/operators/{operator_id}/phone", phone.PhoneView)


async def _healthy(_: web.Request) -> web.Response:
    """The process is alive."""
    return web.json_response({"status": "ok"})


async def _ready(request: web.Request) -> web.Response:
    """Calls can be served: every node is connected. A database that is away is reported, and calls go on."""
    nodes = {node.name: node.connected for node in request.app[HUB].nodes.values()}
    database = await request.app[DATABASE].healthy()
    ready = bool(nodes) and all(nodes.values())
    body = {"status": "ready" if ready else "not ready", "nodes": nodes, "database": database}
    return web.json_response(body, status=200 if ready else 503)


async def _metrics(request: web.Request) -> web.Response:
    return web.Response(body=request.app[METRICS].text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _openapi(request: web.Request) -> web.Response:
    return web.json_response(request.app[OPENAPI])


async def _docs(request: web.Request) -> web.Response:
    return web.Response(text=page(request.app[OPENAPI]), content_type="text/html")


async def serve(app: web.Application, settings: WebSettings) -> None:
    """Serve until cancelled. Raises OSError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
