"""Readings, reasons and verifications as JSON values, and back, without loss."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any

from digitizer.domain.glyph import GlyphScores
from digitizer.domain.reading import (
    Candidate,
    Evidence,
    FieldQuality,
    FieldReading,
    PageReading,
    Quality,
)
from digitizer.domain.reconcile import FieldValue
from digitizer.domain.rules import RuleCheck
from digitizer.domain.settle import Digitization
from digitizer.domain.tally import Recap
from digitizer.domain.verdict import Clear, Doubtful, Reason, Unreadable, Verdict
from digitizer.domain.verification import Confirmed, Verification

Json = dict[str, Any]


def reading_to_json(reading: PageReading) -> Json:
    """A page reading as JSON values; `reading_from_json` gives it back equal."""
    return {
        "photo": reading.photo,
        "form": reading.form,
        "form_version": reading.form_version,
        "page": reading.page,
        "fields": {name: _field_to_json(field) for name, field in reading.fields.items()},
        "quality": asdict(reading.quality),
        "field_quality": {name: asdict(item) for name, item in reading.field_quality.items()},
        "method": reading.method,
        "reprojection_error_mm": reading.reprojection_error_mm,
        "turns": reading.turns,
        "model": reading.model,
        "identity": reading.identity,
        "rivals": list(reading.rivals),
        "ink_hash": reading.ink_hash,
    }


def reading_from_json(data: Json) -> PageReading:
    """The page reading that `reading_to_json` wrote, today or before a fact was first measured."""
    fields = {name: _field_from_json(name, field) for name, field in data["fields"].items()}
    measured = {name: FieldQuality(**item) for name, item in data.get("field_quality", {}).items()}
    return PageReading(
        photo=data["photo"],
        form=data["form"],
        form_version=data["form_version"],
        page=data["page"],
        fields=MappingProxyType(fields),
        quality=Quality(**data["quality"]),
        method=data["method"],
        reprojection_error_mm=data["reprojection_error_mm"],
        turns=data["turns"],
        model=data["model"],
        field_quality=MappingProxyType(measured),
        identity=data.get("identity", "tag"),
        rivals=tuple(data.get("rivals", ())),
        ink_hash=data.get("ink_hash"),
    )


def verdict_to_json(verdict: Verdict) -> Json:
    """A verdict as `{"verdict": ..., ...}` with its reasons or its problem."""
    match verdict:
        case Clear():
            return {"verdict": "clear"}
        case Doubtful(reasons):
            return {"verdict": "doubtful", "reasons": [_reason_to_json(item) for item in reasons]}
        case Unreadable(problem, message, hint, numbers):
            return {
                "verdict": "unreadable",
                "problem": problem,
                "message": message,
                "hint": hint,
                "numbers": dict(numbers),
            }


def verdict_from_json(data: Json) -> Verdict:
    """The verdict that `verdict_to_json` wrote; older problems came without numbers."""
    match data["verdict"]:
        case "clear":
            return Clear()
        case "doubtful":
            return Doubtful(tuple(_reason_from_json(item) for item in data["reasons"]))
        case "unreadable":
            numbers = MappingProxyType(data.get("numbers", {}))
            return Unreadable(data["problem"], data["message"], data["hint"], numbers)
        case other:
            raise ValueError(f"no verdict is called {other!r}")


def verification_to_json(item: Verification) -> Json:
    """A verification as JSON values; `verification_from_json` gives it back equal."""
    return {
        "id": item.id,
        "readings": list(item.readings),
        "photos": list(item.photos),
        "reviewer": item.reviewer,
        "at": item.at.isoformat(),
        "fields": {
            name: {
                "as_written": confirmed.as_written,
                "shown": confirmed.shown,
                "blind": confirmed.blind,
                "touched": confirmed.touched,
                "note": confirmed.note,
            }
            for name, confirmed in item.fields.items()
        },
        "acknowledged": list(item.acknowledged),
        "seconds": item.seconds,
        "origin": item.origin,
        "settles": list(item.settles),
    }


def verification_from_json(data: Json) -> Verification:
    """The verification that `verification_to_json` wrote; the oldest settle nothing."""
    return Verification(
        id=data["id"],
        readings=tuple(data["readings"]),
        photos=tuple(data["photos"]),
        reviewer=data["reviewer"],
        at=datetime.fromisoformat(data["at"]),
        fields=MappingProxyType(
            {name: Confirmed(**confirmed) for name, confirmed in data["fields"].items()}
        ),
        acknowledged=tuple(data["acknowledged"]),
        seconds=data["seconds"],
        origin=data["origin"],
        settles=tuple(data.get("settles", ())),
    )


def check_to_json(check: RuleCheck) -> Json:
    """A rule check as the command line and the API print it."""
    return {
        "rule": check.rule,
        "severity": check.severity,
        "relation": check.relation,
        "fields": list(check.fields),
        "outcome": check.outcome,
        "left": check.left,
        "right": check.right,
        "parts": list(check.parts),
    }


def check_from_json(data: Json) -> RuleCheck:
    """The rule check that `check_to_json` wrote."""
    return RuleCheck(**{**data, "fields": tuple(data["fields"]), "parts": tuple(data["parts"])})


def settled_to_json(settled: Digitization) -> Json:
    """Settled values and rules of a form, with the policy they rest on, for screens and lists."""
    reconciliation = settled.reconciliation
    return {
        "policy": asdict(settled.policy),
        "values": {name: value_to_json(item) for name, item in reconciliation.values.items()},
        "checks": [check_to_json(check) for check in reconciliation.checks],
        "missing_pages": list(settled.reading.missing_pages),
        "margin": reconciliation.margin,
        "inconsistent": reconciliation.inconsistent,
    }


def value_to_json(item: FieldValue) -> Json:
    """A settled number; `shown` is what a screen spells before a person looked at it."""
    return {
        "value": item.value,
        "as_written": item.as_written,
        "shown": item.shown,
        "probability": item.probability,
        "moved_by": item.moved_by,
        "candidates": [[one.value, one.probability] for one in item.candidates],
    }


def _field_to_json(field: FieldReading) -> Json:
    return {
        "as_written": field.as_written,
        "glyphs": [list(scores.probabilities) for scores in field.glyphs],
        "evidence": [
            {
                "source": item.source,
                "candidates": [[c.value, c.probability] for c in item.candidates],
                "as_written": item.as_written,
            }
            for item in field.evidence
        ],
    }


def _field_from_json(name: str, data: Json) -> FieldReading:
    evidence = tuple(
        Evidence(
            item["source"],
            tuple(Candidate(value, probability) for value, probability in item["candidates"]),
            item["as_written"],
        )
        for item in data["evidence"]
    )
    glyphs = tuple(GlyphScores(tuple(scores)) for scores in data["glyphs"])
    return FieldReading(name, data["as_written"], glyphs, evidence)


def _reason_to_json(reason: Reason) -> Json:
    return {
        "code": reason.code,
        "field": reason.field,
        "rule": reason.rule,
        "numbers": dict(reason.numbers),
    }


def _reason_from_json(data: Mapping[str, Any]) -> Reason:
    return Reason(data["code"], data["field"], data["rule"], MappingProxyType(data["numbers"]))


def recap_to_json(recap: Recap) -> Json:
    """A recap as JSON values."""
    return {
        "wilayah": recap.wilayah,
        "counted": recap.counted,
        "expected": recap.expected,
        "with_gaps": recap.with_gaps,
        "disputed": recap.disputed,
        "revotes": recap.revotes,
        "revotes_counted": recap.revotes_counted,
        "corrected": recap.corrected,
        "totals": dict(recap.totals),
        "differences": dict(recap.differences),
    }
