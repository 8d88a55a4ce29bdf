"""New services that a commissioner in deficit puts off or closes, and buys once it can afford them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_contract, record_lost_work
from caremarket.agents.costs.investment import pay_back
from caremarket.agents.costs.staff_transfer import present_shares
from caremarket.agents.money.commissioner_accounts import contracts_of
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import ContractState, EndReason

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.market.pathways import ServiceItem


def without_put_off(commissioner: Commissioner, items: list[ServiceItem]) -> list[ServiceItem]:
    """Items that are to be bought now: new services of a commissioner in deficit are put off."""
    kept = []
    for item in items:
        buyer = commissioner.model.commissioners[item.commissioner]
        if item in buyer.put_off:
            continue
        if item.new and not item.contracts and buyer.plan is not None and buyer.plan.in_deficit:
            put_off(buyer, item)
        else:
            kept.append(item)
    return kept


def put_off(commissioner: Commissioner, item: ServiceItem) -> None:
    """Put a new service off until the commissioner can afford it."""
    model = commissioner.model
    commissioner.put_off.append(item)
    model.log("put_off", commissioner.index, amount=round(commissioner.usual_price([item])))


def buy_what_it_can_afford(commissioner: Commissioner) -> None:
    """Buy services that were put off, in the order in which they were, as far as the year's headroom goes."""
    plan = commissioner.plan
    if plan is None or plan.in_deficit:
        return
    for item in list(commissioner.put_off):
        price = commissioner.usual_price([item])
        if price <= plan.headroom:
            commissioner.put_off.remove(item)
            commissioner.commit(price)
            commissioner.model.succession.buy_again(commissioner, [item])


def close_least_valuable(commissioner: Commissioner) -> None:
    """Give notice to new services, the least valuable first, until what no lower offer can recover is covered."""
    plan = commissioner.plan
    if plan is None:
        return
    model = commissioner.model
    candidates = [x for x in contracts_of(commissioner) if _can_close(x, commissioner)]
    for in_force in sorted(candidates, key=lambda x: (_worth(x), x.contract.id)):
        if plan.uncovered <= 0.0:
            return
        plan.uncovered -= in_force.contract.price
        in_force.noticed = True
        in_force.expiry = in_force.contract.end = model.time + model.scenario_data.behaviour.life.notice_months
        planned = in_force.planned.pop("approach_expiry", None)
        if planned is not None:
            model.cancel(planned)
        in_force.plan(close_service, at=in_force.expiry)
        model.log("decommissioned", commissioner.index, contract=in_force.contract.id, amount=in_force.contract.price)


def _can_close(in_force: ContractInForce, commissioner: Commissioner) -> bool:
    items = in_force.contract.items
    return (
        not in_force.noticed
        and in_force.contract.state is ContractState.LIVE
        and "reach_expiry" not in in_force.planned
        and all(i.new and not i.procuring and i.commissioner == commissioner.index for i in items)
        and all(len(i.contracts) == 1 for i in items)
    )


def _worth(in_force: ContractInForce) -> float:
    """Outcome for each pound relative to the usual price; before its first review a contract is expected to do well."""
    model = in_force.model
    contract = in_force.contract
    behaviour = model.scenario_data.behaviour
    band = behaviour.outcome_target - behaviour.outcome_floor
    usual = behaviour.outcome_floor + band * model.expected_achievement
    outcome = contract.outcome if contract.outcome >= 0.0 else usual
    return outcome * sum(i.reference_cost for i in contract.items) / max(1, contract.price)


@event_handler
def close_service(in_force: ContractInForce) -> None:
    """End a decommissioned service: nobody takes it over, and it may be bought again later."""
    del in_force.planned["close_service"]
    model = in_force.model
    if in_force.contract.state is not ContractState.LIVE:
        return
    deliver(in_force)
    items = list(in_force.contract.items)
    present = present_shares(model, items)
    for item in items:
        item.contracts.remove(in_force.contract.id)
        in_force.commissioner.put_off.append(item)
    pay_back(in_force, list(in_force.allocations))
    end_contract(in_force, ContractState.EXPIRED, EndReason.DECOMMISSIONED)
    record_lost_work(model, present, items)
