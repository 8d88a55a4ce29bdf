"""What default costs: the commissioner in changing, the holder in damages, guarantee and name (P 3.8).

Who ends a contract in default owes the commissioner what changing costs it. Limited liability caps that at the means
of the organisation and its guarantee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import DamagesPaid
from caremarket.agents.money.pooled_budget import refund
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider


def pay_damages(life: ContractInForce, owed: int) -> int:
    """Collect damages from the holder as far as its liability goes, guarantee first; returns pence collected."""
    holder = life.holder
    model = life.model
    contract = life.contract
    due = min(owed, holder.means_pence(owed, contract, life.guarantee_share))
    guarantee = min(due, holder.guarantee_pence(contract, life.guarantee_share))
    holder.honour_guarantee(life.commissioner.account, guarantee, contract)
    rest = due - guarantee
    refund(life, holder.account, rest, Reason.DAMAGES)
    model.tell(DamagesPaid(rest))
    model.log("damages", holder.index, life.commissioner.index, contract=contract.id, amount=due)
    return due


def record_default(holder: Provider, commissioner: Commissioner) -> None:
    """A contract ended through its holder: trust is broken, and this commissioner will not have it for a while."""
    model = holder.model
    weight = model.scenario_data.behaviour.life.default_trust_weight
    holder.defaults[commissioner.index] = model.time
    model.trust.broken(holder.key, commissioner.key, model.time, weight)


def excluded_after_default(bidder: Provider, commissioner: Commissioner) -> bool:
    """Does a commissioner turn a bidder away at selection for a contract with it that ended in default?"""
    since = bidder.defaults.get(commissioner.index)
    if since is None:
        return False
    model = bidder.model
    months: float = model.time - since
    return months < model.scenario_data.behaviour.life.exclusion_months
