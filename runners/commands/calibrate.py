"""``caremarket calibrate``: a search for the parameters under which England awards contracts to whom it did.

It is a search (:mod:`caremarket.runners.commands.search`), resumed and tracked as one, whose runs give the figures of
:mod:`caremarket.experiments.analysis.calibration` as their summary. What it adds is what the trials tell about each
parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.calibration import DISTANCE, TARGETS
from caremarket.experiments.analysis.calibration_fit import NEAR, Fit, fit
from caremarket.experiments.analysis.measures import formatted, readable
from caremarket.runners.commands.search import Plan
from caremarket.runners.console import out
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.encodings import json_bytes

DEFAULTS = {"scenario": "england", "experiment": "calibration"}
FILE = "calibration.json"
RANDOM = "random"


def settings_of(arguments: Sequence[str]) -> list[str]:
    """The command's arguments, with the scenario and experiment it is for where they name no other."""
    named = {argument.partition("=")[0].lstrip("+") for argument in arguments}
    return [*(f"{group}={choice}" for group, choice in DEFAULTS.items() if group not in named), *arguments]


def report(plan: Plan) -> None:
    """Write and print what the finished trials tell: ``calibration.json`` in the search's folder."""
    trials = pq.read_table(plan.folder / "trials.parquet").to_pylist()
    found = fit(trials, plan.spec.levers) if DISTANCE in plan.spec.objectives else None
    if found is None:
        return
    write_file(plan.folder / FILE, json_bytes(asdict(found)))
    console = out()
    console.print(_figures(found))
    console.print(_parameters(found))
    for one, other, cosine in found.alike:
        how = "much the same" if cosine > 0 else "much the opposite"
        console.print(f"{one} and {other} do {how} to the figures (cosine {cosine:+.2f})", markup=False)
    if plan.spec.sampler != RANDOM:
        console.print(f"Ranges are those of a search that closes in; `search.sampler={RANDOM}` shows them whole.")


def _figures(found: Fit) -> Table:
    title = f"Best trial: {found.best['trial']}, {formatted(DISTANCE, found.best[DISTANCE])} from the target"
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in ("figure", "target", "found"):
        table.add_column(name)
    for name, target in TARGETS.items():
        table.add_row(readable(name), formatted(name, target), formatted(name, found.best[name]))
    return table


def _parameters(found: Fit) -> Table:
    title = f"Parameters in the {found.near} trials within {100 * NEAR:.0f} point of the best"
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in ("parameter", "searched", "best", "near-best", "of the range", "told", "moves figures by"):
        table.add_column(name)
    for one in found.parameters:
        table.add_row(
            one.name,
            f"{one.low:.3g} to {one.high:.3g}",
            f"{one.best:.3g}",
            f"{one.near_low:.3g} to {one.near_high:.3g}",
            f"{one.width:.0%}",
            "yes" if one.told else "no",
            "" if one.moves is None else f"{100 * one.moves:.1f} points",
        )
    return table
