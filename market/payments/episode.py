"""Episode: one price per episode of care in one function, adjusted for the severity of the case (S)."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="episode",
    source="S, options for paying",
    activity=1.0,
    population=0.0,
    severity=1.0,
    by_function=True,
    follows_activity=True,
)
