"""How long a phone waits for a look at its preview: the application's own time, network aside."""

import tempfile
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2

from digitizer.api.app import create_app
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import write_session
from digitizer.store.logins import open_login
from digitizer.vision.photo import BgrImage

with warnings.catch_warnings():
    # The client says at import that it would rather have another HTTP library.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

ELECTION: Final = Path(__file__).resolve().parent.parent / "samples" / "election.toml"
JPEG_QUALITY: Final = 60


def milliseconds(previews: Sequence[BgrImage]) -> list[float]:
    """From the request to its answer, for each preview; the process that looks is warm."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder)))
        now = datetime.now(UTC)
        with write_session(app.state.web.engine) as session:
            init_election(session, read_election_file(ELECTION), "system", now)
            witness = add_account(session, "saksi", "witness", "kata sandi pengukuran", now=now)
            token = open_login(session, witness, now)
            session.commit()
        with TestClient(app, cookies={"session": token}) as client:
            _looked(client, previews[0])
            return [_looked(client, preview) for preview in previews]


def _looked(client: TestClient, preview: BgrImage) -> float:
    _, coded = cv2.imencode(".jpg", preview, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    height, width = preview.shape[:2]
    started = time.perf_counter()
    answer = client.post(
        "/preview",
        params={"width": 4 * width, "height": 4 * height},
        content=coded.tobytes(),
        headers={"Content-Type": "image/jpeg"},
    )
    taken = 1000 * (time.perf_counter() - started)
    answer.raise_for_status()
    return taken
