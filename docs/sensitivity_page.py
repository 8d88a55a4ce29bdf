"""Writes ``docs/sensitivity.md``: what the headline outcomes are sensitive to among the numbers nobody knows well.

Its figures stand in ``docs/sensitivity.json``, which is made from two finished and analysed sweeps::

    python docs/sensitivity_page.py morris FOLDER    the screening of all uncertain parameters
    python docs/sensitivity_page.py chosen           the ten that matter most by it, to write into uncertain_ten.yaml
    python docs/sensitivity_page.py sobol FOLDER     the sweep of those ten
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

from caremarket.experiments.analysis.measures import formatted, formatted_change, readable

DOCS = Path(__file__).resolve().parent
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
SHOWN = 12
NOTHING = 1e-3
"""Of an outcome's spread: a parameter that moves it by less does not move it, but for rounding."""

Row = dict[str, Any]


def collected(folder: Path, kind: str) -> Row:
    """What the page needs of an analysed sweep: its size, each outcome's spread over the runs, and its indices.

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
    """Parameters by how much they move the five outcomes: the mean of mu* over the outcome's spread, largest first."""
    outcomes = morris["outcomes"].values()
    names = list(next(iter(outcomes))["factors"])
    weight = {n: float(np.mean([o["factors"][n]["mu_star"] / o["sd"] for o in outcomes])) for n in names}
    return sorted(weight.items(), key=lambda item: (-item[1], item[0]))


def chosen(morris: Row) -> list[str]:
    """The ten that matter most."""
    return [name for name, _ in ranked(morris)[:CHOSEN]]


def sensitivity_page(header: str) -> str:
    """The page as Markdown."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    morris, sobol = stored["morris"], stored["sobol"]
    ranges = _ranges()
    text = [
        f"{header}\n# Sensitivity\n",
        INTRODUCTION.format(
            count=len(ranges),
            points=morris["points"],
            runs=morris["runs"],
            sobol=sobol["points"],
            more=sobol["runs"],
            replicates=morris["runs"] // morris["points"],
            more_replicates=sobol["runs"] // sobol["points"],
            outcomes=",".join(OUTCOMES),
        ),
        "## Screening: all uncertain parameters\n",
        SCREENING.format(shown=SHOWN, still=_still(morris, len(ranges)), count=len(ranges)),
    ]
    for name, outcome in morris["outcomes"].items():
        text += [f"### {readable(name)}\n", _morris_table(name, outcome), ""]
    text += ["## The ten that matter most\n", TEN, _ten_table(morris, ranges), "", "## Shares of variance\n", SHARES]
    text += [_sobol_table(sobol), "", _left(sobol)]
    return "\n".join(text) + "\n"


INTRODUCTION = """\
`configs/experiment/uncertain.yaml` lists the {count} numbers under `behaviour` whose size this project had to assume,
with the range each may lie in. Which of them move the headline outcomes of a market whose lots go to prime providers?
Morris' screening of them all ({points:,} points, {runs:,} runs), then Sobol indices of the ten that matter most
({sobol:,} points, {more:,} runs). As one version of the model gave them; the same with

```sh
caremarket sweep experiment=uncertain policy=prime_provider replicates={replicates}
caremarket sensitivity uncertain measures={outcomes}
caremarket sweep experiment=uncertain_ten replicates={more_replicates}
caremarket sensitivity uncertain_ten measures={outcomes}
```
"""
SCREENING = """\
The {shown} largest for each outcome. `mu*` is the mean size of the change as a parameter goes over its whole range,
`mu` the mean change with its sign, `sigma` its spread: large beside `mu*` where the effect hangs on the other
parameters, or on chance. {still} of the {count} move none of the five outcomes in this market at all: what they are
numbers of hardly happens in it (other forms, learning bidders, networks of practices). A market is chaotic in the
small: one award that goes elsewhere moves many that follow. A parameter whose `mu` is small beside its `mu*`, such as
the length of a stage, reshuffles who meets whom rather than pushing an outcome one way.
"""
TEN = "Ranked by the mean over the outcomes of `mu*` divided by the standard deviation of the outcome over all runs.\n"
SHARES = """\
`S1` is the share of an outcome's variance that a parameter explains alone, `ST` the share it has a part in, with half
of the 95% interval. Shares may fall below zero by the error of the estimate.
"""


def _ranges() -> Mapping[str, Mapping[str, float]]:
    path = DOCS.parent / "configs" / "experiment" / "uncertain.yaml"
    ranges: Mapping[str, Mapping[str, float]] = yaml.safe_load(path.read_text(encoding="utf-8"))["design"][
        "uncertainties"
    ]["sample"]["over"]
    return ranges


def _still(morris: Row, count: int) -> int:
    """How many of ``count`` parameters moved no outcome: those are not kept, or next to nothing is left of them."""
    outcomes = morris["outcomes"].values()
    moving = {n for o in outcomes for n, f in o["factors"].items() if f["mu_star"] > NOTHING * o["sd"]}
    return count - len(moving)


def _morris_table(name: str, outcome: Row) -> str:
    factors = outcome["factors"]
    best = sorted(factors, key=lambda f: (-factors[f]["mu_star"], f))[:SHOWN]
    lines = [
        f"Mean {formatted(name, outcome['mean'])}, standard deviation over all runs {_amount(name, outcome['sd'])}.\n",
        "| parameter | mu* | ± | mu | sigma |",
        "| --- | --- | --- | --- | --- |",
    ]
    for factor in best:
        own = factors[factor]
        cells = (own["mu_star"], own.get("mu_star_half"))
        shown = " | ".join("–" if v is None else _amount(name, v) for v in cells)
        lines.append(f"| `{factor}` | {shown} | {formatted_change(name, own['mu'])} | {_amount(name, own['sigma'])} |")
    return "\n".join(lines)


def _amount(name: str, value: float) -> str:
    return formatted_change(name, value, signed=False)


def _ten_table(morris: Row, ranges: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| parameter | range | mu* over spread | by outcome |", "| --- | --- | --- | --- |"]
    for factor, weight in ranked(morris)[:CHOSEN]:
        own = [o["factors"][factor]["mu_star"] / o["sd"] for o in morris["outcomes"].values()]
        span = ranges[factor]
        by = ", ".join(f"{w:.2f}" for w in own)
        lines.append(f"| `{factor}` | {span['low']:g} to {span['high']:g} | {weight:.2f} | {by} |")
    names = ", ".join(readable(name) for name in OUTCOMES)
    return "\n".join([*lines, "", f"By outcome, in this order: {names}."])


def _sobol_table(sobol: Row) -> str:
    factors = list(next(iter(sobol["outcomes"].values()))["factors"])
    head = " | ".join(f"{readable(name)} S1 | ST" for name in OUTCOMES)
    lines = [f"| parameter | {head} |", "| --- |" + " --- |" * (2 * len(OUTCOMES))]
    for factor in factors:
        cells = []
        for outcome in sobol["outcomes"].values():
            own = outcome["factors"][factor]
            cells += [f"{own['S1']:.2f} ± {own['S1_half']:.2f}", f"{own['ST']:.2f} ± {own['ST_half']:.2f}"]
        lines.append(f"| `{factor}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _left(sobol: Row) -> str:
    told = []
    for name, outcome in sobol["outcomes"].items():
        alone = sum(max(0.0, f["S1"]) for f in outcome["factors"].values())
        told.append(f"{readable(name)} {alone:.0%}")
    return (
        f"Alone the ten explain: {'; '.join(told)}. The rest is what they do together, and chance, which falls out "
        "otherwise at another point though seeds are shared: then `ST` is above `S1` for every parameter alike."
    )


def main(arguments: Sequence[str]) -> int:
    """Collect one part, or print the ten."""
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    match list(arguments):
        case ["chosen"]:
            ranges = _ranges()
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
