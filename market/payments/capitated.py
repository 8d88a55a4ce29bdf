"""Capitated: a sum per registered person, so the holder bears demand risk (M; K).

The next budget follows the population, not what was done.
"""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="capitated",
    source="M; K, capitated budgets",
    activity=0.0,
    population=1.0,
    population_budget=True,
)
