"""``caremarket calibrate``: parameters that reproduce the kinds of provider to which England awarded contracts.

It is a search, resumed and tracked as one, whose runs give the figures of
:mod:`caremarket.experiments.calibration.targets` as their summary. After the search it reports what the trials say
about each parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.measures import formatted, readable
from caremarket.experiments.calibration.fit import NEAR, Fit, fit
from caremarket.experiments.calibration.targets import DISTANCE, TARGETS
from caremarket.runners.commands.exit_status import DONE, SOME_FAILED
from caremarket.runners.commands.search import make_search
from caremarket.runners.console import out
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.encodings import json_bytes
from caremarket.runners.studies.search_request import SearchPlan

DEFAULTS = {"scenario": "england", "experiment": "calibration"}
FILE = "calibration.json"
RANDOM = "random"


def calibrate(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    return SOME_FAILED if make_search(search_arguments(arguments), report) else DONE


def search_arguments(arguments: Sequence[str]) -> list[str]:
    """Arguments of the search: those of the command, and scenario and experiment where it names none."""
    named = {argument.partition("=")[0].lstrip("+") for argument in arguments}
    return [*(f"{group}={choice}" for group, choice in DEFAULTS.items() if group not in named), *arguments]


def report(plan: SearchPlan) -> None:
    """Write ``calibration.json`` into the search's folder, and print it: what the trials say about each parameter."""
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
