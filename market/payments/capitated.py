"""Capitated: a sum a registered person, so the holder carries demand and keeps what it saves (M; K)."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="capitated",
    source="M; K, capitated budgets",
    activity=0.0,
    population=1.0,
    retains_savings=1.0,
    population_budget=True,
)
