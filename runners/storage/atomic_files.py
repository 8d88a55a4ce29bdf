"""Files and folders that are written whole or not at all, and locks between processes."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def write_file(path: Path, content: bytes, durable: bool = True) -> None:
    """Write ``content`` to a temporary file and move it to ``path`` in one step.

    If the process is killed, the file is whole or absent. With ``durable`` that holds for a power cut as well, at the
    cost of waiting for the disk.
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
    """Allow one process (and one thread of it) at a time into the block; others wait.

    Args:
        lock: the lock file; created if it does not exist, and never removed.

    Yields:
        Its file descriptor, so that child processes can hold the lock as well.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write files to a temporary folder and move it to ``target``, replacing an older one.

    If the process is killed, the old folder or the new one remains. Between the two moves the old folder is beside
    ``target`` under another name, and :func:`restore_folder` moves it back.
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
    """Clean up after a kill in :func:`write_folder`: move the old folder back, remove temporary ones."""
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
