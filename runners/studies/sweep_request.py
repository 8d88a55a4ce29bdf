"""A request for a sweep, checked whole before anything is run or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.configuration.request import request_from_config
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.plan import Design
from caremarket.experiments.design.scenarios import Compose, scenarios_of
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.storage.identity import run_hash
from caremarket.runners.studies.many_runs import ManyRunsPlan, common_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan(ManyRunsPlan):
    """A checked request for a sweep.

    Attributes:
        design: its points and replicates.
        scenarios: the scenario of each point.
        hashes: the configuration hash of each point.
    """

    design: Design
    scenarios: tuple[Scenario, ...]
    hashes: tuple[str, ...]


def plan_sweep(
    config: Mapping[str, Any],
    lists: Mapping[str, Sequence[LeverValue]],
    fixed: frozenset[str],
    compose: Compose,
    groups: frozenset[str],
) -> SweepPlan:
    """Check everything about a request before anything is run.

    Args:
        config: the composed configuration.
        lists: levers with several values on the command line.
        fixed: keys with one value on the command line.
        compose: composes the same request with other choices of groups.
        groups: names of the configuration groups.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    design = design_from_config(config.get("design"), lists, request.replicates, request.seed)
    clash = sorted(fixed & set(design.lever_names))
    if clash:
        raise ConfigurationError(clash[0], "is varied by this design; leave it out, or list several values")
    if design.stopping is not None and "replicates" in fixed:
        raise ConfigurationError("replicates", "is not used with design.stopping; set design.stopping.max_replicates")
    scenarios = scenarios_of(design, compose, groups, MarketFiles())
    hashes = tuple(run_hash(scenario, request.seed) for scenario in scenarios)
    content: dict[str, Any] = {
        "points": [[p.label, p.levers, h] for p, h in zip(design.points, hashes, strict=True)],
        "replicates": design.replicates,
        "seed": request.seed,
    }
    if design.stopping is not None:
        content["stopping"] = design.stopping.model_dump(mode="json")
    return SweepPlan(**common_fields(config, request, content), design=design, scenarios=scenarios, hashes=hashes)
