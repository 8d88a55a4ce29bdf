"""Scenarios from overrides, and their runs in paired seeds over a pool of processes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket import configs
from caremarket.experiments.design.scenarios import set_lever
from caremarket.market.scenario import Scenario

FOLDER = Path(str(configs.__file__)).parent
GROUPS = frozenset(path.name for path in FOLDER.iterdir() if path.is_dir())
COMPOSED = GROUPS | {"market/kinds", "market/fit"}
"""Keys that choose a file rather than set a value."""
QUIET = ("record=summary", "record.check_ledger=end", "tracking=none")
Number = float | int | None


@cache
def composed(*overrides: str) -> dict[str, Any]:
    """The configuration these overrides compose to, with nothing recorded but the summary."""
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        found = OmegaConf.to_container(compose("config", [*QUIET, *overrides]), resolve=True)
    return {str(k): v for k, v in found.items()}  # type: ignore[union-attr]


def configuration(overrides: Sequence[str]) -> dict[str, Any]:
    """The configuration of some overrides; composing is dear, so that only choices of files are composed."""
    groups = [o for o in overrides if o.partition("=")[0] in COMPOSED]
    config = deepcopy(composed(*groups))
    for override in overrides:
        key, _, value = override.partition("=")
        if key not in COMPOSED:
            set_lever(config, key, yaml.safe_load(value))
    return config


def summary(task: tuple[Scenario, int]) -> dict[str, Number]:
    """One run."""
    from caremarket import agents

    scenario, seed = task
    return dict(agents.simulate(scenario, seed).summary)


def run_all(
    tasks: Mapping[tuple[str, ...], Scenario], seeds: Sequence[int], workers: int | None = None
) -> dict[tuple[str, ...], list[dict[str, Number]]]:
    """Summaries of each scenario, in the order of ``seeds``, over a pool of processes."""
    jobs = [(scenario, seed) for scenario in tasks.values() for seed in seeds]
    if workers == 1:
        done = [summary(job) for job in jobs]
    else:
        with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
            done = list(pool.map(summary, jobs, chunksize=2))
    count = len(seeds)
    return {key: done[n * count : (n + 1) * count] for n, key in enumerate(tasks)}
