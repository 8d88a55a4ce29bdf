"""Cases of scenario discovery: design points with their levers and mean outcomes, as the EMA Workbench reads them."""

from __future__ import annotations

import gzip
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

NOT_LEVERS = frozenset({"point", "label", "config_hash"})


@dataclass(frozen=True, slots=True)
class Cases:
    """A sweep in the form that EMA Workbench reads.

    Attributes:
        experiments: one row per design point, one column per lever that varies: numbers, or text for choices. A last
            column ``scenario`` numbers the points; EMA Workbench's analyses leave it out.
        outcomes: measure -> mean over replicates of each point, NaN if it was never measured.
        labels: label of each point.
        left_out: levers that do not vary or are not set at every point.
    """

    experiments: pd.DataFrame
    outcomes: dict[str, np.ndarray]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def levers(self) -> list[str]:
        """Names of the levers that vary."""
        return [str(name) for name in self.experiments.columns if name != "scenario"]


def cases_of(design: pa.Table, runs: pa.Table) -> Cases:
    """The cases of a finished sweep.

    Args:
        design: its ``design.parquet``: point, label, config_hash, then one column per lever.
        runs: its ``runs.parquet``, of which ``point`` and the columns without a dot in their name are used.
    """
    import pandas as pd

    levers = [name for name in design.column_names if name not in NOT_LEVERS]
    measures = [
        field.name
        for field in runs.schema
        if pa.types.is_floating(field.type) and "." not in field.name and field.name not in levers
    ]
    means = runs.select(["point", *measures]).group_by("point").aggregate([(m, "mean") for m in measures])
    means = means.sort_by("point")
    kept = design.filter(pa.compute.is_in(design.column("point"), means.column("point"))).sort_by("point")
    columns: dict[str, Any] = {}
    for name in levers:
        column = _column(kept.column(name))
        if column is not None:
            columns[name] = column
    frame = pd.DataFrame(columns)
    frame["scenario"] = kept.column("point").to_numpy()
    outcomes = {m: means.column(f"{m}_mean").to_numpy(zero_copy_only=False).astype(float) for m in measures}
    left_out = tuple(name for name in levers if name not in columns)
    return Cases(frame, outcomes, tuple(map(str, kept.column("label").to_pylist())), left_out)


def _column(values: Any) -> Any | None:
    """A lever's values in EMA Workbench's form; None if they are all the same or some are missing."""
    import pandas as pd

    if values.null_count or pa.compute.count_distinct(values).as_py() < 2:
        return None
    if pa.types.is_boolean(values.type):
        # Not true and false, which are read back from the exported CSV as another type.
        return pd.Categorical(["yes" if v else "no" for v in values.to_pylist()])
    if not pa.types.is_floating(values.type):
        return pd.Categorical(values.to_pylist())
    numbers = values.to_numpy()
    whole = numbers.astype(np.int64)
    return whole if np.array_equal(whole, numbers) else numbers


def export(cases: Cases) -> bytes:
    """The cases in EMA Workbench's own format, for its ``load_results``: the same bytes for the same cases."""
    ema = ema_workbench()
    for name in cases.outcomes:
        ema.ScalarOutcome(name)  # it can write an outcome once its type is declared
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.tar.gz"
        ema.save_results((cases.experiments, cases.outcomes), str(path))
        content = gzip.decompress(path.read_bytes())
    return gzip.compress(content, mtime=0)


def ema_workbench() -> Any:
    """EMA Workbench, without its warning about missing packages for clusters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ema_workbench
    return ema_workbench
