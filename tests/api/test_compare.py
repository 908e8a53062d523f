"""Official results on the web: an admin brings them in, readers see where they differ."""

import csv
import io
import json
from typing import Any

import pytest

from digitizer.domain.listing import NOTICE
from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from tests.api.conftest import OTHER_TPS, TestClient, World
from tests.api.test_reviews import body, confirm
from tests.facts import STATION

PAGE = "/compare/gubernur"
IMPORTS = f"{PAGE}/imports"
TPS = STATION.code
VOTES = {"paslon_1": 61, "paslon_2": 52, "suara_sah": 113, "suara_tidak_sah": 4,
         "suara_total": 117}  # fmt: skip
"""What is verified of STATION."""


def table(rows: dict[str, dict[str, int]]) -> bytes:
    lines = [",".join(("tps", *VOTES))]
    lines += [
        ",".join((code, *(str(given.get(name, "")) for name in VOTES)))
        for code, given in rows.items()
    ]
    return "\n".join(lines).encode()


def send(client: TestClient, data: bytes, **changes: str) -> Any:  # noqa: ANN401
    form = {"source": "data terbuka, 28 November 2024", **changes}
    return client.post(IMPORTS, data=form, files={"file": ("hasil.csv", data, "text/csv")})


@pytest.fixture
def verified(world: World) -> World:
    world.read_form()
    assert confirm(world, "rina", body(world)).status_code == 201
    return world


def test_before_anything_is_imported_the_page_says_so(verified: World) -> None:
    page = verified.client("amat", page=True).get(PAGE)
    assert "Belum ada hasil resmi yang diimpor" in page.text
    assert "Impor hasil resmi" not in page.text
    assert "Impor hasil resmi" in verified.client("admin", page=True).get(PAGE).text
    assert verified.client("amat").get(f"{PAGE}/differences.csv").status_code == 404


def test_an_import_is_compared_and_told(verified: World) -> None:
    client = verified.client("admin")
    answer = send(client, table({TPS: {**VOTES, "paslon_1": 68}, OTHER_TPS: VOTES}))
    assert answer.status_code == 201
    assert (answer.json()["tps"], answer.json()["number"]) == (2, 1)
    assert (
        send(client, table({TPS: {**VOTES, "paslon_1": 68}, OTHER_TPS: VOTES})).status_code == 200
    )
    page = verified.client("amat", page=True).get(PAGE).text
    for told in ("data terbuka, 28 November 2024", f"/recap/gubernur/tps/{TPS}", "−7", "SIMULASI",
                 NOTICE, "Hanya ada di hasil resmi (1)"):  # fmt: skip
        assert told in page, told
    only = verified.client("amat", page=True).get(f"{PAGE}?show=only_theirs").text
    assert f"/recap/gubernur/tps/{OTHER_TPS}" in only
    for wilayah in ("64", "6411", "641103", TPS[:10]):
        assert "−7" in verified.client("rina", page=True).get(f"{PAGE}/{wilayah}").text
    english = verified.client("amat", page=True).get(f"{PAGE}?lang=en").text
    assert "Compared with official results" in english


def test_the_changing_part_is_not_sent_twice(verified: World) -> None:
    send(verified.client("admin"), table({TPS: VOTES}))
    client = verified.client("amat", page=True)
    first = client.get(f"{PAGE}?part=1")
    again = client.get(f"{PAGE}?part=1", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    send(verified.client("admin"), table({TPS: {**VOTES, "paslon_2": 51}}))
    later = client.get(f"{PAGE}?part=1", headers={"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200


def test_the_file_has_every_difference_and_its_leaving_is_told(verified: World) -> None:
    send(verified.client("admin"), table({TPS: {**VOTES, "paslon_1": 68}, OTHER_TPS: VOTES}))
    answer = verified.client("amat").get(f"{PAGE}/differences.csv")
    assert answer.headers["content-disposition"].endswith(
        'filename="SIMULASI-simulasi-mahakam-ulu-gubernur-selisih.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    first, *others = [row for row in rows if row["tps"] == STATION.dotted][:1] + [
        row for row in rows if row["tps"] != STATION.dotted
    ]
    assert first["election"].startswith("SIMULASI")
    assert {name: first[name] for name in ("field", "ours", "theirs", "difference", "kind")} == {
        "field": "paslon_1", "ours": "61", "theirs": "68", "difference": "-7", "kind": "differs",
    }  # fmt: skip
    assert {(row["kind"], row["ours"], row["difference"]) for row in others} == {
        ("only_theirs", "", "")
    }
    assert {row["notice"] for row in rows} == {NOTICE}
    with read_session(verified.app.state.web.engine) as session:
        event = list_events(session, kind="tallies_exported")[-1]
    assert event.payload["kind"] == "comparison-csv"
    assert event.payload["rows"] == len(rows)


def test_a_faulty_file_is_told_and_what_was_typed_is_kept(verified: World) -> None:
    wrong = table({TPS: VOTES}).replace(b"113", b"1.130")
    api = send(verified.client("admin"), wrong)
    assert (api.status_code, api.json()["code"]) == (422, "official_refused")
    assert "hasil.csv, row 2, column suara_sah: found '1.130'" in api.json()["message"]
    page = send(verified.client("admin", page=True), wrong, source="KPU <b>")
    assert page.status_code == 422
    for told in ("Hasil resmi ini tidak dapat diimpor", "row 2, column suara_sah",
                 'value="KPU &lt;b&gt;"'):  # fmt: skip
        assert told in page.text, told
    assert "Belum ada hasil resmi yang diimpor" in page.text


def test_json_comes_in_with_the_numbers_of_its_paslon(verified: World) -> None:
    said = {TPS: {"tungsura": {"chart": {"1000001": 61, "1000002": 52}, "administrasi": None}}}
    client = verified.client("admin")

    def sent(paslon: str) -> Any:  # noqa: ANN401
        return client.post(
            IMPORTS, data={"source": "KPU", "paslon": paslon},
            files={"file": ("hasil.json", json.dumps(said).encode(), "application/json")},
        )  # fmt: skip

    refused = sent("1000001=1")
    assert "for 1000002 (given: 1000001=1)" in refused.json()["message"]
    assert sent("1000001=1, 1000002=2").json()["numbers"] == 2


def test_what_is_no_file_or_too_large_is_refused(verified: World) -> None:
    client = verified.client("admin")
    assert client.post(IMPORTS, data={"source": "x"}).json()["code"] == "no_file"
    large = client.post(
        IMPORTS, content=b"", headers={"Content-Length": str(65 << 20),
                                       "Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    nowhere = client.post("/compare/nowhere/imports", data={"source": "x"})
    assert nowhere.status_code == 404


@pytest.mark.parametrize("address", ["?show=equal", "?page=x", "?page=0", "/6", "/64?page=99"])
def test_odd_addresses_are_answered(verified: World, address: str) -> None:
    send(verified.client("admin"), table({TPS: VOTES}))
    assert verified.client("amat").get(f"{PAGE}{address}").status_code in (200, 404, 422)
