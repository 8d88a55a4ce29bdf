"""Hydra behind the command line: composing configuration, with its errors in one line each.

Hydra's own entry point reads ``sys.argv``, prints its errors over many lines and leaves with status 1. We
parse with its parser, call what its entry point calls, and turn what it raises into
:class:`~caremarket.market.errors.ConfigurationError`. hydra-core is pinned to 1.3 for that.
"""

from __future__ import annotations

import argparse
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from hydra import version
from hydra._internal.hydra import Hydra
from hydra._internal.utils import _run_hydra, get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobRuntime
from hydra.errors import HydraException, MissingConfigException
from hydra.types import RunMode
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from caremarket.experiments.configuration import unknown_key
from caremarket.experiments.design.plan import LeverValue
from caremarket.experiments.extensions import extended, read_extensions
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.multirun import Job, checked_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

Task = Callable[[dict[str, Any]], None]
CONFIG_MODULE = "pkg://caremarket.configs"
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


@dataclass(frozen=True, slots=True)
class PlainTask:
    """A task as Hydra calls it, in whatever process; see :func:`plain`.

    Attributes:
        task: what is done.
        extended: whether the extensions that the configuration names are in use meanwhile.
        folder: where extensions are looked for first: where the command was called, in other processes too.
    """

    task: Task
    extended: bool = True
    folder: str = field(default_factory=os.getcwd)

    def __call__(self, config: DictConfig) -> None:
        """Do the task on plain dictionaries."""
        content = plain(config)
        if not self.extended:
            self.task(content)
            return
        with extended(read_extensions(content, self.folder)):
            self.task(content)


def composed(args: argparse.Namespace, task: Task, check: Task | None = None, *, extend: bool = True) -> None:
    """Do what Hydra's options ask for: show something, or compose and call ``task``.

    May be called within another Hydra application, which finds everything as it was.

    Args:
        args: from :func:`parse`.
        task: is given the composed and resolved configuration as plain dictionaries. Several jobs of a multirun
            may be given to other processes: it must be picklable then.
        check: is given each job of a multirun before the first is begun, and raises if it is wrong.
        extend: whether ``task`` and ``check`` are called with the configuration's extensions in use.

    Raises:
        ConfigurationError: the configuration cannot be composed, or an extension cannot be used.
        SystemExit: something was only to be shown.
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
    """Every configuration that composes is right."""


@contextmanager
def _inside_another() -> Iterator[None]:
    """Put aside what another Hydra application in this process holds, and give it back."""
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
    """Which file of each group the configuration in hand was composed from. Only inside a task."""
    choices = HydraConfig.get().runtime.choices
    return {str(k): str(v) for k, v in choices.items() if v is not None and not str(k).startswith("hydra/")}


def groups() -> frozenset[str]:
    """Names of the configuration groups, those of a user's folder included. Only inside a task."""
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


def split_lists(overrides: Sequence[str]) -> tuple[list[str], dict[str, tuple[LeverValue, ...]]]:
    """Separate overrides that list several values (``policy.flow_down=0,0.5,1``) from the rest.

    Returns:
        The other overrides as they were, and key -> values in the order given.

    Raises:
        ConfigurationError: an override is malformed.
    """
    rest: list[str] = []
    lists: dict[str, tuple[LeverValue, ...]] = {}
    with one_line_errors():
        parser = OverridesParser.create()
        for line in overrides:
            override = parser.parse_override(line)
            if not override.is_sweep_override():
                rest.append(line)
                continue
            key = override.get_key_element().lstrip("+")
            values: list[Any] = [parser.parse_override(f"{key}={v}").value() for v in override.sweep_string_iterator()]
            lists[key] = tuple(getattr(v, "text", v) for v in values)
    return rest, lists


def override_keys(overrides: Sequence[str]) -> frozenset[str]:
    """The keys and groups a list of well-formed overrides sets."""
    with one_line_errors():
        parser = OverridesParser.create()
        return frozenset(parser.parse_override(line).get_key_element().lstrip("+~") for line in overrides)


@contextmanager
def _mode_as_asked(args: argparse.Namespace) -> Iterator[None]:
    """Spare Hydra from composing everything a first time only to find out whether this is a multirun."""
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
    """Have Hydra raise its errors instead of printing them and leaving."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what Hydra, OmegaConf and YAML raise into a :class:`ConfigurationError`."""
    try:
        yield
    except MissingConfigException as error:
        raise _missing_choice(error) from None
    except HydraException as error:
        raise _hydra_error(error) from None
    except OmegaConfBaseException as error:
        raise ConfigurationError(str(error.full_key or "configuration"), _first_line(error)) from None
    except ValueError as error:  # Hydra's own, such as a group that is given a number
        raise ConfigurationError("command line", _first_line(error)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        name = getattr(mark, "name", None) or "configuration file"
        problem = getattr(error, "problem", None) or _first_line(error)
        place = f", line {mark.line + 1}" if mark is not None else ""
        raise ConfigurationError(str(name), f"is no YAML: {problem}{place}") from None


def _missing_choice(error: MissingConfigException) -> ConfigurationError:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    if not group:
        return ConfigurationError("configuration", _first_line(error))
    options = ", ".join(sorted(error.options or ()))
    if not options:
        return ConfigurationError(group, _first_line(error))
    return ConfigurationError(group, f"{choice!r} is unknown; choose one of: {options}")


def _hydra_error(error: HydraException) -> ConfigurationError:
    text = str(error)
    cause: Any = error.__cause__
    found = re.search(r"Could not override '([^']+)'", text)
    if found:
        parent = getattr(cause, "parent_node", None)
        # The part that is unknown may be a section half way down the key.
        key = str(getattr(cause, "full_key", None) or found[1])
        if isinstance(parent, DictConfig) and not parent._is_none():
            return unknown_key(key, [str(k) for k in parent if k != "hydra"])
        return ConfigurationError(found[1], "is no known key")
    found = re.search(r"Ambiguous value for argument '\+*([^=']+)=", text) or re.search(
        r"Sweep parameters '\+*([^=']+)=", text
    )
    if found:
        return ConfigurationError(found[1], "has several values; `caremarket sweep` or --multirun takes lists")
    detail = f" ({_first_line(cause)})" if isinstance(cause, OmegaConfBaseException) else ""
    found = re.match(r"Error merging override \+*([^=\s]+)=", text)
    if found:
        return ConfigurationError(found[1], f"cannot be set to that value{detail}")
    return ConfigurationError("command line", _first_line(error) + detail)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
