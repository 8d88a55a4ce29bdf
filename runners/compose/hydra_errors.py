"""Errors of Hydra, OmegaConf and YAML, each as a :class:`ConfigurationError` of one line."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from caremarket.experiments.configuration.messages import unknown_key
from caremarket.market.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors of Hydra, OmegaConf and YAML into a :class:`ConfigurationError`."""
    try:
        yield
    except MissingConfigException as error:
        raise _missing_choice(error) from None
    except HydraException as error:
        raise _hydra_error(error) from None
    except OmegaConfBaseException as error:
        raise ConfigurationError(str(error.full_key or "configuration"), first_line(error)) from None
    except ValueError as error:  # raised by Hydra, for instance where a group is set to a number
        raise ConfigurationError("command line", first_line(error)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        name = getattr(mark, "name", None) or "configuration file"
        problem = getattr(error, "problem", None) or first_line(error)
        place = f", line {mark.line + 1}" if mark is not None else ""
        raise ConfigurationError(str(name), f"is no YAML: {problem}{place}") from None


def _missing_choice(error: MissingConfigException) -> ConfigurationError:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    if not group:
        return ConfigurationError("configuration", first_line(error))
    options = ", ".join(sorted(error.options or ()))
    if not options:
        return ConfigurationError(group, first_line(error))
    return ConfigurationError(group, f"{choice!r} is unknown; choose one of: {options}")


def _hydra_error(error: HydraException) -> ConfigurationError:
    text = str(error)
    cause: Any = error.__cause__
    found = re.search(r"Could not override '([^']+)'", text)
    if found:
        parent = getattr(cause, "parent_node", None)
        # The unknown part may be a section in the middle of the key.
        key = str(getattr(cause, "full_key", None) or found[1])
        if isinstance(parent, DictConfig) and not parent._is_none():
            return unknown_key(key, [str(k) for k in parent if k != "hydra"])
        return ConfigurationError(found[1], "is no known key")
    found = re.search(r"Ambiguous value for argument '\+*([^=']+)=", text) or re.search(
        r"Sweep parameters '\+*([^=']+)=", text
    )
    if found:
        return ConfigurationError(found[1], "has several values; `caremarket sweep` or --multirun takes lists")
    detail = f" ({first_line(cause)})" if isinstance(cause, OmegaConfBaseException) else ""
    found = re.match(r"Error merging override \+*([^=\s]+)=", text)
    if found:
        return ConfigurationError(found[1], f"cannot be set to that value{detail}")
    return ConfigurationError("command line", first_line(error) + detail)


def first_line(error: BaseException) -> str:
    """The first line of an error's text that is not blank, or the name of its class."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
