"""A file that does not hold, or comes from somewhere unknown, changes nothing and says why."""

import copy
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from digitizer.domain.event import Event, EventKind, canonical, end_to_sign, head_of, seal
from digitizer.errors import ForkedChain, MergeRefused, OtherElection, UnknownNode
from digitizer.merging import layout
from digitizer.proof import Signer, event_line
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.engine import migrate, open_engine, read_session, sqlite_url, write_session
from digitizer.store.events import append_event, list_events
from digitizer.store.nodes import ensure_node, signing_key
from digitizer.store.purging import is_removed, purge
from digitizer.store.tables import ChainSignatureRow, PhotoRow
from tests.merging.conftest import MakeNode, Node
from tests.merging.random_work import Desk
from tests.proof.tampering import public_of
from tests.store.build import CONTESTS, ELECTION, NOW, STATIONS, later

Files = dict[str, bytes]


@pytest.fixture
def laptop(make_node: MakeNode) -> Desk:
    """An installation with one photo, verified."""
    desk = Desk(make_node("laptop"), 0)
    desk.open()
    desk.do("send", 0, 0, 0)
    desk.do("verify", 0, 0, 1)
    return desk


@pytest.fixture
def office(make_node: MakeNode) -> Node:
    return make_node("office")


def unpacked(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def signed(by: Node | Signer, files: Files, **said: object) -> Files:
    """The same with a manifest that fits, signed by the node that has the key, or by anybody."""
    if isinstance(by, Node):
        with read_session(by.engine) as session:
            by = Signer(*signing_key(session, by.folder))
    name, sign = by.node, by.sign
    manifest = json.loads(files[layout.MANIFEST]) | said
    chains = []
    for entry, data in files.items():
        if entry.startswith(layout.EVENTS):
            last = json.loads(data.splitlines()[-1][65:])
            chains.append([last["node"], last["seq"], data.splitlines()[-1][:64].decode()])
    manifest |= {"chains": sorted(chains), "head": head_of([(n, s, h) for n, s, h in chains])}
    manifest["signatures"] |= {
        n: [s, sign(end_to_sign((n, s, h))).hex()] for n, s, h in chains if n == name
    }
    manifest["files"] = {
        entry: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for entry, data in files.items()
        if entry.startswith((layout.EVENTS, layout.BESIDE))
    }
    data = canonical(manifest)
    signature = canonical(by.signature_of(data))
    return {**files, layout.MANIFEST: data, layout.SIGNATURE: signature}


def chain_of(files: Files) -> str:
    return next(name for name in files if name.startswith(layout.EVENTS))


def refused(office: Node, path: Path, match: str, kind: type[MergeRefused] = MergeRefused) -> None:
    """It is refused, and everything is as before."""
    before = (office.head, [event.hash for event in _events(office)])
    with pytest.raises(kind, match=match) as raised:
        office.merge(path)
    assert raised.value.hint
    assert (office.head, [event.hash for event in _events(office)]) == before
    with read_session(office.engine) as session:
        assert session.query(PhotoRow).count() == 0


def _events(node: Node) -> tuple[Event, ...]:
    with read_session(node.engine) as session:
        return list_events(session)


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    def deface(files: Files) -> Files:
        assert old in files[name_of(files, name)]
        return {**files, name_of(files, name): files[name_of(files, name)].replace(old, new, 1)}

    return deface


def name_of(files: Files, begin: str) -> str:
    return next(name for name in files if name.startswith(begin))


def without(begin: str) -> Callable[[Files], Files]:
    def deface(files: Files) -> Files:
        gone = name_of(files, begin)
        return {name: data for name, data in files.items() if name != gone}

    return deface


@pytest.mark.parametrize(
    ("deface", "match"),
    [
        (without("events/"), "the file is missing"),
        (replaced("events/", b'"seq":1', b'"seq":7'), "it was changed: its SHA-256"),
        (replaced("beside/reading", b"paslon_1", b"paslon_9"), "it was changed: its SHA-256"),
        (replaced("manifest.json", b'"head"', b'"haed"'), "signature is not of this manifest"),
        (replaced("signature.json", b"Ed25519", b"Ed25518"), "signature is not of this"),
        (without("manifest.json"), "of no known format"),
        (without("beside/reading"), "is missing"),
        (without("blobs/"), "the events name this picture, and it is missing"),
        (lambda files: {**files, name_of(files, "blobs/"): b"lain"}, "another picture than its"),
        (lambda files: {**files, "jahat.sh": b""}, "no exchange file has this"),
    ],
)  # fmt: skip
def test_what_was_changed_on_the_way(
    laptop: Desk, office: Node, deface: Callable[[Files], Files], match: str
) -> None:
    path = laptop.node.file()
    refused(office, packed(path, deface(unpacked(path))), match)


def test_a_file_that_is_cut_or_none(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    path.write_bytes(path.read_bytes()[:-500])
    refused(office, path, "no exchange file that can be read")
    path.write_bytes(b"bukan zip")
    refused(office, path, "no exchange file that can be read")


def relined(files: Files, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    name = chain_of(files)
    lines = change(files[name].splitlines(keepends=True))
    return {**files, name: b"".join(lines)}


def test_a_gap_though_everything_is_signed_anew(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    files = relined(unpacked(path), lambda lines: [*lines[:5], *lines[6:]])
    refused(
        office, packed(path, signed(laptop.node, files)), "events are missing, doubled or moved"
    )


def test_an_event_whose_hash_is_not_its_own(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    files = relined(unpacked(path), lambda lines: [b"0" * 64 + lines[0][64:], *lines[1:]])
    refused(office, packed(path, signed(laptop.node, files)), "the hash is not that of the event")


def test_an_event_of_a_kind_from_the_future(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    with read_session(laptop.node.engine) as session:
        last = list_events(session)[-1]
    made = replace(last, seq=last.seq + 1, prev=last.hash, kind="photo_lost", hash="")  # type: ignore[arg-type]
    made = replace(made, hash=seal(made))
    files = relined(unpacked(path), lambda lines: [*lines, event_line(made)])
    refused(office, packed(path, signed(laptop.node, files)), "unknown kind 'photo_lost'")


def test_a_reading_that_its_event_does_not_seal(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    files = replaced("beside/reading", b"paslon_1", b"paslon_9")(unpacked(path))
    refused(office, packed(path, signed(laptop.node, files)), "is not what its event seals")


def test_an_installation_that_nobody_vouched_for(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    keys = set(office.keys)
    office.keys.clear()
    refused(office, path, next(iter(keys)), UnknownNode)
    assert office.merge(path, keys).nodes
    assert office.merge(laptop.node.file(), set()).events == 1  # known from now on


@pytest.fixture
def stranger() -> Signer:
    """Somebody with a key that nobody compared."""
    key = Ed25519PrivateKey.generate()
    return Signer("f" * 32, public_of(key), key.sign)


def emptied(files: Files, begin: str) -> Files:
    return {name: b"" if name.startswith(begin) else data for name, data in files.items()}


def test_what_others_did_signed_by_a_stranger(laptop: Desk, office: Node, stranger: Signer) -> None:
    """Its chains hold; its notes and what was removed are the stranger's word alone."""
    path = laptop.node.file()
    files = unpacked(path)
    keys = json.loads(files[layout.MANIFEST])["keys"] | {stranger.node: stranger.public_key}
    blobs = [name for name in files if name.startswith(layout.BLOBS)]
    files = {name: data for name, data in files.items() if name not in blobs}
    files["beside/removal.jsonl"] = b"".join(
        layout.line_of({"photo": name.removeprefix(layout.BLOBS)}) for name in sorted(blobs)
    )
    refused(
        office, packed(path, signed(stranger, files, keys=keys)), "signed has no chain in the file"
    )


def test_signatures_by_a_stranger_are_not_kept(
    laptop: Desk, office: Node, stranger: Signer, make_node: MakeNode
) -> None:
    path = laptop.node.file()
    office.merge(path)
    files = unpacked(path)
    node = json.loads(files[layout.SIGNATURE])["node"]
    bare = {n: d for n, d in emptied(files, layout.BESIDE).items() if n != chain_of(files)}
    keys = {stranger.node: stranger.public_key}
    forged = packed(path, signed(stranger, bare, keys=keys, signatures={node: [10**9, "00"]}))
    with pytest.raises(MergeRefused, match="signed has no chain in the file"):
        office.merge(forged)
    assert make_node("ketiga").merge(office.file()).events


def test_a_signature_of_a_chain_that_is_not_in_the_file(laptop: Desk, office: Node) -> None:
    path = laptop.node.file()
    said = json.loads(unpacked(path)[layout.MANIFEST])
    signatures = said["signatures"] | {"f" * 32: [1, "00"]}
    files = signed(laptop.node, unpacked(path), signatures=signatures)
    refused(office, packed(path, files), "signature of node f+, and not its chain")


def test_a_wrong_signature_that_is_kept_gives_way_to_a_right_one(
    laptop: Desk, office: Node, make_node: MakeNode
) -> None:
    """As older versions took one from anybody."""
    path = laptop.node.file()
    office.merge(path)
    with office.writing() as session:
        for row in session.exec(select(ChainSignatureRow)):
            row.seq, row.signature = 10**9, "00"
            session.add(row)
        session.commit()
    third = make_node("ketiga")
    with pytest.raises(MergeRefused, match="not signed by its node"):
        third.merge(office.file())
    office.merge(path)
    assert third.merge(office.file()).events


def test_an_older_file_takes_no_signature_away(
    laptop: Desk, office: Node, make_node: MakeNode, tmp_path: Path
) -> None:
    older = Path(shutil.copy(laptop.node.file(), tmp_path / "lama.zip"))
    laptop.do("verify", 0, 1, 2)
    office.merge(laptop.node.file())
    office.merge(older)
    assert make_node("ketiga").merge(office.file()).events


def test_a_picture_that_one_installation_removed_comes_from_another(
    laptop: Desk, office: Node, make_node: MakeNode
) -> None:
    """Whichever of the two was merged first, though none of its events is new any more."""
    third = make_node("ketiga")
    third.merge(laptop.node.file())
    with laptop.node.writing() as session:
        gone = purge(
            session, laptop.node.photos, later(30), unverified=True, actor="system", now=later(31)
        ).photos
        session.commit()
    assert len(gone) == 1
    office.merge(laptop.node.file())
    assert not office.photos.has(gone[0])
    assert office.merge(third.file()).pictures == 1
    assert office.photos.has(gone[0])
    with read_session(office.engine) as session:
        assert not is_removed(session, gone[0])
    assert office.merge(third.file()).pictures == 0
    assert laptop.node.merge(third.file()).pictures == 0
    assert not laptop.node.photos.has(gone[0])


@pytest.mark.parametrize(
    ("at", "change", "match"),
    [
        (-1, lambda said: said.update(at_utc="2024-11-27T08:00:01Z"), "not written as moments are"),
        (-1, lambda said: said.update(at_utc="2024-11-27T08:00:01+08:00"), "not written as"),
        (-1, lambda said: said.update(at_utc="2024-11-27T08:00:01.000000001+00:00"), "not written"),
        (-1, lambda said: said.update(at_utc="0001-01-01T00:00:00+08:00"), "it is no event"),
        (-1, lambda said: said.update(actor=7), "it is no event"),
        (-1, lambda said: said.update(payload=[]), "it is no event"),
        (0, lambda said: said.update(seq=True), "it is no event"),
    ],
)  # fmt: skip
def test_an_event_that_would_be_written_otherwise_once_it_was_kept(
    laptop: Desk, office: Node, at: int, change: "Change", match: str
) -> None:
    def resealed(lines: list[bytes]) -> list[bytes]:
        said = json.loads(lines[at][65:])
        change(said)
        data = canonical(said)
        lines[at] = hashlib.sha256(data).hexdigest().encode() + b" " + data + b"\n"
        return lines

    path = laptop.node.file()
    files = relined(unpacked(path), resealed)
    refused(office, packed(path, signed(laptop.node, files)), match)


def test_another_key_in_the_name_of_a_known_installation(
    laptop: Desk, office: Node, tmp_path: Path
) -> None:
    path = laptop.node.file()
    office.merge(path)
    (other := tmp_path / "lain").mkdir()
    engine = open_engine(sqlite_url(other))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, other, NOW)
        _, public_key, sign = signing_key(session, other)
        session.commit()
    engine.dispose()
    files = unpacked(path)
    manifest = json.loads(files[layout.MANIFEST])
    name = json.loads(files[layout.SIGNATURE])["node"]
    manifest["keys"][name] = public_key
    data = canonical(manifest)
    signature = canonical(Signer(name, public_key, sign).signature_of(data))
    forged = packed(path, {**files, layout.MANIFEST: data, layout.SIGNATURE: signature})
    before = office.head
    with pytest.raises(ForkedChain, match="has another key than here"):
        office.merge(forged)
    assert office.head == before


def test_a_folder_that_was_copied_and_went_on_twice(laptop: Desk, office: Node) -> None:
    """The chain of one node with two ends: whichever comes second is refused, and said."""
    path = laptop.node.file()
    copy = unpacked(path)
    laptop.do("verify", 0, 1, 2)
    laptop.node.merge(path)  # its own history, as far as it was: nothing is new
    office.merge(laptop.node.file())
    with read_session(laptop.node.engine) as session:
        events = list_events(session)
    at = len(copy[chain_of(copy)].splitlines())
    other = replace(events[at], kind="head_published", payload={"hour": "", "head": "",
                    "chains": []}, hash="")  # fmt: skip
    other = replace(other, hash=seal(other))
    files = relined(copy, lambda lines: [*lines, event_line(other)])
    before = office.head
    forked = packed(path, signed(laptop.node, files))
    for node in (office, laptop.node):
        with pytest.raises(ForkedChain, match=f"another one than here, at event {other.seq}"):
            node.merge(forked)
    assert office.head == before


def test_a_database_from_an_older_backup_is_told(laptop: Desk, tmp_path: Path) -> None:
    if laptop.node.engine.dialect.name != "sqlite":
        pytest.skip("the backup of this test is a copied file")
    folder = tmp_path / "cadangan"
    shutil.copytree(laptop.node.folder, folder)
    laptop.do("verify", 0, 1, 2)
    path = laptop.node.file()
    engine = open_engine(sqlite_url(folder))
    restored = replace(laptop.node, folder=folder, engine=engine)
    with pytest.raises(ForkedChain, match="events of this installation that are not here"):
        restored.merge(path)
    engine.dispose()


def test_another_election_is_refused(make_node: MakeNode, laptop: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "lain"
    folder.mkdir()
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, folder, NOW)
        other = ElectionFile(ELECTION, CONTESTS, STATIONS[1:])
        init_election(session, other, "system", NOW)
        session.commit()
    stranger = replace(laptop.node, name="lain", folder=folder, engine=engine)
    refused(stranger, laptop.node.file(), "is of another election", OtherElection)
    engine.dispose()


Change = Callable[[dict[str, Any]], object]


def tells(desk: Desk, kind: EventKind, change: Change) -> Path:
    """A file of a laptop that told the first event of a kind again, with this change."""
    with desk.node.writing() as session:
        said = next(event for event in list_events(session) if event.kind == kind)
        payload = copy.deepcopy(dict(said.payload))
        change(payload)
        append_event(session, kind, payload, said.actor, NOW)
        session.commit()
    return desk.node.file()


def _one_left_out(said: dict[str, Any]) -> None:
    said["version"] = 2
    said["values"] = {name: value for name, value in said["values"].items() if name != "paslon_2"}


def _another_number(said: dict[str, Any]) -> None:
    said["version"] = 2
    said["values"] = {**said["values"], "paslon_1": 561}


@pytest.mark.untold  # what these laptops tell, their own tables do not hold
@pytest.mark.parametrize(
    ("kind", "change", "match"),
    [
        ("tally_made", _another_number, r"value of paslon_1 \(found 561, needed 120\)"),
        ("tally_made", _one_left_out, r"value of paslon_2 \(found left out, needed what 080"),
        ("tally_made", lambda said: said.update(node="f" * 32), "a node makes tallies of its own"),
        ("tally_made", lambda said: said.update(version=2, photos=[]), "its photos"),
        ("tally_made", lambda said: said.update(version=2), "version, node and form of what"),
        ("tally_made", lambda said: said.update(version=2, verifications=["x"]), "nobody gave"),
        ("tally_made", lambda said: said.update(values={"paslon_1": "x"}), "a second time"),
        ("form_verified", lambda said: said["verification"].update(id="x", readings=["e" * 32]),
         "reading e{32}, which nobody made"),
        ("form_verified", lambda said: said["verification"].update(id="x", photos=["e" * 64]),
         "photo e{64}, which nobody sent"),
        ("form_verified", lambda said: said["verification"].update(id="x\ty"), "which is no id"),
        ("account_created", lambda said: said.update(account="aa,=1+1,x"), "which is no id"),
        ("account_created", lambda said: said.update(account="ketua"), "which is no id"),
        ("photo_read", lambda said: said.update(blobs={"public": "../x"}), "which is no id"),
        ("form_verified", lambda said: said.update(outcome="disputed"), "is told a second time"),
        ("upload_accepted", lambda said: said.update(tps=None), "is told a second time"),
        ("photo_read", lambda said: said.update(model="lain"), "is told a second time"),
        ("tps_listed", lambda said: said["tps"][0].update(registered=1), "otherwise than before"),
        ("election_created", lambda said: said["contests"][0].update(title="x"), "otherwise than"),
    ],
)  # fmt: skip
def test_what_an_installation_tells_wrongly_is_refused_before_it_counts(
    laptop: Desk, office: Node, kind: EventKind, change: Change, match: str
) -> None:
    refused(office, tells(laptop, kind, change), match)


@pytest.mark.untold
@pytest.mark.parametrize("kind", ["upload_accepted", "photo_read", "form_verified", "tally_made"])
def test_what_was_joined_is_not_written_over_by_a_later_file(
    laptop: Desk, office: Node, kind: EventKind
) -> None:
    office.merge(laptop.node.file())
    before = office.head
    with pytest.raises(MergeRefused):
        office.merge(tells(laptop, kind, lambda _: None))
    assert office.head == before


@pytest.mark.untold
def test_a_verification_that_was_taken_back_without_its_tally(laptop: Desk, office: Node) -> None:
    office.merge(laptop.node.file())
    before = office.head
    with laptop.node.writing() as session:
        said = next(event for event in list_events(session) if event.kind == "form_verified")
        place = {key: said.payload[key] for key in ("contest", "tps", "form", "version")}
        gone = {**place, "verification": laptop.given[0]}
        append_event(session, "verification_withdrawn", gone, said.actor, NOW)
        session.commit()
    with pytest.raises(MergeRefused, match="which does not stand"):
        office.merge(laptop.node.file())
    assert office.head == before


@pytest.mark.untold
def test_a_node_that_was_set_up_with_other_tps(laptop: Desk, office: Node) -> None:
    """Though the seal of its election is the same."""
    path = laptop.node.file()
    lines = unpacked(path)[chain_of(unpacked(path))].splitlines()
    prev, resealed = "", []
    for line in lines:
        event = Event(**(json.loads(line[65:]) | {"hash": ""}))
        payload: dict[str, Any] = copy.deepcopy(dict(event.payload))
        if event.kind == "tps_listed":
            payload["tps"][0]["registered"] = 1
        at = datetime.fromisoformat(str(event.at_utc))
        event = replace(event, at_utc=at, payload=payload, prev=prev or event.prev)
        event = replace(event, hash=seal(event))
        prev = event.hash
        resealed.append(event_line(event))
    files = relined(unpacked(path), lambda _: resealed)
    refused(office, packed(path, signed(laptop.node, files)), "it is told otherwise than here")
