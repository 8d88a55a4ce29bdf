"""Investment in work under a contract, repaid over its term (P 2.9.5).

A deliverer under an awarded contract can borrow to invest in the work, and repays the loan in equal instalments
over the term. Returns diminish, and a short term repays little or nothing. The length of the term therefore decides how
much is invested and at what cost the work is done.
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
def best_investment(most: float, first_return: float, interest: float, years: float) -> Investment:
    """Investment with the highest net saving over a term of ``years``; none if the first pound does not repay itself.

    ``k`` pounds invested for each pound of yearly cost save ``most * (1 - exp(-k * first_return / most))`` a year.
    With ``A`` the present value of a pound a year over the term, at rate ``interest``, the last pound invested just
    repays itself if ``k = most / first_return * log(A * first_return)``, which saves ``most - most / (A *
    first_return)`` a year. The first pound repays itself if ``A * first_return > 1``.
    """
    worth = annuity(interest, years)
    if most <= 0.0 or worth * first_return <= 1.0:
        return NOTHING
    invested = most / first_return * log(worth * first_return)
    return Investment(most * (1.0 - 1.0 / (worth * first_return)), invested / worth, interest)


def investment_for(model: Market, years: float) -> Investment:
    """Investment of a deliverer that is promised work for ``years``; none with the mechanism off."""
    if not model.scenario_data.mechanisms.investment:
        return NOTHING
    in_force = model.scenario_data.behaviour.life
    return best_investment(
        in_force.investment_most, in_force.investment_first_return, in_force.investment_charge, years
    )


def still_owed(in_force: ContractInForce, allocation: Allocation, months: float = 0.0) -> float:
    """Debt of a deliverer on its investment in an allocation, ``months`` from now, pence.

    0 with the mechanism ``sticky_fixed_costs`` off: equipment can then be sold for the debt on it.
    """
    years = (in_force.repaid_at - in_force.model.time - months) / 12.0
    sticky = in_force.model.scenario_data.mechanisms.sticky_fixed_costs
    if years <= 0.0 or not sticky or not in_force.investment.instalment:
        return 0.0
    return allocation.full_cost / in_force.investment.factor * allocation.share * in_force.investment.owed(years)


def owed_by(in_force: ContractInForce, provider: Provider, months: float = 0.0) -> float:
    """Debt of a provider on its investments in a contract's work, ``months`` from now, pence."""
    return sum([still_owed(in_force, a, months) for a in in_force.allocations if a.deliverer is provider])


def pay_back(in_force: ContractInForce, allocations: list[Allocation]) -> None:
    """Have each deliverer repay its debt on investments at once, when work ends before its term.

    Limited liability caps the payment at the deliverer's reserves.
    """
    model = in_force.model
    for allocation in allocations:
        deliverer = allocation.deliverer
        pence = int(still_owed(in_force, allocation))
        if deliverer.limited_liability:
            pence = min(pence, max(0, deliverer.reserves))
        if pence <= 0:
            continue
        model.ledger.post(model.time, deliverer.account, WORLD, pence, Reason.INVESTMENT_LOST, in_force.contract.id)
        deliverer.market_cost += pence
        if in_force.books is not None:
            in_force.books[deliverer.index] = in_force.books.get(deliverer.index, 0.0) - pence
        model.log(
            "investment_lost", deliverer.index, in_force.holder.index, contract=in_force.contract.id, amount=pence
        )
