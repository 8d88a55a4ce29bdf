"""The interface of every runner, and the work that it sends to its workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from caremarket.experiments.design.plan import RunSpec
from caremarket.experiments.extensions import Extension
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.limits import NO_LIMITS, Limits
from caremarket.runners.storage.batches import Batch
from caremarket.runners.storage.parts import Parts

SIMULATE = "caremarket.agents.simulate"
"""The default function that makes a run: ``simulate(scenario, seed) -> RunResult``."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Variables set to 1 for workers: there are as many workers as cores, so each needs one thread."""


@dataclass(frozen=True, slots=True)
class Work:
    """The input common to all runs of a sweep, sent to each worker once.

    Attributes:
        scenarios: the scenario of each point.
        simulate: dotted name of the function that makes a run.
        limits: time and memory that one run may take.
        extensions: modules that add to the model.
    """

    scenarios: Sequence[Scenario]
    simulate: str = SIMULATE
    limits: Limits = NO_LIMITS
    extensions: tuple[Extension, ...] = ()


class Runner(Protocol):
    """A way to execute many runs. Hydra makes one from ``configs/runner/<name>.yaml`` by its ``_target_``.

    Attributes:
        workers: runs at the same time; 0 until started.
        start_seconds: seconds that starting took.
        simulate: dotted name of the function that makes a run.
        parts: location of the parts of sweeps; None is the sweep's own folder.
    """

    workers: int
    start_seconds: float
    simulate: str
    parts: str | None

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Prepare to run points of these scenarios, which replace those of an earlier start."""

    def execute(self, specs: Sequence[RunSpec], parts: Parts | None = None) -> Iterator[Batch]:
        """Make all runs in ``specs``; yields batches as they finish, in any order.

        With ``parts``, workers write their tables there and batches are receipts; without, batches carry the tables.

        Raises:
            StorageError: results cannot be written.
        """

    def close(self) -> None:
        """Stop the workers."""
