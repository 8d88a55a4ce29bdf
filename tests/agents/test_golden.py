"""Catches drift that nobody meant.

When a change of the figures was meant, remake the file and say why in the commit:

    python -m tests.agents.test_golden
"""

from __future__ import annotations

import json
from pathlib import Path

from caremarket.agents.model import simulate
from caremarket.agents.world.result import Number

from .conftest import small

FILE = Path(__file__).parents[1] / "data" / "golden_local.json"
SEED = 20130401
ARMS = {
    "separate": {},
    "prime_contractor": {"form": "prime_contractor", "lot_scope": "pathway", "outcome_share": 0.1},
    "prime_provider": {"form": "prime_provider", "lot_scope": "pathway", "payment": "capitated"},
}


def rounded(value: Number) -> Number:
    """Floats to nine significant digits: what differs below that is the machine."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def summaries() -> dict[str, dict[str, Number]]:
    """Summary of each form in the small local market, by name."""
    return {
        arm: {name: rounded(value) for name, value in simulate(small(policy=policy), SEED).summary.items()}
        for arm, policy in ARMS.items()
    }


def test_the_small_local_market_comes_out_as_recorded() -> None:
    recorded = json.loads(FILE.read_text())
    assert set(recorded) == set(ARMS)
    for arm, summary in summaries().items():
        changed = {n: (recorded[arm].get(n), v) for n, v in summary.items() if recorded[arm].get(n) != v}
        assert not changed, f"{arm}: name: (recorded, now)"
        assert list(recorded[arm]) == list(summary)


if __name__ == "__main__":
    FILE.write_text(json.dumps(summaries(), indent=1) + "\n")
    print(f"wrote {FILE}")
