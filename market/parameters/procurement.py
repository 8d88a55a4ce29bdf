"""Procurement: length of stages, attempts, costs of challenges."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from caremarket.market.pathways import CareFunction
from caremarket.market.validation import NonNegative, Positive, Share, Strict


class ProcurementParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/procurement/default.yaml``."""

    appraisal_min_months: NonNegative = 2.0
    appraisal_max_months: NonNegative = 4.0
    notice_min_months: NonNegative = 0.2
    notice_max_months: NonNegative = 0.4
    questionnaire_min_months: NonNegative = 1.0
    questionnaire_max_months: NonNegative = 2.0
    dialogue_min_months: NonNegative = 9.0
    dialogue_max_months: NonNegative = 18.0
    tender_min_months: NonNegative = 2.0
    tender_max_months: NonNegative = 4.0
    evaluation_min_months: NonNegative = 1.0
    evaluation_max_months: NonNegative = 2.0
    preferred_min_months: NonNegative = 0.1
    preferred_max_months: NonNegative = 0.3
    standstill_days: NonNegative = 10.0
    challenged_min_months: NonNegative = 3.0
    challenged_max_months: NonNegative = 9.0
    signed_min_months: NonNegative = 0.2
    signed_max_months: NonNegative = 0.6
    mobilisation_min_months: NonNegative = 3.0
    mobilisation_max_months: NonNegative = 6.0
    mobilisation_saved_by_incumbent: Share = 0.9

    max_attempts: Annotated[int, Field(ge=1, le=20)] = 2
    tender_reluctance: NonNegative = 0.10
    direct_award_line: Positive = 1.10
    direct_award_asked: Annotated[int, Field(ge=1, le=100)] = 6
    over_budget_raise: NonNegative = 0.02
    caretaker_markup: NonNegative = 0.10
    first_term_min_months: NonNegative = 6.0
    first_term_max_months: NonNegative = 36.0
    new_services: Share = 0.0
    new_service_functions: tuple[CareFunction, ...] = ("community", "mental_health", "diagnostics")
    new_services_months: NonNegative = 12.0
    reluctance: Share = 0.10
    hoped_margin_share: Share = 0.5
    search_rounds: Annotated[int, Field(ge=1, le=20)] = 3
    place_penalty: NonNegative = 0.2
    sole_provider_integration: Share = 0.7
    hiring_cost_share: NonNegative = 0.1

    submission_earliest: Share = 0.3
    submission_latest: Share = 0.95

    dialogue_worth_of_engagement: NonNegative = 0.5
    dialogue_integration: Share = 0.3
    dialogue_cost_share: Share = 0.6

    challenge_base: Share = 0.03
    challenge_closeness: Share = 0.12
    challenge_closeness_band: Positive = 0.05
    challenge_complexity: Share = 0.02
    challenge_interest: Share = 0.60
    challenge_cost_gbp: NonNegative = 100_000.0
    challenge_cost_value_share: NonNegative = 0.01
    recusal_skill_loss: Share = 0.2

    leading_years_asked: NonNegative = 1.0
    leading_least_able: Annotated[int, Field(ge=1, le=20)] = 3

    impact_line: Positive = 1.0
    impact_extreme_line: Positive = 3.0
    impact_noise: NonNegative = 0.2

    extension_price_tolerance: NonNegative = 0.05

    bundling_window_months: NonNegative = 36.0
    joint_months_per_party: NonNegative = 0.5
    joint_cost_per_party: NonNegative = 0.25

    @model_validator(mode="after")
    def _stages_have_a_length(self) -> Self:
        for name in type(self).model_fields:
            if name.endswith("_min_months"):
                highest = name.replace("_min_", "_max_")
                if getattr(self, name) > getattr(self, highest):
                    raise ValueError(f"{name} must not be above {highest}")
        if self.submission_earliest > self.submission_latest:
            raise ValueError("submission_earliest must not be above submission_latest")
        return self
