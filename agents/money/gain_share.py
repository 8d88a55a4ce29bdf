"""Sharing gain and pain: each year the commissioner takes or bears its share of what a contract leaves over (M).

Books are open: what counts is what the holder earned under the contract, less its own cost of care, what it pays down
the chain and what managing that costs it. Nothing is shared while the payment model runs in shadow, nor under
contracts that were not let on such terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import charge, refund
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def share_gain(life: ContractInForce) -> None:
    """Settle the surplus or deficit since it was settled last."""
    surplus = life.surplus
    life.surplus = 0.0
    share = int(life.gain_share * surplus)
    holder = life.holder
    if not share or not holder.alive:
        return
    if share > 0:
        refund(life, holder.account, share, Reason.GAIN_SHARE)
        holder.market_cost += share
    else:
        charge(life, holder.account, -share, Reason.PAIN_SHARE)
        holder.market_income -= share
