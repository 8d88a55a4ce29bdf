"""Ray runs what the design asks for, and it makes no difference to the results that it does."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.runners.conftest import Command, result_folder

pytestmark = pytest.mark.ray

DESIGN = ("policy=separate,prime_provider", "replicates=3", "horizon_years=1")
FINAL = ("runs.parquet", "yearly.parquet", "design.parquet", "failures.parquet")


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_ray_and_no_ray_give_the_same_bytes(workers: int, caremarket: Command, work: Path) -> None:
    folders = []
    for number, runner in enumerate((f"runner.workers={workers}", "runner=local")):
        assert caremarket("sweep", *DESIGN, runner, f"output_root=o{number}") == 0
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


@pytest.mark.slow
def test_workers_make_no_difference_to_when_a_point_has_runs_enough(caremarket: Command, work: Path) -> None:
    stopping = "+design.stopping={measures: {hhi_delivered: 600.0}, min_replicates: 3, max_replicates: 12, batch: 3}"
    folders = []
    for number, runner in enumerate((["runner.workers=2"], ["runner=local"])):
        asked = (DESIGN[0], DESIGN[2], stopping, "runner.batch_seconds=0.05")
        assert caremarket("sweep", *asked, *runner, f"output_root=o{number}") == 0
        folders.append(result_folder(work / f"o{number}"))
    for name in (*FINAL, "stopping.parquet"):
        assert len({(folder / name).read_bytes() for folder in folders}) == 1, name
    counts = pq.read_table(folders[0] / "stopping.parquet").column("replicates").to_pylist()
    assert min(counts) < 12
    assert max(counts) > 3
