"""Two papers of one TPS, the plano and its SALINAN, compared number by number."""

from digitizer.domain.form import FormSpec
from digitizer.domain.reconcile import FieldValue, Reconciliation
from digitizer.domain.verdict import Reason


def compare_papers(
    here: Reconciliation, other: Reconciliation, other_form: FormSpec
) -> tuple[Reason, ...]:
    """Where two papers of the same TPS and contest surely say different numbers.

    Copying by hand goes wrong, so neither paper mends the other; both become doubtful. A number
    that is doubtful on either paper has its own reason already and says nothing here.

    Args:
        here: the paper whose doubts these are.
        other: the other one.
        other_form: its form.
    """
    return tuple(
        Reason(
            "papers_disagree",
            name,
            numbers={
                "as_written": mine.as_written,
                "other": theirs.as_written,
                "title": other_form.title,
            },
        )
        for name, mine in here.values.items()
        if (theirs := other.values.get(name)) is not None
        and other_form.fields[name].counted
        and _says(mine)
        and _says(theirs)
        and mine.value != theirs.value
    )


def _says(value: FieldValue) -> bool:
    """Whether a number is read as it is written, not proposed and not open."""
    return value.value is not None and value.moved_by is None
