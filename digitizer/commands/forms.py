"""`digitizer forms`: the form definitions and their blanks."""

from pathlib import Path
from typing import Annotated

import typer

from digitizer.forms import check_form, describe_form, load_form, load_forms
from digitizer.forms.render import render_pdf, render_png

app = typer.Typer(no_args_is_help=True, help="Form definitions and their blanks.")


@app.command("list")
def list_shipped() -> None:
    """List the forms that ship with the product."""
    for form in load_forms():
        mark = "  (reference layout, not the official print)" if form.reference_layout else ""
        typer.echo(f"{form.id}  {len(form.pages)} pages  {form.title}{mark}")


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A form file (.toml).")]) -> None:
    """Check a form file; a fault is named by file, key and cause."""
    typer.echo(describe_form(check_form(file)))


@app.command()
def render(
    form_id: Annotated[str, typer.Argument(metavar="FORM", help="An id, or a form file.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="FORM.pdf by default; .png draws one page."),
    ] = None,
    page: Annotated[int, typer.Option(help="The page of a PNG.")] = 1,
    pixels_per_mm: Annotated[float, typer.Option(help="Resolution of a PNG.")] = 2.0,
    watermark: Annotated[str | None, typer.Option(help='Grey text, such as "SIMULASI".')] = None,
) -> None:
    """Draw a blank from its form file alone: all pages as vector PDF, or one page as PNG."""
    form = check_form(Path(form_id)) if form_id.endswith(".toml") else load_form(form_id)
    target = output or Path(f"{form.id}.pdf")
    if target.suffix == ".png":
        target.write_bytes(render_png(form, page, pixels_per_mm, watermark=watermark))
    else:
        target.write_bytes(render_pdf(form, watermark=watermark))
    typer.echo(str(target))
