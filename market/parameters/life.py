"""Contract life: monitoring, remedies, staff transfer, hand-back."""

from __future__ import annotations

from market.validation import Strict


class LifeParameters(Strict):
    """Units and sources stand in ``configs/behaviour/life/default.yaml``."""
