"""``caremarket calibrate`` and the calibration part of ``validate``, with a stand-in for the market."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caremarket.agents.world.result import RunResult
from caremarket.experiments.calibration import targets as calibration
from caremarket.experiments.calibration.fit import fit
from caremarket.experiments.calibration.targets import DISTANCE, TARGETS
from caremarket.experiments.search.study import LeverRange
from caremarket.market.scenario import Scenario
from tests.runners.conftest import Command, result_folder


def line(code: str, name: str, region: str, ccg: str = "") -> str:
    """A row of a register, as downloaded: 27 columns, no header."""
    cells = [""] * 27
    cells[:4] = code, name, region, f"Q{region[1]}"
    cells[10], cells[12], cells[23], cells[25] = "20130401", "A", ccg, "4" if ccg else ""
    return ",".join(f'"{cell}"' for cell in cells) + "\r\n"


@pytest.fixture
def england(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Registers of two regions; the figures hang on the share opened to choice, and are right at a tenth."""

    def simulate(scenario: Scenario, seed: int) -> RunResult:
        off = abs(scenario.policy.choice_share - 0.1) + 0.001 * (seed % 7)
        return RunResult(seed, {**{name: value + off for name, value in TARGETS.items()}, DISTANCE: off}, {})

    monkeypatch.setattr(calibration, "simulate", simulate)
    folder = tmp_path / "registers"
    folder.mkdir()
    registers = {"eccg": "", "etr": "", "epraccur": ""}
    for n, region in enumerate(("Y1", "Y2")):
        registers["eccg"] += line(f"00{n}", f"GROUP {n}", region)
        registers["etr"] += line(f"RA{n}", f"SHIRE {n} HOSPITALS NHS TRUST", region)
        registers["epraccur"] += line(f"P{n}", f"PRACTICE {n}", region, ccg=f"00{n}")
    for name, text in registers.items():
        (folder / f"{name}.csv").write_text(text)
    return str(folder)


def test_a_calibration_says_what_the_figures_tell(
    caremarket: Command, work: Path, england: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (f"market.ods_dir={england}", "search.trials=12", "search.generation=6", "runner=local", "market=ods")
    assert caremarket("calibrate", *asked, "market.ods_regions=[Y2]") == 0
    folder = result_folder(work / "outputs")
    assert folder.parent.name == "calibration"
    found = json.loads((folder / "calibration.json").read_text())
    share = next(p for p in found["parameters"] if p["name"] == "policy.choice_share")
    assert share["best"] == pytest.approx(0.1, abs=0.03)
    assert share["near_low"] <= share["best"] <= share["near_high"]
    assert set(TARGETS) <= set(found["best"])
    assert "within 1 point of the best" in capsys.readouterr().out
    assert caremarket("calibrate", *asked, "market.ods_regions=[Y3]") == 2
    assert "Y1, Y2" in capsys.readouterr().err


def test_parameters_that_do_the_same_to_the_figures_are_not_told() -> None:
    levers = {name: LeverRange(low=0.0, high=1.0) for name in ("first", "second", "third")}

    def trial(first: float, second: float, third: float) -> dict[str, float | None]:
        figures = dict.fromkeys(TARGETS, 0.1 * (first - second)) | {"awarded_by_tender": 0.3 * third}
        return {
            "first": first,
            "second": second,
            "third": third,
            DISTANCE: abs(first - second) + abs(third - 0.5),
            **figures,
        }

    trials = [trial(n / 20, n / 20, 0.5 + 0.001 * (n % 3)) for n in range(21)]
    trials += [trial(0.1 * n, 1.0 - 0.1 * n, 0.05 * n) for n in range(8)]
    failed = {**trials[0], DISTANCE: None}
    found = fit([*trials, failed], levers)
    assert found is not None
    assert found.near == 21
    assert [p.told for p in found.parameters] == [False, False, True]
    (pair,) = found.alike
    assert pair[:2] == ("first", "second")
    assert pair[2] == pytest.approx(-1.0)
    assert fit([failed], levers) is None


def test_validation_looks_at_england_and_passes_over_it_without_registers(
    caremarket: Command, work: Path, england: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("part=calibration", "only=H1", "runner=local", "validate.calibration.replicates=3")
    assert caremarket("validate", *asked, "output_root=without") == 0
    assert "market.ods_dir" in capsys.readouterr().err
    assert json.loads((result_folder(work / "without") / "calibration.json").read_text()) == []
    share = "policy.choice_share=0.14"
    assert caremarket("validate", *asked, f"market.ods_dir={england}", "market=ods", share) == 0
    rows = json.loads((result_folder(work / "outputs") / "calibration.json").read_text())
    assert [r["id"] for r in rows] == list(TARGETS)
    assert {r["runs"] for r in rows} == {3}
    assert {r["verdict"] for r in rows} == {"within"}
    assert all(r["low"] <= r["mean"] <= r["high"] for r in rows)
    assert rows[0]["mean"] == pytest.approx(TARGETS["awarded_number_nhs"] + 0.04, abs=0.007)
