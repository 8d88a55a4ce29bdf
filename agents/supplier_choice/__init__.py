"""Rules by which leads choose suppliers. One module per rule; each defines ``SUPPLIER_CHOICE``."""

from __future__ import annotations

from caremarket.agents.supplier_choice.base import Rank, SupplierChoice, SupplierView, Weights
from caremarket.market.registry import Registry

SUPPLIER_CHOICES: Registry[SupplierChoice] = Registry(__name__, __path__, "SUPPLIER_CHOICE", SupplierChoice)

__all__ = ["SUPPLIER_CHOICES", "Rank", "SupplierChoice", "SupplierView", "Weights"]
