"""Practices at the start of a run, and the groups that they found (K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.practice_group import GPFederation, PracticeGroup, PracticeNetwork
from caremarket.agents.primary_care.practice_year import open_practice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.world.blueprint import Blueprint


def open_practices(
    model: Market, blueprint: Blueprint, by_id: Mapping[str, Commissioner], providers: Mapping[str, Provider]
) -> tuple[list[Practice], dict[str, list[PracticeGroup]]]:
    """Create the practices of a blueprint and found their groups.

    Returns the practices in the blueprint's order, and the groups of each commissioner's practices by its id.

    Args:
        model: the market.
        blueprint: practices, their groups, and networks without a legal body.
        by_id: commissioners by id.
        providers: providers by id; the federations among them are groups.
    """
    groups: dict[str, PracticeGroup] = {p.id: p for p in providers.values() if isinstance(p, GPFederation)}
    groups |= {n.id: PracticeNetwork(model, n) for n in blueprint.networks}
    members: dict[str, list[Practice]] = {}
    practices: list[Practice] = []
    for seed in blueprint.practices:
        home = by_id[seed.commissioner]
        practice = open_practice(model, seed, home.area, home.region)
        practices.append(practice)
        if seed.federation is not None:
            members.setdefault(seed.federation, []).append(practice)
    by_commissioner: dict[str, list[PracticeGroup]] = {}
    for group_id, founders in members.items():
        groups[group_id].found(founders)
        for code in dict.fromkeys(p.commissioner for p in founders):
            by_commissioner.setdefault(code, []).append(groups[group_id])
    return practices, by_commissioner
