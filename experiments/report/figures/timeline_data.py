"""Data of the contract timeline: bidders and winners of each lot, and how its contracts ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from caremarket.experiments.report.figures.frames import Organisations, Tables, integers, known_by, last_month, table
from caremarket.experiments.report.figures.style import (
    Datasets,
    Rows,
    date_text,
    milliseconds,
)

AS_AGREED = frozenset({"expired", "superseded", "running", "none"})
"""Contract endings that are not failures."""
FAILED = {
    "no_bids": "no bids",
    "one_bid": "one bid alone, refused",
    "over_budget": "all bids over budget",
    "withdrawn": "award withdrawn",
}
SIDE_BY_SIDE = 6
"""Maximum number of simultaneous contracts of one lot with a line each."""
BIDDERS_NAMED = 6
_LOT = ["id", "commissioner", "pathways", "functions", "price"]
_READ = {
    "contracts": [*_LOT, "holder", "form", "start", "agreed_end", "ended", "end_reason"],
    "procurements": [*_LOT, "route", "opened", "closed", "outcome", "winner", "budget"],
}


@dataclass(slots=True)
class Lot:
    """Lot, bought repeatedly: the same care for the same commissioner."""

    commissioner: int
    pathways: str
    functions: str
    contracts: Rows = field(default_factory=list)
    procurements: Rows = field(default_factory=list)

    def worth(self) -> float:
        """Largest price ever set for it, in pence a year."""
        prices = [row["price"] for row in self.contracts] + [row["budget"] for row in self.procurements]
        return float(max(prices, default=0))


def contract_timeline_data(
    tables: Tables,
    month: float | None = None,
    *,
    lots: int = 18,
    commissioner: int | None = None,
    organisation: int | None = None,
) -> Datasets:
    """The data of :func:`contract_timeline`: ``contracts``, ``procurements``, ``ends``, ``failures``, ``lots``."""
    now = last_month(tables, month)
    who = Organisations.of(tables)
    bidders = _bidders(tables, who)
    found: dict[tuple[int, str, str], Lot] = {}
    concerned: set[tuple[int, str, str]] = set()
    for name, since in (("contracts", "start"), ("procurements", "opened")):
        for row in known_by(table(tables, name).select(_READ[name]), since, now).to_pylist():
            if commissioner not in (None, row["commissioner"]):
                continue
            key = (row["commissioner"], row["pathways"], row["functions"])
            lot = found.setdefault(key, Lot(*key))
            getattr(lot, name).append(row)
            took_part = {row["holder"]} if name == "contracts" else bidders.get(row["id"], {})
            if organisation is None or organisation in took_part:
                concerned.add(key)
    chosen = sorted((found[key] for key in concerned), key=lambda lot: (-lot.worth(), lot.commissioner, lot.pathways))
    chosen = chosen[:lots]
    chosen.sort(key=lambda lot: (who.names[lot.commissioner], lot.pathways, lot.functions))
    made: Datasets = {"contracts": [], "procurements": [], "ends": [], "failures": [], "lots": []}
    for number, lot in enumerate(chosen):
        made["lots"].append({"lot": number, "label": _label(who, lot), "band": number % 2, "top": number})
        _add_contracts(made, who, lot, number, now)
        _add_procurements(made, who, lot, number, now, bidders)
    return made


def _bidders(tables: Tables, who: Organisations) -> dict[int, dict[int, str]]:
    """Bidders in each procurement."""
    found: dict[int, dict[int, str]] = {}
    if "bids" in tables:
        bids = tables["bids"]
        columns = integers(bids, "procurement").tolist(), integers(bids, "bidder").tolist()
        for procurement, bidder in zip(*columns, strict=True):
            found.setdefault(procurement, {})[bidder] = who.names[bidder]
    return found


def _label(who: Organisations, lot: Lot) -> str:
    pathways = lot.pathways.replace("_", " ").split("+")
    what = pathways[0] if len(pathways) == 1 else f"{len(pathways)} pathways"
    functions = lot.functions.split("+")
    how = functions[0] if len(functions) == 1 else f"{len(functions)} functions"
    return f"{who.names[lot.commissioner]}, {what}: {how}".replace("_", " ")


def _tracks(spans: Iterable[tuple[float, float]]) -> list[int]:
    """First free line of a lot for each span, in order of start."""
    free: list[float] = []
    tracks = []
    for start, end in spans:
        track = next((n for n, until in enumerate(free) if until <= start + 1e-6), len(free))
        if track == len(free):
            free.append(end)
        free[track] = end
        tracks.append(track)
    return tracks


def _add_contracts(made: Datasets, who: Organisations, lot: Lot, number: int, now: float) -> None:
    rows = sorted(lot.contracts, key=lambda row: (row["start"], row["id"]))
    ends = [row["ended"] if 0.0 <= row["ended"] <= now else now for row in rows]
    tracks = _tracks(zip([row["start"] for row in rows], ends, strict=True))
    lines = min(max(tracks, default=0) + 1, SIDE_BY_SIDE)
    for row, end, track in zip(rows, ends, tracks, strict=True):
        running = not 0.0 <= row["ended"] <= now
        top = number + 0.3 + 0.64 * (track % lines) / lines
        holder = row["holder"]
        reason = "running" if running else row["end_reason"].replace("_", " ")
        made["contracts"].append(
            {
                "organisation": holder,
                "holder": who.names[holder],
                "kind": who.labels[holder],
                "from": milliseconds(row["start"]),
                "to": milliseconds(end),
                "agreed": milliseconds(row["agreed_end"]),
                "top": top,
                "bottom": top + 0.64 / lines,
                "middle": top + 0.32 / lines,
                "millions": row["price"] / 1e8,
                "form": row["form"].replace("_", " "),
                "since": date_text(row["start"]),
                "until": date_text(end),
                "fate": reason,
                # If there is room for a name.
                "label": who.names[holder] if lines == 1 else "",
                "months": end - row["start"],
            }
        )
        if not running and row["end_reason"] not in AS_AGREED:
            made["ends"].append({**made["contracts"][-1], "date": milliseconds(end)})


def _add_procurements(
    made: Datasets, who: Organisations, lot: Lot, number: int, now: float, bidders: dict[int, dict[int, str]]
) -> None:
    rows = sorted(lot.procurements, key=lambda row: (row["opened"], row["id"]))
    for row in rows:
        under_way = not 0.0 <= row["closed"] <= now
        end = now if under_way else row["closed"]
        names = list(bidders.get(row["id"], {}).values())
        text = ", ".join(names[:BIDDERS_NAMED])
        if len(names) > BIDDERS_NAMED:
            text += f" and {len(names) - BIDDERS_NAMED} more"
        winner = row["winner"] if not under_way else -1
        about = {
            "organisation": winner,
            "from": milliseconds(row["opened"]),
            "to": milliseconds(end),
            "y": number + 0.17,
            "route": row["route"].replace("_", " "),
            "since": date_text(row["opened"]),
            "until": date_text(end),
            "fate": "under way" if under_way else FAILED.get(row["outcome"], row["outcome"]),
            "winner": who.names[winner] if winner >= 0 else "–",
            "bidders": "not known yet" if under_way else text or "–",
        }
        made["procurements"].append(about)
        if not under_way and row["outcome"] != "awarded":
            made["failures"].append({**about, "date": milliseconds(end)})
