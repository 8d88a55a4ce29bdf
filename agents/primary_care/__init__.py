"""Primary care: who pays practices for what, and what practices make of it (K)."""

from __future__ import annotations

from caremarket.agents.primary_care.office import PrimaryCare

__all__ = ["PrimaryCare"]
