"""The risk-coverage curve as SVG: wrong numbers against the share of forms that are clear."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.svg import line, picture, text

WIDTH, HEIGHT = 560, 340
LEFT, TOP, RIGHT, BOTTOM = 92, 56, 24, 64
LEAST, MOST = 1e-6, 1e-1
"""Shares of wrong numbers at the lower and upper edge; below, none was found."""

TICKS: Final = ((1e-1, "1 in 10"), (1e-2, "1 in 100"), (1e-3, "1 in 1,000"), (1e-4, "1 in 10,000"),
                (1e-5, "1 in 100,000"), (1e-6, "none"))  # fmt: skip

Curve = Sequence[tuple[float, float]]
"""Share of forms taken as clear, and share of wrong numbers among them."""


def curve_of(sure: Sequence[float], wrong: Sequence[int], numbers: int) -> Curve:
    """Every share of forms, surest first, with the wrong numbers among them.

    Args:
        sure: of each form; one that is 0 is never taken.
        wrong: wrong numbers of each form.
        numbers: on every form.
    """
    order = sorted(range(len(sure)), key=lambda form: -sure[form])
    points, errors = [], 0
    step = max(1, len(order) // 200)
    for taken, form in enumerate(order, 1):
        if sure[form] <= 0:
            break
        errors += wrong[form]
        if taken % step == 0:
            points.append((taken / len(order), errors / (taken * numbers)))
    return points


def risk_curve(settled: Curve, alone: Curve, forms: int, path: Path) -> None:
    """Draw both curves, all witnesses and rules against digits alone, and write them."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    body = text(LEFT, TOP - 34, f"Wrong numbers among clear forms, {forms:,} simulated", "title")
    body += text(LEFT, TOP - 14, "blue: all witnesses and rules; orange: digits alone", "quiet")
    for risk, label in TICKS:
        body += line("grid", LEFT, _y(risk), right, _y(risk))
        body += text(LEFT - 7, _y(risk) + 4, label, "quiet", "end")
    for share in range(0, 101, 20):
        body += line("grid", _x(share / 100), TOP, _x(share / 100), bottom)
        body += text(_x(share / 100), bottom + 18, f"{share} %", "quiet", "middle")
    body += text((LEFT + right) / 2, bottom + 42, "share of forms that are clear", anchor="middle")
    body += _line("line other", alone) + _line("line", settled)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(WIDTH, HEIGHT, "Risk-coverage curve", body), "utf-8")


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(risk: float) -> float:
    kept = min(max(risk, LEAST), MOST)
    along = math.log(kept / LEAST) / math.log(MOST / LEAST)
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - along)


def _line(kind: str, curve: Curve) -> str:
    points = " ".join(f"{_x(share):.1f},{_y(risk):.1f}" for share, risk in curve)
    return f'<polyline class="{kind}" points="{points}"/>\n'
