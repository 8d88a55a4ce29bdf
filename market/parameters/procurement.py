"""Procuring: how long stages take, when a commissioner gives up, what challenges cost."""

from __future__ import annotations

from market.validation import Strict


class ProcurementParameters(Strict):
    """Units and sources stand in ``configs/behaviour/procurement/default.yaml``."""
