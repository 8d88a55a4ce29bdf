"""Composing configuration with Hydra, called from Python instead of from Hydra's own entry point.

Hydra's entry point reads ``sys.argv``, prints errors over many lines and exits with status 1. This module parses with
Hydra's parser, calls the functions its entry point calls, and turns errors into
:class:`~caremarket.market.errors.ConfigurationError`. hydra-core is pinned to 1.3 for that reason.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from hydra import version
from hydra._internal.hydra import Hydra
from hydra._internal.utils import _run_hydra, get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobRuntime
from hydra.types import RunMode
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf

from caremarket.experiments.extensions import extended, read_extensions
from caremarket.market.errors import ConfigurationError
from caremarket.runners.compose.hydra_errors import one_line_errors
from caremarket.runners.compose.multirun import Job, checked_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator


Task = Callable[[dict[str, Any]], None]
CONFIG_PACKAGE = "caremarket.configs"
CONFIG_MODULE = f"pkg://{CONFIG_PACKAGE}"
CONFIG_NAME = "config"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Hydra's options and overrides, in any order.

    Raises:
        ConfigurationError: an option does not exist or lacks its value.
    """
    parser = get_args_parser()

    def fail(message: str) -> NoReturn:
        raise ConfigurationError("command line", f"{message}; see --help and --hydra-help")

    parser.error = fail  # type: ignore[method-assign]
    return parser.parse_intermixed_args(list(arguments))


def composed_config(arguments: Sequence[str]) -> dict[str, Any]:
    """The configuration that arguments compose to, as plain dictionaries.

    Raises:
        ConfigurationError: it cannot be composed.
    """
    found: list[dict[str, Any]] = []
    composed(parse(arguments), found.append, extend=False)
    return found[0]


@dataclass(frozen=True, slots=True)
class PlainTask:
    """A task in the form in which Hydra calls it, in this process or another.

    Attributes:
        task: the task; receives plain dictionaries.
        extended: whether the extensions named in the configuration are in use during the task.
        folder: where extensions are looked for first: the folder in which the command was called.
    """

    task: Task
    extended: bool = True
    folder: str = field(default_factory=os.getcwd)

    def __call__(self, config: DictConfig) -> None:
        """Call the task with the configuration as plain dictionaries."""
        content = plain(config)
        if not self.extended:
            self.task(content)
            return
        with extended(read_extensions(content, self.folder)):
            self.task(content)


def composed(args: argparse.Namespace, task: Task, check: Task | None = None, *, extend: bool = True) -> None:
    """Carry out Hydra's options: show the requested information, or compose and call ``task``.

    It may be called within another Hydra application, whose state is restored afterwards.

    Args:
        args: from :func:`parse`.
        task: receives the composed and resolved configuration as plain dictionaries. It must be picklable where the
            jobs of a multirun go to other processes.
        check: receives each job of a multirun before the first begins, and raises if it is wrong.
        extend: whether ``task`` and ``check`` are called with the configuration's extensions in use.

    Raises:
        ConfigurationError: the configuration cannot be composed, or an extension cannot be used.
        SystemExit: the options only ask to show something.
    """
    job = Job(PlainTask(task, extend))
    with _inside_another(), _plain_errors(), _mode_as_asked(args), one_line_errors(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        several = args.multirun or any("hydra.mode" in override for override in args.overrides)
        with checked_jobs(job, PlainTask(check or _nothing_to_check, extend)) if several else nullcontext():
            _run_hydra(
                args=args,
                args_parser=get_args_parser(),
                task_function=job,
                config_path=CONFIG_MODULE,
                config_name=CONFIG_NAME,
            )
    if job.failed is not None:
        raise job.failed


def _nothing_to_check(_: dict[str, Any]) -> None:
    """Accept every configuration that can be composed."""


@contextmanager
def _inside_another() -> Iterator[None]:
    """Save Hydra's global state, which another application in this process may use, and restore it."""
    outer, config, base = GlobalHydra.instance().hydra, HydraConfig.instance().cfg, version.getbase()
    name = JobRuntime.instance().get("name")
    GlobalHydra.instance().clear()
    version.setbase("1.3")
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = outer
        HydraConfig.instance().cfg = config
        VersionBase.instance().version_base = base
        JobRuntime.instance().set("name", name)


def plain(config: DictConfig) -> dict[str, Any]:
    """A composed configuration as plain dictionaries, interpolations resolved."""
    keys = [str(key) for key in config if key != "hydra"]
    container = OmegaConf.to_container(OmegaConf.masked_copy(config, keys), resolve=True, throw_on_missing=True)
    assert isinstance(container, dict)
    return {str(k): v for k, v in container.items()}


def group_choices() -> dict[str, str]:
    """Configuration group -> the file chosen from it. Only inside a task."""
    choices = HydraConfig.get().runtime.choices
    return {str(k): str(v) for k, v in choices.items() if v is not None and not str(k).startswith("hydra/")}


def groups() -> frozenset[str]:
    """Names of the configuration groups, including those of a user's folder. Only inside a task."""
    return frozenset(g for g in GlobalHydra.instance().config_loader().list_groups("") if g != "hydra")


def recomposer(args: argparse.Namespace) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    """A function that composes the same configuration with other choices of groups. Only inside a task."""
    loader = GlobalHydra.instance().config_loader()
    name = args.config_name or CONFIG_NAME
    base = [o for o in args.overrides if not o.lstrip("+~").startswith("hydra.mode=")]

    def compose(choices: Mapping[str, str]) -> dict[str, Any]:
        overrides = base + [f"{group}={choice}" for group, choice in choices.items()]
        with one_line_errors():
            return plain(loader.load_configuration(name, overrides, RunMode.RUN))

    return compose


@contextmanager
def _mode_as_asked(args: argparse.Namespace) -> Iterator[None]:
    """Tell Hydra that this is no multirun; otherwise it composes everything once only to find that out."""
    if args.multirun or any("hydra.mode" in override for override in args.overrides):
        yield
        return
    before = Hydra.get_mode
    Hydra.get_mode = lambda *_, **__: RunMode.RUN  # type: ignore[method-assign]
    try:
        yield
    finally:
        Hydra.get_mode = before  # type: ignore[method-assign]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Make Hydra raise its errors instead of printing them and exiting."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before
