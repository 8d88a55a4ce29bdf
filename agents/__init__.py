"""The players and the world that holds them."""

from __future__ import annotations

from agents.model import CareMarket, simulate
from agents.result import RunResult

__all__ = ["CareMarket", "RunResult", "simulate"]
