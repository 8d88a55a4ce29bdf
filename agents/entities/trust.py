"""NHS trusts: broad capability, high fixed costs, and no way to disappear."""

from __future__ import annotations

from caremarket.agents.entities.provider import Provider
from caremarket.market.ledger import WORLD, Reason


class Trust(Provider):
    """An acute, community or mental health trust: when it runs out of money it is in distress and is supported.

    The support is posted as rescue and counts as public cost (docs/odd.md, Exit and entry).
    """

    def check_reserves(self) -> None:
        """Ask for support when reserves are gone: enough for a configured number of months of turnover."""
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
