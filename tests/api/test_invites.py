"""A link binds one phone to one TPS, once; the printed code leads where its link does."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser
from typer.testing import CliRunner

from digitizer.cli import app
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events
from digitizer.store.invites import LASTS, make_invite
from digitizer.store.logins import PHONE_LASTS
from tests.api.conftest import OTHER_TPS, World
from tests.facts import STATION, png
from tests.review_ui.conftest import browser

__all__ = ["browser"]


def invited(world: World, *, before: timedelta = timedelta(), tps: str = STATION.code) -> str:
    with write_session(world.app.state.web.engine) as session:
        now = datetime.now(UTC) - before
        token = make_invite(session, tps, actor="system", now=now)
        session.commit()
    return f"/join/{token}"


def test_a_phone_joins_and_its_photos_belong_to_the_tps(world: World) -> None:
    link = invited(world)
    phone = world.client(page=True)
    page = phone.get(link).text
    assert STATION.desa in page
    assert "UU 27/2022" in page
    answer = phone.post(link, data={"label": " Bu Sari "})
    # Not the page that this phone may have kept of an earlier account.
    assert answer.headers["location"] == "/phone?fresh=1"
    assert f"max-age={int(PHONE_LASTS.total_seconds())}" in answer.headers["set-cookie"].lower()
    assert f"TPS {STATION.code}" in phone.get("/account").text
    files = {"files": ("a.png", png(300, 300), "image/png")}
    sent = phone.post("/photos", files=files, data={"tps": OTHER_TPS}, headers={"Accept": "*/*"})
    assert sent.status_code == 403
    sent = phone.post("/photos", files=files, headers={"Accept": "*/*"})
    assert sent.status_code in (200, 201)
    with read_session(world.app.state.web.engine) as session:
        (upload,) = {event.payload["tps"] for event in list_events(session, kind="upload_accepted")}
        (used,) = list_events(session, kind="invite_used")
        (made,) = list_events(session, kind="invite_made")
    assert upload == STATION.code
    assert used.payload["invite"] == made.payload["invite"]
    assert "Sari" not in str([used.payload, made.payload])


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_works_once_and_not_for_ever(world: World, method: str) -> None:
    link = invited(world)
    assert world.client().post(link).status_code == 303
    late = invited(world, before=LASTS)
    for path, status, code in (
        (link, 409, "invite_used"), (late, 409, "invite_expired"), ("/join/x", 404, "no_invite"),
    ):  # fmt: skip
        answer = getattr(world.client(), method)(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_no_link_is_stored(world: World) -> None:
    token = invited(world).removeprefix("/join/")
    for file in world.settings.data_dir.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes()


@pytest.fixture
def sheet(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))

    def make(area: str) -> Path:
        output = tmp_path / "undangan.html"
        command = ["accounts", "invite", area, "--address", "https://c.example/", "-o", str(output)]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        return output

    return make


def test_a_sheet_holds_a_link_for_every_tps_of_the_area(
    world: World, sheet: Callable[..., Path]
) -> None:
    output = sheet("64.11.03")
    assert output.stat().st_mode & 0o077 == 0
    html = output.read_text()
    links = re.findall(r"https://c\.example(/join/[\w-]+)", html)
    assert len(links) == len(set(links)) == 6
    assert html.count("<svg") == 6
    assert all(world.client().get(link).status_code == 200 for link in links)


def test_an_area_without_a_tps_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    output = tmp_path / "none.html"
    command = ["accounts", "invite", "99", "--address", "http://x", "-o", str(output)]
    assert CliRunner().invoke(app, command).exit_code != 0
    assert not output.exists()


@pytest.mark.browser
def test_a_printed_code_leads_where_its_link_does(
    browser: Browser, sheet: Callable[..., Path]
) -> None:
    tab = browser.new_page(viewport={"width": 1000, "height": 800})
    tab.goto(sheet(STATION.code).as_uri())
    picture = np.frombuffer(tab.locator("article").screenshot(), np.uint8)
    image = cv2.imdecode(picture, cv2.IMREAD_COLOR)
    assert image is not None
    text, *_ = cv2.QRCodeDetector().detectAndDecode(image)
    assert text == tab.locator("code").text_content()
    tab.close()
