"""A folder that is no recording is refused with the file's name and what is wrong with it."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caremarket.agents.records.tables import SCHEMAS
from caremarket.market.errors import ConfigurationError
from caremarket.runners.demo.engine.recording import described, open_recording, recordings


@pytest.fixture
def copy(recorded, tmp_path):
    """A copy of the recorded run, to be spoiled."""
    return shutil.copytree(recorded, tmp_path / "name" / "run")


def test_a_recorded_run_has_the_tables_that_were_written(recorded):
    found = open_recording(recorded)
    assert found.horizon == 36.0
    assert found.seed == 1
    assert "prime_provider" in found.title
    for name, table in found.tables.items():
        assert table.schema.equals(SCHEMAS[name])
    assert found.tables["events"].num_rows == pq.read_metadata(recorded / "events.parquet").num_rows > 100


def test_runs_are_found_under_an_output_folder(recorded):
    assert recordings(recorded.parent.parent) == [recorded]
    assert "seed 1" in described(recorded)


def _truncate(folder):
    path = folder / "contracts.parquet"
    path.write_bytes(path.read_bytes()[:200])
    return path, "is corrupt"


def _missing(folder):
    (folder / "bids.parquet").unlink()
    return folder / "bids.parquet", "is missing"


def _another_table(folder):
    shutil.copy(folder / "bids.parquet", folder / "contracts.parquet")
    return folder / "contracts.parquet", "has no column"


def _wrong_type(folder):
    path = folder / "contracts.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("start")
    pq.write_table(table.set_column(place, "start", pa.array(["soon"] * table.num_rows)), path)
    return path, "wrong type"


def _of_another_run(folder):
    path = folder / "organisations.parquet"
    pq.write_table(pq.read_table(path).slice(0, 3), path)
    return folder / "events.parquet", "does not belong here"


def _out_of_order(folder):
    path = folder / "events.parquet"
    table = pq.read_table(path)
    pq.write_table(table.take(list(reversed(range(table.num_rows)))), path)
    return path, "not in order of time"


def _no_manifest(folder):
    (folder / "manifest.json").write_text("{")
    return None, ""


@pytest.mark.parametrize(
    "spoil", [_truncate, _missing, _another_table, _wrong_type, _of_another_run, _out_of_order, _no_manifest]
)
def test_what_is_wrong_is_said_with_the_files_name(copy, spoil):
    path, reason = spoil(copy)
    if path is None:  # a recording without a manifest is one all the same
        assert open_recording(copy).horizon == pytest.approx(36.0, abs=2.0)
        return
    with pytest.raises(ConfigurationError, match=reason) as found:
        open_recording(copy)
    assert found.value.key == str(path)
    assert "\n" not in str(found.value)


def test_no_folder_an_empty_one_and_a_file_are_told_apart(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="is not given"):
        open_recording(" ")
    with pytest.raises(ConfigurationError, match="is not there"):
        open_recording(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="is a file"):
        open_recording(tmp_path / "file")
    with pytest.raises(ConfigurationError, match="holds no run"):
        open_recording(tmp_path)
