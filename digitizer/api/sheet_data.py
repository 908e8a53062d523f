"""What the modules of the review screen work with, as JSON values."""

from collections.abc import Mapping, Set
from typing import Any, Final, cast

from digitizer.domain.election import Tps
from digitizer.domain.form import FormSpec
from digitizer.domain.glyph import GlyphScores
from digitizer.domain.policy import Policy
from digitizer.domain.reading import FieldReading
from digitizer.domain.rules import limits_of
from digitizer.store.sheets import Sheet

MAX_ALTERNATIVES: Final = 5
MIN_ALTERNATIVE: Final = 0.002
"""The machine's alternatives for a box: at most this many, each at least this likely."""


def shown_as(sheet: Sheet) -> Mapping[str, str]:
    """The glyphs of every number as the screen shows them first; `?` where it must be typed.

    Sheets settled before numbers could be moved show what is written, until they are settled again.
    """
    values = cast("Mapping[str, Mapping[str, str]]", sheet.values["values"])
    return {name: item.get("shown", item["as_written"]) for name, item in values.items()}


def sheet_data(
    form: FormSpec,
    sheet: Sheet,
    fields: Mapping[str, FieldReading],
    *,
    doubtful: Set[str],
    labels: Mapping[str, str],
    tps: Tps,
    policy: Policy,
) -> dict[str, Any]:
    """Readings, rules and limits of one sheet.

    Args:
        form: of the sheet.
        sheet: whose version and readings the confirmation must name.
        fields: the counted numbers that were read.
        doubtful: those that a person must confirm one by one.
        labels: short names by field id.
        tps: whose registered voters limit the ballots.
        policy: which glyphs are shown and which boxes are sure.
    """
    shown = shown_as(sheet)
    return {
        "key": f"{sheet.contest} {sheet.tps} {form.id}",
        "version": sheet.version,
        "readings": list(sheet.readings),
        "rules": rules_data(form),
        "limits": limit_data(form, tps.registered),
        "labels": dict(labels),
        "fields": {
            name: {
                "label": labels[name],
                "as_written": shown[name],
                "doubtful": name in doubtful,
                "needed": policy.min_glyph_probability,
                "boxes": [alternatives(scores) for scores in item.glyphs],
            }
            for name, item in fields.items()
        },
    }


def alternatives(scores: GlyphScores) -> list[tuple[str, float]]:
    """The likeliest glyphs of a box with their probabilities, most likely first."""
    likely = [pair for pair in scores.ranked[:MAX_ALTERNATIVES] if pair[1] >= MIN_ALTERNATIVE]
    return [(glyph, round(probability, 4)) for glyph, probability in likely]


def rules_data(form: FormSpec) -> list[dict[str, Any]]:
    """The rules of a form as `rules.js` computes them."""
    return [
        {
            "id": rule.id,
            "severity": rule.severity,
            "relation": rule.relation,
            "target": rule.target,
            "constant": rule.constant,
            "reserve_rate": rule.reserve_rate,
            "terms": list(rule.terms),
            "fields": list(rule.fields),
        }
        for rule in form.rules
    ]


def limit_data(form: FormSpec, registered: int) -> list[dict[str, Any]]:
    """What numbers of a TPS may not exceed."""
    return [
        {"rule": rule, "most": most, "field": name}
        for rule, name, most in limits_of(form, registered)
    ]
