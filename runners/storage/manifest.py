"""The manifest of a folder of results: what it holds, what made it, and whether MLflow has it.

The manifest is ``manifest.json``; ``config.yaml`` beside it is the composed configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml

from caremarket.market.scenario import Scenario


def scenario_params(scenario: Scenario) -> dict[str, Any]:
    """The levers and the size of a scenario, for MLflow: dotted key -> value."""
    return {
        "horizon_years": scenario.horizon_years,
        "market.source": scenario.market.source,
        "pathways": len(scenario.pathways),
        **{f"policy.{key}": value for key, value in scenario.policy.model_dump().items()},
    }


def shown_config(config: Mapping[str, Any]) -> bytes:
    """The composed configuration as YAML, passwords hidden."""
    tracking = dict(config.get("tracking") or {})
    if tracking.get("uri"):
        tracking["uri"] = without_password(str(tracking["uri"]))
    shown = {**config, "tracking": tracking}
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=110).encode()


def without_password(uri: str) -> str:
    """The address with any password in it hidden, fit to be written to files."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))


PENDING, DONE, OFF = "pending", "done", "off"
"""State of a folder in MLflow: still to be logged, logged, or not asked for."""


def written_at(manifest: Mapping[str, Any]) -> int:
    """When a folder's results were written, in milliseconds after 1970.

    All that is logged bears this time, so that what is logged again after a kill is the same and not there twice.
    """
    text = manifest.get("written") or manifest.get("finished")
    return 0 if text is None else int(datetime.fromisoformat(str(text)).timestamp() * 1000)
