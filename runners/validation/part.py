"""The interface of a part of ``caremarket validate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.table import Table

from caremarket.experiments.configuration.request import Request
from caremarket.experiments.design.plan import Design
from caremarket.experiments.evidence.section import ValidateSpec
from caremarket.experiments.evidence.trials import Trial
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.experiment_files import Arms, ExperimentFile
from caremarket.runners.execution.runner import Runner
from caremarket.runners.storage.batches import Failure

Row = dict[str, Any]
"""A row of a part's results that can be written as JSON: ``id``, ``verdict`` if there is one, and other entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request, as each part receives it.

    Attributes:
        request: seed, name and other entries beside the scenario.
        spec: the ``validate`` section.
        files: the experiment files of the hypotheses asked for.
        arms: builds the scenarios of their arms.
        trials: the hypotheses as points of ``design``.
        scenarios: the scenario of each point of ``design``.
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
    """Folder and runner of a part.

    Attributes:
        folder: its own folder, which the part creates if it needs it.
        parts: location of the parts of its runs; None is the folder.
        runner: makes its runs; :func:`caremarket.runners.execution.make_runs.run_points` starts it if necessary.
    """

    folder: Path
    parts: str | None
    runner: Runner


class Job(Protocol):
    """A part that is ready to be done: everything about the request has been checked."""

    @property
    def identity(self) -> str:
        """Subfolder of the part's own, named by settings that concern this part alone; empty if there are none."""

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        """Run the missing work; returns the rows of results, and the failed runs."""

    def table(self, rows: Sequence[Row]) -> Table:
        """The rows as a table to print."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of validation.

    Attributes:
        name: name in ``validate.parts``.
        file: its rows are written to ``<file>.json`` and ``<file>.parquet``.
        prepare: checks the request and returns the job, without running or writing anything.
    """

    name: str
    file: str
    prepare: Callable[[Asked], Job]
