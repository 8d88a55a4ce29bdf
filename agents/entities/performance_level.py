"""Performance of an organisation across contracts: quality, temporary deviation and financial strain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider


def initial_performance_margin(deliverer: Provider, item_key: int) -> float:
    """Performance of a deliverer at a service above the standard, without luck, strain, friction or corner cutting."""
    model = deliverer.model
    behaviour = model.scenario_data.behaviour.life
    suits = model.streams.normal(Purpose.PERFORMANCE, deliverer.key, item_key) if behaviour.service_sd else 0.0
    return deliverer.quality + behaviour.service_sd * suits - behaviour.performance_standard


def update_fitness(deliverer: Provider, quarter: int) -> None:
    """Update ``luck``, which reverts to 0, and ``fitness``, which is luck less the effect of strain (P 4.8)."""
    model = deliverer.model
    behaviour = model.scenario_data.behaviour.life
    left = behaviour.form_persistence
    deliverer.luck *= left
    if behaviour.form_sd:
        spread = behaviour.form_sd * (1.0 - left * left) ** 0.5
        deliverer.luck += spread * model.streams.normal(Purpose.PERFORMANCE, deliverer.key, 0, quarter)
    deliverer.fitness = deliverer.luck - (behaviour.strain_loss if strained(deliverer) else 0.0)


def strained(deliverer: Provider) -> bool:
    """True if an organisation is under financial strain: reserves below zero, or a rescue within a year.

    Without the mechanism ``exit`` reserves have no limit, and no organisation is under strain.
    """
    model = deliverer.model
    if not model.scenario_data.mechanisms.exit:
        return False
    return deliverer.reserves < 0 or recently_rescued(deliverer, model.time)


def recently_rescued(deliverer: Provider, month: float) -> bool:
    """True if an organisation was rescued within the year before ``month``."""
    since = deliverer.distressed_at
    return since >= 0.0 and month - since < 12.0
