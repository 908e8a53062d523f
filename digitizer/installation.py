"""One installation: its settings, its database brought up to date, its photos, its node."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from digitizer.own_forms import refresh_forms
from digitizer.settings import Settings
from digitizer.store.engine import (
    make_own_folder,
    migrate,
    open_engine,
    set_up_alone,
    write_session,
)
from digitizer.store.lots import BLIND_FORMS, SEEDED_CHECKS, ensure_lot
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.pieces import PieceStore
from digitizer.store.reopening import ensure_counted


@dataclass(frozen=True, slots=True)
class Installation:
    """What every command that touches the store needs."""

    settings: Settings
    engine: Engine
    photos: PhotoStore
    pieces: PieceStore
    node: str
    blind_seed: str
    check_seed: str


def open_installation(settings: Settings) -> Installation:
    """Open the store, bring its schema up to date and make sure the node has its key.

    Raises:
        StoreError: the database does not belong to the key in the data folder.
        SettingsError: an address cannot be used.
    """
    make_own_folder(settings.data_dir)
    engine = open_engine(settings.database)
    migrate(engine)
    with write_session(engine) as session:
        set_up_alone(session.connection())
        node = ensure_node(session, settings.data_dir, datetime.now(UTC))
        seeds = [
            ensure_lot(session, lot, datetime.now(UTC)) for lot in (BLIND_FORMS, SEEDED_CHECKS)
        ]
        ensure_counted(session)
        refresh_forms(session, at_once=True)
        session.commit()
    return Installation(
        settings,
        engine,
        PhotoStore.open(settings.photos),
        PieceStore.open(settings.photos),
        node,
        *seeds,
    )
