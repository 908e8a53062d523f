"""Official results are read strictly: good input is defaced, and the fault is named where it is."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from digitizer.domain.official import OfficialImport
from digitizer.errors import OfficialRefused
from digitizer.official import Asked, import_file, import_folder, paslon_numbers
from digitizer.official.documents import MAX_MEMBERS, MAX_TPS_BYTES, PIECE
from digitizer.store.elections import get_contest, init_election, read_election_file
from digitizer.store.engine import migrate, open_engine, read_session, sqlite_url, write_session
from digitizer.store.events import list_events
from digitizer.store.nodes import ensure_node
from digitizer.store.official import imports_of
from digitizer.store.official_tables import OfficialTpsRow
from tests.conftest import ROOT
from tests.facts import NOW

A, B = "6411032001001", "6411032001002"
PASLON = {"1000001": 1, "1000002": 2}
CSV = f"tps,paslon_1,suara_sah\n{A},61,113\n64.11.03.2001.002,,\n"


def said(**changes: object) -> dict[str, Any]:
    """What the KPU's data says of a TPS."""
    return {
        "mode": "hhcw",
        "tungsura": {
            "chart": {"1000001": 61, "1000002": 52},
            "administrasi": {"suara_sah": 113, "suara_tidak_sah": 4, "pengguna_dptb_kpu": 1},
        },
        "images": ["a.jpg"],
        "psu": None,
        "ts": "2024-11-28 03:00:00",
        "status_suara": True,
        "status_adm": True,
        **changes,
    }


def counted(chart: object, papers: object) -> dict[str, Any]:
    return {"chart": chart, "administrasi": papers}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "store"))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, tmp_path / "store", NOW)
        init_election(session, read_election_file(ROOT / "samples/election.toml"), "system", NOW)
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def asked(engine: Engine) -> Asked:
    with read_session(engine) as session:
        contest = get_contest(session, "gubernur")
    return Asked(contest, "data terbuka, 28 November 2024", PASLON, "system", NOW)


def as_json(rows: Mapping[str, object]) -> bytes:
    return json.dumps(rows).encode()


def in_zip(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def kept(engine: Engine) -> dict[str, tuple[Mapping[str, int], str | None, str | None]]:
    with read_session(engine) as session:
        rows = session.exec(select(OfficialTpsRow)).all()
    return {row.tps: (row.numbers, row.psu, row.ts) for row in rows}


def nothing_is_kept(engine: Engine) -> bool:
    with read_session(engine) as session:
        return (
            imports_of(session, "gubernur") == ()
            and session.exec(select(OfficialTpsRow)).first() is None
            and list_events(session, kind="official_imported") == ()
        )


def refused(engine: Engine, asked: Asked, data: bytes, name: str = "hasil.json") -> list[str]:
    """The faults that are told, after which nothing is kept."""
    with pytest.raises(OfficialRefused) as error:
        import_file(engine, asked, io.BytesIO(data), name)
    assert nothing_is_kept(engine)
    assert error.value.hint
    return error.value.message.splitlines()


def test_the_shape_of_the_kpu_is_kept_as_facts(engine: Engine, asked: Asked) -> None:
    rows = {A: said(), B: said(tungsura=counted(None, None), psu=True, ts=None)}
    data = as_json(rows)
    imported = import_file(engine, asked, io.BytesIO(data), "hasil.json").official
    assert (imported.tps, imported.unpublished, imported.numbers) == (2, 1, 4)
    assert imported.sha256 == hashlib.sha256(data).hexdigest()
    assert imported.fields == ("paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah")
    assert imported.not_compared == {"administrasi.pengguna_dptb_kpu": 1}
    numbers = {"paslon_1": 61, "paslon_2": 52, "suara_sah": 113, "suara_tidak_sah": 4}
    assert kept(engine) == {
        A: (numbers, None, "2024-11-28 03:00:00"), B: ({}, "true", None),
    }  # fmt: skip


def test_every_way_of_packing_says_the_same(engine: Engine, asked: Asked, tmp_path: Path) -> None:
    rows: dict[str, object] = {A: said(), B: said(tungsura=None)}
    lines = b"\n".join(as_json({code: one}) for code, one in rows.items()) + b"\n"
    files = {f"64/6411/{code}.json": json.dumps(one).encode() for code, one in rows.items()}
    folder = tmp_path / "hasil"
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / ".DS_Store").write_bytes(b"x")

    def seals() -> Iterator[OfficialImport]:
        for data in (as_json(rows), b"\xef\xbb\xbf" + lines, in_zip(files)):
            yield import_file(engine, asked, io.BytesIO(data), "hasil").official
        yield import_folder(engine, asked, folder).official

    found = list(seals())
    assert len({item.numbers_sha256 for item in found}) == 1
    assert len({item.sha256 for item in found}) == 4
    listed = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
    )
    assert found[-1].sha256 == hashlib.sha256(listed.encode()).hexdigest()


def test_the_same_again_changes_nothing(engine: Engine, asked: Asked) -> None:
    data = as_json({A: said()})
    first = import_file(engine, asked, io.BytesIO(data), "a.json")
    again = import_file(engine, asked, io.BytesIO(data), "a.json")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.official == again.official
    other = import_file(engine, replace(asked, source="lain"), io.BytesIO(data), "a.json")
    assert (other.is_new, other.official.number) == (True, 2)


def test_a_csv_gives_what_its_cells_hold(engine: Engine, asked: Asked) -> None:
    plain = replace(asked, paslon={})
    imported = import_file(engine, plain, io.BytesIO(CSV.encode()), "hasil.csv").official
    assert (imported.format, imported.tps, imported.unpublished) == ("csv", 2, 1)
    assert kept(engine) == {
        A: ({"paslon_1": 61, "suara_sah": 113}, None, None), B: ({}, None, None),
    }  # fmt: skip
    semicolons = ("\ufeff" + CSV.replace(",", ";")).encode()
    again = import_file(engine, plain, io.BytesIO(semicolons), "hasil.csv").official
    assert again.numbers_sha256 == imported.numbers_sha256


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"chart": {"1000001": "61", "1000002": 52}}, "tungsura.chart.1000001: found '61', needed"),
        ({"chart": {"1000001": 61.5, "1000002": 52}}, "tungsura.chart.1000001: found 61.5, needed"),
        ({"chart": {"1000001": True, "1000002": 5}}, "tungsura.chart.1000001: found True, needed"),
        ({"chart": {"1000001": -1, "1000002": 52}}, "tungsura.chart.1000001: found -1, needed"),
        ({"chart": [61, 52]}, "tungsura.chart: found [61, 52], needed an object or null"),
        ({"administrasi": {"suara_sah": 10**9}}, "suara_sah: found 1000000000, needed"),
        ({"chart": {"1000001": 61, "1000009": 52}},
         "found paslon ids 1000001, 1000009, and no number of ours is given for 1000009 "
         "(given: 1000001=1, 1000002=2); give each with --paslon ID=NUMBER"),
    ],
)  # fmt: skip
def test_a_wrong_number_is_named_by_its_key(
    engine: Engine, asked: Asked, change: dict[str, object], fault: str
) -> None:
    wrong = said(tungsura={**said()["tungsura"], **change})
    (told,) = refused(engine, asked, as_json({A: said(), B: wrong}))
    assert told.startswith(f"hasil.json, line 1, key '{B}', ")
    assert fault in told


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'{"64": {}}', "hasil.json, line 1, key '64': needed the 13 digits of a TPS code as key"),
        (as_json({A: [1]}), "found [1], needed an object"),
        (as_json({A: {"mode": 1}}), "key tungsura is missing; found mode"),
        (as_json({A: said(psu=[1])}), "psu: found [1], needed a short text, a number or null"),
        (b'\n\n{"%s": {"a": 1,}}' % A.encode(), "hasil.json, line 3, key '6411032001001': it is"),
        (b'{"%s": {"tungsura": null, "tungsura": null}}' % A.encode(),
         "key 'tungsura' comes more than once in one object"),
        (b'{"%s": {"tungsura": NaN}}' % A.encode(), "found NaN, which is no JSON"),
        (b'{"%s": {}' % A.encode(), "hasil.json, line 1: found its end, needed ','"),
        (b'{"%s" {}}' % A.encode(), "hasil.json, line 1: found '{', needed ':'"),
        (b"[1]", "hasil.json, line 1: found '[', needed '{'"),
        (b'{"\xff": 1}', "hasil.json, line 1: it is not UTF-8"),
        (b'{"%s": %s' % (A.encode(), b"[" * 100_000), "nested too deep"),
        (b'{"%s": {"a": "%s"' % (A.encode(), b"x" * (MAX_TPS_BYTES + PIECE)), "no JSON of a TPS"),
        (b"{}", "data terbuka, 28 November 2024: it names no TPS, needed one at least"),
        (as_json({A: said(tungsura=counted({"1000001": 1}, None))}),
         "--paslon: no chart has paslon id 1000002; found 1000001"),
        (as_json({"6472011001001": said()}) .replace(b"64720", b"63010"),
         "TPS 6301011001001 is not in area 64, in which gubernur is voted for"),
    ],
)  # fmt: skip
def test_what_is_no_such_json_is_told(
    engine: Engine, asked: Asked, data: bytes, fault: str
) -> None:
    assert fault in "\n".join(refused(engine, asked, data))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("kode,paslon_1\n", "hasil.csv, row 1: found columns 'kode, paslon_1', needed one named"),
        ("tps,paslon_9\n", "hasil.csv, row 1: unknown columns 'paslon_9'; known are tps, pemilih"),
        ("tps,paslon_1,paslon_1\n", "columns 'paslon_1' come more than once"),
        (f"tps,paslon_1\n{A},61\n{B},1.234\n",
         "hasil.csv, row 3, column paslon_1: found '1.234', needed a whole number"),
        (f"tps,paslon_1\n{A},-\n", "row 2, column paslon_1: found '-'"),
        (f"tps,paslon_1\n{A},٣\n", "row 2, column paslon_1: found '٣'"),
        (f"tps,paslon_1\n{A}\n", "hasil.csv, row 2: found 1 cells, needed 2 as in the header"),
        ("tps,paslon_1\n6,472E+12,61\n", "row 2: found 3 cells, needed 2"),
        ("tps,paslon_1\n64.11.03.2001.2,61\n", "column tps: found '64.11.03.2001.2', needed 13"),
        (f'tps,paslon_1\n{A},"61\n', "hasil.csv, row 2: it is no row of a CSV"),
        (f"tps,paslon_1\n{A},6\n{A},7\n", f"hasil.csv, row 3: TPS {A} comes more than once"),
        ("tps,paslon_1\n" + "9" * 70_000, "hasil.csv, row 2: it is longer than 65536 bytes"),
        ("tps,paslon_1\n", "it names no TPS"),
        ("", "hasil.csv, row 1: found columns '', needed one named tps"),
    ],
)  # fmt: skip
def test_a_faulty_csv_is_told_by_row_and_column(
    engine: Engine, asked: Asked, text: str, fault: str
) -> None:
    told = refused(engine, replace(asked, paslon={}), text.encode(), "hasil.csv")
    assert fault in "\n".join(told)


def test_a_csv_of_another_encoding_is_told(engine: Engine, asked: Asked) -> None:
    data = f"tps,paslon_1\n{A},61\n{B},\xa0".encode("latin-1")
    (told,) = refused(engine, replace(asked, paslon={}), data, "hasil.csv")
    assert told == "hasil.csv, row 3: it is not UTF-8; save the file as CSV UTF-8"


def test_every_fault_is_told_until_they_are_too_many(engine: Engine, asked: Asked) -> None:
    rows = "".join(f"641103{n:04}001,x\n" for n in range(2001, 2009))
    told = refused(engine, replace(asked, paslon={}), f"tps,paslon_1\n{rows}".encode(), "hasil.csv")
    assert len(told) == 8
    rows = "".join(f"641103{n:04}001,x\n" for n in range(2001, 2100))
    told = refused(engine, replace(asked, paslon={}), f"tps,paslon_1\n{rows}".encode(), "hasil.csv")
    assert told[-1] == "and perhaps more: the reading stopped here"
    assert len(told) == 21


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["1000001"], "--paslon: found '1000001', needed ID=NUMBER, each id once"),
        (["1=1", "1=2"], "found '1=2', needed ID=NUMBER, each id once"),
        (["1=x"], "found '1=x'"),
        (["=1"], "found '=1'"),
    ],
)
def test_a_mapping_of_paslon_is_checked(given: list[str], fault: str) -> None:
    with pytest.raises(OfficialRefused) as error:
        paslon_numbers(given)
    assert fault in str(error.value)


@pytest.mark.parametrize(
    ("paslon", "source", "fault"),
    [
        ({"1": 7}, "x", "--paslon 1=7: found paslon 7, needed one of 1, 2"),
        ({"1": 1, "2": 1}, "x", "--paslon gives two of their ids the same number of ours"),
        ({}, " ", "the source has 0 letters, needed 1 to 200"),
    ],
)
def test_what_is_asked_is_checked_first(
    engine: Engine, asked: Asked, paslon: dict[str, int], source: str, fault: str
) -> None:
    wrong = replace(asked, paslon=paslon, source=source)
    assert refused(engine, wrong, as_json({A: said()})) == [fault]


def test_paslon_of_a_csv_are_named_by_its_columns(engine: Engine, asked: Asked) -> None:
    (told,) = refused(engine, asked, CSV.encode(), "hasil.csv")
    assert told == "--paslon: a CSV names our fields itself, needed none"


def test_a_zip_is_looked_through_before_it_is_unpacked(engine: Engine, asked: Asked) -> None:
    good = json.dumps(said()).encode()
    bomb = in_zip({f"{A}.json": b" " * (8 << 20)})
    assert "it grows from" in refused(engine, asked, bomb)[0]
    assert refused(engine, asked, in_zip({"baca-saya.txt": b"x", f"{A}.json": good})) == [
        "baca-saya.txt: needed a file named by the 13 digits of its TPS, ending in .json"
    ]
    large = in_zip({f"{A}.json": good + b" " * MAX_TPS_BYTES})
    assert "it has 1024 KiB or more, needed at most 1024" in "\n".join(
        refused(engine, asked, large)
    )
    broken = bytearray(in_zip({f"{A}.json": good * 40}))
    broken[60] ^= 0xFF
    assert refused(engine, asked, bytes(broken))


def test_more_files_than_a_zip_may_have_are_refused(
    engine: Engine, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitizer.official.documents.MAX_MEMBERS", 1)
    files = {f"{code}.json": json.dumps(said()).encode() for code in (A, B)}
    (told,) = refused(engine, asked, in_zip(files))
    assert "found 2 files in it, needed at most 1" in told
    assert MAX_MEMBERS > 6274


def test_a_file_of_a_folder_that_is_no_tps_is_told(
    engine: Engine, asked: Asked, tmp_path: Path
) -> None:
    folder = tmp_path / "hasil"
    folder.mkdir()
    (folder / f"{A}.json").write_bytes(json.dumps(said()).encode())
    (folder / f"{B}.json").write_bytes(b"not json")
    (folder / "x.json").write_bytes(b"{}")
    with pytest.raises(OfficialRefused) as error:
        import_folder(engine, asked, folder)
    told = error.value.message.splitlines()
    assert told[0].startswith(f"{B}.json: it is no JSON (Expecting value")
    assert told[1].startswith("x.json: needed a file named by the 13 digits of its TPS")
    assert nothing_is_kept(engine)


def test_a_break_in_the_middle_leaves_nothing(
    engine: Engine, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("digitizer.store.official_importing.recompare", breaks)
    with pytest.raises(OSError, match="no space left"):
        import_file(engine, asked, io.BytesIO(as_json({A: said()})), "a.json")
    assert nothing_is_kept(engine)
