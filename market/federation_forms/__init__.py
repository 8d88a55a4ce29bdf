"""Forms in which GP practices work together. One module per form; each defines ``FORM``."""

from __future__ import annotations

from caremarket.market.federation_forms.base import FederationForm
from caremarket.market.registry import Registry

FEDERATION_FORMS: Registry[FederationForm] = Registry(__name__, __path__, "FORM", FederationForm)

__all__ = ["FEDERATION_FORMS", "FederationForm"]
