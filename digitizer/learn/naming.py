"""What a number of a form counts, by the words printed beside and above it.

KPU has asked for the same numbers in nearly the same words since 2014. What is not known is named
by its own words, for a person to put right.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from digitizer.domain.form import FieldRole


@dataclass(frozen=True, slots=True)
class Named:
    """An id of docs/forms.md and its role; `known` when a printed word says so."""

    id: str
    role: FieldRole
    known: bool


ROWS: Final[Sequence[tuple[str, str, FieldRole]]] = (
    (r"PENGGUNA.*PINDAH MEMILIH", "pengguna_dpph", "voters"),
    (r"PENGGUNA.*(DPTB|TAMBAHAN)", "pengguna_dptb", "voters"),
    (r"PENGGUNA.*(DPPH|PINDAHAN)", "pengguna_dpph", "voters"),
    (r"PENGGUNA.*(DPK|KHUSUS)", "pengguna_dpk", "voters"),
    (r"PENGGUNA.*(DPT\b|PEMILIH TETAP)", "pengguna_dpt", "voters"),
    (r"DISABILITAS", "disabilitas", "voters"),
    (r"PENGGUNA HAK PILIH", "pengguna_total", "voters"),
    (r"PEMILIH.*(DPT\b|PEMILIH TETAP)", "pemilih_dpt", "voters"),
    (r"SURAT SUARA.*(TI.AK DIGUNAKAN|TI.AK TERPAKAI|SISA SURAT)", "ss_sisa", "ballots"),
    (r"SURAT SUARA.*(DIKEMBALIKAN|RUSAK|KELIRU)", "ss_rusak", "ballots"),
    (r"SURAT SUARA.*DITERIMA", "ss_diterima", "ballots"),
    (r"SURAT SUARA.*DIGUNAKAN", "ss_digunakan", "ballots"),
    (r"SAH DAN.*TI.AK SAH", "suara_total", "total"),
    (r"TI.AK SAH", "suara_tidak_sah", "total"),
    (r"SUARA SAH PARTAI", "suara_sah_partai", "total"),
    (r"(SELURUH|JUMLAH) SUARA SAH", "suara_sah", "total"),
    (r"\bTANGGAL\b", "tanggal", "metadata"),
    (r"\bBULAN\b", "bulan", "metadata"),
    (r"\bTAHUN\b", "tahun", "metadata"),
    (r"NAMA PARTAI|SUARA PARTAI", "partai", "votes"),
    (r"CALON ANGGOTA", "calon", "votes"),
    (r"CALON", "paslon", "votes"),
)
"""The first that is found names the row."""

NUMBERED: Final = frozenset({"paslon", "calon"})
"""Of these a page has several, numbered from the top down."""

COLUMNS: Final = (("LAKI", "l"), ("PEREMPUAN", "p"), ("JUMLAH", "j"))
MOST_LETTERS: Final = 40


def name_of(label: str, head: str, *, columns: bool) -> Named:
    """What a number is called.

    Args:
        label: the words of its row.
        head: the words above its column.
        columns: whether its row has several numbers, which their heads tell apart.
    """
    text = " ".join(label.upper().split())
    found = next(((name, role) for words, name, role in ROWS if re.search(words, text)), None)
    above = head.upper()
    if found is None and "SUARA SAH" in above and not re.search("TI.AK", above):
        found = "paslon", "votes"  # a candidate's own name stands there
    several = columns and (found is None or found[1] != "metadata")
    suffix = next((f"_{end}" for word, end in COLUMNS if word in above), "") if several else ""
    if found is not None:
        return Named(found[0] + suffix, found[1], known=True)
    return Named(slug(label or head) + suffix, "total", known=False)


def numbered(names: Sequence[Named]) -> tuple[Named, ...]:
    """The same names, none twice: candidates by their number, anything else by its turn."""
    seen: dict[str, int] = {}
    again: list[Named] = []
    for item in names:
        seen[item.id] = seen.get(item.id, 0) + 1
        count = seen[item.id]
        if item.id in NUMBERED:
            again.append(Named(f"{item.id}_{count}", item.role, item.known))
        elif count > 1:
            again.append(Named(f"{item.id}_{count}", item.role, known=False))
        else:
            again.append(item)
    return tuple(again)


def slug(text: str) -> str:
    """A text as an id: small letters of the Latin alphabet, figures and underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:MOST_LETTERS].strip("_")
    return words if words[:1].isalpha() else f"angka_{words}".strip("_")
