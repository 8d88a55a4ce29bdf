"""Contract life: performance, monitoring, remedies, staff transfer, hand-back, payment of sub-contractors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from caremarket.market.validation import NonNegative, Positive, Share, Strict


class LifeParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/life/default.yaml``."""

    performance_standard: Share = 0.42
    friction_loss: NonNegative = 0.15
    service_sd: Annotated[float, Field(ge=0.0, le=1.0)] = 0.08
    form_sd: Annotated[float, Field(ge=0.0, le=1.0)] = 0.08
    form_persistence: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.8
    strain_loss: NonNegative = 0.1
    recovery_margin: NonNegative = 0.03
    cutting_harm: NonNegative = 2.0
    cutting_outcome_loss: NonNegative = 1.0
    failing_outcome_loss: NonNegative = 0.1
    found_out_multiple: NonNegative = 4.0

    detection_months: NonNegative = 2.0
    reporting_lag_months: NonNegative = 2.0
    contract_manager_gbp: NonNegative = 50_000.0
    contract_manager_gain: NonNegative = 1.0

    remedy_months: Positive = 2.0
    removal_months_low: NonNegative = 3.0
    removal_months_high: NonNegative = 9.0
    remedial_cost_share: NonNegative = 0.04
    remedial_gain: NonNegative = 0.12
    withheld_share: Share = 0.1
    failure_harm: NonNegative = 0.6
    bridging_premium: NonNegative = 0.1
    exclusion_months: NonNegative = 36.0
    default_trust_weight: NonNegative = 2.0

    staff_cost_share: Share = 0.65
    staff_transfer_cost: NonNegative = 0.06

    investment_most: Share = 0.1
    investment_first_return: NonNegative = 0.5
    investment_charge: NonNegative = 0.035

    reputation_years: NonNegative = 1.0
    notice_months: Positive = 12.0
    notice_reputation: Share = 0.25
    capability_half_life_months: Positive = 24.0

    max_deferrals: Annotated[int, Field(ge=0, le=120)] = 3
    deferral_months: Positive = 1.0
    deferral_trust_weight: NonNegative = 0.5
    disappointment_trust_weight: NonNegative = 0.5
