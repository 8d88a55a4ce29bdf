"""The interface of every runner: what is sent to it, and what it must do."""

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
"""The function that makes a run, unless a runner names another: ``simulate(scenario, seed) -> RunResult``."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Set to 1 for workers: as many workers as cores would otherwise fight over them."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker needs to know for all runs of a sweep: sent to it once.

    Attributes:
        scenarios: by number of point.
        simulate: dotted name of the function that makes a run.
        limits: what one run may take.
        extensions: what adds to the model.
    """

    scenarios: Sequence[Scenario]
    simulate: str = SIMULATE
    limits: Limits = NO_LIMITS
    extensions: tuple[Extension, ...] = ()


class Runner(Protocol):
    """A way to execute many runs. Hydra makes one from ``configs/runner/<name>.yaml`` by its ``_target_``.

    Attributes:
        workers: runs at the same time; 0 until started.
        start_seconds: what starting took.
        simulate: dotted name of the function that makes a run.
        parts: location asked for the parts of sweeps, null for the sweep's own folder.
    """

    workers: int
    start_seconds: float
    simulate: str
    parts: str | None

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Get ready to run points of these scenarios, instead of others if it was started before."""

    def execute(self, specs: Sequence[RunSpec], parts: Parts | None = None) -> Iterator[Batch]:
        """Run everything in ``specs``; yield batches as they finish, in any order.

        With ``parts`` workers write their tables there and batches are receipts; without, batches carry them.

        Raises:
            StorageError: results cannot be written.
        """

    def close(self) -> None:
        """Let go of what was started."""
