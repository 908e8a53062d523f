"""A flood of photos is held off; whoever sends the same photo again gets its receipt."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from digitizer.store.engine import read_session
from digitizer.store.uploads import uploads_of
from tests.api.conftest import World
from tests.facts import STATION, png


def limited(world: World, **quotas: int) -> World:
    web = world.app.state.web
    settings = web.settings.model_copy(update=quotas)
    world.app.state.web = replace(web, settings=settings)
    return world


def sent(world: World, who: str, grey: int) -> Any:  # noqa: ANN401
    files = {"files": ("a.png", png(50, 50, grey), "image/png")}
    return world.client(who).post("/photos", files=files)


@pytest.mark.parametrize(
    ("quotas", "who"), [({"tps_quota": 2}, "saksi-tps"), ({"account_quota": 2}, "saksi")]
)
def test_beyond_the_quota_a_photo_must_wait(world: World, quotas: dict[str, int], who: str) -> None:
    limited(world, **quotas)
    assert [sent(world, who, grey).status_code for grey in (1, 2)] == [201, 201]
    answer = sent(world, who, 3)
    assert (answer.status_code, answer.json()["code"]) == (429, "quota")
    assert int(answer.headers["retry-after"]) > 0
    assert sent(world, who, 2).status_code == 200
    assert sent(world, "rina", 3).status_code == 201


def test_the_quota_of_a_tps_counts_what_only_the_name_of_a_file_says(world: World) -> None:
    limited(world, tps_quota=2)

    def named(grey: int) -> int:
        files = {"files": (f"{STATION.code}-hal1.png", png(50, 50, grey), "image/png")}
        return int(world.client("saksi").post("/photos", files=files).status_code)

    assert [named(grey) for grey in (1, 2, 3)] == [201, 201, 429]


def test_a_zip_brings_no_more_than_its_photos_one_by_one(world: World) -> None:
    limited(world, account_quota=2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for grey in range(4):
            archive.writestr(f"{grey}.png", png(50, 50, grey))
    files = {"files": ("semua.zip", packed.getvalue(), "application/zip")}
    answer = world.client("saksi").post("/photos", files=files)
    assert (answer.status_code, answer.json()["code"]) == (429, "quota")
    with read_session(world.app.state.web.engine) as session:
        assert len(uploads_of(session, world.account_id("saksi"))) == 2
    # What is in is in: the same ZIP goes on where it was.
    limited(world, account_quota=4)
    receipts = world.client("saksi").post("/photos", files=files).json()["receipts"]
    assert [item["status"] for item in receipts] == ["already", "already", "accepted", "accepted"]


def test_each_photo_beyond_the_quota_is_named_beside_the_receipts(world: World) -> None:
    limited(world, account_quota=2)
    sent(world, "saksi", 3)
    files = [("files", (f"{grey}.png", png(50, 50, grey))) for grey in (1, 2, 3, 4)]
    answer = world.client("saksi").post("/photos", files=files)
    assert answer.status_code == 201
    # What was sent before costs nothing.
    assert [item["status"] for item in answer.json()["receipts"]] == ["accepted", "already"]
    refused = [(item["file"], item["code"]) for item in answer.json()["refused"]]
    assert refused == [("2.png", "quota"), ("4.png", "quota")]


def test_a_refused_photo_leaves_nothing(world: World) -> None:
    limited(world, account_quota=1)
    sent(world, "saksi", 1)
    kept = {path.name for path in world.settings.data_dir.rglob("photos/**/*") if path.is_file()}
    sent(world, "saksi", 2)
    after = {path.name for path in world.settings.data_dir.rglob("photos/**/*") if path.is_file()}
    assert after == kept
