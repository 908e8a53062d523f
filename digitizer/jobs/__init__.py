"""Durable jobs: whatever was accepted is read, once, whoever dies in between.

run_worker(settings, stop)           read what comes until told to stop
run_pending(settings, progress)      read what waits, then return
worker_process(settings)             a worker beside the web, replaced when it dies
keep_placed(session, reading, ...)   keep what was read where a person placed a page
reassign(session, upload_id, ...)    give an upload another TPS; settles both sheets
resettle(session, contest, tps, form, now, policy)
settle_known(engine, upload, policy)             a photo that was read before
settle_ordered(session, contest, now, policy)    what a later round moves
sheets_of_photo(session, photo, policy)          what a photo has a part in
"""

from digitizer.jobs.reading import settle_known
from digitizer.jobs.reassigning import reassign
from digitizer.jobs.rereading import keep_placed
from digitizer.jobs.settling import resettle, settle_ordered, settle_photo, sheets_of_photo
from digitizer.jobs.worker import (
    run_pending,
    run_worker,
    start_worker_process,
    stop_worker_process,
    worker_process,
)

__all__ = [
    "keep_placed",
    "reassign",
    "resettle",
    "run_pending",
    "run_worker",
    "settle_known",
    "settle_ordered",
    "settle_photo",
    "sheets_of_photo",
    "start_worker_process",
    "stop_worker_process",
    "worker_process",
]
