"""The few shapes that the diagrams of the reports are drawn with, for light and dark pages."""

from typing import Final
from xml.sax.saxutils import escape

STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 14px; }
.quiet { fill: #57606a; font-size: 11px; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.edge { stroke: #8c959f; stroke-width: 1; fill: none; }
.true { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 5 4; }
.bar { stroke: #0969da; stroke-width: 2; opacity: .45; }
.dot { fill: #0969da; stroke: #0969da; stroke-width: 1.5; }
.line { fill: none; stroke: #0969da; stroke-width: 2; } .other { stroke: #bc4c00; }
.open { fill: #ffffff; }
.paper { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
.line { stroke: #58a6ff; } .other { stroke: #f0883e; }
text { fill: #e6edf3; } .quiet { fill: #9198a1; } .grid { stroke: #30363d; }
.edge { stroke: #656c76; } .true { stroke: #9198a1; } .bar { stroke: #58a6ff; }
.dot { fill: #58a6ff; stroke: #58a6ff; } .open { fill: #0d1117; } .paper { fill: #0d1117; }
}
"""


def picture(width: float, height: float, label: str, body: str) -> str:
    """A whole SVG file around its shapes; `label` says what it shows to those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(label)}">\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="paper" width="{width}" height="{height}"/>\n{body}</svg>\n'
    )


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line of a kind that `STYLE` names."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>\n'


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """Words at a place; `anchor` is start, middle or end."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(said)}</text>\n'
