"""Common parts of every checked request for many runs: runner, folder of results, and identity."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate

from caremarket.experiments import extensions
from caremarket.experiments.configuration.request import Request
from caremarket.market.errors import ConfigurationError
from caremarket.runners.execution.runner import SIMULATE, Runner
from caremarket.runners.storage.identity import digest, identifier
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.storage.provenance import source_digest
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.tracking.folders import track
from caremarket.runners.tracking.mlflow_store import open_store

log = logging.getLogger("caremarket")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyRunsPlan:
    """A checked request for many runs: nothing has been run or written yet.

    Attributes:
        config: the composed configuration.
        request: its entries beside the scenario.
        runner: makes the runs.
        root: the output folder.
        config_hash: hash of everything that the results depend on.
    """

    config: Mapping[str, Any]
    request: Request
    runner: Runner
    root: Path
    config_hash: str

    @property
    def folder(self) -> Path:
        """Folder of the results."""
        return self.root / self.request.name / identifier(self.config_hash)

    @property
    def parts(self) -> str | None:
        """Location of the parts of its runs; None is its own folder."""
        if self.runner.parts is None:
            return None
        return f"{self.runner.parts}/{self.request.name}/{identifier(self.config_hash)}"


def common_fields(config: Mapping[str, Any], request: Request, content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of :class:`ManyRunsPlan`, by name.

    Args:
        config: the composed configuration.
        request: its entries beside the scenario, checked.
        content: everything that the results depend on, apart from extensions and a model other than the market.

    Raises:
        ConfigurationError: the runner is wrong, or the output folder cannot be written.
    """
    root = check_writable(request.output_root)
    runner = _runner(config.get("runner"))
    if runner.simulate != SIMULATE:
        content = {**content, "simulate": runner.simulate}
    content = {**content, **extensions.identity()}
    return {"config": config, "request": request, "runner": runner, "root": root, "config_hash": digest(content)}


def _runner(section: Any) -> Runner:
    """The runner that a ``runner`` section describes.

    Raises:
        ConfigurationError: it describes none, or a wrong one.
    """
    if not isinstance(section, Mapping) or "_target_" not in section:
        raise ConfigurationError("runner", "has no _target_; choose one with runner=ray or runner=local")
    try:
        made: Runner = instantiate(dict(section))
    except InstantiationException as error:
        if isinstance(error.__cause__, ConfigurationError):
            raise error.__cause__ from None
        cause = error.__cause__ or error
        raise ConfigurationError("runner", f"cannot be made: {str(cause).splitlines()[0]}") from None
    return made


def start_over_if_code_changed(store: SweepFolder) -> dict[str, Any]:
    """Remove results that other code of the model made; returns the manifest of those that stay, empty if none do."""
    before = store.manifest()
    if before and before.get("code", {}).get("source") != source_digest():
        log.info("the model's code has changed since these results were made: starting over")
        store.start_over()
        return {}
    return before


def track_if_asked(plan: ManyRunsPlan) -> None:
    """Bring MLflow up to date with the finished folder, unless ``tracking=none``."""
    if plan.request.tracking.kind == "mlflow":
        uri = plan.request.tracking.uri
        track(plan.folder, uri, partial(open_store, uri, plan.root))
