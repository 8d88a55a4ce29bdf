"""Policy search: lever values that optimise chosen measures, one or several at once.

The search is Optuna's. Trials are requested in generations of fixed size, and each trial has its own sampler, seeded by
the root seed and the trial's number. The trials therefore depend only on the trials before them: not on the number of
workers, and not on an interruption. Finished trials are kept in an Optuna journal, from which a search resumes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caremarket.experiments.design.levers import LeverRange, LeverValue
from caremarket.market.randomness import Purpose, Streams, entity_key

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial
from caremarket.experiments.search.samplers import SAMPLERS
from caremarket.experiments.search.section import SearchSpec

STUDY = "search"
MEANS, REASON = "means", "reason"
"""User attributes of a trial: mean of each requested measure, and the reason why it failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a trial: the mean over replicates of each requested measure, or the reason why it failed."""

    means: Mapping[str, float]
    reason: str = ""


Levers = dict[str, LeverValue]
Evaluate = Callable[[int, Sequence[Levers]], Sequence[Outcome]]
"""Function from the number of a generation and the levers of its trials to their outcomes, in the same order."""


def search(spec: SearchSpec, seed: int, journal: Path, evaluate: Evaluate) -> list[FrozenTrial]:
    """Run the missing trials; return all trials in order.

    Args:
        spec: levers to search, and objectives.
        seed: root seed.
        journal: Optuna's journal file; created if missing. No other process may use it at the same time.
        evaluate: runs the policies of a generation.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    stored = _stored(spec, journal)
    while (there := len(stored.trials)) < spec.trials:
        generation = there // spec.generation
        first = generation * spec.generation
        # Requested in memory, from finished generations only: a killed process leaves no incomplete request, and
        # a resumed search requests the same trials.
        study = _study(spec)
        study.add_trials(stored.trials[:first])
        size = min(spec.generation, spec.trials - first)
        asked = []
        for number in range(first, first + size):
            study.sampler = _sampler(spec, seed, number)
            asked.append(study.ask({name: _distribution(lever) for name, lever in spec.levers.items()}))
        outcomes = evaluate(generation, [dict(trial.params) for trial in asked])
        for trial, outcome in zip(asked, outcomes, strict=True):
            _tell(study, spec, trial, outcome)
        for done in study.trials[there:]:
            stored.add_trial(done)
    return list(stored.trials)


def _distribution(lever: LeverRange) -> BaseDistribution:
    """The range of a lever as an Optuna distribution."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if lever.choices:
        return CategoricalDistribution(lever.choices)
    assert lever.low is not None
    assert lever.high is not None
    if lever.integer:
        return IntDistribution(int(lever.low), int(lever.high), log=lever.log)
    return FloatDistribution(lever.low, lever.high, log=lever.log)


def _study(spec: SearchSpec, storage: Any = None) -> Study:
    import optuna

    return optuna.create_study(
        storage=storage, study_name=STUDY, directions=list(spec.objectives.values()), load_if_exists=True
    )


def _stored(spec: SearchSpec, journal: Path) -> Study:
    """The study in the journal, after removing a lock or an incomplete last line left by a killed process."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    Path(f"{journal}.lock").unlink(missing_ok=True)
    if journal.exists():
        content = journal.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with journal.open("r+b") as stream:
                stream.truncate(whole)
    return _study(spec, JournalStorage(JournalFileBackend(str(journal))))


def _sampler(spec: SearchSpec, seed: int, number: int) -> BaseSampler:
    draw = Streams(seed).uniform(Purpose.REPLICATE, entity_key("search", "trial"), occasion=number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna marks multivariate TPE as experimental
        return SAMPLERS[spec.sampler](spec.generation, int(draw * 2**32))


def _tell(study: Study, spec: SearchSpec, trial: Any, outcome: Outcome) -> None:
    from optuna.trial import TrialState

    missing = [name for name in spec.measures if name not in outcome.means]
    reason = outcome.reason or (f"nothing to measure for {', '.join(missing)}" if missing else "")
    trial.set_user_attr(MEANS, dict(outcome.means))
    trial.set_user_attr(REASON, reason)
    if reason:
        study.tell(trial, state=TrialState.FAIL)
        return
    for name, value in spec.excess(outcome.means).items():
        trial.set_constraint(name, value)
    study.tell(trial, [outcome.means[name] for name in spec.objectives])


def best_trials(spec: SearchSpec, trials: Sequence[FrozenTrial]) -> set[int]:
    """Numbers of the trials that meet all limits and that no other such trial beats in every objective."""
    study = _study(spec)
    study.add_trials(list(trials))
    return {trial.number for trial in study.best_trials}
