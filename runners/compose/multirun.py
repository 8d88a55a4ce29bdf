"""``caremarket run --multirun``: Hydra's sweeper and launchers, with every job checked before the first begins.

Hydra's basic launcher runs the jobs one after the other, ``hydra/launcher=joblib`` in processes, and
``hydra/launcher=ray`` as Ray tasks. Output and errors of jobs in other processes are brought back to this one, so that
output appears in order and an error is one line.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from omegaconf import DictConfig

from caremarket.market.errors import CaremarketError, ConfigurationError

Task = Callable[[DictConfig], None]
SWEEPER = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"
"""Hydra's default sweeper; with another one (``hydra/sweeper=``) each job is checked when it begins."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a job: its text for standard output, and its error, if there was one."""

    text: str = ""
    error: Exception | None = None


class Job:
    """The function that Hydra calls for each job, in this process or another.

    Args:
        task: receives the composed configuration; it must be picklable for other processes.

    Attributes:
        failed: the first error. After it no further job begins in this process.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.home = os.getpid()
        self.failed: Exception | None = None

    def __call__(self, config: DictConfig) -> Outcome:
        """Run the job; errors are returned rather than raised, so that Hydra adds nothing to them."""
        if os.getpid() == self.home:
            return self._here(config)
        return self._elsewhere(config)

    def _here(self, config: DictConfig) -> Outcome:
        if self.failed is None:
            try:
                self.task(config)
            except Exception as error:
                self.failed = error
        return Outcome(error=self.failed)

    def _elsewhere(self, config: DictConfig) -> Outcome:
        from caremarket.runners.console import set_up_log

        set_up_log()
        error: Exception | None = None
        with redirect_stdout(io.StringIO()) as shown:
            try:
                self.task(config)
            except CaremarketError as raised:
                error = raised
            except Exception as raised:  # other classes of error may not be picklable
                error = CaremarketError(f"a job failed: {type(raised).__name__}: {' '.join(str(raised).split())}")
        return Outcome(shown.getvalue(), error)


@contextmanager
def checked_jobs(job: Job, check: Task) -> Iterator[None]:
    """Make Hydra's default sweeper check every job before the first begins, and collect the results of jobs.

    Args:
        job: the function that Hydra was given; its ``failed`` is set to the first error.
        check: receives each job's composed configuration, and raises if it is wrong.
    """
    # Hydra reloads its plugins when it looks for them, so importing the class may give another one.
    kind = Plugins.instance().class_name_to_class[SWEEPER]
    before = kind.sweep  # type: ignore[attr-defined]

    def sweep(self: Any, arguments: list[str]) -> list[Sequence[JobReturn]]:
        return _sweep(self, arguments, job, check)

    kind.sweep = sweep  # type: ignore[attr-defined]
    try:
        yield
    finally:
        kind.sweep = before  # type: ignore[attr-defined]


def _sweep(sweeper: Any, arguments: list[str], job: Job, check: Task) -> list[Sequence[JobReturn]]:
    """Do the same as Hydra's default sweeper, but check every job before anything is written."""
    loader = sweeper.hydra_context.config_loader
    given = [f"{key}={value}" for key, value in sweeper.params.items()] + arguments
    overrides = OverridesParser.create(config_loader=loader).parse_overrides(given)
    batches = sweeper.split_arguments(overrides, sweeper.max_batch_size)
    for batch in batches:
        for one in batch:
            _check(loader, sweeper.config, one, check)
    found: list[Sequence[JobReturn]] = []
    with _ray_of_ours(sweeper.config):
        for batch in batches:
            returns = sweeper.launcher.launch(batch, initial_job_idx=sum(len(returns) for returns in found))
            found.append(returns)
            _tell(job, returns)
            if job.failed is not None:
                break
    return found


def _check(loader: ConfigLoader, config: DictConfig, job: Sequence[str], check: Task) -> None:
    composed = loader.load_sweep_config(config, list(job))
    try:
        check(composed)
    except ConfigurationError as error:
        varied = " ".join(word for word in job if not word.startswith("hydra."))
        raise ConfigurationError(error.key, f"{error.message} (job {varied!r})") from None


def _tell(job: Job, returns: Sequence[JobReturn]) -> None:
    """Print the output of jobs in other processes, and keep the first error."""
    for one in returns:
        outcome: Outcome = one.return_value
        sys.stdout.write(outcome.text)
        job.failed = job.failed or outcome.error
    sys.stdout.flush()


@contextmanager
def _ray_of_ours(config: DictConfig) -> Iterator[None]:
    """Start Ray for Hydra's Ray launcher as for sweeps, unless it runs already, and stop it afterwards."""
    target = str(config.hydra.launcher._target_)
    if not target.endswith(".RayLauncher"):
        yield
        return
    if ray_is_running():
        yield
        return
    from caremarket.runners.execution.ray_runner import RayRunner

    asked = config.hydra.launcher.ray.init
    runner = RayRunner(asked.get("address"), asked.get("num_cpus"))
    try:
        runner.start(())
        yield
    finally:
        runner.close()


def ray_is_running() -> bool:
    """True if this process has started or joined Ray already."""
    ray = sys.modules.get("ray")
    return bool(ray is not None and ray.is_initialized())
