"""Ways of working that cost money at first and repay it over the term of a contract (P 2.9.5).

Whoever does work under a contract that was let can equip and arrange it anew, on borrowed money that it pays back in
equal instalments over the term. The first pound saves most; a short term repays little or nothing of it, so how long
a contract runs is what decides how much is invested and at what cost the work can be done.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, log
from typing import TYPE_CHECKING, NamedTuple

from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.contracts.lifecycle import Allocation, ContractLife
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket


class Investment(NamedTuple):
    """What is invested in work, for each pound that it would cost a year without.

    ``saves`` and ``instalment`` are pounds a year; the debt bears interest at ``charge``, continuously, share a year.
    """

    saves: float
    instalment: float
    charge: float

    @property
    def factor(self) -> float:
        """Yearly cost of the work, instalments with it, over what it would cost without."""
        return 1.0 - self.saves + self.instalment

    def owed(self, years: float) -> float:
        """What is still to be paid back ``years`` before the end of the term, for each pound of yearly cost without."""
        return self.instalment * annuity(self.charge, years) if years > 0.0 else 0.0


NOTHING = Investment(0.0, 0.0, 0.0)


def annuity(charge: float, years: float) -> float:
    """Worth today of a pound a year, paid evenly for some years; interest is continuous."""
    return (1.0 - exp(-charge * years)) / charge if charge > 0.0 else years


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


def investment_for(model: CareMarket, years: float) -> Investment:
    """What whoever does work invests in it when it is promised the work for some years; nothing while that is off."""
    if not model.scenario_data.mechanisms.investment:
        return NOTHING
    life = model.scenario_data.behaviour.life
    return best_investment(life.investment_most, life.investment_first_return, life.investment_charge, years)


def still_owed(life: ContractLife, allocation: Allocation, months: float = 0.0) -> float:
    """Pence that a deliverer will have to pay back some months from now of what it invested in an allocation.

    Like all fixed cost it outlasts the work only while that is sticky: else equipment is worth what is owed on it.
    """
    years = (life.repaid_at - life.model.time - months) / 12.0
    sticky = life.model.scenario_data.mechanisms.sticky_fixed_costs
    if years <= 0.0 or not sticky or not life.investment.instalment:
        return 0.0
    return allocation.full_cost / life.investment.factor * allocation.share * life.investment.owed(years)


def owed_by(life: ContractLife, provider: Provider, months: float = 0.0) -> float:
    """Pence that a provider will have to pay back some months from now of what it invested in a contract's work."""
    return sum([still_owed(life, a, months) for a in life.allocations if a.deliverer is provider])


def pay_back(life: ContractLife, allocations: list[Allocation]) -> None:
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
