"""`/metrics`: what this process counted, and what the database knows, for Prometheus.

Whoever asks comes from this machine itself, or shows the token of the settings: how an election
goes is not for everybody before it is published.
"""

import hmac
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import QueuePool

from digitizer.api.standings import Seen
from digitizer.api.web import WebParts
from digitizer.errors import NotAllowed
from digitizer.metrics import counted

router = APIRouter(tags=["health"])

BEARER: Final = "Bearer "


@router.get("/metrics")
def metrics(request: Request, web: WebParts) -> Response:
    """Counters in the text format of Prometheus."""
    if not may_read(request, web.settings.metrics_token):
        raise NotAllowed(
            "metrics are told on this machine, or to whoever shows the token",
            "set DIGITIZER_METRICS_TOKEN and send it as Authorization: Bearer",
        )
    of_store = CollectorRegistry()
    of_store.register(StoreCollector(web.standings.now(), web.engine.pool))
    body = generate_latest(counted()) + generate_latest(of_store)
    return Response(
        body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


def may_read(request: Request, token: str) -> bool:
    """Whether the token is shown, or nobody forwarded the request of another machine."""
    shown = request.headers.get("authorization", "")
    if token and hmac.compare_digest(shown.encode(), f"{BEARER}{token}".encode()):
        return True
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class StoreCollector(Collector):
    """What the database knows: the same from whichever process it is asked."""

    def __init__(self, seen: Seen, pool: object) -> None:
        self._seen = seen
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        """Every number, with few labels."""
        now, seen = self._seen.standing, self._seen
        age = 0.0 if now.line.oldest is None else (seen.at - now.line.oldest).total_seconds()
        yield counter("uploads", "Photos that were taken in.", now.uploads)
        yield by("readings", "Photos that were read, by outcome.", "outcome", now.readings)
        yield counter("verifications", "Forms as people confirmed them.", now.verifications)
        yield gauge("tallies", "Verified tallies, of all versions.", now.tallies)
        yield gauge("waiting", "Photos that nobody has read yet.", now.line.length)
        yield gauge("waiting_oldest_seconds", "How long the first of them waits.", age)
        yield by("sheets", "Forms by what is to be done, such as disputed.", "state", now.sheets)
        counted = {name: value[0] for name, value in now.coverage.items()}
        expected = {name: value[1] for name, value in now.coverage.items()}
        yield by("recap_counted", "TPS that count.", "contest", counted)
        yield by("recap_expected", "TPS that are expected.", "contest", expected)
        alive = sum(not worker.silent for worker in seen.workers)
        yield gauge("workers", "Workers that give signs of life.", alive)
        yield gauge("database_bytes", "Size of the database.", now.database_bytes)
        yield gauge("disk_free_bytes", "Free where the photos are kept.", seen.disk_free)
        if now.backup is not None:
            since = (seen.at - now.backup.taken_at).total_seconds()
            yield gauge("backup_age_seconds", "How old the last backup is.", since)
        if isinstance(self._pool, QueuePool):
            taken = self._pool.checkedout()
            yield gauge("database_pool_in_use", "Connections that this process uses.", taken)


def gauge(name: str, what: str, value: float) -> Metric:
    """One number that goes up and down."""
    return GaugeMetricFamily(f"digitizer_{name}", what, value=value)


def counter(name: str, what: str, value: float) -> Metric:
    """One number that only grows."""
    return CounterMetricFamily(f"digitizer_{name}", what, value=value)


def by(name: str, what: str, label: str, values: Mapping[str, int]) -> Metric:
    """A number for each value of one label."""
    family = GaugeMetricFamily(f"digitizer_{name}", what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
