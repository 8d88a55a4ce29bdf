"""The tables of the runs, read with DuckDB: views of the files, and what the figures ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from caremarket.market.forms import FORMS
from caremarket.market.routes import ROUTES

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("runs", "yearly", "events", "procurements", "bids")
BURN_IN_MONTHS = 24.0
"""Months left out where a figure leaves out the first two years."""

_TENDERS = """
create view tenders as
select r.label as arm, p.* from procurements p join runs r using (run)
where p.route in (select unnest($routes)) and p.form not in (select unnest($choice))
"""
_OFFERS = """
create view offers as
select t.arm, t.route, t.opened, b.* from bids b join tenders t on t.run = b.run and t.id = b.procurement
"""


class Runs:
    """The runs of all arms: a DuckDB connection with their tables and two views.

    ``tenders`` are procurements with a notice that any provider may answer and where bidders compete (no direct awards,
    no accreditation), each with its ``arm``; ``offers`` are the bids of tenders. In all tables ``run`` numbers the run
    and ``replicate`` its seed.

    Args:
        tables: name -> Arrow table, pandas frame, or Parquet file, for each of :data:`TABLES`.
    """

    def __init__(self, tables: Mapping[str, Any]) -> None:
        import duckdb  # takes time to import

        self._connection = duckdb.connect()
        for name in TABLES:
            table = tables[name]
            if isinstance(table, Path):
                self._connection.read_parquet(str(table)).create_view(name)
            else:
                self._connection.register(name, table)
        routes = [name for name, route in ROUTES.items() if route.competitive]
        choice = [name for name, form in FORMS.items() if form.patients_choose]
        for statement in (_TENDERS, _OFFERS):
            text = statement.replace("$routes", _listed(routes)).replace("$choice", _listed(choice))
            self._connection.execute(text)

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """The merged tables in a folder of results."""
        return cls({name: folder / f"{name}.parquet" for name in TABLES})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def seeds(self) -> int:
        """Number of seeds with at least one run."""
        return int(self.frame("select count(distinct replicate) as n from runs").n[0])

    def frame(self, query: str, *values: Any) -> pd.DataFrame:
        """The result of a query; ``?`` in it stand for ``values`` in order."""
        return self._connection.execute(query, list(values)).df()

    def by_seed(self, query: str, *values: Any) -> pd.Series[float]:
        """The column ``value`` of a query that gives one row for each ``replicate``; empty entries are left out."""
        found = self.frame(query, *values).set_index("replicate")["value"].astype(float)
        return found.dropna().sort_index()

    def measure(self, arm: str, name: str) -> pd.Series[float]:
        """A measure of the summary of an arm, by seed."""
        return self.by_seed(f'select replicate, "{name}" as value from runs where label = ?', arm)


def _listed(names: list[str]) -> str:
    return "[" + ", ".join(f"'{name}'" for name in names) + "]"
