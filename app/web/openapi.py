"""The OpenAPI 3.1 document, read off the routes and the signatures of their views, and a page to browse it."""

from __future__ import annotations

import html
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, get_args, get_type_hints

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from app.reports.export import CSV, XLSX
from app.web.response_models import ANSWERS, HealthAnswer, OutcomeAnswer, ReadyAnswer
from app.web.views import View

_REF = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"
_JSON = "application/json"
_TEXT: Mapping[str, Any] = {"schema": {"type": "string"}}
# (status, media type) of a success where it is not 200 with JSON.
_SUCCESS: Mapping[tuple[str, str], tuple[str, str | None]] = {
    ("post", "/api/tickets"): ("201", _JSON),
    ("post", "/api/calls"): ("202", _JSON),
    ("post", "/api/outbound-calls"): ("201", _JSON),
    ("delete", "/api/outbound-calls/{wish_id}"): ("204", None),
    ("post", "/api/outbound-calls/never"): ("201", _JSON),
    ("delete", "/api/outbound-calls/never/{number}"): ("204", None),
    ("post", "/api/webhooks"): ("201", _JSON),
    ("delete", "/api/webhooks/{webhook_id}"): ("204", None),
    ("post", "/api/menus/{name}"): ("201", _JSON),
    ("post", "/api/prompts/{language}/{prompt}/sounds"): ("201", _JSON),
    ("get", "/api/prompts/{language}/{prompt}/sounds/{sound}"): ("200", "audio/*"),
    ("get", "/api/prompts/{language}/{prompt}"): ("200", "audio/*"),
    ("put", "/api/push"): ("204", None),
    ("delete", "/api/push"): ("204", None),
    ("post", "/api/report-mails"): ("201", _JSON),
    ("post", "/api/report-mails/{order_id}"): ("202", _JSON),
    ("delete", "/api/report-mails/{order_id}"): ("204", None),
    ("delete", "/api/drafts/{key}"): ("204", None),
    ("delete", "/api/views"): ("204", None),
    ("post", "/api/calls/{call_id}/bookmarks"): ("201", _JSON),
    ("post", "/api/admin/users"): ("201", _JSON),
    ("post", "/api/admin/users/{user}/tokens"): ("201", _JSON),
    ("delete", "/api/admin/users/{user}/sessions/{token_id}"): ("204", None),
    ("post", "/api/admin/jobs/{job_id}/retry"): ("204", None),
    ("get", "/api/audit/export"): ("200", CSV),
    ("delete", "/api/calls/{call_id}/bookmarks/{bookmark_id}"): ("204", None),
    ("delete", "/api/operators/{operator_id}"): ("204", None),
    ("post", "/api/operators"): ("201", _JSON),
    ("post", "/api/queues"): ("201", _JSON),
    ("post", "/api/webhooks/{webhook_id}/redeliver"): ("202", _JSON),
    ("post", "/api/calls/{call_id}/parties"): ("202", _JSON),
    ("post", "/api/calls/{call_id}/hand-over"): ("202", _JSON),
    ("post", "/api/calls/{call_id}/supervise"): ("202", _JSON),
    ("post", "/api/logout"): ("204", None),
    ("get", "/api/recordings/{recording_id}"): ("200", "audio/*"),
    ("get", "/api/tickets/export"): ("200", XLSX),
    ("post", "/api/tickets/{number}/attachments"): ("201", _JSON),
    ("get", "/api/tickets/{number}/attachments/{attachment_id}"): ("200", "*/*"),
}
_FORM: Mapping[str, Any] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }
    }
}
_UPLOADS = (
    "/api/tickets/{number}/attachments",
    "/api/units/import",
    "/api/duty/import",
    "/api/prompts/{language}/{prompt}/sounds",
)
# What the format of a report asks for instead of JSON.
_FILES: Mapping[str, tuple[str, ...]] = {"/api/reports/{name}": (CSV, XLSX)}
_PROBLEMS: Mapping[str, str] = {
    "400": "The body is not JSON; of the live feed: not a WebSocket's request.",
    "401": "Nobody is logged in.",
    "403": "The role may not do this.",
    "404": "There is no such thing, or it is none of the asker's business.",
    "409": "Refused; of tickets with the regulation's `rule` and `article`.",
    "410": "It was there and has gone.",
    "413": "The body is too large.",
    "422": "The request does not fit; `errors` says where.",
    "429": "Too many requests or attempts; the header `Retry-After` says for how many seconds to wait.",
    "500": "A fault of ours; the log has the details.",
    "502": "Asterisk failed.",
    "503": "Database or Asterisk away; `detail` says whether to try again.",
}
_OPEN = ("/api/login", "/api/public/", "/api/problem-codes")
_SECURITY: Mapping[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API token, or the token of a login."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "hotline_session"},
}
_LIVE: Mapping[str, Any] = {
    "tags": ["live"],
    "operationId": "get_live",
    "summary": "The state that screens share and its changes, over a WebSocket (RFC 6455).",
    "description": "First `{type: snapshot, seq, epoch, state: {calls, queues, operators, counts}}`, then "
    "`{type: change, seq, topic, id, value}` with the whole new value, null for what is gone; the topics `tickets`, "
    "`records` (of a call: finished, sound, message or transcript), `transcript` and `notices` are told and not held. "
    "`since` (and `epoch`) sends what was missed, or a new snapshot. "
    "With `after`: numbered events `{epoch?, n, topic, data}` instead, for programs that keep no state.",
    "parameters": [
        {"name": "since", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"}},
        {"name": "epoch", "in": "query", "schema": {"type": "string"}},
        {"name": "after", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"}},
    ],
    "responses": {"101": {"description": "Numbered messages follow."}},
}


def describe(app: web.Application, title: str) -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {"Problem": _problem_schema()}
    paths: dict[str, dict[str, Any]] = {}
    for path, pattern, view in _views(app):
        for method in sorted(view.allowed_methods):
            paths.setdefault(path, {})[method.lower()] = _operation(path, pattern, method.lower(), view, schemas)
    paths |= _plain(schemas)
    paths["/api/live"] = {"get": {**_LIVE, "responses": {**_LIVE["responses"], **_problems("get", "/api/live")}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version("hotline12345")},
        "security": [{"bearer": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": dict(_SECURITY),
            "responses": {f"Problem{status}": _problem(text) for status, text in _PROBLEMS.items()},
        },
    }


def page(spec: Mapping[str, Any]) -> str:
    """The document as one page of HTML that needs nothing from elsewhere."""
    parts = [
        f"<details><summary><code>{method.upper()} {html.escape(path)}</code> {html.escape(operation['summary'])}"
        f"</summary><pre>{html.escape(json.dumps(operation, ensure_ascii=False, indent=2))}</pre></details>"
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
    ]
    schemas = html.escape(json.dumps(spec["components"]["schemas"], ensure_ascii=False, indent=2))
    title, listed = html.escape(spec["info"]["title"]), "".join(parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="/static/docs.css"><h1>{title}</h1>'
        f'<p><a href="/api/openapi.json">openapi.json</a></p>{listed}<h2>Schemas</h2><pre>{schemas}</pre></html>'
    )


def _views(app: web.Application) -> Iterator[tuple[str, re.Pattern[str] | None, type[View]]]:
    for resource in app.router.resources():
        for route in resource:
            handler = route.handler
            if inspect.isclass(handler) and issubclass(handler, View):
                info = route.get_info()
                yield info.get("path") or info["formatter"], info.get("pattern"), handler


def _operation(
    path: str, pattern: re.Pattern[str] | None, method: str, view: type[View], schemas: dict[str, Any]
) -> dict[str, Any]:
    handler = getattr(view, method)
    summary, tags = _doc(inspect.getdoc(handler) or path)
    status, media = _SUCCESS.get((method, path), ("200", _JSON))
    content = {"content": _content(method, path, media, schemas)} if media else {}
    found: dict[str, Any] = {
        "tags": tags,
        "operationId": re.sub(r"\W+", "_", f"{method} {path.removeprefix('/api/')}").strip("_"),
        "summary": summary.partition("\n")[0],
        "description": summary,
        "responses": {status: {"description": "Done.", **content}, **_problems(method, path)},
    }
    parameters, body = _inputs(handler, pattern, schemas)
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if method == "post" and path in _UPLOADS:
        found["requestBody"] = {"required": True, "content": dict(_FORM)}
    if path.startswith(_OPEN):
        found["security"] = []
    return found


def _content(method: str, path: str, media: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """What a success answers with, by media type."""
    if media != _JSON:
        return {media: {"schema": {"type": "string", "contentMediaType": media}}}
    acts = method == "post" and path.startswith("/api/tickets/{number}/")
    form = ANSWERS.get((method, path), OutcomeAnswer) if acts else ANSWERS[method, path]
    files = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in _FILES.get(path, ())}
    return {_JSON: {"schema": _schema(form, schemas)}, **files}


def _plain(schemas: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The pages for machines and browsers that are no part of the interface proper, and open to all."""
    health, ready = _json_of(HealthAnswer, schemas), _json_of(ReadyAnswer, schemas)
    known: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "/healthz": ("The process is alive.", {"200": health}),
        "/readyz": ("Calls can be served: every node is connected.", {"200": ready, "503": ready}),
        "/metrics": ("Figures for Prometheus.", {"200": {"text/plain": {"schema": {"type": "string"}}}}),
        "/api/openapi.json": ("This document.", {"200": {_JSON: {"schema": {"type": "object"}}}}),
        "/api/docs": (
            "This document, to be read in a browser.",
            {"200": {"text/html": {"schema": {"type": "string"}}}},
        ),
    }
    return {
        path: {
            "get": {
                "tags": ["service"],
                "operationId": re.sub(r"\W+", "_", f"get {path}").strip("_"),
                "summary": summary,
                "security": [],
                "responses": {status: {"description": "Done.", "content": held} for status, held in answers.items()},
            }
        }
        for path, (summary, answers) in known.items()
    }


def _json_of(form: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": _schema(form, schemas)}}


def _inputs(
    handler: Any, pattern: re.Pattern[str] | None, schemas: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """What the view takes: positional-only arguments stand in the path, models in the body, the rest in the query."""
    hints = get_type_hints(handler, include_extras=True)
    parameters, body = [], None
    for name, parameter in list(inspect.signature(handler).parameters.items())[1:]:
        kind = hints[name]
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            body = _schema(kind, schemas)
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            schema = _schema(kind, schemas) | _pattern_of(name, pattern)
            parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
        else:
            required = parameter.default is parameter.empty
            schema = _without_null(_schema(kind, schemas))
            parameters.append({"name": _alias(kind) or name, "in": "query", "required": required, "schema": schema})
    return parameters, body


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    kind = get_args(kind)[0] if _alias(kind) else kind
    made = TypeAdapter(kind).json_schema(ref_template=_REF)
    schemas.update(made.pop("$defs", {}))
    if not (inspect.isclass(kind) and issubclass(kind, BaseModel)):
        return made
    schemas[kind.__name__] = made
    return {"$ref": _REF.format(model=kind.__name__)}


def _alias(kind: Any) -> str | None:
    """The name in the query where Python has the word for itself (`from`)."""
    return next((item.alias for item in getattr(kind, "__metadata__", ()) if isinstance(item, FieldInfo)), None)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: an argument is there or it is not."""
    kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else schema


def _pattern_of(name: str, pattern: re.Pattern[str] | None) -> dict[str, str]:
    found = re.search(rf"\(\?P<{name}>(.+?)\)(?=/|$)", pattern.pattern) if pattern else None
    return {"pattern": f"^{found[1]}$"} if found and found[1] != "[^{}/]+" else {}


def _doc(text: str) -> tuple[str, list[str]]:
    summary, _, tags = text.partition("Tags:")
    return " ".join(summary.split("\n\n")[0].split()), [tag.strip() for tag in tags.split(",") if tag.strip()]


def _problems(method: str, path: str) -> dict[str, Any]:
    statuses = {"403", "404", "409", "410", "422", "429", "500", "502", "503"}
    statuses |= {"400", "413"} if method in {"post", "put", "patch"} else set()
    statuses |= {"400"} if path == "/api/live" else set()
    statuses |= set() if path.startswith(_OPEN[1:]) else {"401"}
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {"description": text, "content": {_PROBLEM: {"schema": schema}}}


def _problem_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail", "code", "args"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "description": "The kind of problem, for good: see /api/problem-codes."},
            "args": {"type": "object", "description": "What completes the words of the code."},
            "current": {
                "type": ["object", "null"],
                "description": "What is stored now, where somebody else changed it.",
            },
            "yours": {"description": "What was sent, beside `current`."},
            "rule": {"type": "string", "description": "Which rule of the regulation refused."},
            "article": {"type": "string", "description": "The article it comes from."},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {name: {"type": "string"} for name in ("where", "field", "what")},
                },
            },
        },
    }
