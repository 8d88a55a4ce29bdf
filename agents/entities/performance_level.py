"""How well an organisation does, whatever the contract: its quality, its luck, its strain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider


def initial_performance_margin(deliverer: Provider, item_key: int) -> float:
    """What a deliverer's performance at a service lies above the standard when nothing is amiss."""
    model = deliverer.model
    behaviour = model.scenario_data.behaviour.life
    suits = model.streams.normal(Purpose.PERFORMANCE, deliverer.key, item_key) if behaviour.service_sd else 0.0
    return deliverer.quality + behaviour.service_sd * suits - behaviour.performance_standard


def update_fitness(deliverer: Provider, quarter: int) -> None:
    """A quarter's change in how an organisation does: bad luck wears off, strain lasts while it lasts (P 4.8)."""
    model = deliverer.model
    behaviour = model.scenario_data.behaviour.life
    left = behaviour.form_persistence
    deliverer.luck *= left
    if behaviour.form_sd:
        spread = behaviour.form_sd * (1.0 - left * left) ** 0.5
        deliverer.luck += spread * model.streams.normal(Purpose.PERFORMANCE, deliverer.key, 0, quarter)
    deliverer.fitness = deliverer.luck - (behaviour.strain_loss if strained(deliverer) else 0.0)


def strained(deliverer: Provider) -> bool:
    """In deficit, or supported within the year; nobody is whose reserves have no limit."""
    if not deliverer.model.scenario_data.mechanisms.exit:
        return False
    since = deliverer.distressed_at
    return deliverer.reserves < 0 or (since >= 0.0 and deliverer.model.time - since < 12.0)
