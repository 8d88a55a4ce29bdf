"""Bundle: one price per case over all care functions of the lot (S, options for paying; K on bundled tariffs).

A further visit earns nothing, and the holder decides which function does the work.
"""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="bundle",
    source="S, options for paying; K, payment models",
    activity=1.0,
    population=0.0,
    follows_activity=True,
)
