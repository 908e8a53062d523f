"""The job engine, DBOS, behind the few words that the product needs. Nothing else imports it.

Its tables lie in the same database as the uploads, so that an upload and its job are committed
together. docs/decisions/0002-durable-jobs.md says why it was chosen and what was seen.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowSerializationFormat
from dbos._error import DBOSQueueDeduplicatedError
from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.jobs.slots import dead_slots, own_slot

APPLICATION: Final = "digitizer"
QUEUE: Final = "read"
WORKFLOW: Final = "read_upload"
VERSION: Final = "1"
"""Constant, for the engine gives no job to a worker of another version; a job is only an upload's
id and is understood by every release."""

RECOVERIES: Final = 3
"""How often a job may lose its worker before it is set aside."""

POLL_SECONDS: Final = 0.3
"""How long a photo may wait for a free worker to look; it costs an idle worker 3 % of a core."""

DRAIN_SECONDS: Final = 90
"""How long a stopping worker may finish what it has begun."""

Job = Callable[[str], None]
"""What is done for an upload id. It may be done twice and must then leave what one time leaves."""


def prepare(engine: Engine) -> None:
    """Make or update the engine's own tables; harmless when they are there already."""
    DBOS.migrate(_address(engine))


def enqueue(session: Session, upload_id: str) -> None:
    """Add the job that reads this upload to the caller's transaction; it exists once that commits.

    Needs `prepare` to have been called on this database.
    """
    client = _client(cast(Engine, session.get_bind()).engine)
    client.enqueue_in_transaction(session, _options(upload_id), upload_id)


@contextmanager
def working(engine: Engine, folder: Path, job: Job, workers: int) -> Iterator["Line"]:
    """Do jobs in this process, `workers` at a time, until left; what was begun is then finished.

    Args:
        engine: the database that holds uploads and jobs.
        folder: for the lock files of the workers of this machine.
        job: what to do for each upload.
        workers: jobs at a time.
    """
    with own_slot(folder) as name:
        _Running.job = job
        # The engine must not decide from the environment who it is or whom it reports to.
        for variable in ("DBOS__APPVERSION", "DBOS__VMID", "DBOS__CLOUD"):
            os.environ.pop(variable, None)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": _address(engine),
            "application_version": VERSION,
            "executor_id": name,
            "log_level": "WARNING",
            "max_executor_threads": workers + 4,
        }
        DBOS(config=config)
        try:
            DBOS.launch()
            DBOS.register_queue(
                QUEUE,
                worker_concurrency=workers,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
            yield Line(engine, folder)
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=DRAIN_SECONDS)


class Line:
    """The jobs of a database as a working process sees them."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._client = _client(engine)
        self._folder = folder

    def length(self) -> int:
        """How many jobs wait or are being done, by whichever process."""
        jobs = self._client.list_queued_workflows(
            queue_name=QUEUE, load_input=False, load_output=False
        )
        return len(jobs)

    def add(self, upload_id: str) -> bool:
        """Enqueue an upload again; False when a job for it waits or is being done already."""
        try:
            self._client.enqueue(_options(upload_id), upload_id)
        except DBOSQueueDeduplicatedError:
            return False
        return True

    def set_aside(self) -> tuple[str, ...]:
        """Ids of uploads whose jobs lost their worker more than `RECOVERIES` times."""
        jobs = self._client.list_workflows(
            name=WORKFLOW,
            status="MAX_RECOVERY_ATTEMPTS_EXCEEDED",
            load_input=True,
            load_output=False,
        )
        return tuple(str(job.input["args"][0]) for job in jobs if job.input is not None)

    def take_over(self) -> None:
        """Put the jobs of dead workers of this machine back in the line."""
        with dead_slots(self._folder) as dead:
            if dead:
                # Public only through the engine's paid control plane; the pinned minor version
                # and tests/jobs hold this call.
                DBOS._recover_pending_workflows(list(dead))


class _Running:
    """The engine registers functions once a process, so what they do is looked up here."""

    job: Job


@DBOS.step(name="read_once", retries_allowed=True, interval_seconds=1.0, max_attempts=3)
def _read_once(upload_id: str) -> None:
    _Running.job(upload_id)


@DBOS.workflow(
    name=WORKFLOW,
    max_recovery_attempts=RECOVERIES,
    serialization_type=WorkflowSerializationFormat.PORTABLE,
)
def _read(upload_id: str) -> None:
    _read_once(upload_id)


def _options(upload_id: str) -> EnqueueOptions:
    return {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "app_version": VERSION,
        "deduplication_id": upload_id,  # at most one job for an upload at any time
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }


@lru_cache(maxsize=16)
def _client(engine: Engine) -> DBOSClient:
    return DBOSClient(system_database_engine=engine, application_name=APPLICATION, lazy=True)


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)
