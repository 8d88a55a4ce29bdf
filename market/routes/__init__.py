"""Procurement routes. One module per route; each defines ``ROUTE``."""

from __future__ import annotations

from caremarket.market.registry import Registry
from caremarket.market.routes.base import Route

ROUTES: Registry[Route] = Registry(__name__, __path__, "ROUTE", Route)

__all__ = ["ROUTES", "Route"]
