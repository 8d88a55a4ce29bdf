"""Block: a fixed sum that does not depend on activity, set anew from activity when next let (K on payment)."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(name="block", source="K, payment models", activity=0.0, population=0.0, rebased=True)
