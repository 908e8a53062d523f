"""What settling whole forms of 28 numbers costs, as simulated, and at its worst."""

import gc
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.settle_accuracy import FORM, ink
from benchmarks.simulated_forms import SimulatedForm, simulate_form
from digitizer.domain.glyph import DIGITS, GlyphScores, glyph_scores
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.settle import settle
from digitizer.forms import load_form

FORMS: Final = 300
INCONSISTENT: Final = 0.08
FLAT: Final = glyph_scores(dict.fromkeys(DIGITS, 0.1))
"""A box that may be any digit."""


def simulated() -> list[SimulatedForm]:
    """Forms as `make accuracy` draws them."""
    form, rng = load_form(FORM), np.random.default_rng(1)
    return [
        simulate_form(form, ink(), rng, inconsistent=bool(rng.random() < INCONSISTENT))
        for _ in range(FORMS)
    ]


def milliseconds(forms: Sequence[SimulatedForm]) -> list[float]:
    """Processor time of settling each."""
    form, policy = load_form(FORM), Policy()
    # The collector would walk all these forms again and again; who settles one holds few.
    gc.collect()
    gc.freeze()
    settle(forms[0].pages, form, policy, forms[0].registered)
    found = []
    for item in forms:
        started = time.process_time()
        settle(item.pages, form, policy, item.registered)
        found.append(1000 * (time.process_time() - started))
    gc.unfreeze()
    return found


def flat(item: SimulatedForm) -> SimulatedForm:
    """The same form, but every box may be any digit."""

    def blind(page: PageReading) -> PageReading:
        fields = {
            name: replace(field, as_written="0" * len(field.glyphs), glyphs=_any(field.glyphs))
            for name, field in page.fields.items()
        }
        return replace(page, fields=fields)

    return replace(item, pages=tuple(blind(page) for page in item.pages))


def _any(glyphs: tuple[GlyphScores, ...]) -> tuple[GlyphScores, ...]:
    return (FLAT,) * len(glyphs)


def peak_kib(forms: Sequence[SimulatedForm]) -> float:
    """Most memory that settling one of these takes at a time."""
    form, policy = load_form(FORM), Policy()
    tracemalloc.start()
    for item in forms:
        settle(item.pages, form, policy, item.registered)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1024
