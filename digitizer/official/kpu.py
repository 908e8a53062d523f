"""The KPU's public JSON of one TPS of a Pilkada, as numbers by our field ids.

    {"mode": ..., "tungsura": {"chart": {"<paslon id>": n}, "administrasi": {"suara_sah": n, ...}},
     "images": ..., "psu": ..., "ts": ..., "status_suara": ..., "status_adm": ...}

`null` in place of `tungsura`, of one of its two parts or of a number is "not published yet".
"""

from collections.abc import Iterator
from typing import Any

from digitizer.domain.official import OfficialTps
from digitizer.official.reading import MOST, Findings, Shape, Where, shown


def kpu_tps(
    tps: str, said: object, place: Where, shape: Shape, findings: Findings
) -> OfficialTps | None:
    """One TPS; what is wrong with it goes to the findings, and None comes back."""
    if not isinstance(said, dict):
        findings.wrong(place, f"found {shown(said)}, needed an object")
        return None
    if "tungsura" not in said:
        findings.wrong(place, f"key tungsura is missing; found {', '.join(said) or 'no key'}")
        return None
    faults = len(findings.faults)
    counted = _part(said["tungsura"], f"{place}, tungsura", findings)
    chart = _part(counted.get("chart"), f"{place}, tungsura.chart", findings)
    papers = _part(counted.get("administrasi"), f"{place}, tungsura.administrasi", findings)
    for key in counted.keys() - {"chart", "administrasi"}:
        findings.not_compared[f"tungsura.{key}"] += 1
    numbers = {
        **dict(_votes(chart, f"{place}, tungsura.chart", shape, findings)),
        **dict(_papers(papers, f"{place}, tungsura.administrasi", shape, findings)),
    }
    row = OfficialTps(
        tps,
        {name: numbers[name] for name in shape.fields if name in numbers},
        psu=_fact(said.get("psu"), f"{place}, psu", findings),
        ts=_fact(said.get("ts"), f"{place}, ts", findings),
    )
    return row if len(findings.faults) == faults else None


def _part(value: object, place: Where, findings: Findings) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    findings.wrong(place, f"found {shown(value)}, needed an object or null")
    return {}


def _votes(
    chart: dict[str, Any], place: Where, shape: Shape, findings: Findings
) -> Iterator[tuple[str, int]]:
    findings.paslon_ids |= chart.keys()
    if unknown := sorted(chart.keys() - shape.paslon.keys()):
        given = ", ".join(f"{theirs}={ours}" for theirs, ours in shape.paslon.items())
        findings.wrong(
            place,
            f"found paslon ids {', '.join(sorted(chart))}, and no number of ours is given for "
            f"{', '.join(unknown)} (given: {given or 'none'}); give each with --paslon ID=NUMBER",
        )
        return
    for key, value in chart.items():
        if (number := _number(value, f"{place}.{key}", findings)) is not None:
            yield f"paslon_{shape.paslon[key]}", number


def _papers(
    papers: dict[str, Any], place: Where, shape: Shape, findings: Findings
) -> Iterator[tuple[str, int]]:
    for key, value in papers.items():
        if key not in shape.fields or key.startswith("paslon_"):
            findings.not_compared[f"administrasi.{key}"] += 1
        elif (number := _number(value, f"{place}.{key}", findings)) is not None:
            yield key, number


def _number(value: object, place: Where, findings: Findings) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
        return value
    findings.wrong(place, f"found {shown(value)}, needed a whole number from 0 to {MOST} or null")
    return None


def _fact(value: object, place: Where, findings: Findings) -> str | None:
    """A fact beside the numbers, as it was written."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float) and len(str(value)) <= 100:
        return str(value)
    findings.wrong(place, f"found {shown(value)}, needed a short text, a number or null")
    return None
