"""Robustness: test of the sign of each hypothesis's effect under other assumptions of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.measures import readable
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.evidence.robustness import signs
from caremarket.experiments.evidence.trials import measures_of
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.experiment_files import ExperimentFile, ranges_of
from caremarket.runners.execution.make_runs import run_points
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.identity import digest, identifier
from caremarket.runners.validation.part import Asked, Part, Row, Workplace


def worlds(asked: Asked) -> list[Mapping[str, LeverValue]]:
    """Values of the uncertain parameters at each point of the Latin hypercube.

    Raises:
        ConfigurationError: the file of ranges is not there or malformed.
    """
    spec = asked.spec.robustness
    over = ranges_of(spec.ranges)
    sample = {"sampler": "latin_hypercube", "samples": spec.points, "over": over}
    design = design_from_config({"uncertainties": {"sample": sample}}, {}, 1, asked.request.seed)
    return [point.levers for point in design.points]


@dataclass(frozen=True, slots=True)
class _Robustness:
    """Two arms of each hypothesis at each point of the Latin hypercube, called a world.

    Attributes:
        ends: for each hypothesis, the points of the first and last arm of its primary claim in each world.
    """

    asked: Asked
    design: Design
    scenarios: tuple[Scenario, ...]
    ends: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def identity(self) -> str:
        content = [self.design.replicates, [[point.label, point.levers] for point in self.design.points]]
        return identifier(digest(content))

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        failures = run_points(place.runner, place.folder, place.parts, self.design, self.scenarios, "robustness")
        measures = list(measures_of(self.asked.trials))
        path = place.folder / "runs.parquet"
        found: dict[tuple[int, int], Mapping[str, float | None]] = {}
        if path.exists():
            for row in pq.read_table(path, columns=["point", "replicate", *measures]).to_pylist():
                found[row["point"], row["replicate"]] = row
        rows = []
        for trial, ends in zip(self.asked.trials, self.ends, strict=True):
            primary = trial.hypothesis.primary
            pairs = [
                [
                    (found[before, r][primary.measure], found[after, r][primary.measure])
                    for r in range(self.design.replicates)
                    if (before, r) in found and (after, r) in found
                ]
                for before, after in ends
            ]
            rows.append({"id": trial.hypothesis.id, "measure": primary.measure, **signs(pairs, primary.sign)})
        return rows, failures

    def table(self, rows: Sequence[Row]) -> Table:
        spec = self.asked.spec.robustness
        title = f"Signs at {spec.points} points of a Latin hypercube of assumptions, {spec.replicates} seeds each"
        table = Table(title=title, title_justify="left", header_style="bold")
        for name in ("", "measure", "holds", "95% interval", "reversed", "no change", "nothing to measure"):
            table.add_column(name)
        for row in rows:
            counts = (str(row[key]) for key in ("against", "still", "unmeasured"))
            interval = f"{row['low']:.0%} to {row['high']:.0%}"
            table.add_row(row["id"], readable(row["measure"]), f"{row['share']:.0%}", interval, *counts)
        return table


def _prepare(asked: Asked) -> _Robustness:
    drawn = worlds(asked)
    points: list[Point] = []
    scenarios: list[Scenario] = []

    def add(file: ExperimentFile, world: int, arm: str) -> int:
        # A lever that an arm sets is not uncertain in that arm.
        levers = {**drawn[world], **file.arms[arm]}
        scenarios.append(asked.arms.scenario(file, levers))
        points.append(Point(len(points), f"{file.name} world={world} {arm}", levers))
        return len(points) - 1

    ends = []
    for file in asked.files:
        before, after = file.hypothesis.primary.ends
        ends.append(tuple((add(file, world, before), add(file, world, after)) for world in range(len(drawn))))
    design = Design(tuple(points), asked.spec.robustness.replicates, asked.request.seed)
    return _Robustness(asked, design, tuple(scenarios), tuple(ends))


PART = Part("robustness", "robustness", _prepare)
