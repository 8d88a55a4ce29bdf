"""Figures of ``docs/sensitivity.md``, kept in ``docs/sensitivity.json``: made from two finished and analysed sweeps.

::

    python -m tools.docs sensitivity morris FOLDER    the screening of all uncertain parameters
    python -m tools.docs sensitivity chosen           the ten most influential by it, to write into uncertain_ten.yaml
    python -m tools.docs sensitivity sobol FOLDER     the sweep of those ten
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import yaml

from tools.docs.places import CONFIGS, DOCS

STORED = DOCS / "sensitivity.json"
OUTCOMES = (
    "hhi_delivered",
    "sme_value_share_delivered",
    "outcome_index",
    "public_cost_pence",
    "early_termination_rate",
)
"""Headline outcomes: delivered HHI, SME delivered share, outcome index, public cost, failure rate."""
CHOSEN = 10
NOTHING = 1e-3
"""Share of an outcome's spread below which the effect of a parameter on it counts as rounding."""

Row = dict[str, Any]


def collected(folder: Path, kind: str) -> Row:
    """Data of an analysed sweep for the page: its size, each outcome's spread over the runs, and its indices.

    Raises:
        ValueError: the sweep is of another kind, or an outcome has no indices in it.
    """
    indices = pq.read_table(folder / "sensitivity.parquet").to_pylist()
    wanted = {"morris": {"mu", "mu_star", "sigma"}, "sobol": {"S1", "ST"}}[kind]
    found: dict[str, dict[str, Row]] = {name: {} for name in OUTCOMES}
    for index in indices:
        if index["measure"] in found and index["index"] in wanted:
            factor = found[index["measure"]].setdefault(index["factor"], {})
            factor[index["index"]] = _digits(index["value"])
            if index["half_width"] is not None:
                factor[f"{index['index']}_half"] = _digits(index["half_width"])
    if kind == "morris":
        spread = {n: float(np.nanstd(pq.read_table(folder / "runs.parquet", columns=[n]).column(n))) for n in OUTCOMES}
        still = {f for f in found[OUTCOMES[0]] if all(found[n][f]["mu_star"] <= NOTHING * spread[n] for n in OUTCOMES)}
        found = {n: {f: index for f, index in factors.items() if f not in still} for n, factors in found.items()}
    missing = [name for name, factors in found.items() if not factors or {*next(iter(factors.values()))} < wanted]
    if missing:
        raise ValueError(f"{folder}: has no {kind} indices of {', '.join(missing)}")
    runs = pq.read_table(folder / "runs.parquet", columns=["point", *OUTCOMES])
    values = {name: runs.column(name).to_numpy().astype(float) for name in OUTCOMES}
    return {
        "points": len(set(runs.column("point").to_pylist())),
        "runs": runs.num_rows,
        "outcomes": {
            name: {"mean": _digits(np.nanmean(v)), "sd": _digits(np.nanstd(v)), "factors": found[name]}
            for name, v in values.items()
        },
    }


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def ranked(morris: Row) -> list[tuple[str, float]]:
    """Parameters by their effect on the five outcomes: the mean of mu* over the outcome's spread, largest first."""
    outcomes = morris["outcomes"].values()
    names = list(next(iter(outcomes))["factors"])
    weight = {n: float(np.mean([o["factors"][n]["mu_star"] / o["sd"] for o in outcomes])) for n in names}
    return sorted(weight.items(), key=lambda item: (-item[1], item[0]))


def chosen(morris: Row) -> list[str]:
    """The ten most influential parameters."""
    return [name for name, _ in ranked(morris)[:CHOSEN]]


def ranges_of_all() -> Mapping[str, Mapping[str, float]]:
    """Every uncertain parameter with its range."""
    path = CONFIGS / "experiment" / "uncertain.yaml"
    ranges: Mapping[str, Mapping[str, float]] = yaml.safe_load(path.read_text(encoding="utf-8"))["design"][
        "uncertainties"
    ]["sample"]["over"]
    return ranges


def main(arguments: Sequence[str]) -> int:
    """Collect one part, or print the ten."""
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    match list(arguments):
        case ["chosen"]:
            ranges = ranges_of_all()
            print(
                "\n".join(
                    f"{n}: {{low: {ranges[n]['low']}, high: {ranges[n]['high']}}}" for n in chosen(stored["morris"])
                )
            )
        case [("morris" | "sobol") as kind, folder]:
            stored[kind] = collected(Path(folder), kind)
            STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0
