"""Parts: the Parquet files that workers write while a sweep runs, in a folder or in an object store.

A part holds the rows of a batch of runs, one file per table, all with the same name:
``<table>/part-<number>-<command>.parquet``. ``runs`` is written last, so a batch is complete when its part of ``runs``
exists. Every command uses its own name in its parts, so a worker that outlives a killed command cannot
overwrite the parts of a later command.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from caremarket.market.errors import CaremarketError, ConfigurationError

RUNS = "runs"
"""Name of the table with one row per run."""
OBJECT_STORES = frozenset({"s3", "gcs", "abfs"})
"""File systems where a file appears only when it is complete, and where renaming copies it."""
SCHEMES = "file://, s3://, gs://, abfs:// or hdfs://"


class StorageError(CaremarketError):
    """Results cannot be written: the disk is full, or the location cannot be reached."""


@dataclass(frozen=True, slots=True)
class Place:
    """Location of one part: small enough to be sent to a worker with its runs.

    Attributes:
        location: folder of the sweep's parts: an absolute path or a URI.
        name: file name, the same in every table's folder.
    """

    location: str
    name: str

    def write(self, tables: Mapping[str, bytes]) -> dict[str, int]:
        """Write a batch's tables, ``runs`` last; returns the number of bytes of each.

        Raises:
            StorageError: the disk is full, or the location cannot be written.
        """
        system, root = opened(self.location)
        try:
            for table in sorted(tables, key=lambda t: (t == RUNS, t)):
                _write(system, f"{root}/{table}", self.name, tables[table])
        except OSError as error:
            raise StorageError(f"cannot write results in {self.location} ({reason(error)})") from None
        return {table: len(content) for table, content in tables.items()}


def _write(system: pafs.FileSystem, folder: str, name: str, content: bytes) -> None:
    """Write a file whole or not at all, without waiting for the disk: parts torn by a power cut are found later."""
    if system.type_name in OBJECT_STORES:
        with system.open_output_stream(f"{folder}/{name}") as stream:
            stream.write(content)
        return
    system.create_dir(folder, recursive=True)
    aside = f"{folder}/.{name}.{secrets.token_hex(4)}.tmp"
    try:
        with system.open_output_stream(aside) as stream:
            stream.write(content)
        system.move(aside, f"{folder}/{name}")
    except BaseException:
        with contextlib.suppress(OSError):
            system.delete_file(aside)
        raise


@lru_cache(maxsize=8)
def opened(location: str) -> tuple[pafs.FileSystem, str]:
    """The file system of a location and the path in it.

    Raises:
        OSError: it cannot be reached.
        pyarrow.ArrowInvalid: Arrow cannot open such a location.
    """
    system, path = pafs.FileSystem.from_uri(location)
    return system, path.rstrip("/")


def check_location(value: object) -> str | None:
    """Check a runner's ``parts``: null, an absolute path, or a URI that Arrow can open.

    Raises:
        ConfigurationError: it is something else, or cannot be reached.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ConfigurationError("runner.parts", f"{value!r} must be an absolute path or a URI ({SCHEMES}), or null")
    try:
        opened(value)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise ConfigurationError(
            "runner.parts", f"{value!r} must be an absolute path or a URI ({SCHEMES}), or null"
        ) from None
    except OSError as error:
        raise ConfigurationError("runner.parts", f"{value!r} cannot be reached ({reason(error)})") from None
    return value.rstrip("/")


def reason(error: OSError) -> str:
    """The cause of an error on one line: the system's message if there is one, else the first line of Arrow's."""
    if error.errno:
        return os.strerror(error.errno)
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


class Parts:
    """All parts of a sweep, as seen by the driver.

    Args:
        location: absolute path or URI of their folder.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        self._command = secrets.token_hex(4)
        self._number = 0

    def take(self) -> Place:
        """A location for one more part."""
        place = Place(self.location, f"part-{self._number:06d}-{self._command}.parquet")
        self._number += 1
        return place

    def whole(self, name: str, sizes: Mapping[str, int]) -> bool:
        """True if every file of a part exists and has the expected size."""
        system, root = opened(self.location)
        found = system.get_file_info([f"{root}/{table}/{name}" for table in sizes])
        return all(info.size == size for info, size in zip(found, sizes.values(), strict=True))

    def tidy(self) -> list[str]:
        """Remove remains of killed commands; returns the names of the complete parts, in order.

        Remains are unfinished and unreadable files, and parts that are missing for some table.
        """
        found: dict[str, set[str]] = {}
        system, _ = opened(self.location)
        for path, table, name in self._files():
            if not name.startswith("part-") or not _readable(system, path):
                system.delete_file(path)
            else:
                found.setdefault(table, set()).add(name)
        everywhere = set.intersection(*found.values()) if RUNS in found else set()
        for table, names in found.items():
            self._remove(table, names - everywhere)
        return sorted(everywhere)

    def tables(self) -> list[str]:
        """Names of the tables that have parts."""
        return sorted({table for _, table, _ in self._files()})

    def read(self, table: str, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A part of a table."""
        system, root = opened(self.location)
        # This way of reading neither imports Arrow's datasets nor starts threads.
        with system.open_input_file(f"{root}/{table}/{name}") as source, pq.ParquetFile(source) as file:
            return file.read(None if columns is None else list(columns), use_threads=False)

    def remove(self, name: str) -> None:
        """Remove a part from every table, ``runs`` first: without it the part does not count."""
        for table in sorted(self.tables(), key=lambda t: (t != RUNS, t)):
            self._remove(table, [name])

    def clear(self) -> None:
        """Remove every part."""
        system, _ = opened(self.location)
        for path, _, _ in self._files():
            system.delete_file(path)

    def _remove(self, table: str, names: Iterable[str]) -> None:
        system, root = opened(self.location)
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                system.delete_file(f"{root}/{table}/{name}")

    def _files(self) -> list[tuple[str, str, str]]:
        """Path, table and name of every file that is a part or an unfinished part."""
        system, root = opened(self.location)
        infos: list[Any] = system.get_file_info(pafs.FileSelector(root, allow_not_found=True, recursive=True))
        found = []
        for info in infos:
            table, _, name = info.path[len(root) + 1 :].partition("/")
            if info.is_file and name.startswith(("part-", ".part-")):
                found.append((info.path, table, name))
        return sorted(found)


def _readable(system: pafs.FileSystem, path: str) -> bool:
    try:
        with system.open_input_file(path) as source:
            pq.read_metadata(source)
    except (OSError, pa.ArrowInvalid):
        return False
    return True
