"""What drains a provider most in the moment in which it fails, by its own books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import holder_margin, margin_of
from caremarket.agents.world.reasons import Why

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider


def why_insolvent(provider: Provider) -> tuple[Why, int]:
    """The reason for its failure, and the contract on which it loses most where contracts are the reason, else -1.

    What leads have been paid and owe it, where that would have kept it; else the larger of what its work loses
    a year and what the fixed cost of lost work costs it a year.
    """
    owing = _owed_by_leads(provider)
    funds = provider.reserves + provider.receivable
    if owing and funds + sum(owing.values()) >= -provider.overdraft():
        return Why("insolvent_unpaid", other=max(owing, key=lambda i: (owing[i], -i))), -1
    margins = _margins(provider)
    losses = {number: margin for number, margin in margins.items() if margin < 0.0}
    stranded = provider.fixed_cost - provider.fixed_target
    if losses and -sum(losses.values()) >= stranded:
        return Why("insolvent_contracts"), min(losses, key=lambda n: (losses[n], n))
    return Why("insolvent_stranded" if stranded > 0.0 else "insolvent"), -1


def _owed_by_leads(provider: Provider) -> dict[int, int]:
    """Pence that leads have been paid for its work and have not passed on, by lead."""
    owing: dict[int, int] = {}
    for life in provider.party_to.values():
        for dues, _ in life.due:
            for sub, amount in dues:
                if sub.supplier == provider.index:
                    owing[life.holder.index] = owing.get(life.holder.index, 0) + amount
    return owing


def _margins(provider: Provider) -> dict[int, float]:
    """What each contract under which it works earns it, pence a year, by contract."""
    found = {number: holder_margin(life)[0] for number, life in provider.holdings.items()}
    for number, life in provider.supplies.items():
        if number not in found:
            found[number] = sum([margin_of(life, a)[0] for a in life.allocations if a.deliverer is provider])
    return found
