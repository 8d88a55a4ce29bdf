"""Interruption of a sweep by Ctrl-C, SIGTERM or a full disk. Finished runs are kept in each case."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caremarket.runners.storage.parts import StorageError, reason

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def listen() -> None:
    """Make SIGTERM act like Ctrl-C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)


@contextmanager
def stops_cleanly() -> Iterator[None]:
    """SIGTERM interrupts the block as Ctrl-C does; the previous handler returns afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    listen()
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM in the block, in which workers are stopped, so that none is left running."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def room_needed(folder: Path) -> Iterator[None]:
    """Turn the error of a full disk into one line that says how to continue."""
    after = "finished runs are kept; make room, and the same command goes on"
    try:
        yield
    except StorageError as error:
        raise StorageError(f"{error}: {after}") from None
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise StorageError(f"cannot write results in {folder} ({reason(error)}): {after}") from None
