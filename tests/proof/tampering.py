"""Bundles that somebody changed: one thing each, and where it must be named."""

import contextlib
import copy
import csv
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from digitizer.domain.event import GENESIS, Event, canonical, head_of
from digitizer.export import export_csv
from digitizer.export.columns import COLUMNS
from digitizer.history import State, count, step
from digitizer.proof import Report, layout, lists
from digitizer.store.nodes import KEY_FILE

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Tampered:
    """A bundle in which one thing was changed.

    Attributes:
        named: what a report must name: a file, or "" where the archive itself is broken.
    """

    what: str
    named: str
    data: bytes


def read_files(data: bytes) -> Files:
    """The files of a bundle by name, in order."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return target.getvalue()


def tampered(whole: bytes, lot: random.Random, number: int) -> Tampered:
    """One change, the kinds in turn, the rest drawn by lot."""
    return TAMPERS[number % len(TAMPERS)](whole, lot)


def is_named(report: Report, change: Tampered) -> bool:
    """Whether a fault tells of the file that was changed; the signature tells of the manifest."""
    places = tuple(fault.place for fault in report.faults)
    if change.named == layout.MANIFEST:
        return any(place.startswith((layout.MANIFEST, layout.SIGNATURE)) for place in places)
    return any(place.startswith(change.named) for place in places)


def _byte_of_the_archive(whole: bytes, lot: random.Random) -> Tampered:
    """A byte anywhere, such that what comes out of the archive is not what went in."""
    before = read_files(whole)
    while True:
        place, bit = lot.randrange(len(whole)), 1 << lot.randrange(8)
        data = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
        try:
            if read_files(data) == before:
                # A bit of padding, or of a moment that nobody reads: every file is the same.
                continue
        except Exception:  # noqa: BLE001, S110  # whatever a broken archive raises
            pass
        return Tampered("a byte of the archive", "", data)


def _byte_of_a_file(whole: bytes, lot: random.Random) -> Tampered:
    files = read_files(whole)
    name = lot.choice(list(files))
    place = lot.randrange(len(files[name]))
    byte = files[name][place] ^ (1 << lot.randrange(8))
    files[name] = files[name][:place] + bytes([byte]) + files[name][place + 1 :]
    return Tampered("a byte of a file", name, packed(files))


def _number(whole: bytes, lot: random.Random) -> Tampered:
    """Another digit in a list or in the history."""
    files = read_files(whole)
    name = lot.choice([layout.TALLIES, layout.TOTALS, *_events(files)])
    data = files[name]
    # Not in the byte order mark or the header.
    start = data.index(b"\n")
    places = [i for i, byte in enumerate(data) if i > start and 48 <= byte <= 57]
    place = lot.choice(places)
    digit = lot.choice([d for d in range(48, 58) if d != data[place]])
    files[name] = data[:place] + bytes([digit]) + data[place + 1 :]
    return Tampered("a number", name, packed(files))


def _order(whole: bytes, lot: random.Random) -> Tampered:
    """Two lines change places."""
    files = read_files(whole)
    name = lot.choice([layout.TALLIES, layout.TOTALS, layout.READINGS, *_events(files)])
    lines = files[name].split(b"\n")
    one, other = lot.sample(range(1, len(lines) - 1), 2)
    lines[one], lines[other] = lines[other], lines[one]
    files[name] = b"\n".join(lines)
    return Tampered("an order", name, packed(files))


def _dropped(whole: bytes, lot: random.Random) -> Tampered:
    files = read_files(whole)
    name = lot.choice(_events(files))
    lines = files[name].split(b"\n")
    del lines[lot.randrange(len(lines) - 1)]
    files[name] = b"\n".join(lines)
    return Tampered("a dropped event", name, packed(files))


def _doubled(whole: bytes, lot: random.Random) -> Tampered:
    files = read_files(whole)
    name = lot.choice(_events(files))
    lines = files[name].split(b"\n")
    place = lot.randrange(len(lines) - 1)
    lines.insert(place, lines[place])
    files[name] = b"\n".join(lines)
    return Tampered("a doubled event", name, packed(files))


def _swapped(whole: bytes, lot: random.Random) -> Tampered:
    """One photo in the place of another."""
    files = read_files(whole)
    one, other = lot.sample([name for name in files if name.startswith(layout.PHOTOS)], 2)
    files[one] = files[other]
    return Tampered("a swapped photo", one, packed(files))


def _file_gone(whole: bytes, lot: random.Random) -> Tampered:
    files = read_files(whole)
    name = lot.choice(list(files))
    del files[name]
    return Tampered("a file gone", name, packed(files))


def _by_another_key(whole: bytes, lot: random.Random) -> Tampered:
    """A number is changed, every hash computed anew, all signed by another key and in its name."""
    files = rewritten(read_files(whole), lot, Ed25519PrivateKey.generate())
    return Tampered("re-signed by another key", layout.SIGNATURE, packed(files))


TAMPERS: Final[tuple[Callable[[bytes, random.Random], Tampered], ...]] = (
    _byte_of_the_archive, _byte_of_a_file, _number, _order, _dropped, _doubled, _swapped,
    _file_gone, _by_another_key,
)  # fmt: skip


def rewritten(files: Files, lot: random.Random, key: Ed25519PrivateKey) -> Files:
    """Another history: the votes of one TPS are changed wherever they stand, and all follows.

    Whoever holds the key can do so without a trace in the bundle, but for the heads that were
    noted before. Another key is put in the place of the node's own.
    """
    name = lot.choice(_events(files))
    events = [json.loads(line[65:]) for line in files[name].splitlines()]
    tally = lot.choice([said for said in events if said["kind"] == "tally_made"])
    boxes = tally["payload"]["as_written"]
    field = lot.choice([name for name in sorted(boxes) if name.startswith("paslon")])
    number = (int(boxes[field].replace("X", "0")) + lot.randrange(1, 99)) % 1000
    _say(events, tally, field, f"{number:03d}")
    events[0]["payload"]["public_key"] = public_of(key)
    return signed(_relisted({**files, name: _chained(events)}), key)


def defaced(files: Files, deface: "Deface", key: Ed25519PrivateKey) -> Files:
    """Events changed or added in one way, and all that follows made anew by the owner of the key.

    What is only added leaves every head that was noted before in the history.
    """
    name = _events(files)[0]
    events = [json.loads(line[65:]) for line in files[name].splitlines()]
    deface(events)
    return signed(_relisted({**files, name: _chained(events)}), key)


Deface = Callable[[list[Any]], None]
"""Changes the events of a chain, or adds some."""


def _again(events: list[Any], kind: str, change: Callable[[Any], object]) -> None:
    """Tell the last event of a kind once more, at its old moment, and otherwise."""
    said = copy.deepcopy([item for item in events if item["kind"] == kind][-1])
    change(said["payload"])
    events.append({**said, "seq": len(events) + 1})


def _overwritten_tally(events: list[Any]) -> None:
    """The same verification and the same version, with other numbers."""
    tally = _standing_tally(events)
    name = tally["payload"]["verifications"][-1]
    given = copy.deepcopy(next(item for item in events if _gives(item, [name])))
    tally = copy.deepcopy(tally)
    _say([given], tally, "paslon_1", "011")
    for said in (given, tally):
        events.append({**said, "seq": len(events) + 1})


def _tally_beside(events: list[Any]) -> None:
    """The same version once more, by a verification of its own."""
    before = len(events)
    _overwritten_tally(events)
    given, tally = events[before:]
    given["payload"]["verification"]["id"] = "v99"
    tally["payload"]["verifications"] = ["v99"]


def _overwritten_upload(events: list[Any]) -> None:
    _again(events, "upload_accepted", lambda said: said.update(tps=None))


def _overwritten_reading(events: list[Any]) -> None:
    _again(events, "photo_read", lambda said: said.update(model="another"))


def _overwritten_correction(events: list[Any]) -> None:
    _again(events, "correction_made", lambda said: said["values"].update(paslon_1=1))


def _overwritten_keying(events: list[Any]) -> None:
    _again(events, "sample_keyed", lambda said: said["as_written"].update(paslon_1="001"))


def _overwritten_draw(events: list[Any]) -> None:
    _again(events, "sample_drawn", lambda said: said.update(seed="1 1 1 1 1 1 1 1 1"))


def _overwritten_import(events: list[Any]) -> None:
    _again(events, "official_imported", lambda said: said.update(numbers_sha256="0" * 64))


def _overwritten_tps(events: list[Any]) -> None:
    _again(events, "tps_listed", lambda said: said["tps"][0].update(registered=1))


def _added_tps(events: list[Any]) -> None:
    _again(events, "tps_listed", lambda said: said["tps"][0].update(code="6472011001999"))


def _overwritten_election(events: list[Any]) -> None:
    _again(events, "election_created", lambda said: said["election"].update(title="Lain"))


def _overwritten_contest(events: list[Any]) -> None:
    _again(events, "election_created", lambda said: said["contests"][0].update(area="64"))


def _overwritten_order(events: list[Any]) -> None:
    _again(events, "round_ordered", lambda said: said.update(title="Lain"))


def _ordered_over_the_first(events: list[Any]) -> None:
    _again(events, "round_ordered", lambda said: said.update(id="gub"))


ADDED: Final[tuple[Deface, ...]] = (
    _overwritten_tally, _tally_beside, _overwritten_upload, _overwritten_reading,
    _overwritten_correction, _overwritten_keying, _overwritten_draw, _overwritten_import,
    _overwritten_tps, _added_tps, _overwritten_election, _overwritten_contest, _overwritten_order,
    _ordered_over_the_first,
)  # fmt: skip
"""Events added behind all that was told: found whatever head was noted before."""


def _other_photos(events: list[Any]) -> None:
    _standing_tally(events)["payload"]["photos"] = ["ab" * 32]


def _unknown_photos(events: list[Any]) -> None:
    tally = _standing_tally(events)
    for given in _given(events, tally):
        given["payload"]["verification"]["photos"] = ["cd" * 32]
    tally["payload"]["photos"] = ["cd" * 32]


def _unknown_readings(events: list[Any]) -> None:
    _given(events, _standing_tally(events))[-1]["payload"]["verification"]["readings"] = ["f" * 32]


def _keyed_as_read(events: list[Any]) -> None:
    _given(events, _standing_tally(events))[-1]["payload"]["verification"]["origin"] = "keyed"


def _keyed_by_one(events: list[Any]) -> None:
    tally = _alone(events)
    tally["payload"]["origin"] = "keyed"
    _given(events, tally)[-1]["payload"]["verification"]["origin"] = "keyed"


def _still_waiting(events: list[Any]) -> None:
    _given(events, _standing_tally(events))[-1]["payload"]["outcome"] = "needs_reader"


def _read_twice_by_one(events: list[Any]) -> None:
    first, second = _given(events, _pair(events))
    second["actor"] = first["actor"]


def _not_agreed(events: list[Any]) -> None:
    first = _given(events, _pair(events))[0]
    first["payload"]["verification"]["fields"]["paslon_1"]["as_written"] = "999"


def _of_another_version(events: list[Any]) -> None:
    _standing_tally(events)["payload"]["version"] = 9


def _left_out(events: list[Any]) -> None:
    """The boxes stand in the tally, and no total adds what they spell."""
    del _standing_tally(events)["payload"]["values"]["paslon_1"]


def _true_for_one(events: list[Any]) -> None:
    tally = _standing_tally(events)
    _say(events, tally, "paslon_1", "001")
    tally["payload"]["values"]["paslon_1"] = True


CHANGED: Final[tuple[Deface, ...]] = (
    _other_photos, _unknown_photos, _unknown_readings, _keyed_as_read, _keyed_by_one,
    _still_waiting, _read_twice_by_one, _not_agreed, _of_another_version, _left_out, _true_for_one,
)  # fmt: skip
"""Histories in which a tally is not what comes of its verifications: found without any head."""


def _moment_with_z(events: list[Any]) -> None:
    events[-1]["at_utc"] = events[-1]["at_utc"].replace("+00:00", "Z")


def _moment_elsewhere(events: list[Any]) -> None:
    at = datetime.fromisoformat(events[-1]["at_utc"])
    events[-1]["at_utc"] = at.astimezone(timezone(timedelta(hours=8))).isoformat()


def _moment_of_nanoseconds(events: list[Any]) -> None:
    events[-1]["at_utc"] = events[-1]["at_utc"].replace("+00:00", ".000000001+00:00")


def _numbered_true(events: list[Any]) -> None:
    events[0]["seq"] = True


def _actor_of_no_text(events: list[Any]) -> None:
    events[-1]["actor"] = None


UNKEPT: Final[tuple[Deface, ...]] = (
    _moment_with_z, _moment_elsewhere, _moment_of_nanoseconds, _numbered_true, _actor_of_no_text,
)  # fmt: skip
"""Histories with an event that would have other bytes once it was kept and written anew."""


def signed(files: Files, key: Ed25519PrivateKey) -> Files:
    """Manifest and signature made anew by this key."""
    manifest = json.loads(files[layout.MANIFEST])
    signature = json.loads(files[layout.SIGNATURE])
    for chain in manifest["chains"]:
        last = files[layout.events_file(chain[0])].splitlines()[-1]
        chain[1:] = [json.loads(last[65:])["seq"], last[:64].decode()]
    manifest["head"] = head_of([(node, seq, found) for node, seq, found in manifest["chains"]])
    manifest["keys"][signature["node"]] = public_of(key)
    manifest["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
        if name not in (layout.MANIFEST, layout.SIGNATURE)
    }
    said = canonical(manifest)
    signature |= {"public_key": public_of(key), "signature": key.sign(said).hex()}
    return {**files, layout.MANIFEST: said, layout.SIGNATURE: canonical(signature)}


def public_of(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def own_key(folder: Path) -> Ed25519PrivateKey:
    """The key of the node whose data folder this is."""
    key = load_pem_private_key((folder / KEY_FILE).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def _say(events: list[Any], tally: Any, field: str, boxes: str) -> None:  # noqa: ANN401
    """Put other boxes into a tally and into the verifications it was made of."""
    tally["payload"]["as_written"][field] = boxes
    tally["payload"]["values"][field] = int(boxes)
    for said in events:
        if _gives(said, tally["payload"]["verifications"]):
            said["payload"]["verification"]["fields"][field]["as_written"] = boxes


def _gives(said: Any, names: Sequence[str]) -> bool:  # noqa: ANN401
    """Whether an event gives one of these verifications."""
    return said["kind"] == "form_verified" and said["payload"]["verification"]["id"] in names


def _given(events: list[Any], tally: Any) -> list[Any]:  # noqa: ANN401
    """The events that give the verifications of a tally, the deciding one last."""
    return [said for said in events if _gives(said, tally["payload"]["verifications"])]


def _standing_tally(events: list[Any]) -> Any:  # noqa: ANN401
    """The last tally that was made: none of the story is taken back after it."""
    return [said for said in events if said["kind"] == "tally_made"][-1]


def _alone(events: list[Any]) -> Any:  # noqa: ANN401
    """A tally that one person made."""
    made = [said for said in events if said["kind"] == "tally_made"]
    return [said for said in made if len(said["payload"]["verifications"]) == 1][-1]


def _pair(events: list[Any]) -> Any:  # noqa: ANN401
    """A tally of which two readers said the same."""
    made = [said for said in events if said["kind"] == "tally_made"]
    return next(said for said in made if len(said["payload"]["verifications"]) == 2)


def _chained(events: list[Any]) -> bytes:
    """Events sealed anew, each after the one before; published heads are made to fit."""
    prev = GENESIS
    lines: list[bytes] = []
    for said in events:
        if said["kind"] == "head_published":
            seqs = [(node, seq) for node, seq, _ in said["payload"]["chains"]]
            chains = [(node, seq, lines[seq - 1][:64].decode()) for node, seq in seqs]
            said["payload"] |= {"head": head_of(chains), "chains": [list(item) for item in chains]}
        sealed = canonical({**said, "prev": prev})
        prev = hashlib.sha256(sealed).hexdigest()
        lines.append(prev.encode() + b" " + sealed)
    return b"\n".join([*lines, b""])


def _relisted(files: Files) -> Files:
    """The lists as the changed history comes to them; of an event that is none, nothing comes."""
    state = State()
    for name in _events(files):
        for line in files[name].splitlines():
            said = json.loads(line[65:])
            at = datetime.fromisoformat(said.pop("at_utc"))
            with contextlib.suppress(ValueError):
                step(state, Event(**said, at_utc=at, hash=""))
    found = count(state)
    assert found is not None
    header = files[layout.TALLIES].decode("utf-8-sig").splitlines()[0].split(",")
    fields = tuple(header[len(COLUMNS) : -1])
    totals = lists.totals(found, found.contests, fields).values()
    return {
        **files,
        layout.TALLIES: b"".join(export_csv(found.rows(), fields)),
        layout.TOTALS: _csv([(*layout.TOTALS_COLUMNS, *fields), *totals]),
    }


def _csv(rows: list[Sequence[str]]) -> bytes:
    output = io.StringIO(newline="")
    csv.writer(output).writerows(rows)
    return output.getvalue().encode()


def _events(files: Mapping[str, bytes]) -> list[str]:
    return [name for name in files if name.startswith(layout.EVENTS)]
