"""What the modules of the review screen work with, as JSON values."""

import hashlib
import json
from collections.abc import Mapping, Set
from typing import Any, Final, cast

from digitizer.api.opening import Opened
from digitizer.domain.codec import verdict_to_json
from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import bounding_rect
from digitizer.domain.glyph import UNREADABLE, GlyphScores
from digitizer.domain.policy import Policy
from digitizer.domain.rules import limits_of
from digitizer.domain.verdict import Doubtful

MAX_ALTERNATIVES: Final = 5
MIN_ALTERNATIVE: Final = 0.002
"""The machine's alternatives for a box: at most this many, each at least this likely."""


def shown_to(opened: Opened) -> dict[str, str | None]:
    """The glyphs of every number as this person sees them first; None where it arrives empty.

    A supervisor sees what the readers, and the other papers, agree on. Sheets settled before
    numbers could be moved show what is written, until they are settled again.
    """
    if opened.check is not None:
        return dict(opened.check.seeded.shown)
    if opened.disputed:
        first, differing = opened.disputed[0].fields, opened.differing
        agreed = {n: item.as_written for n, item in first.items() if n not in differing}
        counted = [n for n in opened.gathered.fields if opened.form.fields[n].counted]
        return {n: agreed.get(n) for n in dict.fromkeys([*first, *differing, *counted])}
    values = cast("Mapping[str, Mapping[str, str]]", opened.sheet.values["values"])
    return {
        name: None if name in opened.showing.blind else item.get("shown", item["as_written"])
        for name, item in values.items()
    }


def sheet_data(
    opened: Opened, *, doubtful: Set[str], labels: Mapping[str, str], policy: Policy
) -> dict[str, Any]:
    """Readings, rules and limits of one sheet.

    Args:
        opened: the form as this person finds it.
        doubtful: numbers that a person must confirm one by one.
        labels: short names by field id.
        policy: which glyphs are shown and which boxes are sure.
    """
    form, sheet, shown = opened.form, opened.sheet, shown_to(opened)
    return {
        "key": f"{sheet.contest} {sheet.tps} {form.id}",
        "reader": opened.reader,
        "ask_tps": opened.ask_tps,
        "version": sheet.version,
        "earlier": [item.id for item in (*opened.waiting, *opened.against)],
        "readings": list(sheet.readings),
        "shown": shown_key(opened),
        "rules": rules_data(form),
        "limits": limit_data(form, opened.tps.registered),
        "labels": dict(labels),
        "fields": {
            name: {
                "label": labels[name],
                "as_written": shown[name] or UNREADABLE * len(item.glyphs),
                "blind": shown[name] is None,
                "at": place_of(form, name),
                "doubtful": name in doubtful,
                "needed": policy.min_glyph_probability,
                # What the machine read is not told where the number is to be read without it.
                "boxes": [
                    [] if shown[name] is None else _alternatives(opened, shown[name], index, scores)
                    for index, scores in enumerate(item.glyphs)
                ],
            }
            for name, item in opened.gathered.fields.items()
            if form.fields[name].counted
        },
    }


def shown_key(opened: Opened) -> str:
    """Stands for what this person is shown: every number, and what speaks against the form.

    The browser sends it back: nobody confirms a form of which something else is said by now, nor
    by a page that is left open in a browser in which another account has signed in since.
    """
    verdict = opened.sheet.verdict
    told = isinstance(verdict, Doubtful) and not opened.showing.whole and opened.check is None
    said = {
        "reader": opened.reader,
        "numbers": shown_to(opened),
        "doubts": verdict_to_json(verdict) if told else None,
    }
    text = json.dumps(said, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def place_of(form: FormSpec, name: str) -> list[float]:
    """Page of a number, then where its boxes lie on it: left, top, width, height, as shares."""
    page = form.page(form.page_of[name])
    box = bounding_rect(form.fields[name].digit_boxes)
    width, height = page.size.width, page.size.height
    shares = (box.x / width, box.y / height, box.width / width, box.height / height)
    return [page.number, *(round(share, 4) for share in shares)]


def _alternatives(
    opened: Opened, shown: str | None, index: int, scores: GlyphScores
) -> list[tuple[str, float]]:
    """The machine's alternatives; a check may not give itself away by what was really read."""
    if opened.check is None or shown is None or scores.top == shown[index]:
        return alternatives(scores)
    return [(shown[index], round(scores.probability, 4))]


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


def limit_data(form: FormSpec, registered: int | None) -> list[dict[str, Any]]:
    """What numbers of a TPS may not exceed; nothing where its DPT is not known."""
    return [
        {"rule": rule, "most": most, "field": name}
        for rule, name, most in limits_of(form, registered)
    ]
