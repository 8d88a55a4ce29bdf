"""Contract forms. One module per form; each defines ``FORM``."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm
from caremarket.market.registry import Registry

FORMS: Registry[ContractForm] = Registry(__name__, __path__, "FORM", ContractForm, reserved=["appraise"])

__all__ = ["FORMS", "ContractForm"]
