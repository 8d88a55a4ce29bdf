"""Consequences of a holder's default: damages, lost trust, and exclusion from the commissioner's tenders (P 3.8).

A holder in default owes the commissioner its cost of changing provider. Limited liability caps that at the holder's
reserves and its guarantee. Costs of default are in :mod:`caremarket.agents.costs.default_cost`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import DamagesPaid
from caremarket.agents.money.pooled_budget import pay_commissioner
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider


def pay_damages(in_force: ContractInForce, owed: int) -> int:
    """Collect ``owed`` pence of damages up to the holder's liability, guarantee first; returns pence collected."""
    holder = in_force.holder
    model = in_force.model
    contract = in_force.contract
    due = min(owed, holder.means_pence(owed, contract, in_force.guarantee_share))
    guarantee = min(due, holder.guarantee_pence(contract, in_force.guarantee_share))
    holder.honour_guarantee(in_force.commissioner.account, guarantee, contract)
    rest = due - guarantee
    pay_commissioner(in_force, holder.account, rest, Reason.DAMAGES)
    model.tell(DamagesPaid(rest))
    model.log("damages", holder.index, in_force.commissioner.index, contract=contract.id, amount=due)
    return due


def record_default(holder: Provider, commissioner: Commissioner) -> None:
    """Record a holder's default: trust is broken, and this commissioner excludes it from tenders for some months."""
    model = holder.model
    weight = model.scenario_data.behaviour.life.default_trust_weight
    holder.defaults[commissioner.index] = model.time
    model.trust.broken(holder.key, commissioner.key, model.time, weight)


def excluded_after_default(bidder: Provider, commissioner: Commissioner) -> bool:
    """True if a commissioner excludes a bidder at selection because of an earlier default."""
    since = bidder.defaults.get(commissioner.index)
    if since is None:
        return False
    model = bidder.model
    months: float = model.time - since
    return months < model.scenario_data.behaviour.life.exclusion_months
