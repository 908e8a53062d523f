"""Whatever way a picture or a number leaves, no metadata leaves with it, and nobody's signature.

The ways come from the application itself: its routes, and the names of the pictures it keeps.
"""

import hashlib
import io
import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from typer.testing import CliRunner

from benchmarks.fuzz_containers import segments
from benchmarks.fuzz_world import known_values, values_of
from digitizer.api.app import create_app
from digitizer.bundling import bundle
from digitizer.cli import app as commands
from digitizer.domain.outcome import PhotoOutcome
from digitizer.forms import load_form, load_forms
from digitizer.jobs import run_pending
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.settings import Settings
from digitizer.store.engine import read_session, write_session
from digitizer.store.publication import publish
from digitizer.store.uploads import uploads_of
from digitizer.vision.digits import GlyphReader
from tests.api.conftest import World, seeded
from tests.api.test_routes import flat
from tests.facts import KWK, NOW, STATION
from tests.marked_photos import FORMATS, MARK, jpeg, signed_page, written_on

pytestmark = pytest.mark.untold  # values for every address are put in as they are needed

__all__ = ["seeded"]

PAINTED = frozenset({"public", "page", "header", "crop", "witnesses"})
"""Kinds of pictures in which whatever is private is painted."""

UNPAINTED = frozenset({"whole"})
"""Of a photo in which nobody knows where what lies; for those who key it, and its sender."""

SEGMENTS = frozenset({0xE0, 0xDB, 0xC0, 0xC4, 0xDA})
"""What a JPEG needs to be one: header, tables, frame, scan."""

FILE_NAME = "RAHASIA-BERKAS.jpg"
WHO = ("saksi-tps", "rina", "sri", "admin", "amat")


@cache
def digested(kind: str) -> PhotoOutcome:
    data = FORMATS[kind](signed_page(KWK, 2))
    assert MARK in data
    return digest_photo(data, atlas_of(load_forms()), GlyphReader.load())


def kind_of(name: str) -> str:
    """The kind of a picture; one that has none here has no check, which fails."""
    kind = name.partition("/")[0]
    assert kind in PAINTED | UNPAINTED, f"picture {name} is of a kind that nothing here looks at"
    return kind


def assert_bare(name: str, data: bytes) -> None:
    """No metadata in a picture: no marked text, no segment that a JPEG does not need."""
    assert MARK not in data, name
    kinds = {data[part.start + 1] for part in segments(data)}
    assert data.startswith(b"\xff\xd8"), name
    assert data.endswith(b"\xff\xd9"), name
    assert kinds <= SEGMENTS, f"{name} has segments {sorted(map(hex, kinds - SEGMENTS))}"
    with Pillow.open(io.BytesIO(data)) as opened:
        assert not opened.getexif(), name
        assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}, name


def vivid(data: bytes) -> int:
    """How much more red and blue than green the most vivid pixel has."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    blue, green, red = (image[..., channel].astype(int) for channel in range(3))
    return int((np.minimum(blue, red) - green).max())


def assert_hides_signatures(name: str, data: bytes) -> None:
    if kind_of(name) in PAINTED:
        assert vivid(data) < 60, f"{name} shows a private cell"


def test_the_photo_itself_shows_what_must_be_hidden() -> None:
    for page in load_form(KWK).pages:
        assert page.private
        assert vivid(jpeg(signed_page(KWK, page.number))) > 180


def no_form() -> Pillow.Image:
    """A picture in which nothing is to be found, which takes no time to find out."""
    return Pillow.new("RGB", (1200, 900), (230, 230, 230))


@pytest.mark.parametrize("kind", FORMATS)
def test_no_picture_of_a_photo_carries_its_metadata_or_a_signature(kind: str) -> None:
    outcome = digested(kind)
    assert outcome.reading is not None
    assert {kind_of(name) for name in outcome.blobs} >= PAINTED
    for name, data in outcome.blobs.items():
        assert_bare(name, data)
        assert_hides_signatures(name, data)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_photo_that_nobody_could_place_loses_its_metadata_too(kind: str) -> None:
    outcome = digest_photo(FORMATS[kind](no_form()), atlas_of(load_forms()), GlyphReader.load())
    assert set(outcome.blobs) == UNPAINTED
    assert_bare("whole", outcome.blobs["whole"])


@dataclass(frozen=True)
class Left:
    """A form sent as marked photos, read and verified, and a photo that nobody could place."""

    world: World
    known: Mapping[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def left(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("leaves") / "data"
    shutil.copytree(seeded, folder)
    settings = Settings(data_dir=folder, blind_share=0, seeded_share=0)
    world = World(create_app(settings), settings)
    photos = [jpeg(signed_page(KWK, page)) for page in (1, 2)]
    photos.append(jpeg(no_form()))
    for data in photos:
        files = {"files": (FILE_NAME, data, "image/jpeg")}
        assert world.client("saksi-tps").post("/photos", files=files).status_code == 201
    run_pending(settings)
    verify(world)
    known = known_values(world)
    correct(world)
    with write_session(world.app.state.web.engine) as session:
        publish(session, datetime(2024, 11, 27, tzinfo=UTC), actor="system", now=datetime.now(UTC))
        session.commit()
    return Left(world, known)


@cache
def document() -> bytes:
    """A photo of a D.HASIL, as far as anything here knows."""
    return jpeg(signed_page(KWK, 1).crop((0, 0, 900, 900)))


def correct(world: World) -> None:
    """A supervisor enters what a D.HASIL says, with a photo of it that carries metadata."""
    answer = world.client("sri").post(
        f"/recap/gubernur/tps/{STATION.code}/corrections",
        data={"level": "kecamatan", "reason": "salah jumlah", "expected_version": "0",
              "field": ["paslon_1"], "value": ["7"]},
        files={"document": (FILE_NAME, document(), "image/jpeg")},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text


def verify(world: World) -> None:
    """Two people confirm the form as it was written."""
    sheet = f"/sheets/gubernur/{STATION.code}/{KWK}"
    spec = load_form(KWK).fields
    written = {**written_on(KWK, 1), **written_on(KWK, 2)}
    fields = {name: value for name, value in written.items() if spec[name].counted}
    for who in ("rina", "budi"):
        page = world.client(who, page=True).get(sheet).text
        readings, earlier = (
            re.findall(r"\w{32}", re.search(rf'"{name}": ?\[(.*?)\]', page)[1])  # type: ignore[index]
            for name in ("readings", "earlier")
        )
        (shown,) = re.findall(r'"shown": ?"(\w{16})"', page)
        sent = {
            "client": f"confirmation-{who}", "readings": readings, "shown": shown,
            "expected_version": 0, "earlier": earlier, "tps_number": STATION.code[-3:],
            "seconds": 3,
            "acknowledged": [rule.id for rule in load_form(KWK).rules],
            "fields": {name: {"as_written": value, "note": "dilihat"}
                       for name, value in fields.items()},
        }  # fmt: skip
        answer = world.client(who).post(f"{sheet}/verifications", json=sent)
        assert answer.status_code == 201, answer.text
        if answer.json()["outcome"] == "tally":
            return
    raise AssertionError("two people did not make a tally of it")


def addresses(left: Left) -> Iterator[str]:
    """Every address that gives something away, with every value that exists."""
    for route in flat(left.world.app.routes):
        if "GET" not in (route.methods or ()):
            continue
        names = re.findall(r"{(\w+)(?::\w+)?}", route.path)
        pattern = re.sub(r":\w+}", "}", route.path)
        known = {name: values_of(left.known, pattern, name) for name in names}
        assert all(known.values()), f"{pattern}: nothing here knows a value of one of {names}"
        for values in itertools.product(*known.values()):
            yield pattern.format(**dict(zip(names, values, strict=True)))


def test_nothing_that_the_web_answers_carries_metadata_or_a_signature(left: Left) -> None:
    pictures = set()
    clients = {who: left.world.client(who, page=True) for who in (*WHO, None)}
    for address in addresses(left):
        for who, client in clients.items():
            answer = client.get(address)
            if answer.status_code != 200:
                continue
            # The name of a file is for its sender and for reviewers.
            known = FILE_NAME.encode() if who not in ("amat", None) else b""
            assert MARK not in answer.content.replace(known, b""), f"{address} for {who}"
            assert MARK not in repr(answer.headers).encode(), f"{address} for {who}"
            # Icons, the same for everybody, and the blank that an admin draws a form over.
            ours = address.startswith(("/phone/shell/", "/forms/drafts/"))
            if answer.headers["content-type"].startswith("image/") and not ours:
                name = address.split("/", 3)[3]
                pictures.add(name)
                assert_bare(name, answer.content)
                assert_hides_signatures(name, answer.content)
                break  # the same bytes for everybody
    assert pictures == set(left.known["name"])


def test_an_unpainted_photo_is_for_its_sender_and_those_who_key_it(left: Left) -> None:
    for reading in left.known["reading_id"]:
        answers = {
            who: left.world.client(who).get(f"/pictures/{reading}/whole").status_code for who in WHO
        }
        assert answers["amat"] == 404
        assert answers["rina"] == answers["saksi-tps"]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_no_export_names_a_file_or_a_person(left: Left, kind: str) -> None:
    answer = left.world.client("admin").get(f"/exports/gubernur.{kind}")
    assert answer.status_code == 200
    assert b"LAHAM" in answer.content
    assert MARK not in answer.content
    assert b"rina" not in answer.content


def test_no_bundle_names_a_file_or_a_person(left: Left, tmp_path: Path) -> None:
    web = left.world.app.state.web
    file = tmp_path / "bukti.zip"
    with file.open("w+b") as target:
        bundle(web.engine, web.photos, web.settings.data_dir, target, with_photos=True, now=NOW)
    with ZipFile(file) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            assert MARK not in data, name
            assert b"rina" not in data, name
            if name.startswith("photos/"):
                assert_bare(name, data)


def test_no_file_of_labels_carries_metadata(
    left: Left, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(left.world.settings.data_dir))
    file = tmp_path / "labels.npz"
    done = CliRunner().invoke(commands, ["labels", "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert MARK not in file.read_bytes()
    with np.load(file) as arrays:
        assert all(MARK.decode() not in str(arrays[name].tolist()) for name in arrays.files)


def test_only_the_sealed_original_keeps_what_was_sent(left: Left) -> None:
    with read_session(left.world.app.state.web.engine) as session:
        originals = {item.photo for item in uploads_of(session, left.world.account_id("saksi-tps"))}
    folder = left.world.settings.data_dir / "photos"
    marked = {path.name for path in folder.rglob("*") if path.is_file() and MARK in
              path.read_bytes()}  # fmt: skip
    assert marked == originals | {hashlib.sha256(document()).hexdigest()}
