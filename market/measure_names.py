"""The names in ``summary.json``, in groups and in order: written down here once."""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "Concentration, contracts in force": (
        "hhi_direct",
        "hhi_delivered",
        "cr1_direct",
        "cr1_delivered",
        "cr4_direct",
        "cr4_delivered",
        "effective_suppliers_direct",
        "effective_suppliers_delivered",
        "gini_delivered",
    ),
    "SMEs and third sector, contracts in force": (
        "sme_value_share_direct",
        "sme_value_share_delivered",
        "sme_contract_share",
        "third_sector_value_share_direct",
        "third_sector_value_share_delivered",
    ),
    "SMEs, whole run": (
        "sme_bid_rate",
        "sme_qualification_rate",
        "sme_win_rate",
        "sme_subcontract_acceptance_rate",
        "sme_promised_share",
        "sme_delivered_to_promised",
        "sme_survival_rate",
        "sme_margin",
        "sme_days_to_paid",
    ),
    "Competition": (
        "bids_per_tender",
        "single_bid_share",
        "no_award_share",
        "price_to_budget",
        "winner_margin",
        "incumbent_win_rate",
        "bidders_first_round",
        "bidders_reprocurement",
        "challenge_rate",
        "award_withdrawal_rate",
        "joint_bid_share",
    ),
    "Public value": (
        "outcome_index",
        "public_cost_pence",
        "price_to_reference",
        "commissioner_transaction_cost_pence",
        "bid_cost_pence",
        "rescue_pence",
        "staff_transfer_pence",
        "same_outcome_twice_pence",
        "acute_activity_share",
        "acute_activity",
        "case_mix",
    ),
    "Failure": (
        "early_termination_rate",
        "hand_back_rate",
        "step_in_rate",
        "warning_rate",
        "distressed_incumbent_rate",
        "months_to_detect_failure",
    ),
    "Collaboration": (
        "alliances_formed",
        "vehicles_formed",
        "federations_alive",
        "federation_member_share",
        "withdrawals",
        "cascades",
        "trust_mean",
        "supply_centralisation",
    ),
    "Primary care": (
        "enhanced_uptake",
        "enhanced_uptake_small",
        "quality_attainment",
        "quality_premium_pence",
    ),
    "Regulation": (
        "dominance_cases",
        "mergers",
        "mergers_forbidden",
    ),
    "Counts": ("tenders", "awards", "contracts", "subcontracts", "exits", "entries", "events"),
    "Check": ("ledger_imbalance_pence",),
}
"""Group -> names, in the order in which they are shown."""

SUMMARY_NAMES: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)
"""Names in ``summary.json``, in order."""
