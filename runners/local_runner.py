"""Runs one after the other in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.design import RunSpec
from market.scenario import Scenario
from runners.execution import Batch, batch_size, check_batch_seconds, run_batch


class LocalRunner:
    """Executes runs sequentially, without Ray.

    Args:
        batch_seconds: seconds of work between two writes to disk, above zero.
    """

    def __init__(self, batch_seconds: float = 1.0) -> None:
        self.batch_seconds = check_batch_seconds(batch_seconds)
        self.workers = 0
        self.start_seconds = 0.0
        self._scenarios: Sequence[Scenario] = ()

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Keep the scenarios."""
        self.workers = 1
        self._scenarios = scenarios

    def execute(self, specs: Sequence[RunSpec]) -> Iterator[Batch]:
        """Run in order."""
        position, pace = 0, None
        while position < len(specs):
            size = batch_size(pace, 2 * (len(specs) - position), 1, self.batch_seconds)
            batch = run_batch(self._scenarios, specs[position : position + size])
            position += size
            pace = batch.seconds / size
            yield batch

    def close(self) -> None:
        """Nothing to let go of."""
