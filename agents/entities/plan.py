"""Supply plan of a bidder: deliverers of the parts of a lot, their prices, and the risk to the bidder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Exposure
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


@dataclass(slots=True, eq=False)
class Part:
    """Items of one function allocated to one deliverer, for a ``share`` in [0, 1].

    ``price`` is a sub-contractor's price for the whole of the items, pence a year; 0 for the lead itself. ``named``
    marks a supplier named for its award points, ``agreed`` a partner's part under a bidding agreement.
    ``raised`` is the quality offered above the deliverer's usual quality.
    """

    deliverer: Provider
    items: list[ServiceItem]
    share: float
    price: float
    named: bool = False
    agreed: bool = False
    raised: float = 0.0


@dataclass(slots=True, eq=False)
class SupplyPlan:
    """Plan of a bidder for a lot, with the ``risk`` that it bears itself.

    Money in pence a year, variance in pence squared; ``transfer`` is the cost of taking over staff and of setting up a
    vehicle, pence once, and only if the bid wins. ``at_cost`` is the part of quotes
    without margin, from partners that work at cost. ``bearing`` is, by index of an alliance's member, its share of gain
    and pain over its share of the work. ``management`` is the cost of managing the chain and of reporting on the
    bidder's own work. ``lacks`` is the code of the reason why no plan could be made, or empty
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
