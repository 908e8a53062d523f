"""Uploads: whatever is sent is kept, once, and its sender gets a receipt."""

import hashlib
import io
import warnings
import zipfile

import pytest
from httpx import Response

from digitizer.api import photos
from tests.api.conftest import OTHER_TPS, TestClient, World
from tests.facts import PAGE_2, STATION, png

PHOTO = png(40, 30)


def send(client: TestClient, *files: tuple[str, bytes], **form: str) -> Response:
    answer: Response = client.post("/photos", files=[("files", item) for item in files], data=form)
    return answer


def test_a_receipt_names_the_photo_by_its_sha256(world: World) -> None:
    client = world.client("saksi")
    answer = send(client, ("a.png", PHOTO), tps=STATION.code)
    assert answer.status_code == 201
    (receipt,) = answer.json()["receipts"]
    assert receipt["photo"] == hashlib.sha256(PHOTO).hexdigest()
    assert receipt["status"] == "accepted"
    assert world.app.state.web.photos.get(receipt["photo"]) == PHOTO
    page = world.client("saksi", page=True).get(receipt["url"])
    assert receipt["photo"] in page.text
    assert "Menunggu dibaca" in page.text


def test_the_same_bytes_again_give_the_first_receipt(world: World) -> None:
    client = world.client("saksi")
    first = send(client, ("a.png", PHOTO), tps=STATION.code).json()["receipts"][0]
    again = send(client, ("b.png", PHOTO), tps=STATION.code)
    assert again.status_code == 200
    assert again.json()["receipts"][0]["upload"] == first["upload"]
    assert again.json()["receipts"][0]["status"] == "already"
    other = send(world.client("rina"), ("a.png", PHOTO), tps=STATION.code)
    assert other.status_code == 201
    assert other.json()["receipts"][0]["upload"] != first["upload"]


def test_the_same_key_is_one_upload(world: World) -> None:
    client = world.client("saksi")
    answers = [
        send(client, ("a.png", PHOTO), tps=STATION.code, idempotency_key="k" * 16) for _ in range(2)
    ]
    assert [item.status_code for item in answers] == [201, 200]
    assert len({item.json()["receipts"][0]["upload"] for item in answers}) == 1


def test_the_key_of_another_photo_is_refused_in_words_of_its_own(world: World) -> None:
    client = world.client("saksi")
    send(client, ("a.png", PHOTO), idempotency_key="k")
    answer = send(client, ("b.png", png(40, 30, 90)), idempotency_key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used")
    assert answer.json()["text"] == (
        "Foto lain sudah dikirim dengan kunci pengiriman ini; foto ini belum tersimpan. "
        "Muat ulang halaman, lalu pilih dan kirim foto ini lagi."
    )


def test_two_photos_of_one_name_in_a_zip_are_both_taken_in(world: World) -> None:
    client = world.client("saksi")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are two of a name
        for grey in (100, 150, 200):
            archive.writestr("foto.png", png(40, 30, grey))
    first, again = (send(client, ("a.zip", file.getvalue()), idempotency_key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    photos = [item["photo"] for item in first.json()["receipts"]]
    assert photos == [hashlib.sha256(png(40, 30, grey)).hexdigest() for grey in (100, 150, 200)]
    uploads = [[item["upload"] for item in answer.json()["receipts"]] for answer in (first, again)]
    assert len(set(uploads[0])) == 3
    assert uploads[0] == uploads[1]


def test_the_same_photo_for_another_tps_is_told(world: World) -> None:
    client = world.client("saksi")
    send(client, ("a.png", PHOTO), tps=STATION.code)
    answer = send(client, ("a.png", PHOTO), tps=OTHER_TPS)
    assert answer.status_code == 201
    assert answer.json()["receipts"][0]["duplicate_elsewhere"] is True
    assert "TPS lain" in answer.json()["receipts"][0]["text"]


def test_bad_files_are_kept_and_show_in_the_queue(world: World) -> None:
    client = world.client("saksi")
    bad = {"empty.jpg": b"", "text.jpg": b"not a photo", "cut.png": PHOTO[:40]}
    for name, data in bad.items():
        assert send(client, (name, data), tps=STATION.code).status_code == 201
    queue = world.client("rina", page=True).get("/queue").text
    for name in bad:
        assert name in queue


def test_nothing_sent_unknown_tps_and_unknown_contest_are_refused(world: World) -> None:
    client = world.client("saksi")
    assert client.post("/photos", data={"tps": ""}).json()["code"] == "no_file"
    answer = send(client, ("a.png", PHOTO), tps="9999999999999")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_tps")
    answer = send(client, ("a.png", PHOTO), contest="nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_contest")
    assert world.client("saksi").get("/receipts?part=1").text.count("SHA-256") == 0


def test_too_large_a_photo_and_too_large_a_body_are_refused(world: World) -> None:
    client = world.client("saksi")
    answer = send(client, ("a.jpg", b"\xff" * (31 << 20)), tps=STATION.code)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    big = "x" * (2 << 20)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    pieces = [b"username=", big.encode(), big.encode()]
    for answer in (
        client.post("/login", data={"username": big}),
        client.post("/login", content=iter(pieces), headers=kind),
        send(world.client(), ("a.jpg", big.encode())),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def strangely_packed() -> bytes:
    """A ZIP that cannot be taken in."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.jpg", b"x" * 1000)
    return file.getvalue()


def test_a_bad_file_keeps_none_of_the_others_out(world: World) -> None:
    client = world.client("saksi")
    files = [("a.png", PHOTO), ("b.zip", strangely_packed()), ("c.png", png(41, 30))]
    answer = send(client, *files, tps=STATION.code, idempotency_key="k")
    assert answer.status_code == 201
    kept = [hashlib.sha256(data).hexdigest() for name, data in files if name != "b.zip"]
    assert [item["photo"] for item in answer.json()["receipts"]] == kept
    (refused,) = answer.json()["refused"]
    alone = send(client, files[1], tps=STATION.code)
    assert alone.status_code == 422
    told = {name: value for name, value in alone.json().items() if name != "request"}
    assert refused == {"file": "b.zip", **told}
    assert refused["code"] == "not_an_image"
    again = send(client, *files, tps=STATION.code, idempotency_key="k")
    assert again.status_code == 200
    assert [item["status"] for item in again.json()["receipts"]] == ["already"] * 2
    assert len(again.json()["refused"]) == 1


def test_without_scripts_the_files_that_were_not_taken_in_are_named(world: World) -> None:
    client = world.client("saksi", page=True)
    answer = send(client, ("a.png", PHOTO), ("<b>.zip", strangely_packed()), tps=STATION.code)
    assert answer.status_code == 201
    assert "1 dari 2 berkas tidak diterima." in answer.text
    assert "&lt;b&gt;.zip: " in answer.text
    assert client.get("/receipts").text.count("SHA-256") == 1


def test_receipts_go_page_by_page_newest_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "PER_PAGE", 2)
    for width in (41, 42, 43):
        send(world.client("rina"), (f"{width}.png", png(width, 30)))
    pages = [world.client("rina", page=True).get(f"/receipts?page={n}").text for n in (1, 2, 3)]

    shown = [[f"{width}.png" in page for width in (41, 42, 43)] for page in pages]
    assert shown == [[False, True, True], [True, False, False], [False, False, False]]
    assert ['href="/receipts?page=2"' in page for page in pages] == [True, False, True]
    part = world.client("rina", page=True).get("/receipts?part=1&page=2").text
    assert "41.png" in part
    assert "<html" not in part


def test_the_tps_comes_from_the_form_the_account_or_the_file_name(world: World) -> None:
    client = world.client("rina")
    send(client, (f"foto-{STATION.code}.png", PHOTO))
    send(client, ("nobody.png", png(41, 30)))
    queue = world.client("budi", page=True).get("/receipts").text
    assert queue.count("SHA-256") == 0
    mine = world.client("rina", page=True).get("/receipts").text
    assert STATION.dotted in mine
    assert "TPS-nya belum diketahui" in mine
    bound = world.client("saksi-tps")
    assert send(bound, ("a.png", png(42, 30))).status_code == 201
    assert send(bound, ("b.png", png(43, 30)), tps=OTHER_TPS).status_code == 403


def test_a_zip_is_many_uploads(world: World) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"grup/{STATION.code}/a.png", PHOTO)
        archive.writestr("grup/b.png", png(41, 30))
    answer = send(world.client("rina"), ("semua.zip", packed.getvalue()))
    assert answer.status_code == 201
    assert len(answer.json()["receipts"]) == 2
    again = send(world.client("rina"), ("semua.zip", packed.getvalue()))
    assert again.status_code == 200


def test_a_plain_form_works_without_scripts(world: World) -> None:
    client = world.client("saksi", page=True)
    answer = send(client, ("a.png", PHOTO), tps=STATION.code)
    assert (answer.status_code, answer.headers["location"]) == (303, "/receipts")


def test_receipts_and_pictures_are_their_senders(world: World) -> None:
    upload = world.read(2, PAGE_2, sender="saksi")
    mine = world.client("saksi", page=True).get(f"/receipts/{upload}")
    assert "X61" in mine.text
    picture = mine.text.split('src="/pictures/')[1].split('"')[0]
    for name, status in (("saksi", 200), ("rina", 200), ("amat", 200), ("saksi-tps", 404)):
        answer = world.client(name).get(f"/pictures/{picture}")
        assert answer.status_code == status, name
    assert world.client("saksi-tps").get(f"/receipts/{upload}").status_code == 404
    answer = world.client("saksi").get(f"/pictures/{picture}")
    tag = {"If-None-Match": answer.headers["etag"]}
    assert world.client("saksi").get(f"/pictures/{picture}", headers=tag).status_code == 304
    reading = picture.split("/")[0]
    for name in ("original", "crop/none", "..%2Fpublic"):
        assert world.client("rina").get(f"/pictures/{reading}/{name}").status_code == 404


def test_a_photo_that_happens_to_hold_the_mark_of_a_zip_is_a_photo(world: World) -> None:
    client = world.client("saksi")
    mark = b"PK\x05\x06" + bytes(18)
    for data in (PHOTO + mark, PHOTO + b"x" * 60_000 + mark + b"y" * 500):
        assert zipfile.is_zipfile(io.BytesIO(data))
        answer = send(client, ("a.png", data), tps=STATION.code)
        assert answer.status_code == 201
        (receipt,) = answer.json()["receipts"]
        assert receipt["photo"] == hashlib.sha256(data).hexdigest()
        assert world.app.state.web.photos.get(receipt["photo"]) == data
