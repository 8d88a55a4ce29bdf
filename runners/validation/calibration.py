"""Calibration: shares of contracts by kind of provider in England, against those of April 2013 to August 2014."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.measures import formatted, readable
from caremarket.experiments.analysis.statistics import estimate
from caremarket.experiments.calibration.targets import DISTANCE, TARGETS, TOLERANCE
from caremarket.experiments.design.plan import Design, Point
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.make_runs import run_points
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.identity import identifier, run_hash
from caremarket.runners.validation.part import Asked, Part, Row, Workplace

log = logging.getLogger("caremarket")
SIMULATE = "caremarket.experiments.calibration.targets.simulate"
WITHIN, OUTSIDE = "within", "outside"


@dataclass(frozen=True, slots=True)
class _Calibration:
    """England with several seeds; the scenario is None if the registers are not given."""

    design: Design
    scenario: Scenario | None

    @property
    def identity(self) -> str:
        return "" if self.scenario is None else identifier(run_hash(self.scenario, self.design.seed))

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        if self.scenario is None:
            log.warning("calibration: skipped, since it takes the registers of England: give market.ods_dir=DIR")
            return [], []
        usual = place.runner.simulate
        place.runner.simulate = SIMULATE
        try:
            failures = run_points(place.runner, place.folder, place.parts, self.design, (self.scenario,), "calibration")
        finally:
            place.runner.simulate = usual
        path = place.folder / "runs.parquet"
        if not path.exists():
            return [], failures
        table = pq.read_table(path, columns=[*TARGETS, DISTANCE])
        return [_row(name, table.column(name).to_pylist()) for name in TARGETS], failures

    def table(self, rows: Sequence[Row]) -> Table:
        within = sum(row["verdict"] == WITHIN for row in rows)
        title = f"Calibration: {within} of {len(rows)} figures within {100 * TOLERANCE:.0f} points of England's"
        table = Table(title=title, title_justify="left", header_style="bold")
        for name in ("figure", "England", "mean", "95% interval", "lowest to highest", "runs", ""):
            table.add_column(name)
        for row in rows:
            name = row["id"]
            ends = [formatted(name, row[key]) for key in ("low", "high", "lowest", "highest")]
            means = [formatted(name, row[key]) for key in ("target", "mean")]
            spans = [f"{ends[0]} to {ends[1]}", f"{ends[2]} to {ends[3]}"]
            table.add_row(readable(name), *means, *spans, str(row["runs"]), row["verdict"])
        return table


def _row(name: str, values: Sequence[float | None]) -> Row:
    """A figure over seeds: within if its mean is at most the tolerance away from the target."""
    known = [v for v in values if v is not None]
    found = estimate(known)
    mean = None if found is None else found.mean
    half = None if found is None else found.half_width
    near = mean is not None and abs(mean - TARGETS[name]) <= TOLERANCE
    return {
        "id": name,
        "verdict": WITHIN if near else OUTSIDE,
        "target": TARGETS[name],
        "mean": mean,
        "low": None if mean is None or half is None else mean - half,
        "high": None if mean is None or half is None else mean + half,
        "lowest": min(known, default=None),
        "highest": max(known, default=None),
        "runs": len(known),
    }


def _prepare(asked: Asked) -> _Calibration:
    design = Design((Point(0, "england", {}),), asked.spec.calibration.replicates, asked.request.seed)
    return _Calibration(design, asked.arms.of_england())


PART = Part("calibration", "calibration", _prepare)
