"""The sums that forms of this family print, between the numbers that a draft has."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from digitizer.domain.form import RuleSpec, Severity

ROWS: Final = (
    *("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_dpph", "pengguna_dpk"),
    *("pengguna_total", "disabilitas"),
)
KINDS: Final = ("pengguna_dpt", "pengguna_dpph", "pengguna_dptb", "pengguna_dpk")


def rules_of(names: Sequence[str]) -> tuple[RuleSpec, ...]:
    """Every rule whose numbers are all there, hard ones first."""
    there = set(names)
    candidates = tuple(name for name in names if name.startswith(("paslon_", "calon_")))
    party = tuple(name for name in ("partai",) if name in there)
    found = [*_by_sex(there), *_by_kind(there)]
    found += _equal(there, "surat-suara-diterima", ("ss_digunakan", "ss_rusak", "ss_sisa"),
                    "ss_diterima")  # fmt: skip
    if candidates:
        whole = "suara_sah_partai" if party else "suara_sah"
        found += _equal(there, whole.replace("_", "-"), (*party, *candidates), whole)
    found += _equal(there, "suara-total", ("suara_sah", "suara_tidak_sah"), "suara_total")
    found += _equal(there, "suara-total-surat-suara", ("suara_total",), "ss_digunakan")
    found += _equal(there, "suara-total-pengguna", ("suara_total",), "pengguna_total_j")
    found += _at_most(there, "disabilitas-dalam-pengguna", "disabilitas_j", "pengguna_total_j",
                      "warn")  # fmt: skip
    return tuple(found)


def _by_sex(there: Collection[str]) -> Iterator[RuleSpec]:
    for row in ROWS:
        kind = row.replace("_", "-")
        yield from _equal(there, f"jumlah-{kind}", (f"{row}_l", f"{row}_p"), f"{row}_j")


def _by_kind(there: Collection[str]) -> Iterator[RuleSpec]:
    for column in ("l", "p", "j"):
        terms = tuple(name for kind in KINDS if (name := f"{kind}_{column}") in there)
        if len(terms) > 1:
            yield from _equal(there, f"pengguna-total-{column}", terms, f"pengguna_total_{column}")
        yield from _at_most(there, f"pengguna-dalam-dpt-{column}", f"pengguna_dpt_{column}",
                            f"pemilih_dpt_{column}", "hard")  # fmt: skip


def _equal(
    there: Collection[str], rule: str, terms: tuple[str, ...], whole: str
) -> Iterator[RuleSpec]:
    if whole in there and all(name in there for name in terms):
        yield RuleSpec(rule, terms, "equals", whole)


def _at_most(
    there: Collection[str], rule: str, part: str, whole: str, severity: Severity
) -> Iterator[RuleSpec]:
    if part in there and whole in there:
        yield RuleSpec(rule, (part,), "at_most", whole, severity=severity)
