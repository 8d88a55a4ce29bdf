"""Decay of capability: a provider without work gradually loses capacity and experience (P 1.12, 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.providers.leading import leads_now

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider

FORGOTTEN = 0.05
"""Experience, in contracts or contract-years, below which it is set to 0."""


def decay_capability(provider: Provider) -> None:
    """Apply a year's decay to capacity that lost its work, and to experience of what is no longer done.

    That is experience in pathways no longer served, and of leading where nothing is led.

    Capacity that never had work of this market does not decay: ``idle`` counts only capacity of work given up.
    """
    scenario = provider.model.scenario_data
    if not scenario.mechanisms.capability_decay:
        return
    left = 0.5 ** (12.0 / scenario.behaviour.life.capability_half_life_months)
    for function, idle in enumerate(provider.idle):
        if idle:
            lost = min(idle - int(idle * left), max(0, provider.spare(function)))
            provider.capacity[function] -= lost
            provider.idle[function] = max(0, idle - lost)
    if provider.led and not leads_now(provider):
        provider.led *= left
        if provider.led < FORGOTTEN:
            provider.led = 0.0
    if provider.track:
        served = {i.pathway for in_force in provider.supplies.values() for i in in_force.contract.items}
        served |= {i.pathway for in_force in provider.holdings.values() for i in in_force.contract.items}
        for pathway in [p for p in provider.track if p not in served]:
            provider.track[pathway] *= left
            if provider.track[pathway] < FORGOTTEN:
                del provider.track[pathway]
