"""Results of a batch of runs as a worker returns them, and failed runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from caremarket.experiments.design.plan import RunSpec


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that raised an exception, exceeded a limit, or ended its worker process."""

    spec: RunSpec
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Results of a batch of runs: the tables themselves, or a receipt for the part that holds them.

    Attributes:
        runs: numbers of the runs that finished.
        tables: table name -> Parquet bytes; ``runs`` has a row a run, the others the rows of all runs. Empty
            if the worker has written them as a part.
        failures: runs that failed.
        seconds: time spent in ``simulate``.
        packing: time spent on building, encoding and writing the tables.
        part: name of the part that the worker has written; empty if there is none.
        sizes: table name -> size of its file in that part, in bytes.
    """

    runs: tuple[int, ...]
    tables: dict[str, bytes]
    failures: tuple[Failure, ...]
    seconds: float
    packing: float = 0.0
    part: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
