"""caremarket from Python: run, sweep, load, compare and plot, with the same checks, folders and resume as the command.

>>> import caremarket as cm
>>> run = cm.run("scenario=house", seed=1)                                              # doctest: +SKIP
>>> run.summary["hhi_delivered"], run.tables["contracts"].to_pandas()                   # doctest: +SKIP
>>> sweep = cm.sweep("policy=separate,prime_provider", "market=small", replicates=5)    # doctest: +SKIP
>>> sweep.compare("separate").figure("sme_value_share_delivered")                       # doctest: +SKIP

Overrides are Hydra's, as on the command line; keyword arguments are overrides of keys without a dot. What is wrong
with a request raises :class:`ConfigurationError`, and nothing has been run or written then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from caremarket.experiments.analysis import results as _results
from caremarket.market.errors import CaremarketError, ConfigurationError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from caremarket.experiments.analysis.comparison import Comparison as _Found
    from caremarket.experiments.report.findings import Finding

__all__ = ["CaremarketError", "Comparison", "ConfigurationError", "Run", "Sweep", "compose", "load", "run", "sweep"]

Value = bool | int | float | str | None | Sequence[bool | int | float | str | None]


def compose(*overrides: str, **keys: Value) -> dict[str, Any]:
    """The configuration that overrides compose to, as nested dictionaries."""
    from caremarket.runners.compose.composition import composed_config

    return composed_config(_arguments(overrides, keys))


def run(*overrides: str, **keys: Value) -> Run:
    """Make one run in this process, as ``caremarket run`` does, and keep and track it.

    Args:
        overrides: such as ``"scenario=house"``, ``"policy.flow_down=0.5"``; options such as ``"--config-dir", "mine"``.
        keys: overrides of keys without a dot: ``seed=1``, ``extensions=["my_module"]``.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    from caremarket.runners.commands.run import make_run

    return Run(make_run(_arguments(overrides, keys)).folder)


def sweep(*overrides: str, **keys: Value) -> Sweep:
    """Make a designed experiment, as ``caremarket sweep`` does: called again, it makes only what is missing.

    Args:
        overrides: such as ``"experiment=contract_forms"``; lists make a grid: ``"policy=separate,prime_provider"``.
        keys: overrides of keys without a dot: ``replicates=5``, ``runner="local"``. A list makes a grid.

    Returns:
        The sweep; its ``failed`` says how many runs raised, which is no error here.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    from caremarket.runners.commands.sweep import make_sweep

    plan, _ = make_sweep(_arguments(overrides, keys), quiet=True)
    return Sweep(plan.folder)


def load(where: str | Path, output_root: str = "outputs") -> Run | Sweep:
    """A run or a sweep that was made before: its folder, or the latest of an experiment's name.

    Raises:
        ConfigurationError: there is none.
    """
    folder = _results.find(str(where), output_root)
    return Run(folder) if _results.read_manifest(folder)["kind"] == "run" else Sweep(folder)


class Tables(Mapping[str, pa.Table]):
    """Arrow tables by name, each read when it is asked for."""

    def __init__(self, names: Sequence[str], read: Any) -> None:
        self._names = tuple(names)
        self._read = read
        self._kept: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._names:
            raise KeyError(f"{name!r}; there are: {', '.join(self._names)}")
        if name not in self._kept:
            self._kept[name] = self._read(name)
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Tables({', '.join(self._names)})"


class _Kept:
    """A folder of results.

    Attributes:
        folder: where it is.
        manifest: content of its manifest file.
        tables: its Arrow tables by name.
    """

    folder: Path
    manifest: Mapping[str, Any]
    tables: Tables

    def to_pandas(self, name: str) -> pd.DataFrame:
        """A table as a pandas data frame."""
        frame: pd.DataFrame = self.tables[name].to_pandas()
        return frame

    def sql(self, question: str) -> pa.Table:
        """Result of a DuckDB query on the tables, each under its own name."""
        import duckdb

        with duckdb.connect() as connection:
            for name in self.tables:
                connection.register(name, self.tables[name])
            answer: Any = connection.sql(question).to_arrow_table()
            table: pa.Table = answer
        return table

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"


class Run(_Kept):
    """One run.

    Attributes:
        summary: every measure; None where there was nothing to measure.
        seed: its seed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = _results.read_manifest(folder)
        self.seed: int = self.manifest["seed"]
        self.summary: dict[str, float | None] = json.loads((folder / "summary.json").read_bytes())
        names = sorted(path.stem for path in folder.glob("*.parquet"))
        self.tables = Tables(names, lambda name: _results.read_table(folder / f"{name}.parquet"))

    def figure(self, name: str, month: float | None = None, **options: Any) -> Any:
        """An Altair chart of the run, which a notebook shows as it is.

        Args:
            name: ``market_shares``, ``concentration``, ``sme_flow``, ``supply_network``, ``contract_timeline``,
                ``small_reserves``, ``promised_delivered`` or ``outcome_cost``.
            month: last month of the data shown; None for the whole run.
            options: of the chart; docs/howto-figures.md lists them.

        Raises:
            ConfigurationError: there is no such figure or option, or the run did not keep a table that it needs.
        """
        from caremarket.experiments.report.figures import run_figure

        return run_figure(name, self.tables, month, **options)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, seed={self.seed})"


class Sweep(_Kept):
    """A sweep, finished or not.

    Attributes:
        labels: its design points, in order.
        failed: how many of its runs raised.
    """

    def __init__(self, folder: Path) -> None:
        self._results = _results.read_sweep(folder)
        self.folder = folder
        self.manifest = self._results.manifest
        self.labels = [point.label for point in self._results.points]
        self.failed: int = self.manifest["runs"]["failed"]
        self.tables = Tables(self._results.table_names(), self._results.table)

    @property
    def runs(self) -> pa.Table:
        """One row per run: its identity, its levers, then every measure."""
        return self.tables["runs"]

    def compare(
        self, baseline: str | None = None, measures: Sequence[str] | None = None, against: Sweep | None = None
    ) -> Comparison:
        """Compare policies with a baseline, run by run with the same seed.

        Args:
            baseline: an arm, a point's label, or a lever's value (``"separate"``); None for the first.
            measures: those to compare; None for all.
            against: another sweep with the same seeds, to which the baseline belongs.

        Raises:
            ConfigurationError: baseline or measure is unknown, or there is nothing to compare.
        """
        from caremarket.experiments.analysis.comparison import compare

        return Comparison(compare(self._results, baseline, measures, None if against is None else against._results))

    def __repr__(self) -> str:
        state = "" if self._results.finished else ", not finished"
        return f"Sweep({str(self.folder)!r}, {len(self.labels)} points{state})"


class Comparison:
    """Policies against a baseline.

    Attributes:
        table: a row for each policy and measure; docs/howto-compare-policies.md says what the columns are.
        baseline: what the policies were compared with.
    """

    def __init__(self, found: _Found) -> None:
        self._found = found
        self.table: pa.Table = found.table
        self.baseline: str = found.arms.baseline

    def to_pandas(self) -> pd.DataFrame:
        """The table as a pandas data frame."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    def findings(self, *measures: str) -> list[Finding]:
        """A sentence for each policy and measure; the headline measures if none is named."""
        from caremarket.experiments.report.findings import findings

        return findings(self._found, self._checked(measures) or None)

    def figure(self, *measures: str, kind: str = "differences") -> Figure:
        """A figure of some measures, the headline measures if none is named.

        Args:
            measures: names of measures.
            kind: ``differences``, ``years`` or ``distributions``.
        """
        from caremarket.experiments.report.comparison_figures import figures_of

        made = figures_of(self._found, self._checked(measures) or None)
        if kind not in made:
            raise ConfigurationError("kind", f"{kind!r} is no figure here; choose one of: {', '.join(made)}")
        return made[kind]

    def report(self, folder: str | Path | None = None) -> Path:
        """Write ``report.html``, ``comparison.parquet`` and ``figures/``, and return the report's path.

        Args:
            folder: where to; None for the sweep's own folder.
        """
        from caremarket.runners.commands.compare import write

        target = self._found.sweep.folder if folder is None else Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        write(self._found, target)
        return target / "report.html"

    def _checked(self, measures: Sequence[str]) -> list[str]:
        unknown = [name for name in measures if name not in self._found.measures]
        if unknown:
            raise ConfigurationError(unknown[0], "was not compared; docs/measures.md lists the measures")
        return list(measures)

    def __repr__(self) -> str:
        return f"Comparison({', '.join(self._found.arms.others)} against {self.baseline})"


def _arguments(overrides: Sequence[str], keys: Mapping[str, Value]) -> list[str]:
    """Overrides as they are, and keyword arguments as overrides."""
    given = [f"{key}={_written(value)}" for key, value in keys.items() if key != "extensions"]
    if keys.get("extensions") is not None:  # a list by itself, where other lists make a grid
        names = keys["extensions"]
        given.append(f"extensions=[{names if isinstance(names, str) else _written(names)}]")
    return [*overrides, *given]


def _written(value: Value) -> str:
    """A value in Hydra's syntax; text is quoted, so that it means itself."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        if value.replace("_", "").replace("-", "").isalnum():
            return value  # may be a file of a group, which takes no quotes
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{quoted}'"
    if isinstance(value, int | float):
        return repr(value)
    return ",".join(_written(one) for one in value)
