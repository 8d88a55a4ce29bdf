"""Capitated: a sum per registered person, so the holder bears demand risk, and the next budget follows the population (M; K)."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="capitated",
    source="M; K, capitated budgets",
    activity=0.0,
    population=1.0,
    population_budget=True,
)
