"""What is of people is removed when it is no longer needed; numbers, hashes and history stay."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from typer.testing import CliRunner

from digitizer.cli import app
from digitizer.store.accounts import add_account, list_accounts
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.invites import make_invite
from digitizer.store.photos import FilePhotoStore
from digitizer.store.throttling import note_failure
from digitizer.store.uploads import uploads_of
from tests.api.conftest import OTHER_TPS, PASSWORD, World, make_world, seeded
from tests.api.test_corners import FakeReader, place, reading_id, with_reader
from tests.api.test_keying import unreadable
from tests.api.test_reviews import body, confirm, rows
from tests.api.test_routes import CORRECTION
from tests.facts import NOW, PAGE_1, PAGE_2, STATION, png

__all__ = ["make_world", "seeded"]

LATER = (NOW + timedelta(days=1)).date().isoformat()


@pytest.fixture
def world(make_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch) -> World:
    """One form that is verified, one that is not, an invitation and somebody with a label."""
    world = make_world()
    world.read_form()
    world.read(2, PAGE_2, tps=OTHER_TPS)
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    with write_session(world.app.state.web.engine) as session:
        make_invite(session, STATION.code, actor="system", now=NOW)
        note_failure(session, "rina", "10.0.0.1", NOW)
        add_account(session, "tono", "witness", PASSWORD, label="Pak Tono", now=NOW)
        session.commit()
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    return world


def purged(*options: str, before: str = LATER) -> str:
    result = CliRunner().invoke(app, ["purge", "--before", before, *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def originals(world: World) -> dict[str, bool]:
    """Every photo that was sent, and whether its bytes are there."""
    web = world.app.state.web
    with read_session(web.engine) as session:
        senders = [account.id for account in list_accounts(session)]
        return {
            item.photo: web.photos.has(item.photo)
            for sender in senders
            for item in uploads_of(session, sender)
        }


def test_it_says_what_and_removes_nothing_before_yes(world: World) -> None:
    said = "2 original photos, 1 invitations, 1 labels, 1 failed attempts to sign in"
    assert purged() == f"to be removed (with --yes): {said}\n"
    assert all(originals(world).values())


def test_what_was_verified_goes_and_its_numbers_stay(world: World) -> None:
    before = rows(world)
    purged("--yes")
    assert sorted(originals(world).values()) == [False, False, True]
    assert rows(world) == before
    page = world.client("amat", page=True).get(f"/recap/gubernur/tps/{STATION.code}")
    assert page.status_code == 200
    with read_session(world.app.state.web.engine) as session:
        assert verify_chain(session) == ()
        (event,) = list_events(session, kind="personal_data_removed")
        assert {account.label for account in list_accounts(session)} == {""}
    assert event.payload["photos"] == 2
    assert "Tono" not in str(event.payload)
    assert purged() == purged("--yes").replace("removed:", "to be removed (with --yes):")
    assert purged().startswith("to be removed (with --yes): 0 original photos, 0 invitations, 0")


def test_what_came_later_stays(world: World) -> None:
    purged("--yes", before=NOW.date().isoformat())
    assert all(originals(world).values())


def test_on_request_everything_goes_and_nothing_can_be_read_again(world: World) -> None:
    with_reader(world, FakeReader())
    upload = unreadable(world)
    reading, photo = reading_id(world, upload)
    picture = f"/pictures/{reading}/whole"
    assert world.client("rina").get(picture).status_code == 200
    purged("--yes", "--unverified")
    assert not any(originals(world).values())
    assert world.client("rina").get(picture).status_code == 404
    answer = place(world, "rina", reading)
    assert (answer.status_code, answer.json()["code"]) == (409, "original_removed")
    assert photo in originals(world)


def test_a_photo_sent_again_while_it_is_removed_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"photo of page 1"
    world.read(1, PAGE_1, data=data, tps="6411042009001")
    put = FilePhotoStore.put
    puts: list[str] = []

    def put_and_purge(store: FilePhotoStore, content: bytes, sha256: str | None = None) -> str:
        named = put(store, content, sha256)
        if content == data and not puts:
            puts.append(named)
            purged("--yes", "--unverified")
        return named

    monkeypatch.setattr(FilePhotoStore, "put", put_and_purge)
    files = {"files": ("a.jpg", data, "image/jpeg")}
    assert world.client("saksi").post("/photos", files=files).status_code == 201
    assert originals(world)[puts[0]]


def test_who_sends_a_photo_again_brings_it_back(world: World) -> None:
    data = b"photo of page 1"
    world.read(1, PAGE_1, data=data, tps="6411042009001")
    purged("--yes", "--unverified")
    world.read(1, PAGE_1, data=data, tps="6411042009001")
    assert sorted(originals(world).values()) == [False, False, False, True]
    assert "1 original photos" in purged("--unverified")


def test_the_photo_behind_a_correction_stays_whoever_else_sent_it(world: World) -> None:
    document = png(33, 22)
    world.read(2, PAGE_2, tps="6411032003001", data=document)
    corrected = {**CORRECTION, "files": {"document": ("d-hasil.png", document, "image/png")}}
    path = f"/recap/gubernur/tps/{STATION.code}/corrections"
    assert world.client("sri").post(path, **corrected).status_code == 201
    purged("--yes", "--unverified")
    sent = originals(world)
    assert [photo for photo, there in sent.items() if there] == [sha256(document).hexdigest()]
