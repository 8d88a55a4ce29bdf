"""Payment models. One module per model; each defines ``PAYMENT``."""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel
from caremarket.market.payments.fit import misfit
from caremarket.market.registry import Registry

PAYMENTS: Registry[PaymentModel] = Registry(__name__, __path__, "PAYMENT", PaymentModel)

BLOCK = PAYMENTS["block"]
"""Payment model in use while another model runs in shadow."""

__all__ = ["BLOCK", "PAYMENTS", "PaymentModel", "misfit"]
