"""Check that results can be written, before anything is run."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from caremarket.market.errors import ConfigurationError


def check_writable(output_root: str) -> Path:
    """The output folder, after a check that it can be written, which leaves no file behind.

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
