"""A supply plan: who would deliver which part of a lot, at what price, and at what risk to the bidder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Exposure
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


@dataclass(slots=True, eq=False)
class Part:
    """Items of one function given to one deliverer.

    ``price`` is what a sub-contractor gets for the whole of the items, pence a year; 0 for the lead itself.
    ``agreed``: a partner's part under a bidding agreement.
    """

    deliverer: Provider
    items: list[ServiceItem]
    share: float
    price: float
    named: bool = False
    agreed: bool = False


@dataclass(slots=True, eq=False)
class SupplyPlan:
    """How a bidder would deliver a lot, and the ``risk`` that it bears itself.

    Money in pence a year, variance in pence squared; ``transfer`` in pence once. ``at_cost`` is the part of quotes that
    has no margin in it yet, since partners work at cost. ``bearing`` is, by member of an alliance, the
    share of gain and pain it bears over its share of the work. ``management`` is what running the
    chain costs, and reporting on the bidder's own work. ``lacks`` says why the plan could not be made, if it could not
    (:data:`caremarket.agents.world.reasons.REASONS`, ``no_bid``).
    """

    risk: Exposure
    parts: list[Part] = field(default_factory=list)
    own_cost: float = 0.0
    quotes: float = 0.0
    at_cost: float = 0.0
    transfer: float = 0.0
    management: float = 0.0
    variance: float = 0.0
    quality: float = 0.0
    social_value: float = 0.0
    integration: float = 0.0
    bearing: dict[int, float] = field(default_factory=dict)
    expected_achievement: float = 1.0
    lacks: str = ""
