"""Regulation and mergers."""

from __future__ import annotations

from market.validation import Strict


class RegulationParameters(Strict):
    """Units and sources stand in ``configs/behaviour/regulation/default.yaml``."""
