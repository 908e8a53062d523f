"""One photo as the command line reports it: the object of `read --json`, and lines for people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from rich.markup import escape

from digitizer.domain.codec import check_to_json
from digitizer.domain.number import spell
from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.reading import FieldReading, Source
from digitizer.domain.reconcile import FieldValue
from digitizer.domain.settle import Digitization
from digitizer.domain.verdict import Clear, Doubtful, Unreadable, Verdict
from review_ui.wording import reason_text

PROBABLE: Final = 0.5
"""A witness says a number only where it is likelier than all others together: what is less likely
may be a list of guesses, of which the first is more often wrong than right."""

VERDICT_STYLE: Final = {"clear": "green", "doubtful": "yellow", "unreadable": "red"}


def photo_report(
    file: str, outcome: PhotoOutcome, settled: Digitization | None, seconds: float
) -> dict[str, Any]:
    """The object that `digitizer read --json` prints for one photo.

    Args:
        file: the name as given on the command line.
        outcome: the reading or the problem.
        settled: the reading settled alone; None exactly when there is a problem.
        seconds: wall time of the reading.
    """
    # A photo may be unreadable although its tag says which page it shows.
    known = outcome.problem.numbers if outcome.problem else {}
    report: dict[str, Any] = {
        "file": file,
        "photo": outcome.photo,
        "form": outcome.reading.form if outcome.reading else known.get("form"),
        "page": outcome.reading.page if outcome.reading else known.get("page"),
    }
    verdict = settled.verdict if settled is not None else outcome.problem
    if verdict is None:
        raise ValueError(f"{file}: neither read nor unreadable")
    report |= _said(verdict, settled)
    report["seconds"] = round(seconds, 3)
    return report


def form_report(files: Sequence[str], settled: Digitization) -> dict[str, Any]:
    """The object that `digitizer read --together --json` appends for the pages of one form.

    Args:
        files: names of the photos, as given on the command line.
        settled: all of them as one form.
    """
    reading, reconciliation = settled.reading, settled.reconciliation
    report = _said(settled.verdict, settled)
    for name, field in report["fields"].items():
        value = reconciliation.values[name]
        field["moved_by"] = value.moved_by
        field["candidates"] = [[c.value, round(c.probability, 6)] for c in value.candidates]
        field["photo"] = reading.taken_from[name].photo
    return {
        "form": reading.form.id,
        "files": list(files),
        "pages": sorted(reading.pages),
        "missing_pages": list(reading.missing_pages),
        **report,
        "margin": round(reconciliation.margin, 6),
        "inconsistent": round(reconciliation.inconsistent, 6),
        "policy": settled.policy.name,
    }


def _said(verdict: Verdict, settled: Digitization | None) -> dict[str, Any]:
    """Verdict, reasons, fields and checks; no fields and no checks where nothing was read."""
    said = {"verdict": verdict_name(verdict), "reasons": reasons_of(verdict)}
    if settled is None:
        return {**said, "fields": {}, "checks": []}
    specs = settled.reading.form.fields
    fields = {
        name: _field_report(value, settled.reading.fields[name])
        for name, value in settled.reconciliation.values.items()
        if specs[name].counted
    }
    checks = [check_to_json(check) for check in settled.reconciliation.checks]
    return {**said, "fields": fields, "checks": checks}


def verdict_name(verdict: Verdict) -> str:
    """The word of the command-line contract for a verdict."""
    match verdict:
        case Clear():
            return "clear"
        case Doubtful():
            return "doubtful"
        case Unreadable():
            return "unreadable"


def reasons_of(verdict: Verdict) -> list[dict[str, Any]]:
    """Every reason with its stable code, the field it speaks of, and a sentence in English."""
    match verdict:
        case Clear():
            return []
        case Unreadable(problem, message, hint):
            return [{"code": problem, "field": None, "message": f"{message}; {hint}"}]
        case Doubtful(reasons):
            return [
                {
                    "code": reason.code,
                    "field": reason.field,
                    "message": reason_text(reason, "en", {}),
                }
                for reason in reasons
            ]


def spoken(report: Mapping[str, Any]) -> str:
    """The same report in lines for a person at a terminal, in rich markup."""
    style = VERDICT_STYLE[report["verdict"]]
    page = report["page"] if "page" in report else ", ".join(map(str, report["pages"]))
    where = f"{report['form']} page {page}" if report["form"] else "no form"
    name = report.get("file") or f"{len(report['files'])} photos together"
    # Names of files and titles as they were read may look like markup.
    verdict = f"[{style}]{report['verdict']}[/{style}]"
    lines = [f"[bold]{escape(name)}[/bold]  {verdict}  {escape(where)}"]
    lines += [f"  [yellow]![/yellow] {escape(reason['message'])}" for reason in report["reasons"]]
    lines += [
        f"  {name:<20} {field['as_written']:>5}  "
        f"{'-' if field['value'] is None else field['value']:>5}  {field['probability']:.4f}"
        for name, field in report["fields"].items()
    ]
    return "\n".join(lines)


def _field_report(value: FieldValue, reading: FieldReading) -> dict[str, Any]:
    evidence: dict[str, int | None] = {}
    for source in get_args(Source):
        item = reading.by(source)
        top = item.top if item is not None else None
        evidence[source] = top.value if top is not None and top.probability >= PROBABLE else None
    evidence["digits"] = spell(value.as_written).value
    return {
        "value": value.value,
        "as_written": value.as_written,
        "probability": round(value.probability, 6),
        "evidence": evidence,
    }
