"""Ways of working that cost money at first and repay it over the term of a contract (P 2.9.5).

Whoever does work under a contract that was let can equip and arrange it anew, on borrowed money that it pays back in
equal instalments over the term. The first pound saves most; a short term repays little or nothing of it, so how long
a contract runs is what decides how much is invested and at what cost the work can be done.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import TYPE_CHECKING

from caremarket.agents.entities.investment import NOTHING, Investment, annuity
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider


@lru_cache(maxsize=256)
def best_investment(most: float, first_return: float, charge: float, years: float) -> Investment:
    """What leaves most over the term.

    Of ``k`` pounds invested for each pound of yearly cost, ``most * (1 - exp(-k * first_return / most))`` is saved a
    year. With ``A`` the worth of a pound a year over the term the last pound invested just repays itself, if the first
    one does (``A * first_return > 1``): ``k = most / first_return * log(A * first_return)``, which leaves a saving of
    ``most - most / (A * first_return)``.
    """
    worth = annuity(charge, years)
    if most <= 0.0 or worth * first_return <= 1.0:
        return NOTHING
    invested = most / first_return * log(worth * first_return)
    return Investment(most * (1.0 - 1.0 / (worth * first_return)), invested / worth, charge)


def investment_for(model: Market, years: float) -> Investment:
    """What whoever does work invests in it when it is promised the work for some years; nothing while that is off."""
    if not model.scenario_data.mechanisms.investment:
        return NOTHING
    life = model.scenario_data.behaviour.life
    return best_investment(life.investment_most, life.investment_first_return, life.investment_charge, years)


def still_owed(life: ContractInForce, allocation: Allocation, months: float = 0.0) -> float:
    """Pence that a deliverer will have to pay back some months from now of what it invested in an allocation.

    Like all fixed cost it outlasts the work only while that is sticky: else equipment is worth what is owed on it.
    """
    years = (life.repaid_at - life.model.time - months) / 12.0
    sticky = life.model.scenario_data.mechanisms.sticky_fixed_costs
    if years <= 0.0 or not sticky or not life.investment.instalment:
        return 0.0
    return allocation.full_cost / life.investment.factor * allocation.share * life.investment.owed(years)


def owed_by(life: ContractInForce, provider: Provider, months: float = 0.0) -> float:
    """Pence that a provider will have to pay back some months from now of what it invested in a contract's work."""
    return sum([still_owed(life, a, months) for a in life.allocations if a.deliverer is provider])


def pay_back(life: ContractInForce, allocations: list[Allocation]) -> None:
    """Work ends before its term has repaid what was invested in it: each deliverer pays the rest of the debt at once.

    Limited liability caps that at what the deliverer has.
    """
    model = life.model
    for allocation in allocations:
        deliverer = allocation.deliverer
        pence = int(still_owed(life, allocation))
        if deliverer.limited_liability:
            pence = min(pence, max(0, deliverer.reserves))
        if pence <= 0:
            continue
        model.ledger.post(model.time, deliverer.account, WORLD, pence, Reason.INVESTMENT_LOST, life.contract.id)
        deliverer.market_cost += pence
        if life.books is not None:
            life.books[deliverer.index] = life.books.get(deliverer.index, 0.0) - pence
        model.log("investment_lost", deliverer.index, life.holder.index, contract=life.contract.id, amount=pence)
