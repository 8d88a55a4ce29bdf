"""What working together does for those who do: trust among them, and what it is worth to the people they care for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.world.organisation import Organisation


def update_mutual_trust(model: Market, members: Sequence[Organisation], years: float, *, well: bool = True) -> None:
    """Trust between any two of ``members`` after some ``years`` of working together, well or not."""
    behaviour = model.scenario_data.behaviour
    weight = behaviour.collaboration.together_weight * years
    disappointed = behaviour.life.disappointment_trust_weight
    for one, other in combinations(members, 2):
        if well:
            model.trust.kept(one.key, other.key, model.time, weight)
        else:
            model.trust.broken(one.key, other.key, model.time, disappointed)


def mean_trust(model: Market, members: Sequence[Organisation]) -> float:
    """Mean trust over all pairs of members; 1 if there is but one."""
    pairs = list(combinations(members, 2))
    if not pairs:
        return 1.0
    return sum(model.trust.between(a.key, b.key, model.time) for a, b in pairs) / len(pairs)


def members_of(life: ContractInForce) -> list[Provider]:
    """Those who hold or deliver a contract, in order of their numbers."""
    found = {life.holder.index: life.holder}
    for allocation in life.allocations:
        found[allocation.deliverer.index] = allocation.deliverer
    return [found[i] for i in sorted(found)]


def alliance_coordination(life: ContractInForce) -> float:
    """Mean trust among all members of an alliance, the commissioner being one (M)."""
    return mean_trust(life.model, [*members_of(life), life.commissioner])


def common_terms(life: ContractInForce) -> float:
    """Coordination that terms in common give contracts beside one another, in [0, 1] (C; P 4.16).

    Mean trust between the holder and the other holders of the pathway, as far as terms without a plan can carry.
    """
    model = life.model
    if not (life.contract.form.common_terms or life.contract.id in model.under_agreement):
        return 0.0
    others: dict[int, int] = {}
    for item in life.commissioner.by_pathway[life.contract.items[0].pathway]:
        for number in item.contracts:
            holder = model.contracts[number].holder
            if holder is not life.holder:
                others[holder.index] = holder.key
    if not others:
        return 0.0
    trust = sum(model.trust.between(life.holder.key, k, model.time) for k in others.values()) / len(others)
    return model.scenario_data.behaviour.collaboration.common_terms_coordination * trust


def governance(life: ContractInForce) -> float:
    """Yearly cost of a contract to its commissioner, multiple of that with one party: an alliance has many (M)."""
    if not life.contract.form.joint_holding:
        return 1.0
    extra = len(members_of(life)) - 1
    return 1.0 + life.model.scenario_data.behaviour.collaboration.alliance_governance * extra
