"""Children of a parent run in MLflow: one per design point or trial, each exactly once.

A child is complete when it has the metric ``LAST`` of :mod:`caremarket.runners.tracking.point_estimates`, which is sent
with or after all others. After a kill, complete children are kept and the rest are made again.
"""

from __future__ import annotations

from caremarket.runners.tracking.mlflow_store import Store
from caremarket.runners.tracking.point_estimates import LAST

OF_THE_PARENT = frozenset({"results", "code_source", "market", "mlflow.source.name", "mlflow.source.type"})
"""Tags that children do not have, since each tag takes time."""


def complete_children(store: Store, experiment: str, parent: str, tag: str) -> set[int]:
    """Numbers, read from ``tag``, of the complete children; incomplete and duplicate ones are removed."""
    there: set[int] = set()
    for child in store.children(experiment, parent):
        number = int(child.data.tags.get(tag, -1))
        if LAST in child.data.metrics and number not in there:
            there.add(number)
        else:
            store.client.delete_run(child.info.run_id)
    return there
