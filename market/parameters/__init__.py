"""Parameters of decisions that are not levers, in one model for each part of the market."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from caremarket.market.parameters.activity import ActivityParameters
from caremarket.market.parameters.beliefs import BeliefParameters
from caremarket.market.parameters.budgets import BudgetParameters
from caremarket.market.parameters.collaboration import CollaborationParameters
from caremarket.market.parameters.entry import EntryParameters
from caremarket.market.parameters.learning import LearningParameters
from caremarket.market.parameters.life import LifeParameters
from caremarket.market.parameters.primary_care import PrimaryCareParameters
from caremarket.market.parameters.procurement import ProcurementParameters
from caremarket.market.parameters.regulation import RegulationParameters
from caremarket.market.validation import NonNegative, Positive, Share, Strict


class BehaviourSpec(Strict):
    """Parameters of decisions that are not levers. Units and sources are in ``configs/behaviour/default.yaml``."""

    strategy: str = "best_response"
    supplier_choice: str = "balanced"
    estimate_sigma: Annotated[float, Field(ge=0.0, le=1.0)] = 0.08
    estimate_sigma_floor: Annotated[float, Field(ge=0.0, le=1.0)] = 0.02
    engagement_halving_months: Positive = 6.0
    track_record_contracts: Positive = 3.0
    local_fit: Literal["lognormal", "uniform"] = "lognormal"
    local_fit_sigma: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05
    local_fit_low: NonNegative = 0.0
    local_fit_high: Positive = 1.0
    belief_low: NonNegative = 0.85
    belief_high: Positive = 1.25
    initial_participation: Annotated[float, Field(gt=0.0, le=1.0)] = 0.2
    participation_memory: Annotated[float, Field(ge=0.0, le=1.0)] = 0.3
    achievement_memory: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05
    promise_memory: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05
    price_memory: Annotated[float, Field(ge=0.0, le=1.0)] = 0.2
    win_logit_price: NonNegative = 12.0
    win_logit_quality: NonNegative = 3.0
    budget_belief_sd: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    quality_cost: Positive = 20.0
    bid_cost_base_gbp: NonNegative = 2_000.0
    bid_cost_value_share: NonNegative = 0.002
    bid_cost_scope: NonNegative = 0.25
    staff_transfer: Share = 0.6
    bids_in_hand_skilled: NonNegative = 3.0
    bids_in_hand_per_million_gbp: NonNegative = 0.5
    bid_writing_gloss: NonNegative = 0.3
    evaluation_noise: NonNegative = 0.1
    liability_cv: NonNegative = 0.15
    population_growth: Annotated[float, Field(ge=-0.1, le=0.1)] = 0.008
    outside_income_cv: Annotated[float, Field(ge=0.0, le=0.5)] = 0.02
    near_uplift: NonNegative = 0.04
    far_uplift: NonNegative = 0.10
    management_cost_share: NonNegative = 0.008
    management_cost_per_indicator: NonNegative = 0.0002
    management_progress: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    contract_cost_commissioner_gbp: NonNegative = 15_000.0
    subcontract_candidates: Annotated[int, Field(ge=1, le=20)] = 3
    subcontract_offer_raise: NonNegative = 0.06
    outside_option_margin: NonNegative = 0.01
    promise_share: Share = 0.6
    penalty_multiple: NonNegative = 2.0
    max_bid_losses: Annotated[int, Field(ge=1, le=1000)] = 10
    shedding_months: Positive = 24.0
    overdraft_months: NonNegative = 0.5
    rescue_months: NonNegative = 1.0
    outcome_base: Share = 0.6
    outcome_noise: NonNegative = 0.05
    outcome_floor: Share = 0.4
    outcome_target: Share = 0.8
    outcome_quality: NonNegative = 0.3
    coordination_gain: NonNegative = 0.25
    commissioner_coordination: Share = 0.5
    effort_gain: NonNegative = 1.0
    effort_cap: Share = 0.15
    indicator_capacity: Annotated[int, Field(ge=1, le=500)] = 25
    indicator_burden: NonNegative = 0.002
    stress_loss: NonNegative = 0.1
    trust_gain: Share = 0.05
    trust_loss: Share = 0.15
    trust_decay_per_year: Share = 0.05
    joining_gain: NonNegative = 0.1
    minimum_members: Annotated[int, Field(ge=1, le=100)] = 4
    budget_growth: Annotated[float, Field(ge=-0.2, le=0.2)] = 0.0
    bridge_months: Positive = 6.0

    beliefs: BeliefParameters = BeliefParameters()
    procurement: ProcurementParameters = ProcurementParameters()
    life: LifeParameters = LifeParameters()
    activity: ActivityParameters = ActivityParameters()
    primary_care: PrimaryCareParameters = PrimaryCareParameters()
    collaboration: CollaborationParameters = CollaborationParameters()
    learning: LearningParameters = LearningParameters()
    regulation: RegulationParameters = RegulationParameters()
    entry: EntryParameters = EntryParameters()
    budgets: BudgetParameters = BudgetParameters()
