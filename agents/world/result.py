"""Result of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

Number = int | float | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """Result of one finished run.

    Attributes:
        seed: the run's seed.
        summary: flat name -> number, in a fixed order; None where there was nothing to measure. Shares in
            [0, 1], money in pence, concentration on 0 to 10,000.
        tables: Arrow tables by name (``yearly``, ``events``, ...), those the scenario records.
        notes: omissions and assumptions in building the market, for the log.
    """

    seed: int
    summary: dict[str, Number]
    tables: dict[str, pa.Table]
    notes: tuple[str, ...] = ()
