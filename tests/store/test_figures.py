"""What is told of each reviewer, however many forms and reviewers there are."""

import pytest
from sqlmodel import Session

from digitizer.store import figures
from digitizer.store.figures import reviewer_figures
from digitizer.store.tables import VerificationRow
from tests.store.build import FORM, A, later, person


@pytest.mark.untold  # rows of verifications without their events
def test_figures_are_of_the_latest_forms_and_go_page_by_page(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "PER_PAGE", 2)
    for name, forms in (("citra", 1), ("budi", figures.LATEST + 20), ("ani", 0), ("dedi", 1)):
        reviewer = person(session, name)
        for number in range(forms):
            fields = {"a": {"shown": "1", "as_written": "1" if number < 30 else "2"},
                      "b": {"shown": None, "as_written": "3"}}  # fmt: skip
            session.add(
                VerificationRow(
                    id=f"{name}{number}", contest="gub", tps=A, form=FORM.id, version=1,
                    reviewer=reviewer, outcome="tally", at=later(number),
                    body={"fields": fields, "seconds": float(number)},
                )
            )  # fmt: skip
    session.flush()

    first, more = reviewer_figures(session)
    rest, no_more = reviewer_figures(session, page=2)

    assert [(item.username, item.forms) for item in (*first, *rest)] == [
        ("budi", 120), ("citra", 1), ("dedi", 1),
    ]  # fmt: skip
    assert (more, no_more) == (True, False)
    budi = first[0]
    assert (budi.shown, budi.corrected, budi.seconds) == (100, 90, 69.5)
