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
