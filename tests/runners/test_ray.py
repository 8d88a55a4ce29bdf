"""Ray runs what the design asks for, and it makes no difference to the results that it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Command, result_folder

pytestmark = pytest.mark.ray

DESIGN = ("policy=separate,prime_provider", "replicates=3", "horizon_years=1")
FINAL = ("runs.parquet", "yearly.parquet", "design.parquet", "failures.parquet")


def test_one_and_two_workers_and_no_ray_give_the_same_bytes(caremarket: Command, work: Path) -> None:
    folders = []
    for number, runner in enumerate((["runner.workers=1"], ["runner.workers=2"], ["runner=local"])):
        assert caremarket("sweep", *DESIGN, *runner, f"output_root=o{number}") == 0
        folders.append(result_folder(work / f"o{number}"))
    assert len({folder.name for folder in folders}) == 1
    for name in FINAL:
        assert len({(folder / name).read_bytes() for folder in folders}) == 1, name


def test_a_cluster_that_does_not_answer_is_a_wrong_request(
    caremarket: Command, work: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("sweep", *DESIGN, "runner.address=127.0.0.1:1") == 2
    assert "runner.address" in capfd.readouterr().err
    assert not list(work.iterdir())
