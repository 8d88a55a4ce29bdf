"""Files that appear whole or not at all, with the same bytes for the same content."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.market.errors import ConfigurationError


def digest(content: Any) -> str:
    """SHA-256 of a JSON-able value, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def identifier(config_hash: str) -> str:
    """The name of a result's folder: the first twelve digits of its configuration's hash."""
    return config_hash[:12]


def json_bytes(content: Any) -> bytes:
    """Strict JSON in the order given, one key a line, ending in a newline."""
    return (json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()


def parquet_bytes(table: pa.Table, row_group_size: int | None = None) -> bytes:
    """A table as Parquet: the same bytes for the same content with the same version of Arrow."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=row_group_size or max(table.num_rows, 1))
    return bytes(sink.getvalue())


def part_bytes(table: pa.Table) -> bytes:
    """A table as Parquet that is quick to write and to read: for parts, which are put together in the end."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="lz4", write_statistics=False)
    return bytes(sink.getvalue())


def plain_table(table: pa.Table) -> pa.Table:
    """The table without metadata and dictionary encoding, both of which depend on how it was made."""
    columns, fields = [], []
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
            column = column.cast(kind)
        columns.append(column)
        fields.append(pa.field(field.name, kind, field.nullable))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def write_file(path: Path, content: bytes, durable: bool = True) -> None:
    """Write ``content`` aside and move it to ``path`` in one step.

    A killed process leaves the file whole or absent either way; ``durable`` has it survive a power cut as
    well, at the price of waiting for the disk.
    """
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


@contextmanager
def alone(lock: Path) -> Iterator[int]:
    """Let one process (and one thread of it) at a time into what follows; others wait for their turn.

    Args:
        lock: a file to hold on to; made if it is not there, and left.

    Yields:
        Its handle, for processes that are to hold on to it as well.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder aside and move it to ``target``, replacing what was there.

    A kill leaves the old folder or the new one; between the two moves the old one stands beside ``target``
    under a name of its own and :func:`restore_folder` brings it back.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    restore_folder(target)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    try:
        for name, content in files.items():
            write_file(aside / name, content)
        aside.chmod(0o755)
        _sync_folder(aside)
        old = _old_name(target)
        if target.exists():
            os.replace(target, old)
        os.replace(aside, target)
        _sync_folder(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        restore_folder(target)
        raise


def restore_folder(target: Path) -> None:
    """Tidy up after a kill in :func:`write_folder`: bring the old folder back, remove half-written ones."""
    old = _old_name(target)
    if old.exists():
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(old, target)
    for aside in target.parent.glob(f".{target.name}.*.tmp"):
        shutil.rmtree(aside, ignore_errors=True)


def _old_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_writable(output_root: str) -> Path:
    """The output folder, having made sure that it can be written, without leaving a trace.

    Raises:
        ConfigurationError: it is a file, lies below a file, or may not be written.
    """
    root = Path(output_root).expanduser()
    nearest = root
    while not _exists(nearest, output_root):
        nearest = nearest.parent
    if not nearest.is_dir():
        raise ConfigurationError(
            "output_root",
            f"{output_root!r} cannot be a folder: {nearest} is a file; name a folder to write in",
        )
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigurationError(
            "output_root", f"{output_root!r} cannot be written ({reason}); name a folder to write in"
        ) from None
    return root


def _exists(path: Path, output_root: str) -> bool:
    try:
        path.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return False
        raise ConfigurationError(
            "output_root", f"{output_root!r} cannot be reached ({error.strerror}); name a folder to write in"
        ) from None
    return True
