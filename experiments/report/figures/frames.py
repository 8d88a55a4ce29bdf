"""Data that charts read from a run's tables: the organisations, and the state of the market in a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from caremarket.agents.records.tables import SCHEMAS
from caremarket.experiments.report.figures.style import kind_name
from caremarket.market.errors import ConfigurationError
from caremarket.market.provider_kinds import PROVIDER_KINDS

Tables = Mapping[str, pa.Table]
Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]

_KEYS = {"positions": "record.positions_months", "flows": "record.positions_months"}


def table(tables: Tables, name: str) -> pa.Table:
    """Return a table of a run.

    Raises:
        ConfigurationError: the run did not keep it, or an earlier release wrote it with other columns.
    """
    try:
        found = tables[name]
    except KeyError:
        key = _KEYS.get(name, f"record.{name}")
        needed = "3 or another number of months" if name in _KEYS else "true"
        raise ConfigurationError(key, f"the run kept no table `{name}`; run it with {key}={needed}") from None
    missing = [column for column in SCHEMAS[name].names if column not in found.column_names]
    if missing:
        raise ConfigurationError(name, f"the table has no column {', '.join(missing)}: make the run anew")
    return found


def numbers(of: pa.Table, name: str) -> Numbers:
    """A column as floating-point numbers; absent values are not a number."""
    column = of.column(name)
    values: Numbers = pc.cast(column, pa.float64()).to_numpy()
    return values


def integers(of: pa.Table, name: str) -> Indices:
    """A column of whole numbers without absent values."""
    values: Indices = of.column(name).to_numpy().astype(np.int64)
    return values


@dataclass(frozen=True, slots=True)
class Organisations:
    """Organisations by ``organisations.index``.

    Attributes:
        kinds: kind as in the tables; ``labels`` the same in words.
        entered, exited: months; ``exited`` is -1 for those still in the market.
    """

    names: list[str]
    kinds: list[str]
    labels: list[str]
    areas: list[str]
    small: list[bool]
    third_sector: list[bool]
    entered: list[float]
    exited: list[float]
    reasons: list[str]

    @classmethod
    def of(cls, tables: Tables) -> Organisations:
        """Build from the ``organisations`` table."""
        found = table(tables, "organisations").sort_by("index")

        def column(name: str) -> list[Any]:
            values: list[Any] = found.column(name).to_pylist()
            return values

        kinds = column("kind")
        return cls(
            column("name"),
            kinds,
            [kind_name(kind) for kind in kinds],
            column("area"),
            column("sme"),
            column("third_sector"),
            column("entered"),
            column("exited"),
            column("exit_reason"),
        )

    def small_mask(self, indices: Indices) -> NDArray[np.bool_]:
        """Whether each of these organisations is small."""
        return np.array(self.small, dtype=bool)[indices] if len(indices) else np.zeros(0, dtype=bool)

    def rank(self, index: int) -> int:
        """Position of its kind in the order of kinds; others come first."""
        kind = self.kinds[index]
        return list(PROVIDER_KINDS).index(kind) if kind in PROVIDER_KINDS else -1

    def gone(self, index: int, month: float) -> bool:
        """True if it has left by a month."""
        return 0.0 <= self.exited[index] <= month


def last_month(tables: Tables, month: float | None) -> float:
    """The month to show: ``month``, or the last month in the tables.

    Raises:
        ConfigurationError: ``month`` lies before the start.
    """
    if month is not None:
        if not 0.0 <= month < float("inf"):
            raise ConfigurationError("month", f"{month!r} is not allowed; a number of months from 0 on is")
        return float(month)
    noted = table(tables, "positions").column("month")
    return float(pc.max(noted).as_py() or 0.0)


def known_by(found: pa.Table, column: str, month: float) -> pa.Table:
    """The rows of a table up to a month."""
    return found.filter(pc.less_equal(found.column(column), pa.scalar(month + 1e-9)))


def positions_until(tables: Tables, month: float | None) -> tuple[pa.Table, float]:
    """The rows of ``positions`` up to the month to show, and that month.

    Raises:
        ConfigurationError: ``month`` lies before the start, or the run did not keep the table.
    """
    until = last_month(tables, month)
    return known_by(table(tables, "positions"), "month", until), until


def at_last_note(found: pa.Table, month: float) -> tuple[pa.Table, float]:
    """The rows of the last record not later than a month, of ``positions`` or ``flows``, and its month."""
    known = known_by(found, "month", month)
    if not known.num_rows:
        return known, 0.0
    noted = pc.max(known.column("month"))
    return known.filter(pc.equal(known.column("month"), noted)), float(noted.as_py())
