"""Photos of the official print, filled and photographed like the generated ones.

Our own drawing of a form stands for the official one when a page is registered by its print; here
the official print itself is in the photo. Development data: nothing of it enters the repository.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pypdfium2

from digitizer.domain.form import FormSpec
from digitizer.forms import list_forms, load_form
from digitizer.synth.camera import photograph
from digitizer.synth.fill import PIXELS_PER_BOX, write_page
from digitizer.synth.sheet import box_side
from digitizer.synth.strokes import Image
from tests.synth import Defect, MadePhoto, Tier, draw, filling, without

PLANO: Final = "c-hasil-ppwp-2024"
FILES: Final[dict[tuple[str, int], str]] = {
    (PLANO, 1): "c-hasil-ppwp-2024.pdf",
    (PLANO, 2): "c-hasil-ppwp-2024.pdf",
    (PLANO, 3): "c-hasil-ppwp-2024.pdf",
    ("c-hasil-salinan-ppwp-2024", 1): "c-hasil-salinan-ppwp-2024-hal1.png",
    ("c-hasil-salinan-ppwp-2024", 2): "c-hasil-salinan-ppwp-2024-hal2.png",
    ("c1-ppwp-2019", 2): "c1-ppwp-2019-hal2-blank.png",
    ("c-hasil-ppwp-cdigital-2024-2p", 1): "c.hasil_data.png",
    ("c-hasil-ppwp-cdigital-2024", 2): "c.hasil_pwp_3.png",
}
"""The blank of each page whose official print is at hand; a PDF has one page a form page."""

SEED: Final = 51_000


@dataclass(frozen=True, slots=True)
class PlannedOfficial:
    """One photo of official print, not yet made."""

    form: str
    page: int
    tier: Tier
    defect: Defect
    seed: int

    @property
    def name(self) -> str:
        return f"official-{self.seed % 1000:03d}-{self.form}-hal{self.page}-{self.defect}"

    def made(self, dev_data: Path) -> MadePhoto:
        """The photo, from the blanks of the development data folder."""
        form = load_form(self.form)
        spec = form.page(self.page)
        image = without(_blank(dev_data, self.form, self.page).copy(), spec, self.defect)
        entries, writer = filling(form, self.seed)
        here = {f.id: entries[f.id] for f in spec.fields if f.id in entries}
        write_page(image, form, self.page, here, writer)
        rng = np.random.default_rng([self.seed, self.page])
        params = replace(draw(self.tier, rng), turns=self.seed % 4)
        shot = photograph(image, spec.size, params=params, rng=rng, box_mm=box_side(form))
        return MadePhoto(form, self.page, here, params, shot)


def planned_official(count: int) -> tuple[PlannedOfficial, ...]:
    """The fixed list: every official page in turn, easy and medium, some with marks painted out."""
    shipped = set(list_forms())
    pages = [page for page in FILES if page[0] in shipped]
    defects: tuple[Defect, ...] = ("whole", "no_tag", "no_marks", "no_tag_no_marks")
    plans = []
    for index in range(count):
        form, page = pages[index % len(pages)]
        again = index // len(pages)
        tiers: tuple[Tier, ...] = ("easy", "medium")
        # Only the plano has a tag; what is painted out of it changes slower than the tier.
        defect = defects[again // 2 % 4] if form == PLANO else "whole"
        plans.append(PlannedOfficial(form, page, tiers[again % 2], defect, SEED + index))
    return tuple(plans)


def official_set(dev_data: Path, count: int) -> Iterator[MadePhoto]:
    """The photos of `planned_official`, each made when it is asked for."""
    return (plan.made(dev_data) for plan in planned_official(count))


@lru_cache(maxsize=4)
def _blank(dev_data: Path, form_id: str, page: int) -> Image:
    """The official blank of a page, edge to edge, at the scale pages are drawn at."""
    form = load_form(form_id)
    file = dev_data / "forms" / FILES[form_id, page]
    width = round(form.page(page).size.width * PIXELS_PER_BOX / box_side(form))
    if file.suffix == ".pdf":
        picture = _drawn(file, form, page, width)
    else:
        read = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if read is None:
            raise FileNotFoundError(file)
        picture = np.asarray(read, np.uint8)
    height = round(width * form.page(page).size.height / form.page(page).size.width)
    shrinks = picture.shape[1] > width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)


def _drawn(pdf: Path, form: FormSpec, page: int, width: int) -> Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheet = document[[spec.number for spec in form.pages].index(page)]
        bitmap = sheet.render(scale=width / sheet.get_width())
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    finally:
        document.close()
