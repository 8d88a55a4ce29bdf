"""Running the market: command line, local and Ray execution, files, MLflow tracking, and the teaching page.

``cli`` and ``python_api`` are the two ways in. Below them the rooms are layers, each importing only those under it:
``commands``; ``demo`` and ``studies``; ``validation``; ``compose``; ``execution`` and ``tracking``; ``storage``.
"""

from __future__ import annotations

import os

# Set before Ray or MLflow is imported, so that neither reports usage.
for _name, _value in (
    ("RAY_USAGE_STATS_ENABLED", "0"),
    ("MLFLOW_DISABLE_TELEMETRY", "true"),
    ("DO_NOT_TRACK", "true"),
):
    os.environ.setdefault(_name, _value)
