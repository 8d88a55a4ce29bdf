"""A request for a validation, checked whole before anything is run or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caremarket.experiments.configuration.request import Request, request_from_config
from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.design.scenarios import Compose
from caremarket.experiments.evidence.section import ValidateSpec, validate_from_config
from caremarket.experiments.evidence.trials import Trial, off_arms, on_arms
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.experiment_files import Arms, ExperimentFile, stated_hypotheses
from caremarket.runners.storage.identity import run_hash
from caremarket.runners.studies.many_runs import ManyRunsPlan, common_fields
from caremarket.runners.validation import PARTS, Asked, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPlan(ManyRunsPlan):
    """A checked request for a validation.

    Attributes:
        asked: the request as each part receives it.
        jobs: name of each part to be done -> its job, in order.
    """

    asked: Asked
    jobs: Mapping[str, Job]


def plan_validation(
    config: Mapping[str, Any], compose: Compose, groups: frozenset[str], overrides: Sequence[str]
) -> ValidationPlan:
    """Check everything about a request before anything is run.

    Args:
        config: the composed configuration.
        compose: composes the same request with other choices of groups.
        groups: names of the configuration groups.
        overrides: overrides on the command line.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    spec = validate_from_config(config.get("validate"))
    unknown = [name for name in spec.parts if name not in PARTS]
    if unknown:
        raise ConfigurationError("part", f"{unknown[0]!r} is unknown; choose from: {', '.join(PARTS)}")
    files = stated_hypotheses(spec.only)
    _check_measures(files, spec)
    arms = Arms(compose, groups, overrides)
    asked = _asked(request, spec, files, arms)
    hashes = [run_hash(scenario, request.seed) for scenario in asked.scenarios]
    content = {
        "points": [[p.label, found] for p, found in zip(asked.design.points, hashes, strict=True)],
        "spec": {"rule": spec.rule.model_dump(mode="json")},
        "seed": request.seed,
    }
    return ValidationPlan(
        **common_fields(config, request, content),
        asked=asked,
        jobs={name: PARTS[name].prepare(asked) for name in dict.fromkeys(spec.parts)},
    )


def _check_measures(files: Sequence[ExperimentFile], spec: ValidateSpec) -> None:
    """Check that each measure that decides a hypothesis has a size from which it matters."""
    for file in files:
        for claim in file.hypothesis.claims:
            if claim.measure not in spec.rule.matters:
                raise ConfigurationError(
                    f"validate.rule.matters.{claim.measure}", f"is not given; {file.hypothesis.id} is decided by it"
                )


def _asked(request: Request, spec: ValidateSpec, files: tuple[ExperimentFile, ...], arms: Arms) -> Asked:
    """The hypotheses as one design: their arms with the mechanism, then without it."""
    points: list[Point] = []
    scenarios: list[Scenario] = []

    def add(file: ExperimentFile, variant: str, arm: str) -> int:
        # Where a hypothesis has arms of its own for the mechanism being off, nothing is switched: ``off`` is empty.
        levers = {**(file.off() if variant == "off" else {}), **file.arms[arm]}
        scenarios.append(arms.scenario(file, levers))
        points.append(Point(len(points), f"{file.name} {variant} {arm}", levers))
        return len(points) - 1

    trials = []
    for file in files:
        on = {arm: add(file, "on", arm) for arm in on_arms(file.hypothesis)}
        off = {arm: add(file, "off", arm) for arm in off_arms(file.hypothesis)}
        trials.append(Trial(file.name, file.hypothesis, on, off))
    design = Design(tuple(points), spec.rule.looks[-1], request.seed)
    return Asked(
        request=request,
        spec=spec,
        files=files,
        arms=arms,
        trials=tuple(trials),
        design=design,
        scenarios=tuple(scenarios),
    )
