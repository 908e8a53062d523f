"""`make forms`: write the files of all kin beside the two that are written by hand."""

from pathlib import Path
from typing import Final

import digitizer.forms
from authoring.kin import ALL, BY_HAND, Kin
from authoring.plano import plano_of
from authoring.salinan import salinan_of
from digitizer.domain.form import FormSpec
from digitizer.forms import load_form
from digitizer.forms.write import form_text

FOLDER: Final = Path(digitizer.forms.__file__).parent
PLANO: Final = f"c-hasil-kwk-{BY_HAND.key}"
SALINAN: Final = f"c-hasil-salinan-kwk-{BY_HAND.key}"

HEADER: Final = """\
# {title}: a REFERENCE LAYOUT, not the official print.
#
# `make forms` writes this file from {source}.toml; docs/forms.md
# tells how to describe the official blank instead. Everything is in millimetres from the top left
# corner of the page: [x, y] or [x, y, width, height].

"""


def kin_forms(kin: Kin) -> tuple[tuple[FormSpec, str], ...]:
    """Both forms of a kin, each with the id of the one that it was drawn up from."""
    return (
        (plano_of(load_form(PLANO), kin), PLANO),
        (salinan_of(load_form(SALINAN), kin), SALINAN),
    )


def file_text(form: FormSpec, source: str) -> str:
    """The whole file of a form."""
    return HEADER.format(title=form.title, source=source) + form_text(form)


def main() -> None:
    """Write all sixteen."""
    for kin in ALL:
        if kin != BY_HAND:
            for form, source in kin_forms(kin):
                text = file_text(form, source)
                (FOLDER / f"{form.id}.toml").write_text(text, encoding="utf-8")
                print(form.id)


if __name__ == "__main__":
    main()
