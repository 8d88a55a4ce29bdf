"""Primary care: core contracts, enhanced services, the quality framework, and federations."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from caremarket.market.validation import Level, NonNegative, Positive, Share, Spread, Strict


class PrimaryCareParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/primary_care/default.yaml``."""

    autonomy_mean: Positive = 0.2
    expected_member_share: Share = 0.8
    list_size_sigma: NonNegative = 0.55

    core_share: dict[str, Share] = Field(
        default_factory=lambda: {"gms": 0.55, "pms": 0.39, "pms_plus": 0.02, "apms": 0.04}
    )
    core_pay_gbp: dict[str, NonNegative] = Field(
        default_factory=lambda: {"gms": 73.0, "pms": 87.0, "pms_plus": 92.0, "apms": 105.0}
    )
    practice_cost_gbp: NonNegative = 46.0
    practice_cost_list: Positive = 7_300.0
    practice_cost_scale: Share = 0.1
    working_capital_months: NonNegative = 1.0

    directed_services: dict[str, Positive] = Field(
        default_factory=lambda: {"extended_hours": 1.65, "minor_surgery": 1.3}
    )
    local_services: dict[str, Positive] = Field(default_factory=lambda: {"anticoagulation": 1.5, "diabetes": 2.0})
    least_post: dict[str, NonNegative] = Field(
        default_factory=lambda: {
            "extended_hours": 0.1,
            "minor_surgery": 0.1,
            "anticoagulation": 0.1,
            "diabetes": 0.1,
        }
    )
    service_cost_sigma: NonNegative = 0.1
    service_staff_share: Share = 0.7
    post_gbp: Positive = 38_000.0
    hiring_gbp: NonNegative = 2_500.0
    pooling_cost_share: Share = 0.03

    quality_pay_gbp: NonNegative = 20.0
    quality_without_effort: Level = Level(mean=0.83, sd=0.06)
    quality_noise: NonNegative = 0.03
    quality_effort: Positive = 0.08
    quality_effort_cap: Share = 0.16
    network_practices: Annotated[int, Field(ge=1, le=100)] = 5
    network_target: Share = 0.9
    network_belief: Positive = 0.1
    network_age_months: NonNegative = 12.0
    stability_months: Positive = 12.0
    peer_pressure: Share = 0.5

    premium_gbp: NonNegative = 5.0
    premium_improvement: Positive = 0.02
    premium_uplift: NonNegative = 0.25

    income_fear: NonNegative = 0.5
    leaving_gbp: NonNegative = 1.0
    horizon_years: Positive = 3.0
    rejoin_months: NonNegative = 24.0
    risk_threshold: Spread = Spread(median=0.25, sigma=0.6)
    base_risk: Share = 0.05
    strain_risk: Share = 0.3
    contagion: NonNegative = 0.5
    alarm_months: Positive = 12.0
    look_again_months_low: Positive = 1.0
    look_again_months_high: Positive = 3.0

    capital_gbp: NonNegative = 1.0
    call_months: NonNegative = 1.0
    call_limit_gbp: NonNegative = 2.0
    payout_reserve_months: NonNegative = 3.0
    payout_share: Share = 0.5
    member_staff_gbp: NonNegative = 30.0
    member_staff_turnover: Share = 0.15

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        if set(self.core_share) != set(self.core_pay_gbp):
            raise ValueError("core_share and core_pay_gbp must name the same kinds of contract")
        if sum(self.core_share.values()) <= 0.0:
            raise ValueError("core_share: one kind of contract must have a share above 0")
        both = set(self.directed_services) & set(self.local_services)
        if both:
            raise ValueError(f"{min(both)} is both a directed and a local service")
        missing = (set(self.directed_services) | set(self.local_services)) - set(self.least_post)
        if missing:
            raise ValueError(f"least_post: {min(missing)} is missing")
        if self.look_again_months_low > self.look_again_months_high:
            raise ValueError("look_again_months_low must not be above look_again_months_high")
        return self
