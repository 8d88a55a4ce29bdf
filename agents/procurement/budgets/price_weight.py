"""Weight of price in an award by a commissioner in surplus or deficit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.market.levers import PolicySpec

OTHER_WEIGHTS = ("weight_quality", "weight_social_value", "weight_integration")


def weigh_price(commissioner: Commissioner, policy: PolicySpec) -> PolicySpec:
    """A policy with the weight of price that money has for the commissioner now; the policy itself in balance.

    A pound saved is worth less to a commissioner that would have to return it, and more to one in deficit. The weight
    changes in proportion to its surplus or deficit over the spending that it can still decide on; the other weights
    keep their proportions.
    """
    plan = commissioner.plan
    if plan is None or not plan.open_spending or policy.weight_price <= 0.0:
        return policy
    price = min(1.0, policy.weight_price * max(0.0, 1.0 + plan.shortfall / plan.open_spending))
    others = sum([getattr(policy, name) for name in OTHER_WEIGHTS])
    if others <= 0.0:
        return policy
    total = policy.weight_price + others
    scale = (total - price) / others
    weights = {name: getattr(policy, name) * scale for name in OTHER_WEIGHTS}
    return policy.model_copy(update={"weight_price": price, **weights})
