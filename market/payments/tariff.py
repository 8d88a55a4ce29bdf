"""Tariff (payment by results): activity at an agreed price a case (K on payment)."""

from __future__ import annotations

from market.payments.base import PaymentModel

PAYMENT = PaymentModel(name="tariff", source="K, payment models; P 1.4.2", activity=1.0, population=0.0)
