"""NHS England's local area team: holds the core contracts of an area's practices and pays for what is national (K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.world.organisation import Organisation
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market

_ALLOCATION = int(Reason.ALLOCATION)


class AreaTeam(Organisation):
    """The area team of one area: it is allocated exactly what it pays, so its account stays empty."""

    model: Market

    def __init__(self, model: Market, area: str, region: str) -> None:
        super().__init__(
            model,
            id=f"{area}-area-team",
            name=f"NHS England area team of {area}",
            kind="area_team",
            area=area,
            region=region,
        )

    def pay(self, payee: int, amount: int, reason: int) -> None:
        """Pay ``amount`` pence to an account, out of an allocation of the same amount."""
        if amount > 0:
            model = self.model
            post = model.ledger.post
            post(model.time, WORLD, self.account, amount, _ALLOCATION)
            post(model.time, self.account, payee, amount, reason)
