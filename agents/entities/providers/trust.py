"""NHS trusts: broad capability, high fixed cost, and support instead of insolvency."""

from __future__ import annotations

from caremarket.agents.entities.provider import Provider
from caremarket.market.ledger import WORLD, Reason


class Trust(Provider):
    """An acute, community or mental health trust, which receives support when its reserves are gone.

    Support is posted as rescue and counts as public cost (docs/odd.md, Exit and entry).
    """

    def check_reserves(self) -> None:
        """Receive support when reserves are gone: up to ``rescue_months`` of turnover."""
        reserves = self.reserves + self.receivable
        if reserves >= 0:
            return
        model = self.model
        if not model.scenario_data.mechanisms.exit:
            return
        support = int(model.scenario_data.behaviour.rescue_months * self.turnover / 12.0) - reserves
        model.ledger.post(model.time, WORLD, self.account, support, Reason.RESCUE)
        self.distressed_at = model.time
        self.rescues.append(model.time)
        self.support += support
        model.log("rescue", self.index, amount=support)
