"""How it is run: the command line, local and Ray execution, files, and MLflow tracking."""

from __future__ import annotations

import os

# Before anything imports Ray or MLflow: neither reports usage from here, whoever starts the command.
for _name, _value in (
    ("RAY_USAGE_STATS_ENABLED", "0"),
    ("MLFLOW_DISABLE_TELEMETRY", "true"),
    ("DO_NOT_TRACK", "true"),
):
    os.environ.setdefault(_name, _value)
