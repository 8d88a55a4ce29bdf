"""Parts are believed when they are whole, wherever they are, and count each run once."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from caremarket.experiments.design.plan import Design, Point
from caremarket.market.errors import CaremarketError
from caremarket.runners.execution.batch_queue import MOST_UNSEEN, BatchQueue
from caremarket.runners.storage import parts as parts_module
from caremarket.runners.storage.batches import Batch
from caremarket.runners.storage.encodings import part_bytes
from caremarket.runners.storage.parts import Parts, StorageError, opened
from caremarket.runners.storage.sweep_folder import SweepFolder
from tests.runners.conftest import Command, result_folder

DESIGN = Design((Point(0, "base", {}),), 6, 1)
SWEEP = ("policy=separate,prime_provider", "replicates=2", "horizon_years=1", "runner=local")


def rows(runs: list[int], value: float = 1.0) -> bytes:
    columns = {"run": pa.array(runs, pa.int32()), "point": pa.array([0] * len(runs), pa.int32())}
    more = {"replicate": columns["run"], "seed": pa.array(runs, pa.int64()), "value": pa.array([value] * len(runs))}
    return part_bytes(pa.table({**columns, **more}))


def written(parts: Parts, runs: list[int], value: float = 1.0) -> Batch:
    place = parts.take()
    sizes = place.write({"yearly": rows(runs, value), "runs": rows(runs, value)})
    return Batch(tuple(runs), {}, (), 1.0, 0.0, place.name, sizes)


def stores(tmp_path: Path) -> dict[str, str]:
    return {"a folder": str(tmp_path / "a"), "a URI": (tmp_path / "b").as_uri()}


@pytest.mark.parametrize("kind", ["a folder", "a URI"])
def test_what_is_written_is_read_back(kind: str, tmp_path: Path) -> None:
    parts = Parts(stores(tmp_path)[kind])
    assert parts.tidy() == []
    batch = written(parts, [3, 4])
    assert parts.whole(batch.part, batch.sizes)
    assert parts.tidy() == [batch.part]
    assert parts.tables() == ["runs", "yearly"]
    assert parts.read("runs", batch.part, ["run"]).to_pydict() == {"run": [3, 4]}
    parts.remove(batch.part)
    assert not parts.whole(batch.part, batch.sizes)
    assert parts.tidy() == []


@pytest.mark.parametrize("kind", ["another file system", "an object store"])
def test_file_systems_other_than_the_local_one(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system: pafs.FileSystem = pafs._MockFileSystem()
    if kind == "another file system":
        system = pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem())
    else:  # which has no renaming, and shows a file when it is closed
        system.create_dir("bucket/sweep/runs", recursive=True)
        system.create_dir("bucket/sweep/yearly", recursive=True)
        monkeypatch.setattr(parts_module, "OBJECT_STORES", {system.type_name})
    monkeypatch.setattr(parts_module, "opened", lambda _: (system, "bucket/sweep"))
    parts = Parts("other://bucket/sweep")
    first, second = written(parts, [0, 1]), written(parts, [2])
    assert parts.tidy() == [first.part, second.part]
    assert parts.read("yearly", second.part)["run"].to_pylist() == [2]
    parts.clear()
    assert parts.tables() == []


def test_what_a_kill_leaves_is_removed(tmp_path: Path) -> None:
    parts = Parts(str(tmp_path))
    whole, torn, half = (written(parts, [run]) for run in range(3))
    path = tmp_path / "yearly" / torn.part
    path.write_bytes(path.read_bytes()[:-5])
    (tmp_path / "runs" / half.part).unlink()
    (tmp_path / "runs" / ".part-000009-ab.parquet.1234.tmp").write_bytes(b"PAR1")
    assert not parts.whole(torn.part, torn.sizes)
    assert parts.tidy() == [whole.part]
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*part-*")) == [
        f"runs/{whole.part}",
        f"yearly/{whole.part}",
    ]


def test_parts_of_two_commands_do_not_overwrite_each_other(tmp_path: Path) -> None:
    assert Parts(str(tmp_path)).take().name != Parts(str(tmp_path)).take().name


def test_a_run_in_two_parts_counts_once(tmp_path: Path) -> None:
    store = SweepFolder(tmp_path)
    written(store.parts, [0, 1, 2, 3])
    written(Parts(str(tmp_path)), [2])  # a worker that was thought dead
    written(store.parts, [4, 5])
    assert store.finished() == set(range(6))
    store.merge(DESIGN)
    store.close()
    for table in ("runs", "yearly"):
        assert pq.read_table(tmp_path / f"{table}.parquet").column("run").to_pylist() == list(range(6))


def test_a_receipt_for_a_part_that_is_not_there_is_not_believed(tmp_path: Path) -> None:
    parts = Parts(str(tmp_path))
    dispatch = BatchQueue(DESIGN.runs(), 1.0, parts)
    job = dispatch.batch(2)
    batch = written(parts, [spec.run for spec in job.specs])
    (tmp_path / "yearly" / batch.part).unlink()
    assert dispatch.arrived(job, batch) is None
    again = dispatch.batch(2)
    assert again.specs == job.specs
    good = written(parts, [spec.run for spec in again.specs])
    assert dispatch.arrived(again, good) is good
    absent = Batch((9,), {}, (), 1.0, 0.0, "part-x.parquet", {"runs": 10})
    for _ in range(MOST_UNSEEN - 1):
        assert dispatch.arrived(dispatch.batch(2), absent) is None
    with pytest.raises(CaremarketError, match=r"runner\.parts"):
        dispatch.arrived(dispatch.batch(2), absent)


def test_a_batch_that_costs_its_worker_is_cut_and_leaves_no_part(tmp_path: Path) -> None:
    parts = Parts(str(tmp_path))
    dispatch = BatchQueue(DESIGN.runs(), 1.0, parts, tries=2)
    first = dispatch.batch(1)
    assert dispatch.arrived(first, Batch((0,), {}, (), 0.1)) is not None
    job = dispatch.batch(1)
    assert len(job.specs) > 1
    assert job.place is not None
    job.place.write({"runs": rows([spec.run for spec in job.specs])})
    assert dispatch.lost(job, "gone") is None
    assert parts.tables() == []
    suspects = [dispatch.suspect() for _ in job.specs]
    assert [s.specs[0] for s in suspects] == list(job.specs)
    assert dispatch.lost(suspects[0], "gone") is None
    batch = dispatch.lost(dispatch.suspect(), "gone")
    assert batch is not None
    assert [(f.spec, f.reason) for f in batch.failures] == [(job.specs[0], "gone")]


def test_a_place_that_cannot_be_written_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"^cannot write results in .*\(Not a directory\)$"):
        Parts(str(tmp_path / "file")).take().write({"runs": b"PAR1"})


def test_parts_elsewhere_make_the_same_tables(caremarket: Command, work: Path) -> None:
    elsewhere = (work / "shared").as_uri()
    assert caremarket("sweep", *SWEEP) == 0
    assert caremarket("sweep", *SWEEP, "output_root=other", f"runner.parts={elsewhere}") == 0
    here, there = result_folder(work / "outputs"), result_folder(work / "other")
    assert here.name == there.name
    assert not (there / "runs").exists()
    assert list((work / "shared" / here.parent.name / here.name / "runs").glob("part-*"))
    for name in ("runs.parquet", "yearly.parquet"):
        assert (here / name).read_bytes() == (there / name).read_bytes()


def test_a_finished_sweep_needs_its_parts_no_more(caremarket: Command, work: Path) -> None:
    assert caremarket("sweep", *SWEEP) == 0
    folder = result_folder(work / "outputs")
    before = (folder / "runs.parquet").read_bytes()
    opened.cache_clear()
    for path in (*(folder / "runs").iterdir(), *(folder / "yearly").iterdir()):
        path.unlink()
    assert caremarket("sweep", *SWEEP, "runner.simulate=caremarket.agents.simulate") == 0
    assert (folder / "runs.parquet").read_bytes() == before
    assert not list((folder / "runs").iterdir())
