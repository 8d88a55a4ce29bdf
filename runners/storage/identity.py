"""Identity of results: the hash of the configuration that gives them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from caremarket.experiments import extensions
from caremarket.market.scenario import Scenario


def digest(content: Any) -> str:
    """SHA-256 of a value that can be written as JSON; the order of keys does not matter."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def identifier(config_hash: str) -> str:
    """The name of a folder of results: the first twelve digits of the configuration hash."""
    return config_hash[:12]


def run_hash(scenario: Scenario, seed: int) -> str:
    """SHA-256 of everything a run depends on, including the content of register and roster files and of extensions."""
    return digest({"scenario": scenario.model_dump(mode="json"), "seed": seed, **extensions.identity()})
