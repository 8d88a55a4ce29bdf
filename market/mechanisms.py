"""A switch for each mechanism of the market."""

from __future__ import annotations

from caremarket.market.validation import Strict


class MechanismSpec(Strict):
    """A switch for each mechanism. A mechanism that is off must have no effect."""

    estimate_error: bool = True
    demand_risk: bool = True
    risk_aversion: bool = True
    bid_cost: bool = True
    offered_quality: bool = True
    sticky_fixed_costs: bool = True
    defence_of_fixed_costs: bool = True
    capability_decay: bool = True
    experience_of_leading: bool = True
    budget_binds: bool = True
    balanced_budgets: bool = True
    rebasing: bool = True
    management_cost: bool = True
    margin_on_margin: bool = True
    coordination: bool = True
    effort_response: bool = True
    attention_limit: bool = True
    volume_response: bool = True
    own_margin_motive: bool = True
    cream_skimming: bool = True
    post_award_reallocation: bool = True
    patient_choice: bool = True
    trust_dynamics: bool = True
    trust_threshold: bool = True
    unanimity: bool = True
    partner_memory: bool = True
    conflict_of_interest: bool = True
    challenge: bool = True
    detection: bool = True
    reporting_lag: bool = True
    corner_cutting: bool = True
    staff_transfer_cost: bool = True
    investment: bool = True
    hand_back: bool = True
    commissioner_learning: bool = True
    regulation: bool = True
    mergers: bool = True
    core_contracts: bool = True
    enhanced_services: bool = True
    hiring_cost: bool = True
    pooled_staffing: bool = True
    quality_framework: bool = True
    peer_pressure: bool = True
    membership_choice: bool = True
    contagion: bool = True
    exit: bool = True
    entry: bool = True
