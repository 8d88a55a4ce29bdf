"""Claims for outcome pay, recorded so that double payment by another scheme can be seen and refused (K).

A quality-framework outcome is divided over pathways in proportion to their primary care cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from caremarket.market.ledger import Reason
from caremarket.market.pathways import FUNCTION_INDEX

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.market.pathway_spec import PathwaySpec

PRIMARY = FUNCTION_INDEX["primary"]
SCHEME = "quality_framework"


def primary_shares(pathways: Iterable[PathwaySpec]) -> list[tuple[int, float]]:
    """Pathway number and share of the market's primary care, in [0, 1], for each pathway that has any."""
    weights = [p.cost_per_head_gbp * p.function_shares.get("primary", 0.0) for p in pathways]
    total = sum(weights)
    return [(n, w / total) for n, w in enumerate(weights) if w > 0.0]


def pay_claim(practice: Practice, amount: int) -> int:
    """Pay quality-framework money, with a claim for each pathway's part; returns pence paid.

    If no contract pays for outcomes, double payment is impossible and no claim is compared.
    """
    model = practice.model
    area_team = practice.office.area_team
    register = model.outcome_register
    if not register.contracts_pay:
        area_team.pay(practice.account, amount, Reason.QUALITY_FRAMEWORK)
        return amount
    commissioner = practice.office.commissioner.index
    year = int(max(model.time - 1e-9, 0.0) // 12.0)
    once = twice = 0
    for pathway, share in model.primary_care.primary_shares:
        part = int(amount * share)
        first, second = register.split(
            practice, commissioner, pathway, PRIMARY, year, practice.key, part, scheme=SCHEME
        )
        once += first
        twice += second
    area_team.pay(practice.account, once, Reason.QUALITY_FRAMEWORK)
    area_team.pay(practice.account, twice, Reason.SAME_OUTCOME_TWICE)
    return once + twice
