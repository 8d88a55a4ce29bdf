"""Events on a set date: reforms that change levers, and shocks to the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.exit import leave
from caremarket.agents.primary_care.membership import withdraw
from caremarket.agents.procurement.budgets.yearly_budget import cut_allocation
from caremarket.agents.world.organisation import ExitReason
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec
    from caremarket.market.scenario import Shock


class ReformAhead:
    """A policy that takes effect on its date."""

    __slots__ = ("__weakref__", "model", "name", "policy")

    def __init__(self, model: Market, name: str, policy: PolicySpec) -> None:
        self.model = model
        self.name = name
        self.policy = policy

    @event_handler
    def take_effect(self) -> None:
        """Make this the current policy; contracts in force keep their terms."""
        self.model.policy = self.policy
        self.model.log("reform", detail=self.name)


class ShockAhead:
    """A shock to the market on its date."""

    __slots__ = ("__weakref__", "model", "name", "shock")

    def __init__(self, model: Market, name: str, shock: Shock) -> None:
        self.model = model
        self.name = name
        self.shock = shock

    @event_handler
    def strike(self) -> None:
        """Apply the shock to the organisations concerned, the largest first."""
        model = self.model
        shock = self.shock
        model.log("shock", detail=self.name)
        if shock.kind == "practice_withdraws":
            for practice in self._practices()[: shock.count]:
                withdraw(practice, "shock")
            return
        if shock.kind == "allocation":
            for commissioner in self._commissioners()[: shock.count]:
                cut_allocation(commissioner, shock.share)
            return
        for provider in self._providers()[: shock.count]:
            if shock.kind == "funds_lost":
                lost = int(max(0, provider.reserves) * shock.share)
                model.ledger.post(model.time, provider.account, WORLD, lost, Reason.WRITE_OFF)
                provider.check_reserves()
            elif provider.can_fail:
                leave(provider, ExitReason.INSOLVENT)

    def _practices(self) -> list[Practice]:
        who = self.shock.who
        found = [
            practice
            for practice in self.model.practices
            if practice.federation is not None
            and who in {"", practice.id, practice.federation.id, practice.federation.form.name}
        ]
        return sorted(found, key=lambda p: (-p.list_size, p.index))

    def _commissioners(self) -> list[Commissioner]:
        who = self.shock.who
        found = [c for c in self.model.commissioners.values() if who in {"", c.id, c.area, c.region}]
        return sorted(found, key=lambda c: (-c.population, c.index))

    def _providers(self) -> list[Provider]:
        found = [p for p in self.model.providers if p.alive and self.shock.who in {"", p.id, p.kind}]
        return sorted(found, key=lambda p: (-p.market_value, p.index))


def plan_occasions(model: Market) -> list[ReformAhead | ShockAhead]:
    """Schedule every reform and shock of the scenario; returns them, reforms first."""
    scenario = model.scenario_data
    occasions: list[ReformAhead | ShockAhead] = []
    for name, month, policy in scenario.reforms():
        reform = ReformAhead(model, name, policy)
        occasions.append(reform)
        model.schedule(reform.take_effect, at=month)
    for name, shock in sorted(scenario.shocks.items()):
        ahead = ShockAhead(model, name, shock)
        occasions.append(ahead)
        model.schedule(ahead.strike, at=shock.month)
    return occasions
