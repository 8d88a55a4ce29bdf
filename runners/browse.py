"""``caremarket ui`` and ``caremarket sync``: the MLflow store of an output folder."""

from __future__ import annotations

import json
import logging
import os
import sys
from functools import partial
from pathlib import Path

from market.errors import ConfigurationError
from runners.console import out
from runners.storage import check_writable
from runners.tracking import default_uri, open_store, pending, track, without_password

log = logging.getLogger("caremarket")


def settings(arguments: list[str], defaults: dict[str, str | None]) -> dict[str, str | None]:
    """``key=value`` arguments over ``defaults``.

    Raises:
        ConfigurationError: an argument is malformed or its key is not among the defaults.
    """
    found = dict(defaults)
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in defaults:
            raise ConfigurationError(key, f"is not known here; allowed: {', '.join(f'{k}=' for k in defaults)}")
        found[key] = value
    return found


def ui(arguments: list[str]) -> int:
    """Serve MLflow's page on this machine until interrupted."""
    given = settings(arguments, {"port": "5000", "output_root": "outputs", "tracking.uri": None})
    port = str(given["port"])
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ConfigurationError("port", f"{port!r} must be a whole number from 1 to 65535")
    root = Path(str(given["output_root"]))
    uri = given["tracking.uri"]
    if uri is not None and uri.startswith(("http://", "https://")):
        out().print(f"That store has a page of its own: {without_password(uri)}", markup=False, soft_wrap=True)
        return 0
    if uri is None and not (root / "mlflow.db").exists():
        raise ConfigurationError(
            "output_root",
            f"{str(root)!r} has no mlflow.db yet; run or sweep something first, or name the folder",
        )
    out().print(f"MLflow on http://127.0.0.1:{port} (stop with Ctrl-C)", soft_wrap=True)
    sys.stdout.flush()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port]
    command += ["--workers", "1", "--backend-store-uri", uri or default_uri(root)]
    command += ["--default-artifact-root", (root / "mlartifacts").resolve().as_uri()]
    # Taking this process's place, so that whoever stops the command stops the page.
    os.execv(sys.executable, command)


def sync(arguments: list[str]) -> int:
    """Bring MLflow up to date with results it could not be told about; returns an exit status."""
    given = settings(arguments, {"output_root": "outputs", "tracking.uri": None})
    root = check_writable(str(given["output_root"]))
    folders = pending(root)
    if not folders:
        out().print("MLflow is up to date.")
        return 0
    left = 0
    for folder in folders:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        uri = given["tracking.uri"] or manifest["tracking"].get("uri")
        if uri and ":***@" in uri:
            raise ConfigurationError("tracking.uri", f"give it again, its password is not kept: {uri}")
        if track(folder, uri, partial(open_store, uri, root)):
            out().print(f"tracked {folder}", soft_wrap=True, markup=False)
        else:
            left += 1
    return 1 if left else 0
