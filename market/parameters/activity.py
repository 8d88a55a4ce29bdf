"""Activity and payment: how volume, case mix and effort answer to what is paid for."""

from __future__ import annotations

from market.validation import Strict


class ActivityParameters(Strict):
    """Units and sources stand in ``configs/behaviour/activity/default.yaml``."""
