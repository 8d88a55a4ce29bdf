"""A request for a policy search, checked whole before anything is run or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.configuration.request import request_from_config
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.experiments.design.scenarios import Bases, Compose
from caremarket.experiments.search.section import SearchSpec, search_from_config
from caremarket.experiments.search.study import Levers
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.storage.identity import run_hash
from caremarket.runners.studies.many_runs import ManyRunsPlan, common_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan(ManyRunsPlan):
    """A checked request for a search.

    Attributes:
        spec: the ``search`` section.
        base: the scenario without any lever of the search.
        build: the scenario with given levers.
    """

    spec: SearchSpec
    base: Scenario
    build: Callable[[Levers], Scenario]


def plan_search(config: Mapping[str, Any], compose: Compose, groups: frozenset[str]) -> SearchPlan:
    """Check everything about a request before anything is run.

    Args:
        config: the composed configuration.
        compose: composes the same request with other choices of groups.
        groups: names of the configuration groups.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    spec = search_from_config(config.get("search"))
    files = MarketFiles()
    base = scenario_from_config(config, files)

    build = Bases(compose, groups, files).scenario
    _check_levers(spec, build)
    content = {
        "search": spec.model_dump(mode="json"),
        "base": run_hash(base, request.seed),
        "replicates": request.replicates,
        "seed": request.seed,
    }
    return SearchPlan(**common_fields(config, request, content), spec=spec, base=base, build=build)


def _check_levers(spec: SearchSpec, build: Callable[[Levers], Scenario]) -> None:
    """Try the ends of each range, and the choices of each list, one at a time.

    A choice may be impossible with the base policy and possible with another, so one choice that works is enough.
    """
    for key, lever in spec.levers.items():
        if not lever.choices:
            for value in (lever.low, lever.high):
                assert value is not None
                build({key: int(value) if lever.integer else value})
            continue
        problems = []
        for choice in lever.choices:
            try:
                build({key: choice})
            except ConfigurationError as error:
                problems.append(error)
        if len(problems) == len(lever.choices):
            raise problems[0]
