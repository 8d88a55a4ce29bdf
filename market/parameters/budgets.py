"""Budgets of commissioners: rules on what they may carry over, and recovery of deficits."""

from __future__ import annotations

from caremarket.market.validation import Positive, Share, Strict


class BudgetParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/budgets/default.yaml``."""

    running_cost_share: Share = 0.021
    contingency_share: Share = 0.005
    carry_over_share: Share = 0.01
    recovery_years: Positive = 3.0
