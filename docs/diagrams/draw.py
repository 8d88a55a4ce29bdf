"""Draws the diagrams of ``docs/market-explained.md``: ``python docs/diagrams/draw.py`` writes the SVG files beside it.

Plain SVG with text as text. Colours are those of Okabe and Ito, told apart by colour-blind readers too; ink and paper
are the page's own where the drawing stands in a page, else those of the reader's system, light or dark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
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


def who() -> Drawing:
    """Who is in the market, and who pays whom for what."""
    d = Drawing(760, 400)
    d.box(380, 30, 220, 36, "Regulator: competition, mergers", style="small")
    d.arrow((380, 48), (380, 78), dash=True)
    d.parts.append('<rect class="frame" x="185" y="80" width="560" height="300" rx="8" fill="none"/>')
    d.box(85, 175, 140, 62, "Commissioners\n(CCGs), alone or jointly", "commissioner", "small")
    d.text(85, 130, "allocation each year", "small soft")
    d.text(270, 104, "hold contracts", "head")
    d.text(620, 104, "do the work", "head")
    d.box(270, 145, 140, 40, "Trusts", "trust")
    d.box(270, 200, 140, 44, "Primes, joint ventures", "prime", "small")
    d.box(270, 255, 140, 44, "Federations of GPs", "practice", "small")
    d.box(270, 310, 140, 44, "Charities, firms", "small", "small")
    for y in (145, 200, 255, 310):
        d.arrow((155, 180), (198, y))
    d.text(118, 250, "contracts", "small soft")
    d.box(620, 140, 180, 40, "Trusts", "trust")
    d.box(620, 195, 180, 44, "Third sector: charities, social enterprises", "small", "small")
    d.box(620, 250, 180, 40, "Independent firms", "other")
    d.box(620, 305, 180, 44, "Practices and their federations", "practice", "small")
    for start in (145, 200, 255, 310):
        for end in (140, 195, 250, 305):
            if abs(start - end) < 70:
                d.arrow((340, start), (528, end))
    d.text(434, 350, "sub-contracts, or the holder itself", "small soft")
    d.box(85, 330, 140, 62, "NHS England's area team", "plain", "small")
    d.arrow((155, 352), (180, 366), (620, 366), (620, 329))
    d.text(420, 396, "core and enhanced services of practices", "small soft")
    return d


def procurement() -> Drawing:
    """The stages of one procurement, its side exits, and the way back."""
    d = Drawing(760, 372)
    rows = (
        ("options appraisal", "engagement", "notice", "selection", "tender or dialogue", "evaluation"),
        ("preferred bidder", "standstill", "chain signed", "mobilisation", "live: quarterly reviews", "contract ends"),
    )
    months = (("3", "0 to 12", "", "1.5", "3 to 18", "1.5"), ("", "10 days", "", "3 to 6", "1 to 10 years", ""))
    for r, row in enumerate(rows):
        y = 60 + 172 * r
        for i, name in enumerate(row):
            x = 68 + 125 * i
            kind = "small" if name.startswith("live") else "commissioner" if r == 0 and i in (0, 5) else "plain"
            d.box(x, y, 104, 46, name, kind, "small")
            d.text(x, y - 30, months[r][i], "small soft")
            if i:
                d.arrow((x - 73, y), (x - 54, y))
    d.text(40, 14, "months", "small soft")
    d.arrow((693, 83), (693, 112), (68, 112), (68, 207))
    d.arrow((693, 255), (693, 346), (8, 346), (8, 60), (15, 60))
    d.text(380, 364, "round after round: bought again, or extended once", "small soft")
    d.arrow((443, 83), (443, 132), dash=True)
    d.arrow((568, 83), (568, 132), dash=True)
    d.lines(505, 152, "no bids, one bid, over budget: again, then a direct award", 34, "small soft")
    d.arrow((193, 255), (193, 280), dash=True)
    d.lines(193, 298, "a loser challenges: 3 to 9 months more, perhaps withdrawn", 30, "small soft")
    d.arrow((568, 255), (568, 280), dash=True)
    d.lines(555, 298, "warned, stepped in, terminated, handed back, insolvent", 34, "small soft")
    return d


def forms() -> Drawing:
    """Seven contract forms in small."""
    d = Drawing(760, 440)
    shapes: tuple[tuple[str, str, Callable[[Drawing, float, float], None]], ...] = (
        ("separate", "one provider a lot; the commissioner coordinates", _separate),
        ("any_qualified_provider", "all who qualify; patients choose", _choice),
        ("framework", "a pool on common terms; lots are called off", _framework),
        ("prime_contractor", "an integrator holds all and delivers nothing", _contractor),
        ("prime_provider", "the holder delivers part, buys the rest", _provider),
        ("accountable_lead", "a provider in mid-pathway answers for the whole budget", _lead),
        ("alliance", "one agreement, risk shared, decisions unanimous", _alliance),
    )
    for i, (name, about, shape) in enumerate(shapes):
        x, y = 98 + 188 * (i % 4), 24 + 215 * (i // 4)
        d.text(x, y, name, "head")
        shape(d, x, y + 36)
        d.lines(x, y + 172, about, 27, "small soft")
    x = 98 + 188 * 3
    for j, (kind, words) in enumerate(
        (
            ("commissioner", "commissioner"),
            ("prime", "holds, delivers nothing"),
            ("trust", "holds and delivers"),
            ("small", "delivers"),
        )
    ):
        d.bar(x - 80, 262 + 34 * j, 18, 18, kind)
        d.text(x - 54, 275 + 34 * j, words, "small left")
    return d


def _top(d: Drawing, x: float, y: float) -> None:
    d.box(x, y, 84, 26, "", "commissioner")


def _below(d: Drawing, x: float, y: float, kinds: Sequence[str], start: float = 13) -> None:
    for i, kind in enumerate(kinds):
        at = x - 48 + 48 * i
        d.arrow((x, y + start), (at, y + 71))
        d.box(at, y + 84, 38, 24, "", kind)


def _separate(d: Drawing, x: float, y: float) -> None:
    _top(d, x, y)
    _below(d, x, y, ("trust", "trust", "trust"))


def _choice(d: Drawing, x: float, y: float) -> None:
    _top(d, x, y)
    for i in range(3):
        d.arrow((x, y + 13), (x - 48 + 48 * i, y + 71), dash=True)
        d.box(x - 48 + 48 * i, y + 84, 38, 24, "", "trust")


def _framework(d: Drawing, x: float, y: float) -> None:
    _top(d, x, y)
    _below(d, x, y, ("trust", "trust", "trust"))
    d.parts.append(f'<rect class="line dash" x="{x - 74:g}" y="{y + 62:g}" width="148" height="44" rx="8"/>')


def _led(d: Drawing, x: float, y: float, kind: str) -> None:
    _top(d, x, y)
    d.arrow((x, y + 13), (x, y + 27))
    d.box(x, y + 40, 84, 26, "", kind)
    _below(d, x, y, ("small", "small", "small"), start=53)


def _contractor(d: Drawing, x: float, y: float) -> None:
    _led(d, x, y, "prime")


def _provider(d: Drawing, x: float, y: float) -> None:
    _led(d, x, y, "trust")


def _lead(d: Drawing, x: float, y: float) -> None:
    _led(d, x, y, "trust")
    d.text(x + 68, y + 44, "budget", "small")


def _alliance(d: Drawing, x: float, y: float) -> None:
    d.parts.append(f'<rect class="line" x="{x - 76:g}" y="{y - 20:g}" width="152" height="126" rx="8"/>')
    _top(d, x, y)
    for i in range(3):
        at = x - 48 + 48 * i
        d.arrow((x, y + 13), (at, y + 71), tip=False)
        d.box(at, y + 84, 38, 24, "", "trust")
    d.arrow((x - 29, y + 84), (x - 19, y + 84), tip=False)
    d.arrow((x + 19, y + 84), (x + 29, y + 84), tip=False)


def direct_delivered() -> Drawing:
    """One contract of ten million counted twice: by who holds it, and by who does the work."""
    shares = (
        ("prime, for itself", "prime", 1.0),
        ("trust", "trust", 5.0),
        ("charity", "small", 2.5),
        ("firm", "other", 1.5),
    )
    total = sum(value for _, _, value in shares)
    index = sum((100 * value / total) ** 2 for _, _, value in shares)
    d = Drawing(760, 220)
    d.text(10, 24, "A prime provider holds a contract of £10m a year and passes on £9m of the work", "left head")
    scale = 52
    d.text(100, 66, "direct: who holds", "small")
    d.bar(190, 46, 10 * scale, 34, "prime")
    d.text(190 + 5 * scale, 68, "prime £10m", "on")
    d.text(450, 100, "index 10,000, small providers 0%", "small soft")
    d.text(100, 140, "delivered: who works", "small")
    x = 190.0
    for name, kind, value in shares:
        d.bar(x, 120, value * scale, 34, kind)
        words = f"{name} £{value:g}m" if value > 2 else f"{name} £{value:g}m" if value > 1.2 else "£1m"
        d.text(x + value * scale / 2, 142, words, "on small")
        x += value * scale
    d.text(450, 174, f"index {index:,.0f}, small providers {100 * (2.5 + 1.5) / total:.0f}%", "small soft")
    d.text(
        190,
        206,
        "£1m: what it does itself. Both counts are made for every measure of concentration.",
        "small soft left",
    )
    return d


def risk() -> Drawing:
    """How risk runs down a chain, and why a small provider refuses."""
    d = Drawing(760, 285)
    d.box(90, 60, 140, 48, "Commissioner", "commissioner")
    d.box(370, 60, 150, 48, "Lead: reserves £8m", "prime")
    d.box(655, 60, 190, 48, "Charity: reserves £0.2m", "small")
    d.arrow((160, 60), (293, 60))
    d.arrow((445, 60), (558, 60))
    d.lines(228, 34, "price, less what is at risk", 17, "small soft")
    d.lines(502, 34, "price, less a fee, and late", 16, "small soft")
    d.text(10, 130, "risk at stake", "left small")
    d.bar(110, 116, 180, 20, "prime")
    d.text(200, 152, "demand, cost, outcomes: £0.6m", "small soft")
    d.arrow((295, 126), (400, 126))
    d.text(346, 118, "flow-down", "small soft")
    for i, (share, width) in enumerate(((0, 0.0), (0.5, 90.0), (1, 180.0))):
        y = 116 + 42 * i
        if width:
            d.bar(410, y, width, 20, "other")
        else:
            d.arrow((410, y), (410, y + 20), tip=False)
        d.text(
            600,
            y + 15,
            ("0: all stays with the lead", "0.5: half of it, £0.3m", "1: all of it, £0.6m")[i],
            "small left",
        )
        if share:
            d.arrow((470, y - 4), (470, y + 24), tip=False)
    d.text(470, 234, "reserves: £0.2m", "small soft")
    d.arrow((470, 222), (470, 186), dash=True)
    d.text(
        380,
        266,
        "It accepts if income − fee − cost − its price for the risk beats doing without. Thin reserves: dear risk.",
        "small",
    )
    return d


def rounds() -> Drawing:
    """What one round leaves behind for the next."""
    d = Drawing(760, 330)
    d.box(380, 40, 170, 46, "A lot comes to market", "commissioner")
    d.box(630, 120, 180, 50, "Who bids, at what price, with whom", "plain", "small")
    d.box(630, 230, 180, 46, "Award", "commissioner")
    d.box(380, 290, 170, 46, "Delivery and payment", "small")
    d.box(
        130,
        175,
        190,
        150,
        "What is left behind:\nreserves, trust,\ntrack record,\nskills kept or lost,\n"
        "fixed cost of lost work,\nusual prices,\nwho is still there",
        "plain",
        "small",
    )
    d.arrow((465, 45), (600, 93))
    d.arrow((630, 145), (630, 205))
    d.arrow((600, 254), (467, 288))
    d.arrow((295, 288), (160, 252))
    d.arrow((160, 99), (293, 45))
    d.arrow((227, 160), (538, 124), dash=True)
    d.lines(390, 168, "the next round meets another market", 40, "small soft")
    return d


DIAGRAMS = {
    "who": who,
    "procurement": procurement,
    "forms": forms,
    "direct-delivered": direct_delivered,
    "risk": risk,
    "rounds": rounds,
}
"""File name without ending -> what draws it."""


def main() -> None:
    """Write every diagram beside this file."""
    for name, draw in DIAGRAMS.items():
        (HERE / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
