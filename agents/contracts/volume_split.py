"""Volume after award: the yearly split between a lead and its supply chain, and replacement of suppliers.

By diverting work a lead gains its pay to the named sub-contractor less the cost of the alternative. Volume guarantees
limit diversion, and detected diversion is fined (P 1.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import allocate, resize, sign_subcontract
from caremarket.agents.costs.criteria import consents, worst_criterion
from caremarket.agents.costs.diversion import diversion
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.staff_transfer import post_transfer_cost, transfer_share
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.notices import DiversionFound
from caremarket.agents.money.pooled_budget import pay_commissioner
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


def split_subcontract(in_force: ContractInForce, sub: SubContract) -> bool:
    """Set the share of work that a named sub-contractor gets in the coming year; True if it changed."""
    model = in_force.model
    fee = 1.0 - in_force.terms.management_fee
    mine = [a for a in in_force.allocations if a.sub is sub]
    items = [a.item for a in mine]
    other = [a for a in in_force.allocations if a.sub is not sub and a.item in items]
    if not mine or len(other) != len(mine):
        return False
    # The lead does not expect to pay the part of outcome pay that is usually not earned.
    net_price = sub.price * fee * (1.0 - sub.at_risk * (1.0 - model.expected_achievement))
    if other[0].deliverer is in_force.holder:
        alternative = sum(a.full_cost for a in other) * (1.0 - in_force.holder.fixed_share)
    else:
        main = other[0].sub
        alternative = net_price
        if main is not None:
            alternative = main.price * fee * (1.0 - main.at_risk * (1.0 - model.expected_achievement))
    gain = (net_price - alternative) / net_price if net_price > 0 else 0.0
    taken = diversion(model, in_force.terms, gain)
    extra = sub.promised * taken * sum(i.reference_cost for i in items)
    room = other[0].deliverer.spare(items[0].function) + (sub.promised - sub.share) * sum(
        i.reference_cost for i in items
    )
    wanted = taken
    if extra > 0.0 and extra > room:
        taken *= max(0.0, room) / extra
    share = sub.promised * (1.0 - taken)
    if share < sub.share and in_force.terms.consent_right:
        supplier = model.provider(sub.supplier)
        if not consents(in_force.terms, supplier, other[0].deliverer):
            why = worst_criterion(in_force.terms, supplier, other[0].deliverer)
            model.log("consent_refused", in_force.holder.index, sub.supplier, contract=in_force.contract.id, detail=why)
            share = sub.share
            taken = 1.0 - share / sub.promised
    check_for_diversion(in_force, sub, taken)
    if abs(share - sub.share) < 1e-9:
        return False
    if share < sub.share:
        why = "own_cheaper" if other[0].deliverer is in_force.holder else "other_cheaper"
    else:
        why = "no_room" if taken < wanted else "no_gain"
    model.log(
        "volume_diverted" if share < sub.share else "volume_restored",
        in_force.holder.index,
        sub.supplier,
        contract=in_force.contract.id,
        amount=round(abs(share - sub.share) * sub.price),
        detail=why,
    )
    sub.share = share
    for allocation in mine:
        resize(in_force, allocation, share)
    for allocation in other:
        if allocation.sub is not None:
            allocation.sub.share = 1.0 - share
        resize(in_force, allocation, 1.0 - share)
    return True


def check_for_diversion(in_force: ContractInForce, sub: SubContract, taken: float) -> None:
    """Update trust for diversion of a share ``taken``; fine the holder if the commissioner detects it.

    The sub-contractor always knows.
    """
    model = in_force.model
    now = model.time
    supplier = model.organisations[sub.supplier]
    if taken <= 0.0:
        model.trust.kept(in_force.holder.key, supplier.key, now)
        return
    model.trust.broken(in_force.holder.key, supplier.key, now, taken)
    policy = model.policy
    u = model.streams.uniform(Purpose.DETECTION, in_force.holder.key, sub.items[0].key, int(now))
    if u < policy.monitoring * taken:
        multiple = model.scenario_data.behaviour.penalty_multiple
        fine = int(multiple * taken / 2.0 * sub.promised * sub.price)
        pay_commissioner(in_force, in_force.holder.account, fine, Reason.FINE)
        model.trust.broken(in_force.holder.key, in_force.commissioner.key, now)
        model.tell(DiversionFound(in_force, sub.items[0].function))
        model.log("diversion_detected", in_force.holder.index, sub.supplier, contract=in_force.contract.id, amount=fine)


def find_replacement(
    model: Market,
    holder: Provider,
    commissioner: Commissioner,
    items: list[ServiceItem],
    without: Provider | None = None,
) -> Provider | None:
    """Replacement of a supplier: the holder if it has spare capacity, else the choice of the holder's supplier rule.

    Providers with spare capacity come before those that would have to hire. None if no provider in the area other than
    ``without`` can do the work.
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
    """Replace suppliers of a plan that have left the market since; False if a part cannot be replaced.

    A provider that does the rest of the same work takes on the missing part.
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


def successor_for(in_force: ContractInForce, items: list[ServiceItem], without: Provider) -> Provider | None:
    """Provider that would do the work of ``without``: the one that does the rest of these items, else a replacement."""
    for allocation in in_force.allocations:
        if allocation.item in items and allocation.deliverer.alive and allocation.deliverer is not without:
            return allocation.deliverer
    return find_replacement(in_force.model, in_force.holder, in_force.commissioner, items, without)


def replacement_price(in_force: ContractInForce, deliverer: Provider, items: list[ServiceItem], price: float) -> float:
    """Price of a replacement for the whole of ``items``, pence a year: the old price, or its cost and markup if higher.

    A sub-contractor with part of the work extends it at its own price. The lead counts its cost alone.
    """
    for sub in in_force.contract.subcontracts:
        if sub.end < 0 and sub.supplier == deliverer.index and any(i in sub.items for i in items):
            return float(sub.price)
    cost = sum([in_force.cost_to(deliverer, i) for i in items])
    reference = sum([i.reference_cost for i in items])
    cost += reporting_cost(in_force.model, deliverer, in_force.contract.indicators, reference)
    if deliverer is in_force.holder:
        return cost
    return max(price, cost * (1.0 + deliverer.markup) / (1.0 - in_force.terms.management_fee))


def replace_supplier(
    in_force: ContractInForce, items: list[ServiceItem], share: float, price: float, without: Provider
) -> bool:
    """Give the work of ``without`` to its successor (:func:`successor_for`); False if there is none.

    The lead remains responsible for the work (P 3.10, 3.15), so it pays for the transfer of staff (P 3.19).
    """
    deliverer = successor_for(in_force, items, without)
    if deliverer is None:
        return False
    moved = 0.0
    theirs = [a for a in in_force.allocations if a.item in items and a.deliverer is deliverer]
    for same in theirs:
        if same.sub is not None:
            same.sub.share = min(1.0, same.share + share)
            same.sub.promised = max(same.sub.promised, same.sub.share)
        resize(in_force, same, min(1.0, same.share + share))
        moved += same.full_cost * share
    if not theirs:
        sub = None
        if deliverer is not in_force.holder:
            sub = sign_subcontract(
                in_force, deliverer, items, replacement_price(in_force, deliverer, items, price), share
            )
        for item in items:
            moved += allocate(in_force, item, deliverer, share, sub).full_cost * share
    post_transfer_cost(in_force, in_force.holder, moved * transfer_share(in_force.model))
    return True
