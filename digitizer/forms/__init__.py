"""Form definitions: TOML files in millimetres, and what is made from them alone.

    list_forms()         the ids shipped with the product
    load_form(id)        one shipped form, valid or a `FormFileError`
    load_forms()         all of them
    check_form(path)     any form file, read afresh
    describe_form(form)  a summary for people
    render_pdf, render_png, render_image    the blank, in `digitizer.forms.render`

A new form needs no code: docs/forms.md describes the file.
"""

from digitizer.forms.describe import describe_form
from digitizer.forms.load import check_form, list_forms, load_form, load_form_file, load_forms

__all__ = [
    "check_form",
    "describe_form",
    "list_forms",
    "load_form",
    "load_form_file",
    "load_forms",
]
