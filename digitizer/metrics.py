"""Counters of this process in the words of Prometheus; what the database knows is added elsewhere.

docs/running.md lists them. Labels have few values: templates of routes, codes, outcomes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from digitizer import __version__

REGISTRY: Final = CollectorRegistry()
"""What this process counts by itself, from its start on."""

_PROCESS: Final = ProcessCollector(registry=REGISTRY)
# Beside each counter stands when it began, which is when the process did.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS: Final = Histogram(
    "digitizer_request_seconds",
    "Requests by template of the route and status, and how long they took.",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
REFUSED: Final = Counter(
    "digitizer_refused", "Requests that were refused, by code.", ("code",), registry=REGISTRY
)
STORE_ERRORS: Final = Counter(
    "digitizer_store_errors",
    "Times that the database or the photo store could not be asked.",
    ("store",),
    registry=REGISTRY,
)
JOBS: Final = Counter(
    "digitizer_jobs",
    "Jobs of this worker: read, unreadable, known (read before), failed (tried again), set_aside.",
    ("outcome",),
    registry=REGISTRY,
)
PAGE_SECONDS: Final = Histogram(
    "digitizer_page_seconds",
    "How long this process took to read a photo.",
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 60),
    registry=REGISTRY,
)
CHILDREN_REPLACED: Final = Counter(
    "digitizer_sandbox_children_replaced",
    "Reading processes that died or were too late.",
    registry=REGISTRY,
)
_BUILD: Final = Info("digitizer_build", "The release that runs.", registry=REGISTRY)
_BUILD.info({"version": __version__})


COUNTED_IN: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which processes of one server count together (prometheus_client)."""


@contextmanager
def counted_together() -> Iterator[None]:
    """Processes that are started within count as one."""
    with TemporaryDirectory(prefix="digitizer-counted-") as folder:
        os.environ[COUNTED_IN] = folder
        try:
            yield
        finally:
            del os.environ[COUNTED_IN]


def counted() -> CollectorRegistry:
    """What this process counted, or all that count together with it; and what this one is."""
    if COUNTED_IN not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    for own in (_PROCESS, _BUILD):
        together.register(own)
    return together
