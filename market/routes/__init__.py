"""Procurement routes. One module a route; each defines ``ROUTE``."""

from __future__ import annotations

from caremarket.market.registry import variants
from caremarket.market.routes.base import Route

ROUTES: dict[str, Route] = variants(__name__, __path__, "ROUTE", Route)

__all__ = ["ROUTES", "Route"]
