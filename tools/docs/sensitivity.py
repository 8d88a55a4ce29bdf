"""The page ``docs/sensitivity.md``: sensitivity of the headline outcomes to the parameters that had to be assumed.

Its figures stand in ``docs/sensitivity.json``, which :mod:`tools.docs.sensitivity_data` makes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from caremarket.experiments.analysis.measures import formatted, formatted_change, readable
from tools.docs.places import HEADER
from tools.docs.sensitivity_data import CHOSEN, NOTHING, OUTCOMES, STORED, Row, ranges_of_all, ranked

SHOWN = 12
"""Parameters that a table of the screening lists."""


def sensitivity_page() -> str:
    """The page as Markdown."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    morris, sobol = stored["morris"], stored["sobol"]
    ranges = ranges_of_all()
    text = [
        f"{HEADER}\n# Sensitivity\n",
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
