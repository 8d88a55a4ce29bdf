"""The diagrams of the market except that of the contract forms, and the list of all."""

from __future__ import annotations

from tools.docs.diagrams.contract_forms import forms
from tools.docs.diagrams.drawing import Drawing
from tools.docs.places import DOCS


def who() -> Drawing:
    """Organisations in the market, and payments between them."""
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
    """Stages of one procurement, ways in which it can fail, and the next round."""
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


def direct_delivered() -> Drawing:
    """One contract of ten million pounds counted twice: by holder and by deliverer."""
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
    """Flow of risk down a supply chain, and a small provider's reason to refuse it."""
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
    """Effects of one round on the next."""
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
"""File name without extension -> function that draws it."""


def write() -> None:
    """Write every diagram into ``docs/diagrams/``."""
    for name, draw in DIAGRAMS.items():
        (DOCS / "diagrams" / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")
