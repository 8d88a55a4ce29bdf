"""Value for the public: outcomes, costs, prices and activity."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.ledger import Reason
from caremarket.market.measures import ratio

MEASURE = (
    Measure(
        "outcome_index",
        "Public value",
        "0 to 1",
        "outcome index at yearly reviews, weighted by contract price",
        lambda view: ratio(view.tally.outcome_sum, view.tally.outcome_pence),
        null_when="no contract was reviewed",
        yearly="so_far",
        place=1,
        headline=True,
        noun="the outcome index",
    ),
    Measure(
        "public_cost_pence",
        "Public value",
        "pence",
        "contract and outcome payments, withheld pay released, deficits shared, care elsewhere and for those who wait, "
        "transaction cost and rescue, less fines, damages, guarantees, clawback and surpluses shared; without payments "
        "to practices (core, enhanced, quality framework, premium)",
        lambda view: view.tally.public_cost(),
        yearly="so_far",
        place=2,
        headline=True,
        noun="public cost",
    ),
    Measure(
        "price_to_reference",
        "Public value",
        "ratio",
        "price of contracts in force over the reference cost of the care they cover",
        lambda view: ratio(sum(view.shares.holders), view.shares.reference),
        null_when="no contract is in force",
        yearly="in_force",
        place=0,
    ),
    Measure(
        "commissioner_transaction_cost_pence",
        "Public value",
        "pence",
        "commissioners' cost of procuring and managing contracts",
        lambda view: view.totals[Reason.TRANSACTION],
        yearly="so_far",
        place=3,
    ),
    Measure(
        "bid_cost_pence",
        "Public value",
        "pence",
        "bidders' cost of bidding",
        lambda view: view.totals[Reason.BID_COST],
        yearly="so_far",
        place=4,
    ),
    Measure(
        "rescue_pence",
        "Public value",
        "pence",
        "support paid to trusts",
        lambda view: view.totals[Reason.RESCUE],
        yearly="so_far",
        place=5,
    ),
    Measure(
        "staff_transfer_pence",
        "Public value",
        "pence",
        "cost of transferring staff with the work (TUPE)",
        lambda view: view.totals[Reason.STAFF_TRANSFER],
    ),
    Measure(
        "same_outcome_twice_pence",
        "Public value",
        "pence",
        "payments for an outcome that another scheme had already paid for",
        lambda view: view.totals[Reason.SAME_OUTCOME_TWICE],
    ),
    Measure(
        "acute_activity_share",
        "Public value",
        "share",
        "acute activity over all activity delivered over the run, by reference cost, including care elsewhere "
        "of patients turned away",
        lambda view: ratio(view.tally.activity.acute_done, view.tally.activity.done),
        null_when="nothing was delivered",
        yearly="so_far",
        place=14,
    ),
    Measure(
        "acute_activity",
        "Public value",
        "ratio",
        "acute activity delivered, counted in the same way, over the activity planned in the contracts",
        lambda view: ratio(view.tally.activity.acute_done, view.tally.activity.acute_planned),
        null_when="no acute care was planned",
        yearly="so_far",
        place=15,
    ),
    Measure(
        "case_mix",
        "Public value",
        "ratio",
        "severity of the cases treated over that of all cases in need of care, weighted by reference cost",
        lambda view: ratio(view.tally.activity.needed - view.tally.activity.refused, view.tally.activity.treated()),
        null_when="nothing was delivered",
        yearly="so_far",
        place=16,
    ),
)
