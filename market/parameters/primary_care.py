"""Primary care: core contracts, enhanced services, the quality framework, and federations."""

from __future__ import annotations

from market.validation import Strict


class PrimaryCareParameters(Strict):
    """Units and sources stand in ``configs/behaviour/primary_care/default.yaml``."""
