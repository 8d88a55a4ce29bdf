"""Regulation and mergers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from caremarket.market.validation import NonNegative, Positive, Share, Strict


class RegulationParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/regulation/default.yaml``."""

    regulator_skill: Share = 0.6
    cases_in_hand: Annotated[int, Field(ge=0, le=1000)] = 6
    minimum_market_gbp: NonNegative = 500_000.0
    case_months_low: Positive = 6.0
    case_months_high: Positive = 18.0
    case_pause_years: NonNegative = 3.0
    excess_price_line: NonNegative = 0.15
    refusal_line: Share = 0.7
    refusals_least: Annotated[int, Field(ge=1, le=1000)] = 5
    fine_share: Share = 0.05
    fine_cap_turnover: Share = 0.1
    fine_least_turnover_gbp: NonNegative = 50_000_000.0
    remedy_months: NonNegative = 36.0

    merger_saving: Share = 0.08
    merger_cost_share: NonNegative = 0.1
    merger_horizon_years: Positive = 5.0
    merger_months_low: Positive = 6.0
    merger_months_high: Positive = 12.0
    merger_autonomy: NonNegative = 0.2
    merger_trust: Share = 0.4
    complement_trust: Share = 0.75
    complement_line: Share = 0.8
    distress_rescues: Annotated[int, Field(ge=1, le=100)] = 2
    distress_window_months: Positive = 36.0
    distress_reserve_months: NonNegative = 0.25
