"""Payment models. One module a model; each defines ``PAYMENT``."""

from __future__ import annotations

from market.payments.base import PaymentModel
from market.registry import variants

PAYMENTS: dict[str, PaymentModel] = variants(__name__, __path__, "PAYMENT", PaymentModel)

__all__ = ["PAYMENTS", "PaymentModel"]
