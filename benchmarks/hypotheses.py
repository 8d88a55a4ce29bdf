"""The hypotheses of the sources in a few paired seeds, with their mechanism and without.

    python -m benchmarks.hypotheses --seeds 6
    python -m benchmarks.hypotheses --seeds 20 --only H5,H6

Runs every arm of ``configs/experiment/h*.yaml`` over all cores, and prints for each step from arm to arm the mean
paired change with half its 95% interval. With twenty replicates an experiment file is a sweep of its own:
``caremarket sweep experiment=h05``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

import configs
from experiments.configuration import MarketFiles
from experiments.design import Point, design_from_config
from experiments.hypotheses import Finding, Hypothesis, findings, read_hypothesis
from experiments.points import scenarios_of, set_lever
from market.errors import ConfigurationError
from market.scenario import Scenario

FOLDER = Path(str(configs.__file__)).parent
GROUPS = frozenset(path.name for path in FOLDER.iterdir() if path.is_dir())
COMPOSED = GROUPS | {"market/kinds", "market/fit"}
"""Keys that choose a file rather than set a value."""
QUIET = ("record=summary", "record.check_ledger=end", "tracking=none")
Number = float | int | None


def hypotheses(only: Iterable[str] = ()) -> dict[str, Hypothesis]:
    """Experiment name -> hypothesis, in order of their numbers; those of ``only`` if any are named."""
    wanted = {identity.upper() for identity in only}
    found = {}
    for path in sorted((FOLDER / "experiment").glob("*.yaml")):
        stated = read_hypothesis(path.stem, path.read_text(encoding="utf-8"))
        if stated is not None and (not wanted or stated.id in wanted):
            found[path.stem] = stated
    return dict(sorted(found.items(), key=lambda entry: int(entry[1].id[1:])))


@cache
def composed(*overrides: str) -> dict[str, Any]:
    """The configuration these overrides compose to, with nothing recorded but the summary."""
    with initialize_config_module("configs", version_base="1.3"):
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


def arms(experiment: str, *overrides: str) -> tuple[dict[str, Scenario], dict[str, str]]:
    """Arm -> scenario of an experiment file, and arm -> why it cannot be run, where it cannot."""
    base = (f"experiment={experiment}", *overrides)
    design = design_from_config(configuration(base)["design"], {}, 1, 0)

    def recompose(choices: Mapping[str, str]) -> dict[str, Any]:
        return configuration([*base, *(f"{group}={choice}" for group, choice in choices.items())])

    scenarios: dict[str, Scenario] = {}
    missing: dict[str, str] = {}
    for point in design.points:
        alone = type(design)((Point(0, point.label, point.levers),), 1, 0)
        try:
            (scenarios[point.label],) = scenarios_of(alone, recompose, GROUPS, MarketFiles())
        except ConfigurationError as error:
            missing[point.label] = str(error)
        except Exception as error:  # Hydra: no such file in a group
            missing[point.label] = str(error).splitlines()[0]
    return scenarios, missing


def summary(task: tuple[Scenario, int]) -> dict[str, Number]:
    """One run."""
    import agents

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


def shown(found: Finding) -> str:
    """A finding in a line."""
    if found.change is None:
        return f"{found.measure} {'+' if found.sign > 0 else '-'}: nothing to measure"
    width = "" if found.change.half_width is None else f" ± {found.change.half_width:.3g}"
    sign = "+" if found.sign > 0 else "-"
    count = f"{found.agreeing}/{found.change.count}"
    return f"{found.measure} {sign}: {found.change.mean:+.3g}{width}, {count} agree: {found.verdict}"


def report(seeds: Sequence[int], only: Iterable[str] = (), workers: int | None = None) -> dict[str, Any]:
    """Run everything and print it; returns the findings as plain data."""
    stated = hypotheses(only)
    tasks: dict[tuple[str, ...], Scenario] = {}
    missing: dict[tuple[str, str], dict[str, str]] = {}
    for name, hypothesis in stated.items():
        for variant, overrides in (("on", ()), ("off", hypothesis.off)):
            if variant == "off" and not overrides:
                continue
            scenarios, absent = arms(name, *overrides)
            missing[name, variant] = absent
            tasks |= {(name, variant, arm): scenario for arm, scenario in scenarios.items()}
    done = run_all(tasks, seeds, workers)
    result: dict[str, Any] = {}
    for name, hypothesis in stated.items():
        print(f"{hypothesis.id} ({hypothesis.source}): {hypothesis.claim}")
        for arm, why in missing[name, "on"].items():
            print(f"    {arm} is not run: {why}")
        kept: dict[str, list[dict[str, Any]]] = {}
        for variant in ("on", "off"):
            tests = hypothesis.off_tests if variant == "off" and hypothesis.off_tests else hypothesis.tests
            runs = "on" if hypothesis.off_tests else variant
            if variant == "off" and not (hypothesis.off or hypothesis.off_tests):
                continue
            by_arm = {arm: rows for (n, v, arm), rows in done.items() if n == name and v == runs}
            found = [finding for test in tests for finding in findings(test, by_arm)]
            label = "with" if variant == "on" else "without"
            for finding in found:
                print(f"  {label:8} {finding.before} -> {finding.after}: {shown(finding)}")
            kept[variant] = [_plain(finding) for finding in found]
        result[hypothesis.id] = kept
        print()
    return result


def _plain(found: Finding) -> dict[str, Any]:
    change = found.change
    return {
        "measure": found.measure,
        "before": found.before,
        "after": found.after,
        "sign": found.sign,
        "change": None if change is None else change.mean,
        "half_width": None if change is None else change.half_width,
        "agreeing": found.agreeing,
        "pairs": 0 if change is None else change.count,
        "verdict": found.verdict,
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hypotheses", description=str(__doc__).split("\n")[0])
    parser.add_argument("--seeds", type=int, default=6, help="paired seeds, 2 or more")
    parser.add_argument("--only", default="", help="hypotheses to run, such as H5,H6")
    parser.add_argument("--workers", type=int, default=None, help="processes; every core if left out")
    parser.add_argument("--json", type=Path, default=None, help="also write the findings here")
    asked = parser.parse_args(argv)
    began = time.monotonic()
    result = report(range(1, asked.seeds + 1), [o for o in asked.only.split(",") if o], asked.workers)
    print(f"{asked.seeds} seeds, {time.monotonic() - began:.0f} s")
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
