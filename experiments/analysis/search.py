"""Policy search: levers that make chosen measures as good as they can be, one measure or several at once.

The search is Optuna's. Trials are asked for in generations of fixed size, and each trial has a sampler of its own,
seeded by the root seed and the trial's number; so what is tried depends on the trials before and on nothing else: not
on the number of workers, and not on a kill. Finished trials stand in an Optuna journal, from which a search goes on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, ValidationError, model_validator

from caremarket.experiments.analysis.calibration import DISTANCE, TARGETS
from caremarket.experiments.analysis.calibration import NAMES as CALIBRATION
from caremarket.experiments.design.plan import NOT_LEVERS, LeverRange, LeverValue
from caremarket.market.errors import ConfigurationError
from caremarket.market.measure_names import SUMMARY_NAMES
from caremarket.market.randomness import Purpose, Streams, entity_key

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

STUDY = "search"
MEANS, REASON = "means", "reason"
"""User attributes of a trial: mean of each measure that was asked for, and why it failed."""


class SearchLever(LeverRange):
    """What a lever may be: a range, in steps of one or evenly on a log scale if wanted, or a list of choices."""

    def distribution(self) -> BaseDistribution:
        """The lever as Optuna knows it."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.choices:
            return CategoricalDistribution(self.choices)
        assert self.low is not None
        assert self.high is not None
        if self.integer:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)


class Limits(BaseModel):
    """What a measure's mean over replicates must be at least, at most, or both."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: StrictFloat | None = None
    high: StrictFloat | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Limits:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        return self


class SearchSpec(BaseModel):
    """The ``search`` section of a configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levers: dict[str, SearchLever] = {}
    objectives: dict[str, Literal["minimize", "maximize"]] = {}
    constraints: dict[str, Limits] = {}
    trials: StrictInt = Field(default=100, ge=1, le=100_000)
    generation: StrictInt = Field(default=20, ge=2, le=10_000)
    sampler: str = "nsga2"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that objectives and constraints are about; with the distance, the figures it is made of."""
        more = TARGETS if DISTANCE in self.objectives else ()
        return tuple(dict.fromkeys([*self.objectives, *self.constraints, *more]))

    def excess(self, means: Mapping[str, float]) -> dict[str, float]:
        """By how much each limit is broken; zero or less where it is kept."""
        found = {}
        for name, limits in self.constraints.items():
            if limits.low is not None:
                found[f"{name} low"] = limits.low - means[name]
            if limits.high is not None:
                found[f"{name} high"] = means[name] - limits.high
        return found


def _nsga2(spec: SearchSpec, seed: int) -> BaseSampler:
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(population_size=spec.generation, seed=seed)


def _tpe(spec: SearchSpec, seed: int) -> BaseSampler:
    from optuna.samplers import TPESampler

    # The trials of a generation do not know each other's outcomes: constant_liar keeps them apart.
    return TPESampler(n_startup_trials=spec.generation, multivariate=True, constant_liar=True, seed=seed)


def _random(spec: SearchSpec, seed: int) -> BaseSampler:
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)


SAMPLERS: dict[str, Callable[[SearchSpec, int], BaseSampler]] = {"nsga2": _nsga2, "tpe": _tpe, "random": _random}
"""Optuna's samplers by the name they have in configuration."""


def search_from_config(section: Any) -> SearchSpec:
    """Check a ``search`` section.

    Raises:
        ConfigurationError: it is malformed, names no objective or lever, or an unknown measure or sampler.
    """
    try:
        spec = SearchSpec.model_validate(section or {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(["search", *(str(p) for p in first["loc"])])
        message = str(first.get("ctx", {}).get("error", first["msg"]))
        if first["type"] == "extra_forbidden":
            message = f"is no known key; allowed are {', '.join(SearchSpec.model_fields)}"
        raise ConfigurationError(key, message) from None
    if not spec.objectives:
        raise ConfigurationError("search.objectives", "is empty; name measures, each with minimize or maximize")
    if not spec.levers:
        raise ConfigurationError("search.levers", "is empty; name the levers that may be chosen and their ranges")
    if spec.sampler not in SAMPLERS:
        allowed = ", ".join(sorted(SAMPLERS))
        raise ConfigurationError("search.sampler", f"{spec.sampler!r} is unknown; choose one of: {allowed}")
    for part in ("objectives", "constraints"):
        for name in getattr(spec, part):
            if name not in SUMMARY_NAMES and name not in CALIBRATION:
                raise ConfigurationError(f"search.{part}.{name}", "is no measure; docs/measures.md lists them")
    for key in spec.levers:
        if key.partition(".")[0] in NOT_LEVERS | {"search"}:
            raise ConfigurationError(f"search.levers.{key}", "is no lever: it is the same for all runs")
    return spec


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial: the mean over replicates of each measure asked for, or the reason why it failed."""

    means: Mapping[str, float]
    reason: str = ""


Levers = dict[str, LeverValue]
Evaluate = Callable[[int, Sequence[Levers]], Sequence[Outcome]]
"""Given the number of a generation and the levers of each of its trials, what came of each, in the same order."""


def search(spec: SearchSpec, seed: int, journal: Path, evaluate: Evaluate) -> list[FrozenTrial]:
    """Make the trials that are missing; returns all of them in order.

    Args:
        spec: what to search, and for what.
        seed: root seed.
        journal: Optuna's journal file; made if it is not there. No other process may use it meanwhile.
        evaluate: tries the policies of a generation.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    stored = _stored(spec, journal)
    while (there := len(stored.trials)) < spec.trials:
        generation = there // spec.generation
        first = generation * spec.generation
        # Asked for in memory, from the finished generations alone: a kill leaves no trial half asked for, and
        # whoever goes on asks for the same.
        study = _study(spec)
        study.add_trials(stored.trials[:first])
        size = min(spec.generation, spec.trials - first)
        asked = []
        for number in range(first, first + size):
            study.sampler = _sampler(spec, seed, number)
            asked.append(study.ask({name: lever.distribution() for name, lever in spec.levers.items()}))
        outcomes = evaluate(generation, [dict(trial.params) for trial in asked])
        for trial, outcome in zip(asked, outcomes, strict=True):
            _tell(study, spec, trial, outcome)
        for done in study.trials[there:]:
            stored.add_trial(done)
    return list(stored.trials)


def _study(spec: SearchSpec, storage: Any = None) -> Study:
    import optuna

    return optuna.create_study(
        storage=storage, study_name=STUDY, directions=list(spec.objectives.values()), load_if_exists=True
    )


def _stored(spec: SearchSpec, journal: Path) -> Study:
    """The study in the journal, what a kill left of a last line or of a lock removed."""
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
        warnings.simplefilter("ignore")  # multivariate TPE is called experimental
        return SAMPLERS[spec.sampler](spec, int(draw * 2**32))


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
    """Numbers of the trials that keep all limits and that no other such trial betters in every objective."""
    study = _study(spec)
    study.add_trials(list(trials))
    return {trial.number for trial in study.best_trials}
