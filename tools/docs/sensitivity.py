"""The page ``docs/sensitivity.md``: sensitivity of the headline outcomes to assumed parameters.

Its figures are in ``docs/sensitivity.json``, which :mod:`tools.docs.sensitivity_data` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from caremarket.experiments.analysis.measures import formatted, formatted_change, readable
from tools.docs.places import HEADER
from tools.docs.sensitivity_data import CHOSEN, NOTHING, OUTCOMES, STORED, Row, ranges_of_all, ranked

SHOWN = 12
"""Number of parameters in a table of the screening."""


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
    text += [
        "## The ten most influential parameters\n",
        TEN,
        _ten_table(morris, ranges),
        "",
        "## Shares of variance\n",
        SHARES,
    ]
    text += [_sobol_table(sobol), "", _left(sobol)]
    return "\n".join(text) + "\n"


INTRODUCTION = """\
`configs/experiment/uncertain.yaml` lists the {count} parameters under `behaviour` whose values this project had to
assume, with the plausible range of each. Which of them affect the headline outcomes of a market whose lots go to prime
providers? The page shows Morris' screening of all parameters ({points:,} points, {runs:,} runs), then Sobol indices of
the ten most influential ({sobol:,} points, {more:,} runs). The figures are from an
earlier version of the model, in which bidders set markups and budgets did not bind; to repeat:

```sh
caremarket sweep experiment=uncertain policy=prime_provider replicates={replicates}
caremarket sensitivity uncertain measures={outcomes}
caremarket sweep experiment=uncertain_ten replicates={more_replicates}
caremarket sensitivity uncertain_ten measures={outcomes}
```
"""
SCREENING = """\
The {shown} largest effects on each outcome. `mu*` is the mean absolute change over a parameter's whole range, `mu` the
mean change with its sign, `sigma` the standard deviation of the change: large relative to `mu*` if the effect depends
on other parameters, or on chance. {still} of the {count} affect none of the five outcomes in this market: they concern
things that hardly occur in it (other forms, learning bidders, networks of practices). Small changes have large effects
on single contracts: one different award changes many later ones. A parameter with a `mu` that is small relative to its
`mu*`, such as the length of a stage, changes the contracts at random and does not move an outcome in one direction.
"""
TEN = "Ranked by the mean over the outcomes of `mu*` divided by the standard deviation of the outcome over all runs.\n"
SHARES = """\
`S1` is the share of an outcome's variance that a parameter explains alone, `ST` its share including interactions, with
the half-width of the 95% interval. Shares may be below zero because of the error of the estimate.
"""


def _still(morris: Row, count: int) -> int:
    """Number of ``count`` parameters without an effect on any outcome: not kept, or with a negligible effect."""
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
        f"Share of variance that the ten explain alone: {'; '.join(told)}. The rest comes from interactions and from "
        "chance, which differs between points although seeds are shared: it raises `ST` above `S1` for every parameter."
    )
