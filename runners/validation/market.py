"""The market's behaviour: prices, bidders and budgets over seeds, beside what theory and published figures say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.evidence.market.arms import ARMS, KEPT, Arm
from caremarket.experiments.evidence.market.registry import market_rows
from caremarket.experiments.report.market_table import market_headline, market_lines
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.experiment_files import Setting
from caremarket.runners.execution.make_runs import run_points
from caremarket.runners.execution.replicate_rounds import OneRound, missing_runs
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.identity import digest, identifier, run_hash
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.validation.part import Asked, Part, Row, Workplace


@dataclass(frozen=True, slots=True)
class _Market:
    """The arms as points of one design, seed by seed."""

    design: Design
    scenarios: tuple[Scenario, ...]

    @property
    def identity(self) -> str:
        content = [self.design.replicates, [run_hash(scenario, self.design.seed) for scenario in self.scenarios]]
        return identifier(digest(content))

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        failures = run_points(
            place.runner, place.folder, place.parts, self.design, self.scenarios, "market", self._seed_by_seed
        )
        return market_rows(place.folder), failures

    def _seed_by_seed(self, store: SweepFolder, done: set[int]) -> OneRound:
        """All arms of a seed before the next seed: an interrupted command leaves whole seeds."""
        return OneRound(sorted(missing_runs(self.design, done), key=lambda spec: (spec.replicate, spec.point)))

    def table(self, rows: Sequence[Row]) -> Table:
        table = Table(title=market_headline(rows), title_justify="left", header_style="bold")
        columns, *lines = market_lines(rows)
        for name in columns:
            table.add_column(name)
        for line in lines:
            table.add_row(*line)
        return table


def _prepare(asked: Asked) -> _Market:
    default = _scenario(asked, ARMS[0], None)
    if default.market.source != "synthetic":
        raise ConfigurationError("market", "part=market doubles the providers of a synthetic market: choose one")
    scenarios = tuple(_scenario(asked, arm, default) for arm in ARMS)
    points = tuple(Point(index, arm.name, {}) for index, arm in enumerate(ARMS))
    return _Market(Design(points, asked.spec.market.replicates, asked.request.seed), scenarios)


def _scenario(asked: Asked, arm: Arm, default: Scenario | None) -> Scenario:
    if arm.choices:
        return _kept(asked.arms.of_choices(arm.choices))
    levers, body = ({}, {}) if default is None else (arm.levers(default), arm.body(default))
    return _kept(asked.arms.scenario(Setting(f"market {arm.name}", {}, body), levers))


def _kept(found: Scenario) -> Scenario:
    """The scenario with the tables that the figures need."""
    return found.model_copy(update={"record": found.record.model_copy(update=KEPT)})


PART = Part("market", "market", _prepare)
