"""Tariff (payment by results): activity at an agreed price per unit (K on payment)."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="tariff",
    source="K, payment models; P 1.4.2",
    activity=1.0,
    population=0.0,
    intensity=1.0,
    by_function=True,
    follows_activity=True,
)
