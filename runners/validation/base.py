"""What a part of ``caremarket validate`` is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.table import Table

from caremarket.experiments.configuration import Request
from caremarket.experiments.design.plan import Design
from caremarket.experiments.evidence.trials import Trial
from caremarket.experiments.evidence.validation_spec import ValidateSpec
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.experiment_files import Arms, ExperimentFile
from caremarket.runners.execution.runner import Runner
from caremarket.runners.storage.batches import Failure

Row = dict[str, Any]
"""A row of a part's results, fit for JSON: an ``id``, a ``verdict`` where there is one, and what else there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request, as the parts are given it.

    Attributes:
        request: seed, name and the like.
        spec: the ``validate`` section.
        files: the hypotheses asked for.
        arms: makes scenarios of their arms.
        trials: the hypotheses as points of ``design``.
        scenarios: of each point of ``design``.
    """

    request: Request
    spec: ValidateSpec
    files: tuple[ExperimentFile, ...]
    arms: Arms
    trials: tuple[Trial, ...]
    design: Design
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a part works.

    Attributes:
        folder: its own folder, which it may make.
        parts: where the parts of its runs go; None is the folder.
        runner: makes its runs; started if need be by :func:`caremarket.runners.execution.make_runs.run_points`.
    """

    folder: Path
    parts: str | None
    runner: Runner


class Job(Protocol):
    """A part that is ready to be done: all that can be wrong with the request has been looked at."""

    @property
    def identity(self) -> str:
        """A folder within the part's own, for settings that concern this part alone; empty where there are none."""

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        """Do it, going on from what is there; returns its rows, and the runs that failed."""

    def table(self, rows: Sequence[Row]) -> Table:
        """Its rows for a person."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of validation.

    Attributes:
        name: name in ``validate.parts``.
        file: its rows are written to ``<file>.json`` and ``<file>.parquet``.
        prepare: checks the request and gives the job, without running or writing anything.
    """

    name: str
    file: str
    prepare: Callable[[Asked], Job]
