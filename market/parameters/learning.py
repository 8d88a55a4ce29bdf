"""Learning: strategies that adapt, memory of partners, and what commissioners make of results."""

from __future__ import annotations

from market.validation import Strict


class LearningParameters(Strict):
    """Units and sources stand in ``configs/behaviour/learning/default.yaml``."""
