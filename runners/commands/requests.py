"""Requests for a run or a sweep, as the command line and the Python interface make them alike."""

from __future__ import annotations

import gc
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.run import Made, check, make, run
from caremarket.runners.commands.sweep import Plan, plan, sweep
from caremarket.runners.compose.composition import composed, group_choices, groups, parse, recomposer
from caremarket.runners.compose.overrides import override_keys, split_lists

if TYPE_CHECKING:
    from caremarket.runners.commands.search import Plan as SearchPlan


def run_and_show(arguments: Sequence[str]) -> None:
    """Make a run, or the jobs of a multirun, and print them.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    args = parse(arguments)
    if args.multirun:
        composed(args, run, check)
        return
    # A run leaves a market of millions of objects behind; the process ends with it, so nobody need look through them.
    gc.disable()
    try:
        composed(args, run, check)
    finally:
        gc.freeze()
        gc.enable()


def make_run(arguments: Sequence[str]) -> Made:
    """Make one run without printing it.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for the command line; call this once for each run")
    found: list[Made] = []
    composed(args, lambda config: found.append(make(config)))
    return found[0]


def make_sweep(arguments: Sequence[str], quiet: bool = False) -> tuple[Plan, int]:
    """Make the runs of a sweep that are missing.

    Args:
        arguments: Hydra's options and overrides; lists of values make a grid.
        quiet: print no table.

    Returns:
        What was planned, and how many runs failed.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    args: Namespace = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; sweep takes lists of values by itself")
    args.overrides, lists = split_lists(args.overrides)
    fixed = override_keys(args.overrides)
    if "record" not in fixed:
        args.overrides.insert(0, "record=yearly")
    found: list[tuple[Plan, int]] = []

    def task(config: dict[str, Any]) -> None:
        planned = plan(config, lists, fixed, recomposer(args), groups() & frozenset(group_choices()))
        found.append((planned, sweep(planned, quiet=quiet)))

    composed(args, task)
    # Only a configuration that was to be shown gives none, and then composing has left already.
    return found[0]


def make_search(arguments: Sequence[str], then: Callable[[SearchPlan], None] | None = None) -> int:
    """Make the trials of a search that are missing, and print what was found.

    Args:
        arguments: Hydra's options and overrides.
        then: what else to do with the finished search.

    Returns:
        How many runs failed.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    # Optuna and matplotlib take their time to import.
    from caremarket.runners.commands.search import plan as planned
    from caremarket.runners.commands.search import run_search

    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; what a search may vary stands in search.levers")
    args.overrides.insert(0, "record=summary")
    found: list[int] = []

    def task(config: dict[str, Any]) -> None:
        choices = groups() & frozenset(group_choices())
        asked = planned(config, recomposer(args), choices)
        found.append(run_search(asked))
        if then is not None:
            then(asked)

    composed(args, task)
    return found[0]


def make_calibration(arguments: Sequence[str]) -> int:
    """Make the trials of a calibration that are missing, and print what they tell.

    Returns:
        How many runs failed.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    from caremarket.runners.commands.calibrate import report, settings_of

    return make_search(settings_of(arguments), report)


def make_validation(arguments: Sequence[str]) -> int:
    """Do what a validation still lacks, and print what was found.

    Returns:
        How many runs failed.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    from caremarket.runners.commands.validate import plan as planned
    from caremarket.runners.commands.validate import settings_of, validate

    args = parse(settings_of(arguments))
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; validate makes all its runs by itself")
    if "record" not in override_keys(args.overrides):
        args.overrides[:0] = ["record=summary", "record.check_ledger=end"]
    found: list[int] = []

    def task(config: dict[str, Any]) -> None:
        choices = groups() & frozenset(group_choices())
        found.append(validate(planned(config, recomposer(args), choices, args.overrides)))

    composed(args, task)
    return found[0]


def composed_config(arguments: Sequence[str]) -> dict[str, Any]:
    """The configuration that arguments compose to.

    Raises:
        ConfigurationError: it cannot be composed.
    """
    found: list[dict[str, Any]] = []
    composed(parse(arguments), found.append, extend=False)
    return found[0]
