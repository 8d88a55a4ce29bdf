"""Takeover of one organisation by another, which carries on the work of both (C; P 3.18).

Contracts, sub-contracts, staff, capacity, commitments, claims and money of the smaller are transferred to the larger,
and part of the smaller's fixed cost is saved once it has been shed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import resize
from caremarket.agents.contracts.ending import end_subcontract
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.entities.providers.special_purpose_vehicle import Vehicle
from caremarket.agents.procurement.patient_choice.accreditation import Accreditation
from caremarket.agents.world.organisation import ExitReason
from caremarket.market.contracts import EndReason
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import Part, SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.providers.default import Default
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.contracts import SubContract

REACHES = ("area", "region", "nation")


def take_over(model: Market, larger: Provider, smaller: Provider, saving: float, cost_share: float) -> None:
    """Make ``smaller`` part of ``larger``; only ``larger`` remains.

    Args:
        model: the market.
        larger, smaller: the organisation that continues and the one that ends.
        saving: part of the smaller's fixed cost that is saved.
        cost_share: one-off cost, share of the smaller's turnover.
    """
    now = model.time
    cost = int(cost_share * smaller.turnover)
    model.log("merger", larger.index, smaller.index, amount=cost)
    model.withdraw_from_index(larger)
    model.withdraw_from_index(smaller)
    _settle_claims(model, larger, smaller)
    lives = larger.supplies | smaller.supplies | smaller.holdings
    idle = [a + b for a, b in zip(larger.idle, smaller.idle, strict=True)]
    _combine(larger, smaller, saving)
    for in_force in lives.values():
        _join_chain(in_force, larger, smaller)
    _recommit(larger, smaller, list(larger.supplies.values()))
    # The merger itself does not change idle capacity.
    larger.idle = idle
    smaller.idle = [0] * len(smaller.idle)
    for in_force in lives.values():
        allocate_price(in_force)
    model.list_provider(larger)
    for process in model.processes.values():
        _step_into_process(process, larger, smaller)
    larger.bound = [a + b for a, b in zip(larger.bound, smaller.bound, strict=True)]
    smaller.bound = [0] * len(smaller.bound)
    _step_into_ventures(model, larger, smaller)
    balance = smaller.reserves
    payer, payee = (smaller, larger) if balance >= 0 else (larger, smaller)
    model.ledger.post(now, payer.account, payee.account, abs(balance), Reason.MERGED_BALANCE)
    model.ledger.post(now, larger.account, WORLD, cost, Reason.OVERHEAD)
    larger.market_cost += cost
    smaller.alive = False
    smaller.exited_at = now
    smaller.exit_reason = ExitReason.MERGED
    model.log("exit", smaller.index, detail=ExitReason.MERGED.name.lower())


def _step_into_process(process: Tender, larger: Provider, smaller: Provider) -> None:
    """Replace the smaller by the larger in bids, and in awards that are not live yet."""
    if smaller.index in process.held:
        process.held[larger.index] = process.held.get(larger.index, 0.0) + process.held.pop(smaller.index)
    if smaller.index in process.holders:
        process.holders = process.holders - {smaller.index} | {larger.index}
    for response in process.responses.values():
        if response.plan is not None:
            _join_plan(response.plan, larger, smaller)
    winner = process.winner
    if winner is not None and winner.plan is not None:
        _join_plan(winner.plan, larger, smaller)  # direct award; otherwise already joined
    if process.bound:
        process.bound[:] = [(larger if p is smaller else p, f, pence) for p, f, pence in process.bound]
    if isinstance(process, Accreditation):
        named = getattr(process, "accredited", [])
        named[:] = dict.fromkeys(larger if p is smaller else p for p in named)


def _join_plan(plan: SupplyPlan, larger: Provider, smaller: Provider) -> None:
    """Assign the smaller's parts of a plan to the larger, and combine two parts with the same items."""
    if smaller not in [part.deliverer for part in plan.parts]:
        return
    parts: list[Part] = []
    for part in plan.parts:
        if part.deliverer is smaller:
            part.deliverer = larger
        same = next((p for p in parts if p.deliverer is part.deliverer is larger and p.items == part.items), None)
        if same is None:
            parts.append(part)
            continue
        share = same.share + part.share
        same.price = (same.price * same.share + part.price * part.share) / share if share else same.price
        same.share = min(1.0, share)
        same.named = same.named or part.named
        same.agreed = same.agreed or part.agreed
    plan.parts[:] = parts


def _step_into_ventures(model: Market, larger: Provider, smaller: Provider) -> None:
    """Make the larger sponsor of the smaller's vehicles, once in each, and member of its frameworks."""
    for vehicle in model.vehicles.values():
        if any(sponsor is smaller for sponsor, _ in vehicle.sponsors):
            _replace_sponsor(vehicle, larger, smaller)
    for framework in model.desk.frameworks.values():
        if smaller in framework.members:
            framework.members[:] = [m for m in framework.members if m is not smaller and m is not larger] + [larger]


def _replace_sponsor(vehicle: Vehicle, larger: Provider, smaller: Provider) -> None:
    equity: dict[Provider, int] = {}
    guaranteed: dict[Provider, int] = {}
    for (sponsor, put_in), guarantee in zip(vehicle.sponsors, vehicle.guarantees, strict=True):
        now = larger if sponsor is smaller else sponsor
        equity[now] = equity.get(now, 0) + put_in
        guaranteed[now] = guaranteed.get(now, 0) + guarantee
    vehicle.sponsors[:] = equity.items()
    vehicle.guarantees[:] = guaranteed.values()


def _settle_claims(model: Market, larger: Provider, smaller: Provider) -> None:
    """Transfer contracts and claims of the smaller to the larger, and cancel claims between the two."""
    for number, in_force in smaller.party_to.items():
        larger.party_to[number] = in_force
        if in_force.holder is smaller:
            in_force.holder = larger
            in_force.contract.holder = larger.index
        if in_force.books and smaller.index in in_force.books:
            in_force.books[larger.index] = in_force.books.get(larger.index, 0.0) + in_force.books.pop(
                smaller.index, 0.0
            )
        inside: list[SubContract] = []
        for sub in in_force.contract.subcontracts:
            if sub.supplier == smaller.index:
                sub.supplier = larger.index
            if in_force.holder is larger and sub.supplier == larger.index:
                inside.append(sub)
        if inside:
            gone = {id(sub) for sub in inside}
            for _, _, dues, _ in in_force.invoices:
                dues[:] = [due for due in dues if id(due[0]) not in gone]
            for dues, _ in in_force.due:
                dues[:] = [due for due in dues if id(due[0]) not in gone]
            for sub in inside:
                in_force.owed.pop(sub.id, None)
    smaller.party_to.clear()
    larger.receivable += smaller.receivable
    smaller.receivable = 0


def _combine(larger: Provider, smaller: Provider, saving: float) -> None:
    """Combine the attributes of both: sums of quantities, otherwise means weighted by turnover or capacity."""
    weight = smaller.turnover / max(larger.turnover + smaller.turnover, 1)
    # Share of total cost saved: the saving applies to the smaller's fixed cost.
    fixed = (1.0 - weight) * larger.fixed_share + weight * smaller.fixed_share
    saved = saving * weight * smaller.fixed_share
    for function, cost in enumerate(smaller.unit_cost):
        own = larger.unit_cost[function]
        if cost > 0.0 and own > 0.0:
            both = larger.capacity[function] + smaller.capacity[function]
            part = smaller.capacity[function] / both if both else 0.5
            own = (1.0 - part) * own + part * cost
        elif cost > 0.0:
            own = cost
        larger.unit_cost[function] = own * (1.0 - saved)
        larger.capacity[function] += smaller.capacity[function]
        smaller.capacity[function] = 0
    larger.fixed_share = (fixed - saved) / (1.0 - saved)
    larger.support += smaller.support
    for trait in ("quality", "skill", "social_value", "markup", "relative_risk_aversion"):
        setattr(larger, trait, (1.0 - weight) * getattr(larger, trait) + weight * getattr(smaller, trait))
    outside = larger.outside_turnover + smaller.outside_turnover
    if outside:
        earned = larger.outside_margin * larger.outside_turnover + smaller.outside_margin * smaller.outside_turnover
        larger.outside_margin = earned / outside
    larger.outside_turnover = outside
    larger.turnover += smaller.turnover
    larger.reach = max(larger.reach, smaller.reach, key=REACHES.index)
    larger.forget_costs()
    for pathway, count in smaller.track.items():
        larger.track[pathway] = larger.track.get(pathway, 0) + count
    larger.led += smaller.led
    for commissioner, default in smaller.defaults.items():
        known = larger.defaults.get(commissioner)
        if known is None or _graver(default, known, larger):
            larger.defaults[commissioner] = default
    larger.distressed_at = max(larger.distressed_at, smaller.distressed_at)
    larger.losses += smaller.losses
    smaller.losses = []


def _graver(default: Default, other: Default, provider: Provider) -> bool:
    """True if the first of two defaults weighs more today."""
    model = provider.model
    spent_after = model.scenario_data.behaviour.life.exclusion_months
    return default.weight(model.time, spent_after) > other.weight(model.time, spent_after)


def _join_chain(in_force: ContractInForce, larger: Provider, smaller: Provider) -> None:
    """Put the larger in the smaller's place in a contract, and end sub-contracts of the larger with itself."""
    number = in_force.contract.id
    if smaller.holdings.pop(number, None) is not None:
        larger.holdings[number] = in_force
    if smaller.supplies.pop(number, None) is not None:
        larger.supplies[number] = in_force
    for allocation in in_force.allocations:
        if allocation.deliverer is smaller:
            allocation.deliverer = larger
    if smaller.index in in_force.bearing:
        in_force.bearing.setdefault(larger.index, in_force.bearing.pop(smaller.index))
    if in_force.holder is larger:
        for sub in in_force.contract.subcontracts:
            if sub.supplier == larger.index and sub.end < 0:
                for allocation in in_force.allocations:
                    if allocation.sub is sub:
                        allocation.sub = None
                        allocation.whole_sub_rate = 0.0
                end_subcontract(in_force, sub, EndReason.SUPPLIER_GONE)
    _unite(in_force, larger)


def _unite(in_force: ContractInForce, provider: Provider) -> None:
    """Combine the allocations of an item that one provider delivers without a sub-contract."""
    kept: dict[int, Allocation] = {}
    for allocation in list(in_force.allocations):
        if allocation.deliverer is provider and allocation.sub is None:
            first = kept.setdefault(allocation.item.index, allocation)
            if first is not allocation:
                _absorb(in_force, first, allocation)
                in_force.allocations.remove(allocation)


def _absorb(in_force: ContractInForce, first: Allocation, other: Allocation) -> None:
    """Add another allocation of the same work; failures continue, and withheld payment stays withheld."""
    share = first.share + other.share
    part = other.share / share if share else 0.5
    first.performance_margin += part * (other.performance_margin - first.performance_margin)
    first.cut += part * (other.cut - first.cut)
    first.waiting += part * (other.waiting - first.waiting)
    first.repaired = first.repaired or other.repaired
    first.share = min(1.0, share)
    for failure in list(in_force.failures):
        if failure.allocation is not other:
            continue
        failure.allocation = first
        if failure.over:
            continue
        if first.failure is None:
            first.failure = failure
            continue
        first.failure.withheld += failure.withheld
        first.failure.passed += failure.passed
        failure.drop()
        in_force.failures.remove(failure)


def _recommit(larger: Provider, smaller: Provider, lives: list[ContractInForce]) -> None:
    """Rebuild commitments and rates at the costs of the merged provider; saved fixed cost is shed over time."""
    stock = larger.fixed_cost + smaller.fixed_cost
    larger.committed = [0] * len(larger.committed)
    larger.fixed_target = larger.fixed_cost = 0.0
    for in_force in lives:
        for allocation in in_force.allocations:
            if allocation.deliverer is larger:
                share, allocation.share = allocation.share, 0.0
                allocation.full_cost = in_force.cost_to(larger, allocation.item)
                resize(in_force, allocation, share, transfer=False)
    smaller.committed = [0] * len(smaller.committed)
    smaller.fixed_target = smaller.fixed_cost = 0.0
    if larger.model.scenario_data.mechanisms.sticky_fixed_costs:
        larger.fixed_cost = max(stock, larger.fixed_target)
