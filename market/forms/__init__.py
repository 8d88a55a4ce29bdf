"""Contract forms. One module a form; each defines ``FORM``."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm
from caremarket.market.registry import variants

FORMS: dict[str, ContractForm] = variants(__name__, __path__, "FORM", ContractForm)

__all__ = ["FORMS", "ContractForm"]
