"""``caremarket run`` leaves a complete folder, the same bytes every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from caremarket.runners.storage.atomic_files import restore_folder, write_folder
from tests.runners.conftest import SMALL, Command, result_folder


def test_a_run_leaves_a_complete_folder_and_tells_where(
    caremarket: Command, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("run", "seed=3", "name=mine", "policy.flow_down=0.25") == 0
    folder = result_folder(work / "outputs")
    assert folder.parent == work / "outputs" / "mine"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "done"
    assert manifest["config_hash"].startswith(folder.name)
    assert manifest["seed"] == 3
    assert manifest["code"]["source"]
    assert yaml.safe_load((folder / "config.yaml").read_text())["policy"]["flow_down"] == 0.25
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["ledger_imbalance_pence"] == 0
    assert pq.read_table(folder / "yearly.parquet").num_rows > 0
    shown = capsys.readouterr().out
    assert "HHI delivered" in shown
    assert "–" in shown
    assert folder.name in shown
    assert "caremarket ui" in shown
    assert [p.name for p in work.iterdir()] == ["outputs"]
    assert [p.name for p in (work / "outputs").iterdir()] == ["mine"]


def test_two_processes_with_other_hash_seeds_write_the_same_bytes(work: Path) -> None:
    contents = []
    for number in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "caremarket.runners.cli",
            "run",
            *SMALL,
            "tracking=none",
            f"output_root=o{number}",
        ]
        env = {**os.environ, "PYTHONHASHSEED": number}
        subprocess.run(command, cwd=work, env=env, check=True, capture_output=True, timeout=120)
        folder = result_folder(work / f"o{number}")
        names = [p.name for p in folder.iterdir() if p.suffix == ".parquet" or p.name == "summary.json"]
        contents.append({name: (folder / name).read_bytes() for name in sorted(names)})
    assert contents[0] == contents[1]
    assert len(contents[0]) > 2


def test_the_same_request_finds_its_own_folder_and_another_does_not(caremarket: Command, work: Path) -> None:
    for overrides in ([], [], ["seed=2"], ["market.synthetic.ccgs=1"]):
        assert caremarket("run", *overrides) == 0
    assert len(list((work / "outputs" / "local").iterdir())) == 3


def test_a_user_s_own_folder_of_configuration_is_used(caremarket: Command, work: Path) -> None:
    (work / "mine" / "policy").mkdir(parents=True)
    (work / "mine" / "policy" / "gentle.yaml").write_text("defaults: [separate, _self_]\nflow_down: 0.1\n")
    assert caremarket("run", "--config-dir", "mine", "policy=gentle") == 0
    config = yaml.safe_load((result_folder(work / "outputs") / "config.yaml").read_text())
    assert config["policy"]["flow_down"] == 0.1
    assert config["policy"]["form"] == "separate"


def test_multirun_makes_a_run_for_each_value(caremarket: Command, work: Path) -> None:
    assert caremarket("run", "--multirun", "policy.flow_down=0,1") == 0
    assert len(list((work / "outputs" / "local").iterdir())) == 2


def test_a_failure_while_writing_keeps_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    write_folder(target, {"x": b"old"})
    with pytest.raises(TypeError):
        write_folder(target, {"x": b"new", "y": None})  # type: ignore[dict-item]
    assert (target / "x").read_bytes() == b"old"
    assert [p.name for p in target.parent.iterdir()] == ["b"]
    write_folder(target, {"y": b"new"})
    assert [p.name for p in target.iterdir()] == ["y"]


def test_a_kill_between_the_moves_is_mended(tmp_path: Path) -> None:
    target = tmp_path / "b"
    write_folder(target, {"x": b"old"})
    os.replace(target, tmp_path / ".b.old")
    (tmp_path / ".b.zzz.tmp").mkdir()
    restore_folder(target)
    assert (target / "x").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["b"]
