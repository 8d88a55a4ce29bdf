"""The yearly review of a contract: outcome, what was held back, and what the year did to trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outcomes import outcome_index
from market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from agents.delivery import ContractLife


def review_year(life: ContractLife) -> None:
    """Measure outcome, pay what was held back as far as it was earned, settle accounts of trust."""
    contract = life.contract
    model = life.model
    contract.outcome = outcome_index(life)
    behaviour = model.scenario_data.behaviour
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    achieved = min(1.0, max(0.0, (contract.outcome - behaviour.outcome_floor) / band))
    model.record.achievement_seen(achieved)
    model.tally.outcome(contract.outcome, contract.price)
    if model.appraiser is not None:
        model.appraiser.year_seen(life)
    if life.held_back:
        pay_for_outcome(life, achieved)
    keep_faith(life, achieved)
    if model.partners is not None and contract.subcontracts:
        model.partners.year_together(life, achieved)
    cost = behaviour.contract_cost_commissioner_gbp * 100.0 * (1.5 - life.commissioner.skill)
    model.ledger.post(model.time, life.commissioner.account, WORLD, int(cost), Reason.TRANSACTION, contract.id)


def pay_for_outcome(life: ContractLife, achieved: float) -> None:
    """Release the ``achieved`` share of what was held back, and pass it down the chain."""
    model = life.model
    now = model.time
    contract = life.contract
    amount = int(life.held_back * achieved)
    life.held_back = 0.0
    holder = life.holder
    model.ledger.post(now, life.commissioner.account, holder.account, amount, Reason.OUTCOME_PAYMENT, contract.id)
    holder.market_income += amount
    for sub in contract.subcontracts:
        owed = life.owed.pop(sub.id, 0.0)
        supplier = model.provider(sub.supplier)
        if owed and supplier.alive:
            passed = int(owed * achieved)
            model.ledger.post(now, holder.account, supplier.account, passed, Reason.OUTCOME_PASSED_ON, contract.id)
            supplier.market_income += passed
            holder.market_cost += passed


def keep_faith(life: ContractLife, achieved: float) -> None:
    """Trust after a year: between holder and commissioner by what was achieved, down the chain by promises kept."""
    model = life.model
    now = model.time
    trust = model.trust
    if achieved >= 0.5:
        trust.kept(life.holder.key, life.commissioner.key, now)
    else:
        trust.broken(life.holder.key, life.commissioner.key, now, 0.5)
    for sub in life.contract.subcontracts:
        if sub.end < 0 and sub.share >= sub.promised - 1e-9:
            trust.kept(life.holder.key, model.organisations[sub.supplier].key, now)
