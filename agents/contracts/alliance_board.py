"""Governance of an alliance: shared accounts, a board that decides together, and a host that can be replaced.

Members share gain and pain and govern through a board (M). One of them hosts the contract, with indemnities from the
others (P 4.15). Accounts run over a contract year, on accruals: invoices less the cost of care.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import allocate, resize, sign_subcontract
from caremarket.agents.contracts.coordination import members_of, update_mutual_trust
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_subcontract, forget_idle_suppliers, remove_supplier
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.contracts.volume_split import check_for_diversion, find_replacement
from caremarket.agents.costs.diversion import diversion
from caremarket.agents.costs.stranded_cost import stranded_until_shed
from caremarket.agents.money.shared_accounts import bearing_shares, share_gain_and_pain, value_shares
from caremarket.market.contracts import EndReason, SubContract

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider


def board_meets(in_force: ContractInForce) -> None:
    """Yearly board meeting: update trust by results, share gain and pain, and consider removing members in deficit."""
    model = in_force.model
    behaviour = model.scenario_data.behaviour
    well = in_force.contract.outcome >= 0.5 * (behaviour.outcome_floor + behaviour.outcome_target)
    everyone = [*members_of(in_force), in_force.commissioner]
    update_mutual_trust(model, everyone, 1.0, well=well)
    books = dict(in_force.books or {})
    value = {i: share * in_force.contract.price for i, share in value_shares(in_force).items()}
    share_gain_and_pain(in_force)
    tolerance = behaviour.collaboration.board_tolerance
    for member in members_of(in_force):
        deficit = -books.get(member.index, 0.0)
        if member is in_force.holder or deficit <= tolerance * value.get(member.index, 0.0):
            continue
        others = [o for o in everyone if o is not member]
        for other in others:
            model.trust.broken(member.key, other.key, model.time, behaviour.life.disappointment_trust_weight)
        if _all_want_it_out(in_force, member):
            _replace(in_force, member)


def _all_want_it_out(in_force: ContractInForce, member: Provider) -> bool:
    """True if the board removes a member: all others must trust it too little; without unanimity the host decides."""
    model = in_force.model
    least = model.scenario_data.behaviour.collaboration.alliance_trust
    voters = [in_force.holder]
    if model.scenario_data.mechanisms.unanimity:
        voters = [m for m in members_of(in_force) if m is not member]
        if model.trust.between(in_force.commissioner.key, member.key, model.time) >= least:
            return False
    return all(model.trust.between(v.key, member.key, model.time) < least for v in voters)


def _replace(in_force: ContractInForce, member: Provider) -> None:
    deliver(in_force)
    in_force.model.log("board_replaces", in_force.holder.index, member.index, contract=in_force.contract.id)
    for sub in list(in_force.contract.subcontracts):
        if sub.supplier == member.index and sub.end < 0 and in_force.contract.running:
            remove_supplier(in_force, sub, EndReason.REPLACED_BY_BOARD)
    if in_force.contract.running:
        forget_idle_suppliers(in_force)
        allocate_price(in_force)


def split_with_board(in_force: ContractInForce) -> bool:
    """Let the host take work from members as a prime does; with unanimity, only where every member agrees."""
    changed = False
    for sub in list(in_force.contract.subcontracts):
        if sub.end < 0:
            changed |= _host_takes(in_force, sub)
    return changed


def _host_takes(in_force: ContractInForce, sub: SubContract) -> bool:
    """Set the volume that the host takes from a member for the coming year; True if it changed."""
    model = in_force.model
    host = in_force.holder
    mine = [a for a in in_force.allocations if a.sub is sub]
    if not mine or sub.price <= 0 or not host.unit_cost[mine[0].item.function]:
        return False
    items = [a.item for a in mine]
    full = sum(in_force.cost_to(host, i) for i in items)
    marginal = full * (1.0 - host.fixed_share)
    taken = diversion(model, in_force.terms, (sub.price - marginal) / sub.price)
    reference = sum(i.reference_cost for i in items)
    room = host.spare(items[0].function) + (sub.promised - sub.share) * reference
    taken = min(taken, max(0.0, room) / (sub.promised * reference)) if sub.promised else 0.0
    if model.scenario_data.mechanisms.unanimity and not _agreed(in_force, sub, marginal, taken):
        taken = 0.0
    elif not model.scenario_data.mechanisms.unanimity:
        check_for_diversion(in_force, sub, taken)
    share = sub.promised * (1.0 - taken)
    if abs(share - sub.share) < 1e-9:
        return False
    moved = sub.share - share
    why = "no_gain"
    if moved > 0.0:
        why = "board" if model.scenario_data.mechanisms.unanimity else "own_cheaper"
    model.log(
        "volume_diverted" if moved > 0.0 else "volume_restored",
        host.index,
        sub.supplier,
        contract=in_force.contract.id,
        amount=round(abs(moved) * sub.price),
        detail=why,
    )
    sub.share = share
    for allocation in mine:
        resize(in_force, allocation, share)
        own = next((a for a in in_force.allocations if a.item is allocation.item and a.deliverer is host), None)
        if own is None:
            own = allocate(in_force, allocation.item, host, 0.0, None)
        resize(in_force, own, max(0.0, own.share + moved))
    return True


def _agreed(in_force: ContractInForce, sub: SubContract, marginal: float, taken: float) -> bool:
    """True if all members agree to a move of work.

    All share the saving. The member that loses the work agrees if its share, pence a year, covers the fixed cost that
    it keeps. ``marginal`` is the host's variable cost of all the work, pence a year; ``taken`` the share moved.
    """
    model = in_force.model
    member = model.provider(sub.supplier)
    full = sum(in_force.cost_to(member, i) for i in sub.items)
    saving = (full * (1.0 - member.fixed_share) - marginal) * taken
    if saving <= 0.0:
        return False
    weight = bearing_shares(in_force).get(member.index, 0.0) * (1.0 - in_force.terms.gain_share)
    stranded = stranded_until_shed(model, full * taken, member.fixed_share)
    return weight * saving >= stranded / max(1.0, in_force.terms.duration_years)


def new_host(in_force: ContractInForce) -> bool:
    """Replace a host that has left: the largest member becomes host, others take its work; False if none can."""
    model = in_force.model
    old = in_force.holder
    weights = value_shares(in_force)
    able = [m for m in members_of(in_force) if m is not old and m.alive]
    if not able or not in_force.contract.running:
        return False
    deliver(in_force)
    host = max(able, key=lambda m: (weights.get(m.index, 0.0), -m.index))
    orphaned = [a for a in in_force.allocations if a.deliverer is old]
    takers: list[tuple[object, Provider]] = []
    for allocation in orphaned:
        found = find_replacement(model, host, in_force.commissioner, [allocation.item])
        if found is None:
            return False
        takers.append((allocation, found))
    for invoice, _, dues, _ in in_force.invoices:
        host.receivable += invoice - sum(due for _, due in dues)
    # Dues of the new host through the old one become its own income.
    for dues in [*(i[2] for i in in_force.invoices), *(d[0] for d in in_force.due)]:
        dues[:] = [due for due in dues if due[0].supplier != host.index]
    for sub in [s for s in in_force.contract.subcontracts if s.supplier == host.index]:
        in_force.owed.pop(sub.id, None)
        if sub.end < 0:
            end_subcontract(in_force, sub, EndReason.HEAD_ENDED)
    in_force.holder = host
    in_force.contract.holder = host.index
    host.party_to[in_force.contract.id] = in_force
    for allocation in in_force.allocations:
        if allocation.deliverer is host:
            allocation.sub = None
            allocation.whole_sub_rate = 0.0
    for allocation, taker in zip(orphaned, (t for _, t in takers), strict=True):
        item, share = allocation.item, allocation.share
        resize(in_force, allocation, 0.0)
        in_force.allocations.remove(allocation)
        if not share:
            continue
        signed: SubContract | None = None
        if taker is not host:
            price = allocation.head_rate * 4.0 / share
            signed = sign_subcontract(in_force, taker, [item], price, share)
        allocate(in_force, item, taker, share, signed)
    if in_force.books is not None:
        in_force.books[host.index] = in_force.books.get(host.index, 0.0) + in_force.books.pop(old.index, 0.0)
    old.holdings.pop(in_force.contract.id, None)
    old.supplies.pop(in_force.contract.id, None)
    host.holdings[in_force.contract.id] = in_force
    host.supplies[in_force.contract.id] = in_force
    allocate_price(in_force)
    model.log("host_replaced", host.index, old.index, contract=in_force.contract.id)
    return True
