"""Hypotheses are read from their experiment files, and verdicts follow from paired changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import configs
from benchmarks.hypotheses import arms, configuration, hypotheses
from experiments.design import design_from_config
from experiments.hypotheses import ArmTest, findings, read_hypothesis
from market.errors import ConfigurationError
from market.mechanisms import MechanismSpec

FOLDER = Path(str(configs.__file__)).parent / "experiment"
STATED = hypotheses()
HEAD = "# @package _global_\n# H99\n# claim: less is more\n# source: P 1.1\n"


def test_every_hypothesis_of_the_sources_has_an_experiment() -> None:
    assert list(STATED) == [f"h{n:02d}" for n in range(1, 28)]
    assert [h.id for h in STATED.values()] == [f"H{n}" for n in range(1, 28)]


@pytest.mark.parametrize("name", STATED)
def test_its_tests_name_its_arms_and_its_switch_is_one(name: str) -> None:
    stated = STATED[name]
    labels = [p.label for p in design_from_config(configuration([f"experiment={name}"])["design"], {}, 1, 0).points]
    named = {arm for test in (*stated.tests, *stated.off_tests) for arm in test.arms}
    assert named <= set(labels)
    assert len(labels) >= 2
    for override in stated.off:
        key, _, value = override.partition("=")
        assert key.removeprefix("mechanisms.") in MechanismSpec.model_fields
        assert value == "false"
    assert stated.off or stated.off_tests or name == "h07"


@pytest.mark.parametrize("name", STATED)
def test_its_arms_can_be_run_with_and_without_the_mechanism(name: str) -> None:
    for overrides in ((), STATED[name].off):
        scenarios, missing = arms(name, *overrides)
        assert not missing
        assert len({s.model_dump_json() for s in scenarios.values()}) == len(scenarios), "two arms are the same"


def test_a_statement_is_read_line_by_line() -> None:
    found = read_hypothesis("x", f"{HEAD}# test: a -> b -> c: hhi_direct -, tenders +\n# off: mechanisms.exit=false\n")
    assert found is not None
    assert found.tests == (ArmTest(("a", "b", "c"), (("hhi_direct", -1), ("tenders", 1))),)
    assert found.tests[0].steps == (("a", "b"), ("b", "c"), ("a", "c"))
    assert found.off == ("mechanisms.exit=false",)
    assert read_hypothesis("x", "# @package _global_\n# no claim\n") is None


@pytest.mark.parametrize("line", ["", "# test: a -> b\n", "# test: a: hhi_direct +\n", "# test: a -> b: fame +\n"])
def test_a_malformed_statement_is_refused(line: str) -> None:
    with pytest.raises(ConfigurationError, match="experiment x"):
        read_hypothesis("x", HEAD + line)


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([1.0, 1.1, 1.2], "as claimed"),
        ([-1.0, -1.1, -1.2], "against"),
        ([1.0, -1.0, 0.5], "open"),
        ([0.0, 0.0, 0.0], "none"),
        ([None, None, None], "nothing to measure"),
    ],
)
def test_a_verdict_follows_from_the_interval_of_the_paired_change(after: list[float | None], verdict: str) -> None:
    test = ArmTest(("low", "high"), (("hhi_direct", 1),))
    runs = {"low": [{"hhi_direct": 0.0}] * 3, "high": [{"hhi_direct": value} for value in after]}
    (found,) = findings(test, runs)
    assert found.verdict == verdict


def test_rounding_is_no_change() -> None:
    test = ArmTest(("low", "high"), (("hhi_direct", 1),))
    sums = {"low": [{"hhi_direct": 0.1 + 0.2}] * 2, "high": [{"hhi_direct": 0.3}] * 2}
    assert findings(test, sums)[0].verdict == "none"
    assert findings(ArmTest(("low", "gone"), (("hhi_direct", 1),)), sums) == []
