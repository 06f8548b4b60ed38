"""Figures for Prometheus: requests as they are answered, and how calls, queue, operators and nodes stand when asked."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Iterator

from aiohttp import hdrs, web
from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.calls.hub import Hub
from app.web.problems import Handler

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one application; no two share a registry."""

    def __init__(self, hub: Hub) -> None:
        self.registry = CollectorRegistry()
        for collector in (GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, _Standing(hub)):
            self.registry.register(collector)
        self.requests = Counter(
            "hotline_http_requests",
            "Requests answered, by path of the interface and status.",
            ("method", "path", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "hotline_http_request_seconds",
            "How long requests took.",
            ("method", "path"),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def text(self) -> bytes:
        return generate_latest(self.registry)


METRICS = web.AppKey("metrics", Metrics)


class _Standing:
    """What is read off the hub at the moment Prometheus asks."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def describe(self) -> Iterator[Metric]:
        yield from ()

    def collect(self) -> Iterator[Metric]:
        hub = self._hub
        yield _gauge("hotline_calls_in_progress", "Calls in progress.", len(hub.in_progress()))
        yield _gauge("hotline_calls_waiting", "Calls that wait for an operator.", len(hub.waiting()))
        operators = GaugeMetricFamily("hotline_operators", "Operators, by state.", labels=("state",))
        for state, count in sorted(Tally(operator["state"] for operator in hub.seats.operators()).items()):
            operators.add_metric((state,), count)
        yield operators
        nodes = GaugeMetricFamily("hotline_node_connected", "Whether an Asterisk is connected.", labels=("node",))
        for node in hub.nodes.values():
            nodes.add_metric((node.name,), float(node.connected))
        yield nodes
        refused = CounterMetricFamily(
            "hotline_journal_lines_refused", "Lines of Asterisk's journal that are no records.", labels=("node",)
        )
        for name in hub.nodes:
            refused.add_metric((name,), hub.refused_lines[name])
        yield refused
        yield from self._trunks()

    def _trunks(self) -> Iterator[GaugeMetricFamily]:
        labels = ("node", "trunk")
        up = GaugeMetricFamily("hotline_trunk_up", "Whether calls can go out over a trunk.", labels=labels)
        calls = GaugeMetricFamily("hotline_trunk_calls", "Calls that go out over a trunk.", labels=labels)
        for trunk in self._hub.trunks():
            up.add_metric((trunk["node"], trunk["name"]), float(trunk["up"]))
            calls.add_metric((trunk["node"], trunk["name"]), trunk["calls"])
        yield up
        yield calls


@web.middleware
async def metrics_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time every request by its path in the interface, never by what stands in it."""
    started = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    path = resource.canonical if resource else "none"
    # A made-up method, or path, makes no series of its own.
    method = request.method if resource and request.method in hdrs.METH_ALL else "any"
    metrics = request.app[METRICS]
    metrics.requests.labels(method, path, str(response.status)).inc()
    if not isinstance(response, web.WebSocketResponse):
        metrics.seconds.labels(method, path).observe(time.perf_counter() - started)
    return response


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
