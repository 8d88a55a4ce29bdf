"""An error in a section names the key as the user wrote it, and what is allowed; one test for all sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caremarket.experiments.design.section import checked_section
from caremarket.experiments.evidence.section import validate_from_config
from caremarket.experiments.search.section import search_from_config
from caremarket.market.errors import ConfigurationError

RULE = {"looks": [5, 10], "confidence": 0.95, "still_pairs": 3, "matters": {}}
VALID = {
    "parts": ["theory"],
    "rule": RULE,
    "theory": {"quick": True},
    "robustness": {"points": 3, "replicates": 2, "ranges": "uncertain"},
    "calibration": {"replicates": 3},
    "market": {"replicates": 3},
}

READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "design": lambda given: checked_section(given, {}),
    "search": search_from_config,
    "validate": lambda given: validate_from_config({**VALID, **given}),
}


def refused(section: str, given: dict[str, Any]) -> str:
    """The error for a section with these entries."""
    with pytest.raises(ConfigurationError) as caught:
        READERS[section](given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("section", "given", "said"),
    [
        (
            "design",
            {"gird": {}},
            "design.gird: is no known key; allowed here: arms, grid, levers, random, stopping, uncertainties "
            "(did you mean design.grid?)",
        ),
        ("design", {"random": {"samples": -1}}, "design.random.samples: -1 is out of range; allowed: 0 to 1000000"),
        (
            "design",
            {"arms": {"one": {"policy.form": ["separate"]}}},
            "design.arms.one.policy.form: ['separate'] is not a number, a text, true, false or null",
        ),
        ("design", {"stopping": {}}, "design.stopping.measures: is missing"),
        (
            "design",
            {"stopping": {"measures": {"outcome_index": 1.0}, "min_replicates": 9, "max_replicates": 5}},
            "design.stopping: min_replicates is above max_replicates, 5",
        ),
        (
            "search",
            {"objectives": {"outcome_index": "max"}},
            "search.objectives.outcome_index: 'max' is unknown; choose one of: minimize, maximize",
        ),
        (
            "search",
            {"constraints": {"outcome_index": {"lo": 1.0}}},
            "search.constraints.outcome_index.lo: is no known key; allowed here: high, low "
            "(did you mean search.constraints.outcome_index.low?)",
        ),
        ("search", {"trials": 0}, "search.trials: 0 is out of range; allowed: 1 to 100000"),
        ("validate", {"rule": {**RULE, "looks": [5, 3]}}, "validate.rule: looks must rise"),
        (
            "validate",
            {"rule": {**RULE, "confidence": 2.0}},
            "validate.rule.confidence: 2.0 is out of range; allowed: above 0.5 to below 1",
        ),
        ("validate", {"theory": {"quick": 3}}, "validate.theory.quick: 3 is not true or false"),
    ],
)
def test_an_error_names_the_key_and_what_is_allowed(section: str, given: dict[str, Any], said: str) -> None:
    assert refused(section, given) == said
