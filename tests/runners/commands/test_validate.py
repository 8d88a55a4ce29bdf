"""``caremarket validate``: verdicts, resumed and repeated to the same files, and wrong requests refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.experiments.design.layout import design_from_config
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.experiment_files import FOLDER, ranges_of
from tests.runners.conftest import Command, interrupted, result_folder

ASKED = (
    "only=H5,h6",
    "part=hypotheses,robustness",
    "runner=local",
    "validate.rule.looks=[4,8]",
    "validate.robustness.points=4",
)
FILES = ("verdicts.json", "verdicts.parquet", "verdicts.md", "robustness.json", "hypotheses/runs.parquet")
KEYS = {"id", "verdict", "effect", "low", "high", "runs", "ablation_effect"}


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds simulated, in order. In this stand-in for the market a guarantee protects small providers, plainly, and
    it takes eight pairs to see that flow-down deters them; each while its mechanism is on."""
    found: list[int] = []

    def simulate(scenario: Scenario, seed: int) -> RunResult:
        found.append(seed)
        policy, on = scenario.policy, scenario.mechanisms
        own = np.random.default_rng((seed, round(1000 * policy.flow_down))).normal()
        promised = 1.0 - 0.3 * (on.post_award_reallocation and not policy.volume_guarantee)
        accepted = 0.8 - (0.2 * policy.flow_down if on.risk_aversion else 0.0)
        summary = {
            "sme_delivered_to_promised": promised + 0.001 * own,
            "sme_subcontract_acceptance_rate": accepted + 0.08 * own,
        }
        return RunResult(seed, summary, {})

    monkeypatch.setattr(agents, "simulate", simulate)
    return found


def rows(folder: Path, file: str = "verdicts.json") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / file).read_text())
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def test_two_hypotheses_are_decided_and_the_same_command_adds_nothing(
    caremarket: Command, work: Path, seeds: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("validate", *ASKED) == 0
    folder = result_folder(work / "outputs")
    assert folder.parent.name == "validate"
    first, second = rows(folder)
    assert set(first) >= KEYS
    assert (first["id"], first["verdict"], first["ablation"], first["runs"]) == ("H5", "confirmed", "gone", 4)
    assert first["effect"] == pytest.approx(0.3, abs=0.01)
    assert first["low"] < first["effect"] < first["high"]
    assert first["ablation_effect"] == pytest.approx(0.0, abs=0.01)
    assert (second["id"], second["verdict"], second["runs"]) == ("H6", "confirmed", 8)
    assert first["robust_share"] == 1.0
    assert [row["points"] for row in rows(folder, "robustness.json")] == [4, 4]
    table = pq.read_table(folder / "verdicts.parquet")
    assert table.column("verdict").to_pylist() == ["confirmed", "confirmed"]
    design = pq.read_table(folder / "hypotheses" / "runs.parquet", columns=["label", "replicate"]).to_pylist()
    assert sum(row["label"] == "h05 on protected" for row in design) == 4
    assert sum(row["label"] == "h06 on half" for row in design) == 8
    # Two arms with and two without of H5, four times; three and two of H6, eight times; two of each in four worlds.
    assert len(seeds) == 4 * 4 + 5 * 8 + 2 * 2 * 4 * 2
    assert "Of 2 hypotheses 2 are confirmed" in capsys.readouterr().out
    before = content(folder)
    made = len(seeds)
    assert caremarket("validate", *ASKED, "part=hypotheses") == 0
    assert len(seeds) == made
    assert content(folder) == before


def test_a_kill_at_any_time_changes_nothing(
    caremarket: Command, work: Path, seeds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caremarket("validate", "only=H5", *ASKED[1:], "output_root=other") == 0
    whole = len(seeds)
    inner = agents.simulate
    for limit in (whole + 5, whole + 20):  # among the hypotheses, among the worlds
        monkeypatch.setattr(agents, "simulate", interrupted(inner, seeds, limit))
        assert caremarket("validate", "only=H5", *ASKED[1:], "runner.batch_seconds=0.000001") == 1
        assert json.loads((result_folder(work / "outputs") / "manifest.json").read_text())["status"] == "running"
    monkeypatch.setattr(agents, "simulate", inner)
    assert caremarket("validate", "only=H5", *ASKED[1:]) == 0
    assert len(seeds) == 2 * whole
    assert content(result_folder(work / "outputs")) == content(result_folder(work / "other"))


def test_a_failed_run_is_tried_again(
    caremarket: Command, work: Path, seeds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (*ASKED, "part=hypotheses")
    inner = agents.simulate

    def sometimes(scenario: Scenario, seed: int) -> RunResult:
        if len(seeds) == 2:
            seeds.append(seed)
            raise ValueError("once")
        return inner(scenario, seed)

    monkeypatch.setattr(agents, "simulate", sometimes)
    assert caremarket("validate", *asked) == 3
    folder = result_folder(work / "outputs")
    assert json.loads((folder / "manifest.json").read_text())["status"] == "incomplete"
    assert [row["runs"] for row in rows(folder)] == [0, 8]
    assert caremarket("validate", *asked) == 0
    assert [row["verdict"] for row in rows(folder)] == ["confirmed", "confirmed"]


def test_the_market_itself_is_validated(caremarket: Command, work: Path) -> None:
    asked = ("--quick", "only=H18", "part=hypotheses", "runner=local", "validate.rule.looks=[2]", "horizon_years=1")
    assert caremarket("validate", *asked) == 0
    (found,) = rows(result_folder(work / "outputs"))
    assert found["runs"] == found["ablation_runs"] == 2
    assert found["effect"] is not None


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["only=H5,H99"], "only: 'H99' is no hypothesis"),
        (["part=hypotheses,fame"], "part: 'fame' is unknown"),
        (["validate.rule.looks=[8,4]"], "validate.rule: looks must rise"),
        (["validate.rule.looks=[4,many]"], "validate.rule.looks.1"),
        (["validate.rule.colour=red"], "validate.rule.colour"),
        (["~validate.rule.matters.sme_delivered_to_promised"], "validate.rule.matters.sme_delivered_to_promised"),
        (["validate.robustness.ranges=h05"], "validate.robustness.ranges"),
        (["behaviour.trust_gain=7"], "behaviour.trust_gain"),
        (["runner.workers=0"], "runner.workers"),
        (["--quickly"], "command line"),
    ],
)
def test_a_wrong_request_is_said_in_one_line(
    overrides: list[str], said: str, caremarket: Command, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {override.partition("=")[0] for override in overrides}
    asked = [argument for argument in ASKED if argument.partition("=")[0] not in given]
    assert caremarket("validate", *asked, *overrides) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not list(work.iterdir())


def numbers(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from numbers(value, f"{prefix}.{key}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}.{key}", value


def test_every_number_of_behaviour_is_uncertain_or_left_out_for_a_reason() -> None:
    defaults = dict(numbers(BehaviourSpec().model_dump(), "behaviour"))
    over = ranges_of("uncertain")
    left_out = set(re.findall(r"^#   (behaviour[\w.]+): \w", (FOLDER / "uncertain.yaml").read_text(), re.M))
    assert set(over) <= set(defaults)
    assert not left_out & set(over)
    # What there is for each kind of contract or service is no single number.
    single = {key for key in defaults if key.count(".") <= (2 if key.split(".")[1] in nested() else 1)}
    assert single <= set(over) | left_out
    for key, drawn in over.items():
        assert drawn["low"] <= defaults[key] <= drawn["high"], key
    section = {"uncertainties": {"sample": {"sampler": "latin_hypercube", "samples": 50, "over": over}}}
    assert len(design_from_config(section, {}, 1, 1).points) == 50


def nested() -> set[str]:
    """Names of the parts of behaviour that have a folder of their own."""
    return {name for name, value in BehaviourSpec().model_dump().items() if isinstance(value, Mapping)}
