"""``caremarket sync``: logs results in MLflow that could not be logged when they were made."""

from __future__ import annotations

import json
from functools import partial

from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.tracking.folders import pending, track
from caremarket.runners.tracking.mlflow_store import open_store


def sync(arguments: list[str]) -> int:
    """Log all pending folders of results; returns the exit status."""
    given = key_values(arguments, {"output_root": "outputs", "tracking.uri": None})
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
