"""A commissioner's year: allocation, plan, and closing of the books (NHS England's business rules of 2013 to 2016).

A deficit stays on its account: it is the first charge on the next allocation. A surplus is carried over up to a limit;
from what exceeds it the commissioner buys care for patients who wait, and returns the rest to NHS England.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING

from caremarket.agents.money.budget_forecast import YEAR, forecast
from caremarket.agents.money.commissioner_accounts import position
from caremarket.agents.procurement.budgets.put_off import buy_what_it_can_afford, close_least_valuable
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.pathways import FUNCTION_INDEX

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner

ACUTE = FUNCTION_INDEX["acute"]


def start_budgets(commissioner: Commissioner) -> None:
    """Set the first allocation, and schedule a commissioner's years.

    It covers the historic cost of the services simulated, and an allowance for running costs.
    """
    for item in commissioner.items:
        commissioner.by_pathway.setdefault(item.pathway, []).append(item)
    allowance = commissioner.model.scenario_data.behaviour.budgets.running_cost_share
    commissioner.first_allocation = int(sum(i.historic_price for i in commissioner.items) * (1.0 + allowance))
    commissioner.model.schedule(MethodType(receive_allocation, commissioner), after=0.0)
    commissioner.model.schedule(MethodType(close_books, commissioner), after=YEAR)


@event_handler
def receive_allocation(commissioner: Commissioner) -> None:
    """Yearly allocation: the first one with population and uplift, less what was cut since; then plan the year."""
    model = commissioner.model
    commissioner.allocated_at = model.time
    commissioner.allocation = int(commissioner.first_allocation * commissioner.growth() * commissioner.share_left)
    model.ledger.post(model.time, WORLD, commissioner.account, commissioner.allocation, Reason.ALLOCATION)
    model.primary_care.close_year(commissioner)
    plan_year(commissioner)
    model.schedule(MethodType(receive_allocation, commissioner), after=YEAR)


def plan_year(commissioner: Commissioner) -> None:
    """Forecast the next twelve months, and decide on new services; no effect with the mechanism off."""
    if not commissioner.model.scenario_data.mechanisms.balanced_budgets:
        return
    commissioner.plan = forecast(commissioner)
    if commissioner.plan.in_deficit:
        close_least_valuable(commissioner)
    else:
        buy_what_it_can_afford(commissioner)


def cut_allocation(commissioner: Commissioner, share: float) -> None:
    """Cut a commissioner's allocation by ``share`` from now on, the rest of this year included, and plan anew."""
    model = commissioner.model
    commissioner.share_left *= 1.0 - share
    left = max(0.0, commissioner.allocated_at + YEAR - model.time) / YEAR
    taken = int(commissioner.allocation * share * left)
    commissioner.allocation -= taken
    model.ledger.post(model.time, commissioner.account, WORLD, taken, Reason.ALLOCATION_RETURNED)
    model.log("allocation_cut", commissioner.index, amount=int(commissioner.allocation * share))
    if left > 0.0:
        plan_year(commissioner)


@event_handler
def close_books(commissioner: Commissioner) -> None:
    """Close a year: carry over a deficit or a small surplus, spend or return what is above it."""
    model = commissioner.model
    commissioner.closing = position(commissioner)
    spent = commissioner.carried + commissioner.allocation - commissioner.closing
    commissioner.carried = commissioner.closing
    plan = commissioner.plan
    if plan is not None:
        commissioner.beyond = spent - plan.committed - plan.due
        rules = model.scenario_data.behaviour.budgets
        excess = commissioner.closing - int(rules.carry_over_share * commissioner.allocation)
        if excess > 0:
            returned = excess - _buy_for_those_who_wait(commissioner, excess)
            model.ledger.post(model.time, commissioner.account, WORLD, returned, Reason.ALLOCATION_RETURNED)
            model.log("allocation_returned", commissioner.index, amount=returned)
            commissioner.carried -= excess
    model.schedule(MethodType(close_books, commissioner), after=YEAR)


def _buy_for_those_who_wait(commissioner: Commissioner, most: int) -> int:
    """Buy care elsewhere for patients who wait, for at most ``most`` pence; returns the pence spent."""
    model = commissioner.model
    multiple = model.scenario_data.behaviour.activity.elsewhere_multiple
    waiting = [
        allocation
        for item in commissioner.items
        for number in item.contracts
        for allocation in model.contracts[number].allocations
        if allocation.item is item and allocation.waiting > 0.0
    ]
    wanted = sum([a.waiting * a.reference for a in waiting]) / 4.0 * multiple
    if wanted <= 0.0:
        return 0
    part = min(1.0, most / wanted)
    for allocation in waiting:
        cared_for = allocation.waiting * part
        allocation.waiting -= cared_for
        done = cared_for * allocation.reference
        model.counts.delivered(0.25, 0.0, done, 0.0, done if allocation.item.function == ACUTE else 0.0, 0.0)
    cost = min(most, int(wanted * part))
    model.ledger.post(model.time, commissioner.account, WORLD, cost, Reason.WAITING_CARE)
    return cost
