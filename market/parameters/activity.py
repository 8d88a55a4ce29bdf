"""Activity and payment: response of volume, case mix and effort to the payment model."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from caremarket.market.validation import NonNegative, Positive, Share, Strict


class ActivityParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/activity/default.yaml``."""

    outcome_cv: NonNegative = 0.25
    register_share: Share = 0.5
    severity_share: Share = 0.5
    activity_curvature_acute: Positive = 12.0
    activity_curvature_other: Positive = 36.0
    activity_cap: Share = 0.1
    waiting_limit: NonNegative = 0.5
    shift_ratio: NonNegative = 0.8
    shift_cap: Share = 0.2
    shift_curvature: Positive = 3.0
    severe_share: Share = 0.1
    severe_cost: Positive = 3.0
    severity_known: Share = 0.3
    skimming_penalty: NonNegative = 4.0
    skimming_reluctance: NonNegative = 0.2
    elsewhere_multiple: NonNegative = 1.2
    free_riding: Share = 0.5

    @model_validator(mode="after")
    def _severe_cases_are_part_of_all(self) -> Self:
        if self.severe_share * self.severe_cost > 1.0 or self.severe_cost < 1.0:
            raise ValueError("severe_cost must be 1 or more, and severe_share times severe_cost at most 1")
        return self
