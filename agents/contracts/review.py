"""Yearly review of a contract: outcome, outcome pay, gain share and trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.coordination import governance
from caremarket.agents.contracts.friction import update_friction
from caremarket.agents.contracts.holder_default import count_good_year
from caremarket.agents.contracts.monitoring import pay_contract_manager
from caremarket.agents.contracts.outcomes import outcome_index, own_achievement
from caremarket.agents.costs.achievement import achievement
from caremarket.agents.entities.notices import OutcomeMeasured, PromiseReviewed, YearReviewed
from caremarket.agents.entities.providers.leading import lead_for_a_year
from caremarket.agents.money.gain_share import share_gain
from caremarket.agents.money.outcome_claims import CONTRACT
from caremarket.agents.money.pooled_budget import charge_commissioner, joint_cost_multiple, payer_of
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def review_year(in_force: ContractInForce) -> None:
    """Measure the year's outcome, release outcome pay earned, share gain, update trust and pay running costs.

    The holder has led for another year.
    """
    contract = in_force.contract
    model = in_force.model
    contract.outcome = outcome_index(in_force)
    update_friction(in_force)
    behaviour = model.scenario_data.behaviour
    achieved = achievement(behaviour, contract.outcome)
    model.tell(OutcomeMeasured(in_force, achieved))
    if in_force.held_back:
        pay_for_outcome(in_force, achieved)
    if in_force.gain_share:
        share_gain(in_force)
    update_trust(in_force, achieved)
    count_good_year(in_force)
    pay_contract_manager(in_force)
    lead_for_a_year(in_force)
    model.tell(YearReviewed(in_force, achieved))
    cost = in_force.commissioner.cost_of_managing * governance(in_force)
    charge_commissioner(
        in_force, WORLD, int(cost * joint_cost_multiple(model, in_force.pooled_budget)), Reason.TRANSACTION
    )


def pay_for_outcome(in_force: ContractInForce, achieved: float) -> None:
    """Release the share ``achieved`` of the pay held back, and pass it down the chain.

    A sub-contractor gets the same share of the pay held back from it, or with ``outcome_rule`` ``own_result`` the share
    that its own result earned (P 4.12, 5.7).
    """
    model = in_force.model
    now = model.time
    contract = in_force.contract
    holder = in_force.holder
    pay = model.outcome_register.pay
    for item, held in in_force.held_back_for.items():
        amount = pay(
            payer_of(in_force, item),
            holder,
            item,
            int(held * achieved),
            scheme=CONTRACT,
            reason=Reason.OUTCOME_PAYMENT,
            contract=contract.id,
        )
        holder.market_income += amount
        in_force.surplus += amount
    in_force.held_back = 0.0
    in_force.held_back_for.clear()
    own_result = in_force.terms.outcome_rule == "own_result"
    fee = in_force.terms.management_fee
    post = model.ledger.post
    for sub in contract.subcontracts:
        owed = in_force.owed.pop(sub.id, 0.0)
        supplier = model.provider(sub.supplier)
        if owed and supplier.alive:
            earned = own_achievement(model, supplier, sub) if own_result and sub.items and sub.end < 0 else achieved
            passed = int(owed * earned)
            post(now, holder.account, supplier.account, passed, Reason.OUTCOME_PASSED_ON, contract.id)
            # The lead's fee is on all that a sub-contractor is paid, as the offer said.
            kept = int(passed * fee)
            post(now, supplier.account, holder.account, kept, Reason.MANAGEMENT_FEE, contract.id)
            supplier.market_income += passed - kept
            holder.market_cost += passed - kept
            in_force.surplus -= passed - kept


def update_trust(in_force: ContractInForce, achieved: float) -> None:
    """Update trust after a year: of holder and commissioner by ``achieved``, down the chain by promises kept."""
    model = in_force.model
    now = model.time
    trust = model.trust
    if achieved >= 0.5:
        trust.kept(in_force.holder.key, in_force.commissioner.key, now)
    else:
        weight = model.scenario_data.behaviour.life.disappointment_trust_weight
        trust.broken(in_force.holder.key, in_force.commissioner.key, now, weight)
    for sub in in_force.contract.subcontracts:
        if sub.end < 0 and 0.0 < sub.promised < 1.0 and not sub.agreed:
            model.tell(PromiseReviewed(min(1.0, sub.share / sub.promised)))
        if sub.end < 0 and sub.share >= sub.promised - 1e-9:
            trust.kept(in_force.holder.key, model.organisations[sub.supplier].key, now)
