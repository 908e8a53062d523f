"""Boxes are found where they are or not at all: a slipped row would spell a neighbour's number."""

import pytest

from benchmarks.photos_accuracy import PhotoReader, Truth, counted
from digitizer.forms import load_form
from digitizer.vision.register import _stacks
from tests.synth import Tier, made_photo

PPWP, KWK = "c-hasil-ppwp-2024", "c-hasil-kwk-gubernur-2024-2p"


def test_rows_close_below_one_another_are_one_stack() -> None:
    stacks = {
        tuple(field.id for field in stack) for stack in _stacks(load_form(PPWP).page(1).fields)
    }
    assert ("ss_diterima", "ss_digunakan", "ss_rusak", "ss_sisa") in stacks
    assert ("disabilitas_l",) in stacks
    assert all(len(stack) == 1 for stack in _stacks(load_form(PPWP).page(2).fields))


@pytest.mark.parametrize(
    ("form", "page", "tier", "seed"),
    [
        # Bent so far that a whole column of rows fits one row lower.
        (PPWP, 1, "hard", 20002),
        # Two corner marks lost: the map is so far off that a few boxes fit their neighbours.
        (KWK, 1, "medium", 9000),
    ],
)
def test_a_page_that_slipped_gives_no_neighbours_number(
    form: str, page: int, tier: Tier, seed: int
) -> None:
    made = made_photo(form, page, tier, seed)
    written = {name: entry.as_written for name, entry in made.entries.items()}
    result = PhotoReader().result(
        Truth(f"{tier}-{seed}", made.shot.jpeg, form, page, counted(form, written))
    )
    assert result.wrong == ()
    assert not result.clear
