"""Learning: strategies that adapt, memory of partners, and commissioners' use of earlier results."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from caremarket.market.validation import NonNegative, Positive, Share, Strict

FORM_TERMS: dict[str, dict[str, Any]] = {
    "separate": {"lot_scope": "function"},
    "prime_contractor": {"lot_scope": "pathway"},
    "prime_provider": {"lot_scope": "pathway", "payment": "capitated"},
    "accountable_lead": {"lot_scope": "pathway", "payment": "capitated"},
    "alliance": {"lot_scope": "pathway"},
    "framework": {"lot_scope": "function"},
    "any_qualified_provider": {"lot_scope": "function", "payment": "tariff"},
}
FORM_SKILL: dict[str, float] = {
    "separate": 0.2,
    "prime_contractor": 0.4,
    "prime_provider": 0.4,
    "accountable_lead": 0.5,
    "alliance": 0.7,
    "framework": 0.4,
    "any_qualified_provider": 0.3,
}


class LearningParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/learning/default.yaml``."""

    markup_grid: Annotated[tuple[NonNegative, ...], Field(min_length=1, max_length=100)] = (
        0.0,
        0.01,
        0.02,
        0.03,
        0.04,
        0.06,
        0.08,
        0.1,
        0.15,
        0.2,
    )
    markup_scale: Literal["cost", "room"] = "cost"
    initial_propensity: Positive = 0.01
    forgetting: Share = 0.02
    experimentation: Share = 0.2
    attraction_decay: Share = 0.01
    foregone_weight: Share = 0.9
    accumulation: Share = 0.0
    attraction_sensitivity: NonNegative = 1.0
    initial_experience: NonNegative = 1.0

    partner_weight: NonNegative = 0.3
    partner_half_life_months: Positive = 24.0
    partner_result_step: Share = 0.3
    partner_answer_step: Share = 0.1
    partner_failure_step: Share = 0.6

    appraisal_forms: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] = (
        "separate",
        "prime_contractor",
        "prime_provider",
    )
    appraisal_terms: dict[str, dict[str, Any]] = FORM_TERMS
    skill_needed: dict[str, Share] = FORM_SKILL
    skill_loss: NonNegative = 0.3
    appraisal_noise: NonNegative = 0.05
    prior_trust: Share = 0.5
    prior_lead_margin: NonNegative = 0.03
    prior_early_end: Share = 0.05
    prior_small_share: Share = 0.15
    prior_weight: Positive = 5.0
    early_end_cost: NonNegative = 0.3
    result_memory: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.05
    neighbour_weight: Share = 0.3
