"""Data of the supply network: organisations and payments among them in a month."""

from __future__ import annotations

from itertools import pairwise
from math import pi, sqrt
from typing import Any

from caremarket.experiments.report.figures.frames import (
    Organisations,
    Tables,
    at_last_note,
    integers,
    last_month,
    numbers,
    table,
)
from caremarket.experiments.report.figures.style import (
    SEVERAL,
    Datasets,
    Rows,
    date_text,
)
from caremarket.market.provider_kinds import PROVIDER_KINDS, for_one_contract

FADING = 12.0
"""Months over which an organisation that has left fades from the chart."""
COLUMNS = ("commissioners", "hold a contract", "do the work as sub-contractors")
AT = (0.17, 0.48, 0.79)
"""Positions of the columns, as shares of the width."""
SMALLEST, LARGEST, APART = 7.0, 44.0, 4.0
"""Diameters of marks and the space between them, in pixels."""
HEAD, FOOT = 34.0, 58.0
Node = tuple[int, int]
"""Column and organisation; -1 means the smaller ones of a column."""


def _mark(kind: str) -> str:
    return PROVIDER_KINDS[kind].mark if kind in PROVIDER_KINDS else "circle"


def supply_network_data(
    tables: Tables, month: float | None = None, *, largest: int = 30, width: int = 860, height: int = 600
) -> Datasets:
    """The data of :func:`supply_network`: ``nodes``, ``edges``, ``heads`` and a ``note`` of one row."""
    now = last_month(tables, month)
    flows, _ = at_last_note(table(tables, "flows"), now)
    who = Organisations.of(tables)
    rows = list(
        zip(
            *(integers(flows, name).tolist() for name in ("commissioner", "holder", "deliverer")),
            numbers(flows, "value").tolist(),
            strict=True,
        )
    )
    turned: dict[Node, float] = {}
    for payer, holder, deliverer, value in rows:
        chain = [(0, payer), (1, holder)] + ([(2, deliverer)] if deliverer != holder else [])
        for node in chain:
            turned[node] = turned.get(node, 0.0) + value
    shown = _shown(turned, largest)
    ties: dict[tuple[Node, Node], float] = {}
    for payer, holder, deliverer, value in rows:
        chain = [(0, payer), (1, holder)] + ([(2, deliverer)] if deliverer != holder else [])
        seen = [node if node in shown else (node[0], -1) for node in chain]
        for a, b in pairwise(seen):
            ties[a, b] = ties.get((a, b), 0.0) + value
    sizes: dict[Node, float] = {}
    folded = [0, 0, 0]
    for node, value in turned.items():
        key = node if node in shown else (node[0], -1)
        folded[node[0]] += node not in shown
        sizes[key] = sizes.get(key, 0.0) + value
    nodes = _nodes(who, sizes, folded, now, width, height)
    edges = _edges(nodes, ties)
    without = _without_work(tables, who, {i for _, i in turned}, now, width, height)
    holders, deliverers = {h for _, h, _, _ in rows}, {d for _, _, d, _ in rows}
    note = f"{date_text(now)}: £{sum(r[3] for r in rows) / 1e8:,.0f}m a year, {len(holders)} hold contracts, "
    note += f"{len(deliverers)} do the work"
    heads = [{"text": text, "x": at * width} for text, at in zip(COLUMNS, AT, strict=True)]
    return {"nodes": [*nodes.values(), *without], "edges": edges, "heads": heads, "note": [{"text": note}]}


def _shown(turned: dict[Node, float], largest: int) -> set[Node]:
    """The largest nodes of each column."""
    shown: set[Node] = set()
    for column in range(len(COLUMNS)):
        here = sorted((n for n in turned if n[0] == column), key=lambda n: (-turned[n], n))
        # A shared mark for a single organisation would hide its name for no reason.
        shown |= set(here if len(here) <= largest + 1 else here[:largest])
    return shown


def _nodes(
    who: Organisations, sizes: dict[Node, float], folded: list[int], now: float, width: int, height: int
) -> dict[Node, dict[str, Any]]:
    """Marks in columns from top to bottom, by area and kind, larger first, with gaps that match their sizes."""
    most = max(sizes.values(), default=1.0)
    nodes: dict[Node, dict[str, Any]] = {}
    for column, at in enumerate(AT):
        here = [node for node in sizes if node[0] == column]
        here.sort(key=lambda n: (n[1] < 0, who.areas[n[1]], who.rank(n[1]), -sizes[n], n[1]))
        wanted = [SMALLEST + (LARGEST - SMALLEST) * sqrt(sizes[n] / most) for n in here]
        room = height - HEAD - FOOT
        crowd = min(1.0, room / (sum(wanted) + APART * len(here))) if here else 1.0
        gap = min(20.0, (room - crowd * sum(wanted)) / (len(here) + 1)) if here else 0.0
        top = HEAD + (room - crowd * sum(wanted) - gap * (len(here) - 1)) / 2.0
        for node, diameter in zip(here, wanted, strict=True):
            single = node[1] >= 0
            side = crowd * diameter
            # Since the last record.
            gone = single and who.gone(node[1], now)
            nodes[node] = {
                "organisation": node[1],
                "name": who.names[node[1]] if single else f"{folded[column]} smaller ones",
                "kind": who.labels[node[1]] if single else SEVERAL,
                "shape": "square" if column == 0 else _mark(who.kinds[node[1]]) if single else "circle",
                "role": COLUMNS[column],
                "millions": sizes[node] / 1e8,
                "area": pi / 4.0 * side * side,
                "opacity": 0.9 if gone else 1.0,
                "gone": gone,
                "x": at * width,
                "y": top + side / 2.0,
                "label": _short(who.names[node[1]]) if single else f"{folded[column]} smaller ones",
                "from": at * width + (-1.0 if column == 0 else 1.0) * (side / 2.0 + 4.0),
                "left": column == 0,
            }
            top += side + gap
    return nodes


def _short(name: str) -> str:
    name = name.replace("Joint venture led by ", "Venture of ")
    return name if len(name) <= 26 else name[:25].rstrip() + "…"


def _edges(nodes: dict[Node, dict[str, Any]], ties: dict[tuple[Node, Node], float]) -> Rows:
    """Lines between marks, widest first, so that none is hidden."""
    edges: Rows = []
    # Relative to the largest mark, so that a line keeps its width when another disappears.
    most = max((node["millions"] for node in nodes.values()), default=1.0) * 1e8
    for (a, b), value in sorted(ties.items(), key=lambda tie: (-tie[1], tie[0])):
        start, end = nodes[a], nodes[b]
        edges.append(
            {
                "organisation": b[1],
                "from": start["name"],
                "to": end["name"],
                "tie": "contract" if a[0] == 0 else "sub-contract",
                "millions": value / 1e8,
                "width": 0.7 + 14.0 * sqrt(value / most),
                "x": start["x"],
                "y": start["y"],
                "x2": end["x"],
                "y2": end["y"],
            }
        )
    return edges


def _without_work(tables: Tables, who: Organisations, busy: set[int], now: float, width: int, height: int) -> Rows:
    """Providers without work, and those that left recently, along the bottom.

    Joint ventures exist for one contract only, and end with it.
    """
    found, _ = at_last_note(table(tables, "positions"), now)
    there = [i for i in integers(found, "organisation").tolist() if not who.gone(i, now) and i not in busy]
    left = [
        i
        for i, at in enumerate(who.exited)
        if 0.0 <= at <= now and now - at < FADING and who.kinds[i] in PROVIDER_KINDS
    ]
    listed = [i for i in dict.fromkeys([*there, *left]) if not for_one_contract(who.kinds[i]) and i not in busy]
    listed.sort(key=lambda i: (who.gone(i, now), who.rank(i), i))
    apart = min(22.0, 0.82 * width / max(len(listed), 1))
    rows: Rows = []
    for number, i in enumerate(listed):
        gone = who.gone(i, now)
        rows.append(
            {
                "organisation": i,
                "name": who.names[i],
                "kind": who.labels[i],
                "shape": _mark(who.kinds[i]),
                "role": f"left: {who.reasons[i]}" if gone else "without work",
                "millions": 0.0,
                "area": 60.0,
                "opacity": 1.0 - (now - who.exited[i]) / FADING if gone else 0.55,
                "gone": gone,
                "x": 0.17 * width + apart * (number + 0.5),
                "y": height - 14.0,
                "label": "",
                "from": 0.0,
                "left": False,
            }
        )
    return rows
