"""Runs are compared with the run they share their luck with, and with no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from caremarket.experiments.analysis.comparison import SCHEMA, compare
from caremarket.experiments.analysis.results import find, read_sweep
from caremarket.market.errors import ConfigurationError
from tests.experiments.conftest import MadeSweep, luck

FORMS = [("separate", {"policy": "separate"}), ("prime", {"policy": "prime"})]
ARMS = {"separate": {"policy": "separate"}, "prime": {"policy": "prime"}}


def measured(levers: Mapping[str, Any], replicate: int) -> dict[str, float | None]:
    """A prime adds 2 (2.1 in odd replicates), each unit of flow-down 5; luck moves everything by some 10."""
    prime = levers.get("policy") == "prime"
    effect = (2.0 + 0.1 * (replicate % 2)) * prime + 5.0 * float(levers.get("policy.flow_down") or 0.0)
    return {
        "hhi_direct": 100.0 + luck(replicate) + effect,
        "sme_win_rate": None if prime and replicate < 3 else 0.5,
        "sme_bid_rate": None if prime else 0.5,
    }


def test_pairing_takes_the_luck_out(sweep_of: MadeSweep) -> None:
    found = compare(sweep_of(FORMS, 8, measured, arms=ARMS))
    assert found.table.schema == SCHEMA
    row = found.row("prime", "hhi_direct")
    assert (row["baseline"], row["pairs"], row["units"], row["unit"]) == ("separate", 8, 8, "replicate")
    assert row["difference"] == pytest.approx(2.05)
    assert row["t_high"] - row["t_low"] < 0.2
    assert row["sign_share"] == 1.0
    assert row["relative_change"] == pytest.approx(row["arm_mean"] / row["baseline_mean"] - 1)
    assert row["p_t"] == row["p_t_holm"] < 0.001  # the only measure that moves: nothing to correct for


def test_pairs_without_a_measure_are_counted_and_left_out(sweep_of: MadeSweep) -> None:
    found = compare(sweep_of(FORMS, 8, measured, arms=ARMS))
    some, none = found.row("prime", "sme_win_rate"), found.row("prime", "sme_bid_rate")
    assert (some["pairs"], some["missing"], some["difference"], some["p_t"]) == (5, 3, 0.0, None)
    assert (none["pairs"], none["missing"], none["difference"]) == (0, 8, None)


def test_crossed_levers_are_paired_at_the_same_values(sweep_of: MadeSweep) -> None:
    points = [
        (f"policy={form} flow_down={flow:g}", {"policy": form, "policy.flow_down": flow})
        for form in ("separate", "prime")
        for flow in (0.0, 0.5, 1.0)
    ]
    sweep = sweep_of(points, 6, measured)
    for baseline in (None, "separate", "policy=separate"):
        row = compare(sweep, baseline, ["hhi_direct"]).row("prime", "hhi_direct")
        assert (row["pairs"], row["units"], row["unit"]) == (18, 6, "replicate")
        assert row["difference"] == pytest.approx(2.05)
    flow = compare(sweep, "flow_down=0", ["hhi_direct"])
    assert flow.arms.others == ["flow_down=0.5", "flow_down=1"]
    assert flow.row("flow_down=1", "hhi_direct")["difference"] == pytest.approx(5.0)
    whole = compare(sweep, "policy=separate flow_down=1", ["hhi_direct"])
    assert whole.row("policy=prime flow_down=0", "hhi_direct")["difference"] == pytest.approx(2.05 - 5.0)


def test_many_settings_of_few_replicates_are_the_units(sweep_of: MadeSweep) -> None:
    """Arms crossed with drawn states of the world: labels number the draws through, levers say which are the same."""
    draws = [0.111, 0.222, 0.333, 0.444, 0.555, 0.666]
    points = [
        (f"{arm} draw={number + 6 * position}", {"policy": arm, "policy.flow_down": draw})
        for position, arm in enumerate(ARMS)
        for number, draw in enumerate(draws)
    ]
    row = compare(sweep_of(points, 2, measured, arms=ARMS)).row("prime", "hhi_direct")
    assert (row["pairs"], row["units"], row["unit"]) == (12, 6, "setting")
    assert row["difference"] == pytest.approx(2.05)


def test_an_unfinished_sweep_is_read_from_its_parts(sweep_of: MadeSweep) -> None:
    sweep = sweep_of(FORMS, 4, measured, arms=ARMS)
    folder = sweep.folder
    whole = pq.read_table(folder / "runs.parquet").drop_columns(["label", "policy"])
    (folder / "runs.parquet").unlink()
    (folder / "runs").mkdir()
    pq.write_table(whole.slice(0, 5), folder / "runs" / "part-000000.parquet")
    pq.write_table(whole.slice(5, 1), folder / "runs" / "part-000001.parquet")
    (folder / "runs" / "part-000002.parquet").write_bytes(b"PAR1 torn")
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace('"status": "done"', '"status": "running"'))
    row = compare(read_sweep(folder)).row("prime", "hhi_direct")
    assert (row["pairs"], row["not_run"]) == (2, 2)


def test_another_sweep_with_the_same_seeds_can_be_the_baseline(sweep_of: MadeSweep) -> None:
    before = sweep_of(FORMS, 6, measured, arms=ARMS, name="before")
    after = sweep_of(
        FORMS, 6, lambda levers, r: {**measured(levers, r), "hhi_direct": 103.0 + luck(r)}, arms=ARMS, name="after"
    )
    found = compare(after, None, ["hhi_direct"], against=before)
    assert found.row("separate", "hhi_direct")["difference"] == pytest.approx(3.0)
    assert found.row("prime", "hhi_direct")["difference"] == pytest.approx(3.0 - 2.05)
    one = compare(after, "separate", ["hhi_direct"], against=before)
    assert one.row("prime", "hhi_direct")["difference"] == pytest.approx(3.0)
    other = sweep_of(FORMS, 6, measured, arms=ARMS, name="other", root_seed=2)
    with pytest.raises(ConfigurationError, match="seeds"):
        compare(after, against=other)


@pytest.mark.parametrize(
    ("baseline", "measures", "said"),
    [("magic", None, "separate, prime"), (None, ["hhi_dirct"], "measures.md"), (None, [], "no measure")],
)
def test_what_is_not_there_is_named(
    baseline: str | None, measures: list[str] | None, said: str, sweep_of: MadeSweep
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        compare(sweep_of(FORMS, 3, measured, arms=ARMS), baseline, measures)


def test_points_that_have_nothing_in_common_are_not_compared(sweep_of: MadeSweep) -> None:
    drawn = [(f"sample={n}", {"policy.flow_down": n / 7, "policy.monitoring": n / 9}) for n in range(4)]
    with pytest.raises(ConfigurationError, match="nothing differs"):
        compare(sweep_of(drawn, 3, measured))
    with pytest.raises(ConfigurationError, match="one design point"):
        compare(sweep_of(drawn[:1], 3, measured, id="ba9876543210"))


def test_a_name_stands_for_the_latest_of_its_sweeps(
    sweep_of: MadeSweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = sweep_of(FORMS, 2, measured, id="ffffffffffff").folder
    new = sweep_of(FORMS, 2, measured, id="000000000000").folder
    path = new / "manifest.json"
    path.write_text(path.read_text().replace("2013-04-01", "2013-04-02"))
    monkeypatch.chdir(tmp_path)
    assert find("made_up").resolve() == new
    assert find(str(old)) == old
    with pytest.raises(ConfigurationError, match="made_up"):
        find("nothing")
