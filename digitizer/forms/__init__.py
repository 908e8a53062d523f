"""Form definitions: TOML files in millimetres, and what is made from them alone.

    list_forms()         the ids that are known: shipped, and of this installation
    load_form(id)        one of them, valid or a `FormFileError`
    load_forms()         all of them
    know_forms(files)    the form files of the installation, told to this process
    check_form(path)     any form file, read afresh
    describe_form(form)  a summary for people
    render_pdf, render_png, render_image    the blank, in `digitizer.forms.render`

A new form needs no code: docs/forms.md describes the file.
"""

from digitizer.forms.describe import describe_form
from digitizer.forms.known import (
    form_file,
    know_forms,
    list_forms,
    load_form,
    load_forms,
    named_form,
    own_files,
)
from digitizer.forms.load import (
    FileFault,
    check_form,
    drawable_pages,
    faults_of,
    form_of,
    load_form_file,
    parse_form,
    shipped_ids,
    table_of,
)

__all__ = [
    "FileFault",
    "check_form",
    "describe_form",
    "drawable_pages",
    "faults_of",
    "form_file",
    "form_of",
    "know_forms",
    "list_forms",
    "load_form",
    "load_form_file",
    "load_forms",
    "named_form",
    "own_files",
    "parse_form",
    "shipped_ids",
    "table_of",
]
