"""Shapes on a sheet, written as SVG with text as text.

Colours are those of Okabe and Ito, which colour-blind readers can distinguish. Text and background take the page's
colours if the drawing is embedded in a page, otherwise those of the reader's system, light or dark.
"""

from __future__ import annotations

import textwrap
from xml.sax.saxutils import escape

COLOURS = {
    "commissioner": "#0072B2",
    "trust": "#56B4E9",
    "prime": "#D55E00",
    "small": "#009E73",
    "other": "#E69F00",
    "practice": "#CC79A7",
    "plain": "none",
}
"""Kind of organisation -> fill of its box; ``plain`` boxes have none."""

STYLE = """
svg.cm { --ink: var(--md-default-fg-color, #1f2328); --soft: var(--md-default-fg-color--light, #59636e);
  --paper: var(--md-default-bg-color, #ffffff); font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg.cm { --ink: var(--md-default-fg-color, #e6edf3);
  --soft: var(--md-default-fg-color--light, #a6b0ba); --paper: var(--md-default-bg-color, #0d1117); } }
svg.cm text { fill: var(--ink); font-size: 13px; text-anchor: middle; }
svg.cm .small { font-size: 11.5px; } svg.cm .soft { fill: var(--soft); } svg.cm .left { text-anchor: start; }
svg.cm .head { font-weight: 600; } svg.cm .on { fill: #000000; }
svg.cm .light { fill: #ffffff; }
svg.cm .line { stroke: var(--soft); stroke-width: 1.6; fill: none; } svg.cm .dash { stroke-dasharray: 5 4; }
svg.cm .tip { fill: var(--soft); } svg.cm .frame { stroke: var(--soft); stroke-width: 1.2; }
"""

Point = tuple[float, float]


class Drawing:
    """Shapes on a sheet of a given size; y runs downwards, units are pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.parts: list[str] = []

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """One line, centred at x (or from x on, with the style ``left``), its baseline at y."""
        self.parts.append(f'<text x="{x:g}" y="{y:g}" class="{style}">{escape(words)}</text>')

    def lines(self, x: float, y: float, words: str, wide: int, style: str = "") -> None:
        """Words broken into lines of at most ``wide`` characters, centred on y."""
        rows = [row for part in words.split("\n") for row in textwrap.wrap(part, wide)]
        top = y - 15 * (len(rows) - 1) / 2 + 4
        for i, row in enumerate(rows):
            self.text(x, top + 15 * i, row, style)

    def box(
        self, x: float, y: float, wide: float, high: float, words: str, kind: str = "plain", style: str = ""
    ) -> None:
        """A box with its centre at (x, y)."""
        fill = COLOURS[kind]
        self.parts.append(
            f'<rect class="frame" x="{x - wide / 2:g}" y="{y - high / 2:g}" width="{wide:g}" height="{high:g}" '
            f'rx="6" fill="{fill}"/>'
        )
        on = "" if fill == "none" else "light" if kind == "commissioner" else "on"
        self.lines(x, y, words, max(6, int(wide / 6.6)), f"{on} {style}".strip())

    def bar(self, x: float, y: float, wide: float, high: float, kind: str) -> None:
        """A bar from its upper left corner."""
        self.parts.append(
            f'<rect class="frame" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" fill="{COLOURS[kind]}"/>'
        )

    def arrow(self, *points: Point, dash: bool = False, tip: bool = True) -> None:
        """A line through points, with a tip at its end."""
        path = " L".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(f'<path class="line{" dash" if dash else ""}" d="M{path}"/>')
        if tip:
            (x0, y0), (x1, y1) = points[-2], points[-1]
            length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
            corners = [
                (x1, y1),
                (x1 - 8 * ux - 4 * uy, y1 - 8 * uy + 4 * ux),
                (x1 - 8 * ux + 4 * uy, y1 - 8 * uy - 4 * ux),
            ]
            self.parts.append('<path class="tip" d="M' + " L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + 'Z"/>')

    def svg(self) -> str:
        """The drawing as a file."""
        head = '<svg xmlns="http://www.w3.org/2000/svg" class="cm" role="img" viewBox='
        head += f'"0 0 {self.width:g} {self.height:g}" width="{self.width:g}" height="{self.height:g}">'
        return "\n".join([head, f"<style>{STYLE}</style>", *self.parts, "</svg>", ""])
