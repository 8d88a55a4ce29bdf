"""Claims outcome pay, so that what another scheme has paid for already can be seen, and refused (K on double payment).

A quality-framework outcome belongs to a pathway as far as the pathway's cost is primary care.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from market.pathways import FUNCTION_INDEX

if TYPE_CHECKING:
    from agents.federation import Practice
    from market.scenario import PathwaySpec

PRIMARY = FUNCTION_INDEX["primary"]
SCHEME = "quality_framework"


def primary_shares(pathways: Iterable[PathwaySpec]) -> list[tuple[int, float]]:
    """Share of the market's primary care in each pathway that has any, by its number."""
    weights = [p.cost_per_head_gbp * p.function_shares.get("primary", 0.0) for p in pathways]
    total = sum(weights)
    return [(n, w / total) for n, w in enumerate(weights) if w > 0.0]


def claimed(practice: Practice, amount: int) -> int:
    """Pence that may be paid of ``amount``, after each pathway's part has been claimed."""
    model = practice.model
    outcome_payments: Any = getattr(model, "outcome_payments", None)
    if outcome_payments is None:
        return amount
    year = int(model.time // 12.0)
    allowed = 0
    for pathway, share in model.primary_care.primary_shares:
        part = int(amount * share)
        allowed += outcome_payments.claim(practice.office.commissioner, pathway, PRIMARY, year, SCHEME, practice, part)
    return allowed
