"""Coordination of care: trust among the parties to a contract, and how well their parts work together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import share_under_one_budget

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.world.organisation import Organisation


def update_mutual_trust(model: Market, members: Sequence[Organisation], years: float, *, well: bool = True) -> None:
    """Update trust between any two of ``members`` after ``years`` of working together, with good results or bad."""
    behaviour = model.scenario_data.behaviour
    weight = behaviour.collaboration.together_weight * years
    disappointed = behaviour.life.disappointment_trust_weight
    for one, other in combinations(members, 2):
        if well:
            model.trust.kept(one.key, other.key, model.time, weight)
        else:
            model.trust.broken(one.key, other.key, model.time, disappointed)


def mean_trust(model: Market, members: Sequence[Organisation]) -> float:
    """Mean trust over all pairs of members, in [0, 1]; 1 for a single member."""
    pairs = list(combinations(members, 2))
    if not pairs:
        return 1.0
    return sum(model.trust.between(a.key, b.key, model.time) for a, b in pairs) / len(pairs)


def members_of(in_force: ContractInForce) -> list[Provider]:
    """Holder and deliverers of a contract, in order of their indices."""
    found = {in_force.holder.index: in_force.holder}
    for allocation in in_force.allocations:
        found[allocation.deliverer.index] = allocation.deliverer
    return [found[i] for i in sorted(found)]


def coordination(in_force: ContractInForce) -> float:
    """Coordination of a contract's care: the pathway's need for it, in [0, 1], times how well parts work together.

    Without one plan, the commissioner coordinates: trust in the holder times its skill, plus common terms. Under one
    plan it is trust among the parties, for the share of the contract under one signed budget.
    """
    model = in_force.model
    now = model.time
    need = model.pathways[in_force.contract.items[0].pathway].coordination_need
    trust = model.trust.between
    if not in_force.contract.form.one_plan:
        known = trust(in_force.holder.key, in_force.commissioner.key, now)
        alone = known * in_force.commissioner.skill * model.scenario_data.behaviour.commissioner_coordination
        return need * min(1.0, alone + common_terms(in_force))
    need *= share_under_one_budget(in_force)
    if in_force.contract.form.joint_holding:
        return need * alliance_coordination(in_force)
    others = {a.deliverer.index: a.deliverer.key for a in in_force.allocations if a.deliverer is not in_force.holder}
    if not others:
        return need
    return need * sum(trust(in_force.holder.key, k, now) for k in others.values()) / len(others)


def alliance_coordination(in_force: ContractInForce) -> float:
    """Mean trust among all members of an alliance, commissioner included (M)."""
    return mean_trust(in_force.model, [*members_of(in_force), in_force.commissioner])


def common_terms(in_force: ContractInForce) -> float:
    """Coordination of parallel contracts through common terms, in [0, 1] (C; P 4.16).

    Mean trust between the holder and the other holders of the pathway, times ``common_terms_coordination``: terms in
    common coordinate less than one plan.
    """
    model = in_force.model
    if not (in_force.contract.form.common_terms or in_force.contract.id in model.under_agreement):
        return 0.0
    others: dict[int, int] = {}
    for item in in_force.commissioner.by_pathway[in_force.contract.items[0].pathway]:
        for number in item.contracts:
            holder = model.contracts[number].holder
            if holder is not in_force.holder:
                others[holder.index] = holder.key
    if not others:
        return 0.0
    trust = sum(model.trust.between(in_force.holder.key, k, model.time) for k in others.values()) / len(others)
    return model.scenario_data.behaviour.collaboration.common_terms_coordination * trust


def governance(in_force: ContractInForce) -> float:
    """Commissioner's yearly cost of running a contract, as a multiple of the cost with one party (M)."""
    if not in_force.contract.form.joint_holding:
        return 1.0
    extra = len(members_of(in_force)) - 1
    return 1.0 + in_force.model.scenario_data.behaviour.collaboration.alliance_governance * extra
