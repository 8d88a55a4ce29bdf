"""Results of runs and sweeps, finished or not, read from their files."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import yaml

from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.plan import Point
from caremarket.market.errors import ConfigurationError

IDENTITY = ("run", "point", "replicate", "seed", "label")
"""Columns of ``runs`` that identify the run of a row; levers follow, then measures."""
KINDS = ("run", "sweep")
FINISHED = frozenset({"done", "incomplete"})
"""Statuses of a sweep with merged tables; incomplete if runs failed."""


@dataclass(frozen=True, slots=True)
class SweepResults:
    """Contents of a sweep's folder.

    Attributes:
        folder: its path.
        manifest: its manifest file.
        points: its design points, in order.
        arms: name -> levers of the arms of its design; empty if it has none.
        finished: whether its tables were merged after the last run.
    """

    folder: Path
    manifest: Mapping[str, Any]
    points: tuple[Point, ...]
    arms: Mapping[str, Mapping[str, LeverValue]]
    finished: bool

    @property
    def name(self) -> str:
        """The name of the experiment."""
        return str(self.manifest.get("name", self.folder.parent.name))

    @property
    def levers(self) -> tuple[str, ...]:
        """Every lever that any point sets."""
        return tuple(dict.fromkeys(key for point in self.points for key in point.levers))

    def table_names(self) -> list[str]:
        """Names of the tables in the folder, ``runs`` and ``design`` among them."""
        whole = {path.stem for path in self.folder.glob("*.parquet")}
        return sorted(whole if self.finished else whole | set(self._parts()[1]))

    def measures(self) -> list[str]:
        """Names of the measures in ``runs``: columns that are neither a run's identity nor a lever."""
        apart = {*IDENTITY, *self.levers}
        fields = self._schema("runs")
        return [f.name for f in fields if f.name not in apart and pa.types.is_float64(f.type)]

    def table(self, name: str, columns: Sequence[str] | None = None, filters: Any = None) -> pa.Table:
        """A table of the sweep: complete if it is finished, else the rows written so far, in order of runs.

        Args:
            name: ``runs``, ``yearly``, ``design``, ``failures`` or another table that was recorded.
            columns: columns to read; None for all. Label and levers of ``runs`` are in finished tables only.
            filters: as ``pyarrow.parquet.read_table`` takes them.

        Raises:
            ConfigurationError: there is no such table, or it cannot be read.
        """
        system, paths = self._paths(name)
        wanted = None if columns is None else list(columns)
        try:
            parts = [pq.read_table(path, columns=wanted, filters=filters, filesystem=system) for path in paths]
        except (OSError, pa.ArrowException) as error:
            raise ConfigurationError(paths[0].rpartition("/")[0], f"cannot be read: {_first_line(error)}") from None
        if len(parts) == 1:
            return parts[0]
        table = pa.concat_tables(parts)
        return table.sort_by([("run", "ascending")]) if "run" in table.column_names else table

    def runs(self, measures: Sequence[str]) -> pa.Table:
        """One row per run: ``run``, ``point``, ``replicate``, ``seed`` and the measures named."""
        return self.table("runs", [*IDENTITY[:4], *measures])

    def _schema(self, name: str) -> pa.Schema:
        system, paths = self._paths(name)
        return pq.read_schema(paths[0], filesystem=system)

    def _paths(self, name: str) -> tuple[pafs.FileSystem, list[str]]:
        """The file system of a table, and the paths of its files there: the whole table, or the parts so far."""
        local, whole = pafs.LocalFileSystem(), self.folder / f"{name}.parquet"
        if self.finished and whole.exists():
            return local, [str(whole)]
        system, parts = self._parts()
        found = parts.get(name, [])
        if not found:
            if whole.exists():
                return local, [str(whole)]
            known = ", ".join(self.table_names()) or "none"
            raise ConfigurationError(str(self.folder), f"has no table {name!r}; there are: {known}")
        # A part cut short by a power failure counts as not written; the sweep repeats its runs.
        there = {path.rpartition("/")[2] for path in parts.get("runs", []) if _readable(system, path)}
        readable = [path for path in found if path.rpartition("/")[2] in there and _readable(system, path)]
        if not readable:
            raise ConfigurationError(str(self.folder), f"has no run in its table {name!r} yet")
        return system, readable

    def _parts(self) -> tuple[pafs.FileSystem, dict[str, list[str]]]:
        """The file system of the sweep's parts, in its folder or elsewhere, and their paths by table, in order."""
        location = str(self.manifest.get("parts") or self.folder.resolve())
        try:
            system, root = pafs.FileSystem.from_uri(location)
            infos: list[Any] = system.get_file_info(pafs.FileSelector(root, allow_not_found=True, recursive=True))
        except (OSError, pa.ArrowException) as error:
            raise ConfigurationError(location, f"cannot be read: {_first_line(error)}") from None
        found: dict[str, list[str]] = {}
        for path in sorted(info.path for info in infos if info.is_file):
            table, _, name = path[len(root.rstrip("/")) + 1 :].partition("/")
            if name.startswith("part-") and name.endswith(".parquet"):
                found.setdefault(table, []).append(path)
        return system, found


def read_table(path: Path) -> pa.Table:
    """Read a whole Parquet file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise ConfigurationError(str(path), f"cannot be read: {_first_line(error)}") from None


def find(where: str, output_root: str = "outputs", kinds: Collection[str] = KINDS) -> Path:
    """Find the folder of a run or sweep: the folder given, or the latest one under the experiment's name.

    Args:
        where: a folder or a name.
        output_root: folder in which names are looked up.
        kinds: kinds of results to choose from, if given a name.

    Raises:
        ConfigurationError: there is none.
    """
    folder = Path(where).expanduser()
    if (folder / "manifest.json").is_file():
        return folder
    root = Path(output_root).expanduser()
    parents = [folder] if folder.is_dir() else [root / where]
    found = [path.parent for parent in parents for path in parent.glob("*/manifest.json") if _kind(path) in kinds]
    if not found:
        what = "results" if len(kinds) > 1 else f"a {next(iter(kinds))}"
        names = sorted({path.parent.parent.name for path in root.glob("*/*/manifest.json") if _kind(path) in kinds})
        known = f"; under {output_root} there are: {', '.join(names)}" if names else ""
        raise ConfigurationError(where, f"is neither a folder of {what} nor a name that has one{known}")
    return max(found, key=lambda path: (_written(path), path.name))


def find_finished(where: str, output_root: str = "outputs", failures: bool = True) -> Path:
    """Find the folder of a finished sweep, as :func:`find` does.

    Args:
        where: a folder or a name.
        output_root: folder in which names are looked up.
        failures: whether runs may have failed.

    Raises:
        ConfigurationError: there is none, or it is not finished.
    """
    folder = find(where, output_root, ("sweep",))
    manifest = read_manifest(folder)
    if manifest["kind"] != "sweep":
        raise ConfigurationError(where, "holds no sweep; name the folder or the name of one")
    if manifest.get("status") not in (FINISHED if failures else {"done"}) or not (folder / "runs.parquet").exists():
        raise ConfigurationError(str(folder), "is not finished; the same sweep command goes on with it")
    return folder


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder of results.

    Raises:
        ConfigurationError: there is no manifest, or it cannot be read.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {_first_line(error)}") from None
    if not isinstance(manifest, dict) or manifest.get("kind") not in KINDS:
        raise ConfigurationError(str(path), "is no manifest of a run or a sweep")
    return manifest


def read_sweep(folder: Path) -> SweepResults:
    """Read a sweep's folder.

    Raises:
        ConfigurationError: it is not a sweep's folder, or one of its files is missing or broken.
    """
    manifest = read_manifest(folder)
    if manifest["kind"] != "sweep":
        raise ConfigurationError(str(folder), "is one run; name a sweep, which has several")
    try:
        points = tuple(
            Point(index, str(point["label"]), dict(point["levers"])) for index, point in enumerate(manifest["points"])
        )
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        design = config.get("design") or {}
        arms = {**(design.get("arms") or {}), **((design.get("levers") or {}).get("arms") or {})}
    except (OSError, KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(str(folder), f"is no whole sweep: {_first_line(error)}") from None
    return SweepResults(folder, manifest, points, arms, manifest.get("status") in FINISHED)


def _kind(manifest: Path) -> str:
    try:
        content = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        return ""
    return str(content.get("kind")) if isinstance(content, dict) else ""


def _written(folder: Path) -> str:
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return str(manifest.get("written") or manifest.get("finished") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def _readable(system: pafs.FileSystem, path: str) -> bool:
    try:
        pq.read_metadata(path, filesystem=system)
    except (OSError, pa.ArrowException):
        return False
    return True


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
