"""Optuna's samplers by their names in configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


def _nsga2(generation: int, seed: int) -> BaseSampler:
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(population_size=generation, seed=seed)


def _tpe(generation: int, seed: int) -> BaseSampler:
    from optuna.samplers import TPESampler

    # Trials of a generation do not know each other's outcomes: constant_liar prevents near-duplicates.
    return TPESampler(n_startup_trials=generation, multivariate=True, constant_liar=True, seed=seed)


def _random(generation: int, seed: int) -> BaseSampler:
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)


SAMPLERS: dict[str, Callable[[int, int], BaseSampler]] = {"nsga2": _nsga2, "tpe": _tpe, "random": _random}
"""Name in configuration -> function that makes the sampler from the size of a generation and a seed."""
