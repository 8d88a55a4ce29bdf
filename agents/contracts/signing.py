"""Signing of a contract and its sub-contracts after an award, and transfer of the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import allocate, sign_subcontract
from caremarket.agents.contracts.ending import release_from_all
from caremarket.agents.costs.investment import investment_for
from caremarket.agents.costs.staff_transfer import pay_for_transfer
from caremarket.agents.entities.contract import ContractInForce
from caremarket.market.contracts import Contract
from caremarket.market.payments import PAYMENTS

if TYPE_CHECKING:
    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.procurement import Bid


def sign_contract(model: Market, tender: Tender, bid: Bid, plan: SupplyPlan, present: Present) -> ContractInForce:
    """Sign the contract of an award with the supply chain of the bid; ``present`` is who does the work now."""
    policy = tender.policy
    procurement = tender.procurement
    now = model.time
    contract = Contract(
        id=model.next_id("contract"),
        procurement=procurement.id,
        commissioner=tender.commissioner.index,
        holder=bid.bidder,
        form=tender.form,
        payment=PAYMENTS[policy.payment],
        items=list(procurement.lot.items),
        price=procurement.price,
        start=now,
        end=now + 12.0 * policy.duration_years,
        outcome_share=policy.outcome_share,
        indicators=policy.indicators,
        round=procurement.lot.round,
    )
    in_force = ContractInForce(model, contract, policy)
    in_force.pooled_budget = tender.pooled_budget
    in_force.bearing = dict(plan.bearing)
    in_force.investment = investment_for(model, policy.duration_years)
    for item in contract.items:
        release_from_all(model, item)
    for part in plan.parts:
        deliverer = part.deliverer
        sub = None
        if deliverer is not in_force.holder:
            sub = sign_subcontract(in_force, deliverer, part.items, part.price, part.share)
        for item in part.items:
            allocate(in_force, item, deliverer, part.share, sub, raised=part.raised)
    pay_for_transfer(in_force, present)
    return in_force
