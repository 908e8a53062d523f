"""A link binds one phone to one TPS, once; the printed code leads where its link does."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from typer.testing import CliRunner

from digitizer.api import invites, web
from digitizer.api.pages import local_time
from digitizer.api.web import now_of
from digitizer.cli import app
from digitizer.errors import SettingsError
from digitizer.store.account_tables import InviteRow, LoginSessionRow
from digitizer.store.accounts import Account, list_accounts, set_disabled
from digitizer.store.elections import get_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events
from digitizer.store.invites import AGAIN, LASTS, make_invite, use_invite
from digitizer.store.logins import PHONE_LASTS
from tests.api.conftest import OTHER_TPS, World
from tests.facts import STATION, png
from tests.review_ui.conftest import browser
from tests.review_ui.phones import served

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


def later(world: World, by: timedelta) -> None:
    world.app.dependency_overrides[now_of] = lambda: datetime.now(UTC) + by


def accounts_of(world: World) -> int:
    with read_session(world.app.state.web.engine) as session:
        return len(list_accounts(session))


@pytest.mark.parametrize("again", [False, True], ids=["the button", "the page and the button"])
def test_whoever_did_not_get_the_answer_gets_it_by_asking_again(
    each_world: World, again: bool
) -> None:
    world = each_world
    link = invited(world)
    phone = world.client(page=True)
    phone.get(link)
    phone.post(link, data={"label": "Bu Sari"})
    phone.cookies.delete("session")  # the answer is lost
    before = accounts_of(world)
    later(world, AGAIN - timedelta(minutes=1))
    if again:
        assert STATION.desa in phone.get(link).text
    assert phone.post(link, data={"label": "Bu Sari"}).headers["location"] == "/phone?fresh=1"
    assert f"TPS {STATION.code}" in phone.get("/account").text
    assert accounts_of(world) == before
    with read_session(world.app.state.web.engine) as session:
        assert len(list(list_events(session, kind="invite_used"))) == 1


def test_another_browser_does_not_get_it_nor_the_same_one_much_later(world: World) -> None:
    link = invited(world)
    phone, other, plain = (world.client() for _ in range(3))
    for client in (phone, other):
        client.get(link)
    assert phone.post(link).status_code == 303
    for client in (other, plain):
        for answer in (client.get(link), client.post(link)):
            assert (answer.status_code, answer.json()["code"]) == (409, "invite_used")
    plain.cookies.set("joining", "")
    assert plain.post(link).status_code == 409
    later(world, AGAIN + timedelta(minutes=1))
    for answer in (phone.get(link), phone.post(link)):
        assert (answer.status_code, answer.json()["code"]) == (409, "invite_used")


def test_nobody_without_the_cookie_can_use_it_twice(world: World) -> None:
    link = invited(world)
    assert world.client().post(link).status_code == 303  # of no browser that is known
    for kept in ({}, {"joining": ""}, {"joining": "None"}):
        client = world.client()
        client.cookies.update(kept)
        assert client.post(link).status_code == 409


def test_a_closed_account_is_not_opened_by_its_invitation(world: World) -> None:
    link = invited(world)
    phone = world.client()
    phone.get(link)
    phone.post(link)
    with write_session(world.app.state.web.engine) as session:
        (used,) = list_events(session, kind="invite_used")
        set_disabled(session, used.actor, disabled=True, actor="system", now=datetime.now(UTC))
        session.commit()
    assert phone.post(link).json()["code"] == "invite_used"


def test_the_browser_is_known_by_a_cookie_of_these_pages_that_no_script_reads(
    world: World,
) -> None:
    first, second = (world.client().get(invited(world)).headers["set-cookie"] for _ in range(2))
    assert "; HttpOnly; Max-Age=86400; Path=/join; SameSite=lax" in first
    assert first.split(";")[0] != second.split(";")[0]
    phone = world.client(page=True)
    page = phone.get(invited(world))
    word = page.cookies["joining"]
    assert word not in page.text
    assert phone.get(invited(world)).cookies["joining"] == word
    for file in world.settings.data_dir.rglob("*"):
        if file.is_file():
            assert word.encode() not in file.read_bytes()


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_button_that_is_tapped_twice_binds_once(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch, scripts: bool
) -> None:
    def slowly(*asked: Any) -> Account:  # noqa: ANN401  # what it is asked
        account = use_invite(*asked)
        time.sleep(1)
        return account

    monkeypatch.setattr(invites, "use_invite", slowly)
    link = invited(world)
    before = accounts_of(world)
    context = browser.new_context(java_script_enabled=scripts)
    with served(world) as port:
        tab = context.new_page()
        sent: list[str] = []
        tab.on("request", lambda request: sent.append(request.method))
        tab.goto(f"http://127.0.0.1:{port}{link}")
        at = tab.locator("button.primary").bounding_box()
        assert at is not None
        for _ in range(2):
            tab.mouse.click(at["x"] + 20, at["y"] + 10)
            tab.wait_for_timeout(300)
        tab.wait_for_url("**/phone*")
    context.close()
    assert accounts_of(world) == before + 1
    assert sent.count("POST") == (1 if scripts else 2)


def ends_of(world: World) -> list[datetime]:
    """When every login ends."""
    with read_session(world.app.state.web.engine) as session:
        return sorted(session.exec(select(LoginSessionRow.expires_at)))


def test_a_phone_that_is_used_stays_signed_in(each_world: World) -> None:
    world = each_world
    phone = world.client(page=True)
    phone.post(invited(world))
    (first,) = ends_of(world)
    later(world, timedelta(days=6))
    answer = phone.get("/phone")
    assert "set-cookie" not in answer.headers
    assert ends_of(world) == [first]  # nothing is written down while there is time
    later(world, timedelta(days=10))
    answer = phone.get("/phone")
    assert ends_of(world)[0] - first == pytest.approx(timedelta(days=10), abs=timedelta(minutes=5))
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"session={phone.cookies['session']}; HttpOnly; Max-Age=1209600;")
    assert "SameSite=strict" in cookie
    (renewed,) = ends_of(world)
    with read_session(world.app.state.web.engine) as session:
        election = get_election(session)
    assert election is not None
    assert f"masuk sampai {local_time(renewed, election.zone)}" in answer.text
    assert "set-cookie" not in phone.get("/phone/photos").headers
    later(world, timedelta(days=23))
    assert phone.get("/phone/photos", headers={"Accept": "*/*"}).status_code == 200


def test_a_phone_that_is_not_used_is_signed_out_after_two_weeks(world: World) -> None:
    phone = world.client()
    phone.post(invited(world))
    later(world, PHONE_LASTS)
    assert phone.get("/phone").status_code == 401


def test_who_has_a_password_is_not_kept_signed_in(world: World) -> None:
    reviewer = world.client("rina", page=True)
    (end,) = ends_of(world)
    later(world, timedelta(hours=11))
    answer = reviewer.get("/phone")
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert not re.search(r"tetap masuk sampai \d", answer.text)
    assert ends_of(world) == [end]


def test_a_database_in_which_nothing_can_be_written_keeps_nobody_from_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.client()
    phone.post(invited(world))
    before = ends_of(world)

    def full(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    monkeypatch.setattr(web, "renew_login", full)
    later(world, timedelta(days=10))
    answer = phone.get("/phone/photos")
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert ends_of(world) == before


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


def test_a_sheet_that_cannot_be_written_leaves_no_invitation(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    (tmp_path / "folder").mkdir()
    for output in (tmp_path / "nowhere" / "undangan.html", tmp_path / "folder"):
        command = ["accounts", "invite", "64", "--address", "https://c.example", "-o", str(output)]
        assert isinstance(CliRunner().invoke(app, command).exception, OSError)
    with read_session(world.app.state.web.engine) as session:
        assert session.exec(select(InviteRow)).all() == []
    assert [path.name for path in tmp_path.rglob("*.part")] == []


@pytest.mark.parametrize(
    "address", ["c.example", "ftp://c.example", "https://", "https:///join", "http://[::1", ""]
)
def test_an_address_that_no_phone_opens_is_refused(address: str, tmp_path: Path) -> None:
    output = tmp_path / "undangan.html"
    command = ["accounts", "invite", "64", "--address", address, "-o", str(output)]
    refused = CliRunner().invoke(app, command).exception
    assert isinstance(refused, SettingsError)
    assert f"--address is {address!r}" in str(refused)
    assert not output.exists()
