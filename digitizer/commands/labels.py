"""`digitizer labels`: boxes with their confirmed glyphs, to train a reader further."""

from pathlib import Path
from typing import Annotated

import typer

from digitizer.commands.progress import whole_file
from digitizer.domain.crops import box_in_crop
from digitizer.forms import load_form
from digitizer.installation import open_installation
from digitizer.settings import read_settings
from digitizer.store.engine import read_session
from digitizer.store.labels import labels
from digitizer.vision.labelled import LabelledBox, pack


def write_labels(
    output: Annotated[Path, typer.Option("-o", "--output", help="The .npz file to write.")],
    marked: Annotated[bool, typer.Option(help="Only boxes marked in the glyph grid.")] = False,
) -> None:
    """Write every digit box of every verified form with the glyph that people confirmed.

    These are pictures of real forms: they stay with whoever may have them.
    """
    installation = open_installation(read_settings())
    boxes = []
    with read_session(installation.engine) as session:
        for item in labels(session):
            if marked and not item.marked:
                continue
            form = load_form(item.form)
            field = form.fields[item.field]
            part = box_in_crop(form.page(form.page_of[item.field]), field, item.box)
            picture = installation.photos.get(item.blob)
            boxes.append(
                LabelledBox(picture, part, item.confirmed, item.read, item.marked, item.group)
            )
    with whole_file(output, private=True) as file:
        file.write(pack(boxes))
    wrong = sum(box.confirmed != box.read for box in boxes)
    typer.echo(f"{len(boxes)} boxes in {output}, {wrong} of them read otherwise than confirmed")
