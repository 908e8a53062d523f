"""The application: every router, the guards before them and the files of the screens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from anyio import to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from digitizer import __version__
from digitizer.api import (
    account,
    accounts,
    certificates,
    compare,
    corners,
    corrections,
    drafts,
    exports,
    figures,
    forms,
    glyph_grid,
    handing,
    health,
    invites,
    keying,
    metrics,
    phone,
    photos,
    pictures,
    preview,
    queue,
    recap,
    rekeying,
    remarks,
    results,
    reviews,
    status,
    turns,
    tus,
)
from digitizer.api.failures import add_failures
from digitizer.api.guards import Guards
from digitizer.api.standings import Standings
from digitizer.api.watch import Watch
from digitizer.api.web import Web
from digitizer.domain.review import ReviewPolicy
from digitizer.installation import open_installation
from digitizer.intake.gate import Gate, folders_of
from digitizer.intake.pieces import Counter, Quotas
from digitizer.policies import load_policy
from digitizer.sandbox import Lookout, Sandbox
from digitizer.settings import Settings
from digitizer.store.engine import CONNECTIONS, write_session
from digitizer.store.policy_notes import note_policy
from review_ui import STATIC


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Work in as many threads as the store has connections for, two each.

    At the end, end the processes that look at photos; each starts with the first that it is given.
    """
    to_thread.current_default_thread_limiter().total_tokens = CONNECTIONS // 2
    yield
    app.state.web.reader.close()
    app.state.web.lookout.close()


def create_app(settings: Settings) -> FastAPI:
    """The web application on the store that the settings name, its schema brought up to date.

    Raises:
        SettingsError: an address of the settings cannot be used.
        StoreError: the database does not belong to the data folder.
    """
    installation = open_installation(settings)
    policy = load_policy(settings.policy_file)
    review = ReviewPolicy(blind_share=settings.blind_share, seeded_share=settings.seeded_share)
    with write_session(installation.engine) as session:
        note_policy(session, policy, review, datetime.now(UTC))
        session.commit()
    # The pages that FastAPI offers for its API load scripts from elsewhere; the description itself
    # stays at /openapi.json.
    app = FastAPI(
        title="C.HASIL digitizer",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=running,
    )
    app.state.web = Web(
        settings,
        installation.engine,
        installation.photos,
        policy=policy,
        review=review,
        blind_seed=installation.blind_seed,
        check_seed=installation.check_seed,
        reader=Sandbox(),
        lookout=Lookout(),
        standings=Standings(settings, installation.engine),
        counter=Counter(
            installation.engine,
            installation.photos,
            installation.pieces,
            Quotas(settings.account_quota, settings.tps_quota),
        ),
        gate=Gate(
            installation.engine,
            folders_of(installation.engine, settings.photos),
            settings.room_mib,
            settings.line_limit,
        ),
    )
    app.add_middleware(Guards)
    app.add_middleware(Watch)
    add_failures(app)
    for noun in (
        account,
        accounts,
        invites,
        photos,
        phone,
        tus,
        preview,
        remarks,
        pictures,
        keying,
        queue,
        turns,
        handing,
        reviews,
        figures,
        glyph_grid,
        corners,
        forms,
        drafts,
        recap,
        corrections,
        results,
        certificates,
        rekeying,
        compare,
        exports,
        health,
        metrics,
        status,
    ):
        app.include_router(noun.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
