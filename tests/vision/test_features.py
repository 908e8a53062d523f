"""Features of a large picture, which is looked at band by band."""

import numpy as np
import pytest

from digitizer.forms import load_forms
from digitizer.forms.render import render_image
from digitizer.vision import features
from digitizer.vision.blank import Atlas
from digitizer.vision.features import Features
from digitizer.vision.ink import GreyImage

MOST = 1600


@pytest.fixture(scope="module")
def page() -> GreyImage:
    atlas = Atlas(load_forms(), render_image)
    return atlas.blank(*atlas.pages[-1]).picture


def test_bands_find_what_one_look_finds(page: GreyImage, monkeypatch: pytest.MonkeyPatch) -> None:
    banded = Features.of(page, MOST)
    monkeypatch.setattr(features, "MOST_PIXELS", page.size)
    whole = Features.of(page, MOST)

    apart = np.linalg.norm(banded.places[:, None] - whole.places[None], axis=2)
    alike = np.where(apart < 0.01, banded.descriptors @ whole.descriptors.T, 0).max(axis=1)

    assert len(banded.places) == len(whole.places)
    assert float((apart.min(axis=1) < 0.01).mean()) > 0.99
    assert float((alike > 0.999).mean()) > 0.99


def test_a_picture_without_print_has_none(page: GreyImage) -> None:
    found = Features.of(np.full_like(page, 255), MOST)

    assert found.places.shape == (0, 2)
    assert found.descriptors.shape == (0, 128)
