"""The manifest of a folder of results: its content, its origin, and its state in MLflow.

The manifest is ``manifest.json``; ``config.yaml`` beside it is the composed configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml

from caremarket.experiments import extensions
from caremarket.experiments.configuration.request import Request
from caremarket.market.scenario import Scenario
from caremarket.runners.storage.identity import identifier
from caremarket.runners.storage.provenance import code_version, package_versions

PENDING, DONE, OFF = "pending", "done", "off"
"""State of a folder in MLflow: still to be logged, logged, or not asked for."""


def new_manifest(
    request: Request,
    *,
    kind: str,
    status: str,
    config_hash: str,
    choices: Mapping[str, str],
    content: Mapping[str, Any],
    time_key: str = "written",
) -> dict[str, Any]:
    """The manifest of a folder of results that MLflow does not have yet.

    Args:
        request: name, seed and tracking.
        kind: ``run``, ``sweep``, ``search`` or ``validation``.
        status: ``running``, ``incomplete`` or ``done``.
        config_hash: hash of everything that the results depend on.
        choices: configuration group -> the file chosen from it.
        content: entries of this kind of folder alone.
        time_key: entry with the present time.
    """
    uri = request.tracking.uri
    return {
        "kind": kind,
        "status": status,
        "name": request.name,
        "id": identifier(config_hash),
        "config_hash": config_hash,
        "seed": request.seed,
        "choices": dict(choices),
        **content,
        "code": code_version(),
        **extensions.identity(),
        "packages": package_versions(),
        time_key: datetime.now(UTC).isoformat(timespec="seconds"),
        "tracking": {
            "status": OFF if request.tracking.kind == "none" else PENDING,
            "uri": None if uri is None else without_password(uri),
        },
    }


def scenario_params(scenario: Scenario) -> dict[str, Any]:
    """Levers and size of a scenario as dotted key -> value, for params in MLflow."""
    return {
        "horizon_years": scenario.horizon_years,
        "market.source": scenario.market.source,
        "pathways": len(scenario.pathways),
        **{f"policy.{key}": value for key, value in scenario.policy.model_dump().items()},
    }


def shown_config(config: Mapping[str, Any]) -> bytes:
    """The composed configuration as YAML for ``config.yaml``, passwords hidden."""
    tracking = dict(config.get("tracking") or {})
    if tracking.get("uri"):
        tracking["uri"] = without_password(str(tracking["uri"]))
    shown = {**config, "tracking": tracking}
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=110).encode()


def without_password(uri: str) -> str:
    """The address with its password, if there is one, replaced by asterisks, so that it may be written to files."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))


def written_at(manifest: Mapping[str, Any]) -> int:
    """Time at which a folder's results were written, in milliseconds since 1970.

    Everything logged has this time, so that logging it again after a kill gives the same entries, not new ones.
    """
    text = manifest.get("written") or manifest.get("finished")
    return 0 if text is None else int(datetime.fromisoformat(str(text)).timestamp() * 1000)
