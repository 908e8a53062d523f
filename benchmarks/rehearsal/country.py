"""The country that is rehearsed: its TPS, what their crews wrote, and photos that say only whose.

Everything follows from the code of a TPS, so that any process can say what stands on its paper.
"""

import json
from functools import cache, lru_cache
from typing import Final

import numpy as np

from benchmarks.recap_speed import TPS, station_codes
from benchmarks.settle_accuracy import FORM, INCONSISTENT, ink
from benchmarks.simulated_forms import Ink, SimulatedForm, simulate_form
from digitizer.domain.election import Contest, Election, Tps
from digitizer.domain.form import FormSpec
from digitizer.domain.number import spell
from digitizer.domain.rules import RuleCheck, check_limits, check_rules
from digitizer.forms import load_form
from digitizer.store.election_file import ElectionFile

CONTEST: Final = "presiden"
ZONE: Final = "Asia/Jakarta"
SEED: Final = 2024

JPEG: Final = b"\xff\xd8\xff\xe0"
"""How a photo begins; what follows says which page of which TPS it would show."""


def codes_of(scale: float) -> list[str]:
    """TPS of so large a share of every desa of the country; the crowded desa is there whole."""
    return station_codes(max(1, round(TPS * scale)))


def election(codes: list[str]) -> ElectionFile:
    """One office everywhere, three candidates."""
    contest = Contest(
        CONTEST, "gladi", 1, "Presiden", "Presiden", "00",
        ("Paslon 1", "Paslon 2", "Paslon 3"), (FORM,),
    )  # fmt: skip
    stations = tuple(
        Tps(code, f"TPS {code[-3:]}", f"DESA {code[6:10]}", f"KECAMATAN {code[4:6]}",
            f"KABUPATEN {code[2:4]}", f"PROVINSI {code[:2]}", written_at(code).registered)
        for code in codes
    )  # fmt: skip
    return ElectionFile(
        Election("gladi", "SIMULASI gladi nasional", ZONE, simulated=True), (contest,), stations
    )


@lru_cache(maxsize=64)
def written_at(code: str) -> SimulatedForm:
    """What stands on the paper of a TPS, and what would be read of each of its pages."""
    rng = np.random.default_rng([SEED, int(code)])
    wrong = bool(rng.random() < INCONSISTENT)
    return simulate_form(form(), _ink(), rng, inconsistent=wrong)


def values_at(code: str) -> dict[str, int | None]:
    """The numbers of a TPS as its paper says them."""
    return {name: spell(boxes).value for name, boxes in written_at(code).written.items()}


def broken_at(code: str) -> list[str]:
    """The rules that the paper itself breaks, those of the register of voters among them."""
    return [check.rule for check in _broken_checks(code)]


def beyond_limits(code: str) -> set[str]:
    """The numbers of a paper that are more than its register allows: a person says why."""
    return {name for check in _broken_checks(code) if check.is_limit for name in check.fields}


def _broken_checks(code: str) -> list[RuleCheck]:
    values = {name: value for name, value in values_at(code).items() if value is not None}
    checks = check_rules(form(), values) + check_limits(form(), values, written_at(code).registered)
    return [check for check in checks if check.outcome == "broken"]


def pages() -> list[int]:
    """The pages that have a number to read."""
    return [page.number for page in form().pages if any(item.counted for item in page.fields)]


def photo_of(code: str, page: int) -> bytes:
    """A photo without a picture."""
    return JPEG + json.dumps({"tps": code, "page": page}).encode()


def shown_in(photo: bytes) -> tuple[str, int]:
    """The TPS and the page that `photo_of` was made for."""
    said = json.loads(photo.removeprefix(JPEG))
    return said["tps"], said["page"]


@cache
def form() -> FormSpec:
    """The form of every TPS."""
    return load_form(FORM)


@cache
def _ink() -> Ink:
    return ink()
