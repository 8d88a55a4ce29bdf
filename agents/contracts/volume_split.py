"""Volume after award: the yearly split between a lead and its supply chain, and who steps in for a supplier.

A lead gains the difference between what it pays a named sub-contractor and what the work costs it otherwise; guarantees
bind it, and what monitoring sees costs it (P 1.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import allocate, resize, sign_subcontract
from caremarket.agents.costs.criteria import consents, worst_criterion
from caremarket.agents.costs.diversion import diversion
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.staff_transfer import charge, transfer_share
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.notices import DiversionFound
from caremarket.agents.money.pooled_budget import refund
from caremarket.market.ledger import Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.contracts import SubContract
    from caremarket.market.pathways import ServiceItem


def split_subcontract(life: ContractInForce, sub: SubContract) -> bool:
    """Choose what a named sub-contractor gets in the coming year; True if that has changed."""
    model = life.model
    fee = 1.0 - life.terms.management_fee
    mine = [a for a in life.allocations if a.sub is sub]
    items = [a.item for a in mine]
    other = [a for a in life.allocations if a.sub is not sub and a.item in items]
    if not mine or len(other) != len(mine):
        return False
    # Of what waits for outcomes, what is not expected to be earned costs the lead nothing.
    net_price = sub.price * fee * (1.0 - sub.at_risk * (1.0 - model.expected_achievement))
    if other[0].deliverer is life.holder:
        alternative = sum(a.full_cost for a in other) * (1.0 - life.holder.fixed_share)
    else:
        main = other[0].sub
        alternative = net_price
        if main is not None:
            alternative = main.price * fee * (1.0 - main.at_risk * (1.0 - model.expected_achievement))
    gain = (net_price - alternative) / net_price if net_price > 0 else 0.0
    taken = diversion(model, life.terms, gain)
    extra = sub.promised * taken * sum(i.reference_cost for i in items)
    room = other[0].deliverer.spare(items[0].function) + (sub.promised - sub.share) * sum(
        i.reference_cost for i in items
    )
    wanted = taken
    if extra > 0.0 and extra > room:
        taken *= max(0.0, room) / extra
    share = sub.promised * (1.0 - taken)
    if share < sub.share and life.terms.consent_right:
        supplier = model.provider(sub.supplier)
        if not consents(life.terms, supplier, other[0].deliverer):
            why = worst_criterion(life.terms, supplier, other[0].deliverer)
            model.log("consent_refused", life.holder.index, sub.supplier, contract=life.contract.id, detail=why)
            share = sub.share
            taken = 1.0 - share / sub.promised
    check_for_diversion(life, sub, taken)
    if abs(share - sub.share) < 1e-9:
        return False
    if share < sub.share:
        why = "own_cheaper" if other[0].deliverer is life.holder else "other_cheaper"
    else:
        why = "no_room" if taken < wanted else "no_gain"
    model.log(
        "volume_diverted" if share < sub.share else "volume_restored",
        life.holder.index,
        sub.supplier,
        contract=life.contract.id,
        amount=round(abs(share - sub.share) * sub.price),
        detail=why,
    )
    sub.share = share
    for allocation in mine:
        resize(life, allocation, share)
    for allocation in other:
        if allocation.sub is not None:
            allocation.sub.share = 1.0 - share
        resize(life, allocation, 1.0 - share)
    return True


def check_for_diversion(life: ContractInForce, sub: SubContract, taken: float) -> None:
    """The commissioner may see it; the sub-contractor always does."""
    model = life.model
    now = model.time
    supplier = model.organisations[sub.supplier]
    if taken <= 0.0:
        model.trust.kept(life.holder.key, supplier.key, now)
        return
    model.trust.broken(life.holder.key, supplier.key, now, taken)
    policy = model.policy
    u = model.streams.uniform(Purpose.DETECTION, life.holder.key, sub.items[0].key, int(now))
    if u < policy.monitoring * taken:
        multiple = model.scenario_data.behaviour.penalty_multiple
        fine = int(multiple * taken / 2.0 * sub.promised * sub.price)
        refund(life, life.holder.account, fine, Reason.FINE)
        model.trust.broken(life.holder.key, life.commissioner.key, now)
        model.tell(DiversionFound(life, sub.items[0].function))
        model.log("diversion_detected", life.holder.index, sub.supplier, contract=life.contract.id, amount=fine)


def find_replacement(
    model: Market,
    holder: Provider,
    commissioner: Commissioner,
    items: list[ServiceItem],
    without: Provider | None = None,
) -> Provider | None:
    """Replacement of a supplier that is gone: the holder if it has room, else another that the holder's rule chooses.

    Those with room come before those that would have to hire. None if nobody in reach, ``without`` left aside, can do
    such work at all.
    """
    function = items[0].function
    need = sum(i.reference_cost for i in items)
    if holder.alive and holder.unit_cost[function] and holder.spare(function) >= need:
        return holder
    pool = [p for p in model.bidders(commissioner.area, function) if p is not holder and p is not without]
    able = [p for p in pool if p.spare(function) >= need]
    if pool:
        search = SupplierSearch(model, holder, commissioner, (function,), model.policy)
        return search.order(able, search.rule.replaces)[0] if able else search.order(pool, search.rule.hires)[0]
    return holder if holder.alive and holder.unit_cost[function] else None


def replace_exited_suppliers(model: Market, holder: Provider, commissioner: Commissioner, plan: SupplyPlan) -> bool:
    """Replace suppliers of a plan that have left since it was made; False if a part finds nobody.

    Whoever does the rest of the same work extends it.
    """
    for part in list(plan.parts):
        if not part.deliverer.alive:
            rest = next((p for p in plan.parts if p.items == part.items and p.deliverer.alive), None)
            if rest is not None:
                rest.share = min(1.0, rest.share + part.share)
                plan.parts.remove(part)
                continue
            found = find_replacement(model, holder, commissioner, part.items)
            if found is None:
                return False
            part.deliverer = found
    return True


def successor_for(life: ContractInForce, items: list[ServiceItem], without: Provider) -> Provider | None:
    """Who would do the work of ``without``: whoever does the rest of the function, else a stand-in."""
    for allocation in life.allocations:
        if allocation.item in items and allocation.deliverer.alive and allocation.deliverer is not without:
            return allocation.deliverer
    return find_replacement(life.model, life.holder, life.commissioner, items, without)


def replacement_price(life: ContractInForce, deliverer: Provider, items: list[ServiceItem], price: float) -> float:
    """What a stand-in asks for the whole of some items, pence a year: the old price, or its own cost with its margin.

    Whoever does part of the function already extends that on its terms; the lead itself asks what it costs.
    """
    for sub in life.contract.subcontracts:
        if sub.end < 0 and sub.supplier == deliverer.index and any(i in sub.items for i in items):
            return float(sub.price)
    cost = sum([life.cost_to(deliverer, i) for i in items])
    reference = sum([i.reference_cost for i in items])
    cost += reporting_cost(life.model, deliverer, life.contract.indicators, reference)
    if deliverer is life.holder:
        return cost
    return max(price, cost * (1.0 + deliverer.markup) / (1.0 - life.terms.management_fee))


def replace_supplier(
    life: ContractInForce, items: list[ServiceItem], share: float, price: float, without: Provider
) -> bool:
    """Give the work of ``without`` to whoever does the rest of the function, or to a stand-in; False if nobody can.

    The lead remains responsible for the work (P 3.10, 3.15), so it pays for the staff that moves (P 3.19).
    """
    deliverer = successor_for(life, items, without)
    if deliverer is None:
        return False
    moved = 0.0
    theirs = [a for a in life.allocations if a.item in items and a.deliverer is deliverer]
    for same in theirs:
        if same.sub is not None:
            same.sub.share = min(1.0, same.share + share)
            same.sub.promised = max(same.sub.promised, same.sub.share)
        resize(life, same, min(1.0, same.share + share))
        moved += same.full_cost * share
    if not theirs:
        sub = None
        if deliverer is not life.holder:
            sub = sign_subcontract(life, deliverer, items, replacement_price(life, deliverer, items, price), share)
        for item in items:
            moved += allocate(life, item, deliverer, share, sub).full_cost * share
    charge(life, life.holder, moved * transfer_share(life.model))
    return True
