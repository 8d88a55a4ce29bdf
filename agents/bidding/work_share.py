"""A place in a joint undertaking: what somebody would do of a lot, by its own estimate, as partner or member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import reporting_cost

if TYPE_CHECKING:
    from caremarket.agents.costs.cash_flow_risk import Work
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket
    from caremarket.agents.procurement.tender_process import TenderProcess
    from caremarket.market.pathways import ServiceItem


@dataclass(slots=True, eq=False)
class Seat:
    """A share of items of one function, with the estimates of whoever would do them, pence a year for the share.

    ``cost`` is what they come to, ``reporting`` what reporting on them costs the member.
    """

    member: Provider
    items: list[ServiceItem]
    share: float
    works: list[Work]
    cost: float
    reporting: float

    def shrink(self, share: float) -> None:
        """Leave all but ``share`` to somebody else."""
        part = share / self.share
        self.share = share
        self.works = [(item, cost * part, sigma) for item, cost, sigma in self.works]
        self.cost = sum([cost for _, cost, _ in self.works])
        self.reporting *= part


def seat_for(
    model: CareMarket, member: Provider, items: list[ServiceItem], share: float, tender: TenderProcess
) -> Seat:
    """What a share of ``items`` would cost ``member``, as it estimates."""
    works: list[Work] = []
    for item in items:
        cost, sigma = estimate_for(tender, member, item)
        works.append((item, cost * share, sigma))
    reference = share * sum([i.reference_cost for i in items])
    reporting = reporting_cost(model, member, tender.policy.indicators, reference)
    return Seat(member, items, share, works, sum([cost for _, cost, _ in works]), reporting)
