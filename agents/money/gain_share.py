"""Gain share: each year the commissioner takes its share of a contract's surplus, or bears that of its deficit (M).

Accounts are open. The surplus is the holder's income under the contract less its own cost of care, its payments down
the chain and its cost of management. Nothing is shared while the payment model runs in shadow, nor under contracts that
were not let on such terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import charge_commissioner, pay_commissioner
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def share_gain(in_force: ContractInForce) -> None:
    """Share the surplus or deficit since the last settlement."""
    surplus = in_force.surplus
    in_force.surplus = 0.0
    share = int(in_force.gain_share * surplus)
    holder = in_force.holder
    if not share or not holder.alive:
        return
    if share > 0:
        pay_commissioner(in_force, holder.account, share, Reason.GAIN_SHARE)
        holder.market_cost += share
    else:
        charge_commissioner(in_force, holder.account, -share, Reason.PAIN_SHARE)
        holder.market_income -= share
