"""A short form of `make fuzz`: some hundred hostile files through the real sandbox."""

import pytest

from benchmarks.fuzz_bases import bases
from benchmarks.fuzz_images import fuzz, one
from benchmarks.fuzz_mutations import MUTATIONS, mutant
from digitizer.sandbox import Sandbox

COUNT = 120

ONCE_FATAL = ((1, 19), (1, 216), (1, 2863), (1, 6981))
"""Seed and number of files that cost children before: libheif's own errors, a ribbon, no primary
picture, a crash in an animated PNG."""


@pytest.mark.slow
def test_hostile_files_cost_no_child_and_an_intact_one_is_read_after_them() -> None:
    run = fuzz(seed=5, count=COUNT, workers=1)
    assert run.failures == []
    assert [told for told in run.told if told.code.endswith("reader")] == []
    assert run.lost == 0
    assert len(run.told) == COUNT


@pytest.mark.slow
def test_files_that_were_fatal_once_are_named_problems() -> None:
    with Sandbox() as sandbox:
        told = [one(sandbox, seed, number) for seed, number in ONCE_FATAL]
    assert {item.code for item in told} <= {
        "not_an_image damaged", "not_an_image format", "too_small slender", "no_form marks",
    }  # fmt: skip


def test_the_same_number_makes_the_same_file() -> None:
    made = [mutant(3, number) for number in range(400)]
    assert [item.data for item in made] == [mutant(3, number).data for number in range(400)]
    assert {item.mutation for item in made} == set(MUTATIONS)
    assert {item.base for item in made} >= {name for name in bases() if "page" not in name}
