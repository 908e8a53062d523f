"""`digitizer forms`: the form definitions and their blanks."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from digitizer.commands.progress import waiting
from digitizer.errors import DigitizerError, FormFileError
from digitizer.forms import (
    check_form,
    describe_form,
    drawable_pages,
    faults_of,
    load_forms,
    named_form,
    parse_form,
    table_of,
)
from digitizer.forms.paper import paper_size
from digitizer.forms.render import render_page, render_pdf, render_png
from digitizer.forms.write import form_text
from digitizer.installation import open_installation
from digitizer.learn import (
    draw_faults,
    draw_proposal,
    look_at,
    look_at_picture,
    propose,
    slug,
    stacked,
)
from digitizer.own_forms import install_form
from digitizer.settings import read_settings
from digitizer.store.engine import write_session
from digitizer.vision.tesseract import find_tesseract

Grey = NDArray[np.uint8]

CHECK_PIXELS_PER_MM = 5.0
FINEST_PIXELS_PER_MM = 12.0
"""A plano of 600 x 900 mm has 78 megapixels then; what is finer is printed from the PDF."""

app = typer.Typer(no_args_is_help=True, help="Form definitions and their blanks.")


@app.command("list")
def list_shipped() -> None:
    """List the forms that ship with the product."""
    for form in load_forms():
        mark = "  (reference layout, not the official print)" if form.reference_layout else ""
        typer.echo(f"{form.id}  {len(form.pages)} pages  {form.title}{mark}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A form file (.toml).")],
    overlay: Annotated[
        Path | None,
        typer.Option(help="A folder for pictures of what contradicts what."),
    ] = None,
) -> None:
    """Check a form file; every fault is named by file, key and cause."""
    try:
        form = check_form(file)
    except FormFileError:
        _tell_faults(file, overlay)
        raise
    typer.echo(describe_form(form))


def _tell_faults(file: Path, overlay: Path | None) -> None:
    """Every fault of a file that is TOML, and a picture of each page that has any."""
    table = table_of(_bytes_of(file), str(file))
    found = faults_of(table)
    for fault in found:
        typer.echo(f"{file}: {fault.message}", err=True)
    if overlay is None:
        return
    overlay.mkdir(parents=True, exist_ok=True)
    for page in drawable_pages(table):
        wrong = [(fault.message, fault.places) for fault in found if fault.page == page.number]
        if wrong:
            picture = overlay / f"{file.stem}-page-{page.number}.png"
            blank = np.asarray(render_page(page, CHECK_PIXELS_PER_MM), np.uint8)
            cv2.imwrite(str(picture), draw_faults(blank, page, wrong))
            typer.echo(str(picture), err=True)


@app.command()
def install(file: Annotated[Path, typer.Argument(help="A form file (.toml).")]) -> None:
    """Put a form file in force in this installation; a new version of it needs a higher number."""
    check_form(file)
    installation = open_installation(read_settings())
    now = datetime.now(UTC)
    with write_session(installation.engine) as session:
        done = install_form(session, file.read_text(encoding="utf-8"), "system", now)
        session.commit()
    typer.echo(f"{done.form.id}: version {done.form.version} is in force")
    if done.again:
        typer.echo(f"{done.again} photos are read once more")


@app.command()
def render(
    form_id: Annotated[str, typer.Argument(metavar="FORM", help="An id, or a form file.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="FORM.pdf by default; .png draws one page."),
    ] = None,
    page: Annotated[
        int | None, typer.Option(help="The page of a PNG; the first unless told.")
    ] = None,
    pixels_per_mm: Annotated[
        float, typer.Option(min=1.0, max=FINEST_PIXELS_PER_MM, help="Resolution of a PNG.")
    ] = 2.0,
    watermark: Annotated[str | None, typer.Option(help='Grey text, such as "SIMULASI".')] = None,
) -> None:
    """Draw a blank from its form file alone: all pages as vector PDF, or one page as PNG."""
    form = named_form(form_id)
    target = output or Path(f"{form.id}.pdf")
    kind = target.suffix.lower()
    if kind not in {".pdf", ".png"}:
        raise DigitizerError(
            f"{target} ends in {target.suffix!r}, needed .pdf or .png",
            "give -o a name that ends so", code="bad_request",
        )  # fmt: skip
    if kind == ".png":
        numbers = [item.number for item in form.pages]
        number = numbers[0] if page is None else page
        if number not in numbers:
            raise DigitizerError(
                f"{form.id} has no page {number}", f"it has {', '.join(map(str, numbers))}",
                code="bad_request",
            )  # fmt: skip
        target.write_bytes(render_png(form, number, pixels_per_mm, watermark=watermark))
    else:
        target.write_bytes(render_pdf(form, watermark=watermark))
    typer.echo(str(target))


@app.command()
def learn(
    files: Annotated[
        list[Path], typer.Argument(metavar="BLANK", help="A blank: PDF, PNG or JPEG.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The form file; by default printed.")
    ] = None,
    form_id: Annotated[str, typer.Option("--id", help="Id of the form.")] = "",
    title: Annotated[str, typer.Option(help="Title of the form.")] = "",
    year: Annotated[int, typer.Option(help="Year of the election.")] = 0,
    size_mm: Annotated[
        str, typer.Option(help="WIDTHxHEIGHT of the paper of a picture; else as tall as A4.")
    ] = "",
    overlay: Annotated[
        Path | None, typer.Option(help="A folder for pictures of what was found.")
    ] = None,
    filled: Annotated[
        bool, typer.Option("--filled", help="The files are filled photos of one page.")
    ] = False,
) -> None:
    """Propose a form file from a blank: a draft to look at and to mend, never the last word.

    Without a blank, ten or more photos of one filled page do (--filled).
    """
    blank, paper, tool = files[0], paper_size(size_mm), find_tesseract()
    if len(files) > 1 and not filled:
        raise DigitizerError(
            f"{len(files)} files were given", "give one blank, or filled photos with --filled",
            code="bad_request",
        )  # fmt: skip
    with waiting("looking at the blank"):
        if filled:
            common, used = stacked(_grey(path) for path in files)
            typer.echo(f"{used} of {len(files)} photos fit onto each other", err=True)
            pages = [look_at_picture(common, paper, tool)]
        else:
            pages = list(look_at(_bytes_of(blank), paper, tool))
    name = form_id or slug(blank.stem).replace("_", "-")
    form = propose(
        [seen for seen, _ in pages],
        id=name, title=title or blank.stem, year=year or datetime.now(UTC).year,
    )  # fmt: skip
    if overlay is not None:
        overlay.mkdir(parents=True, exist_ok=True)
        for (_, picture), page in zip(pages, form.pages, strict=True):
            drawn = draw_proposal(picture, page)
            cv2.imwrite(str(overlay / f"{name}-page-{page.number}.png"), drawn)
    text = form_text(form)
    parse_form(text.encode(), name, finished=False)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(describe_form(form))


def _bytes_of(blank: Path) -> bytes:
    try:
        return blank.read_bytes()
    except OSError as error:
        raise DigitizerError(
            f"{blank} cannot be read: {error.strerror}", "check the path", code="bad_request"
        ) from error


def _grey(photo: Path) -> Grey:
    data = np.frombuffer(_bytes_of(photo), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if picture is None:
        raise DigitizerError(f"{photo} is no picture", "give JPEG or PNG", code="bad_request")
    return np.asarray(picture, np.uint8)
