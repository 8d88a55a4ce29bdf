"""Phasing: present contracts continue under an overarching agreement before the lot is bought (P 4.16).

Their holders meet, keep promises to one another and open their books, so that they have trust and knowledge of costs
when the new form starts. Phasing happens once for a lot, and only if no present contract has the new form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.coordination import update_mutual_trust
from caremarket.agents.contracts.expiry import extend_term
from caremarket.agents.world.schedule import event_handler

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


def phase(commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> bool:
    """Begin an overarching agreement over the contracts of a lot's items; False if no agreement is made."""
    model = commissioner.model
    if policy.phasing_years <= 0.0 or any(i.index in model.desk.phased or not i.contracts for i in items):
        return False
    lives = [model.contracts[n] for n in dict.fromkeys(n for i in items for n in i.contracts)]
    if len({in_force.holder.index for in_force in lives}) < 2 or any(
        in_force.contract.form.name == policy.form for in_force in lives
    ):
        return False
    agreement = OverarchingAgreement(model, commissioner, items, model.time + 12.0 * policy.phasing_years)
    model.desk.agreements.append(agreement)
    lead_time = model.desk.lead_time(policy)
    for item in items:
        item.procuring = True
        model.desk.phased.add(item.index)
    for in_force in lives:
        extend_term(in_force, agreement.until + lead_time, agreement.until)
        model.under_agreement.add(in_force.contract.id)
    model.log("overarching_agreement", commissioner.index, amount=len(lives))
    model.schedule(agreement.meet, at=min(agreement.until, model.time + 12.0))
    return True


class OverarchingAgreement:
    """An agreement over the contracts of a lot, in force until the lot is put out to tender."""

    __slots__ = ("__weakref__", "commissioner", "items", "last", "model", "until")

    def __init__(self, model: Market, commissioner: Commissioner, items: list[ServiceItem], until: float) -> None:
        self.model = model
        self.commissioner = commissioner
        self.items = items
        self.until = until
        self.last = model.time

    @event_handler
    def meet(self) -> None:
        """Update trust and knowledge of costs after a year; at the end, buy the lot."""
        model = self.model
        now = model.time
        years = (now - self.last) / 12.0
        self.last = now
        behaviour = model.scenario_data.behaviour.collaboration
        lives = [model.contracts[n] for n in dict.fromkeys(n for i in self.items for n in i.contracts)]
        members = {d.index: d for in_force in lives for d in _parties(in_force)}
        update_mutual_trust(model, [*members.values(), self.commissioner], years)
        learnt = round(behaviour.open_book_contracts * years)
        for pathway in {i.pathway for i in self.items}:
            for member in members.values():
                member.track[pathway] = member.track.get(pathway, 0) + learnt
        if now < self.until - 1e-9:
            model.schedule(self.meet, at=min(self.until, now + 12.0))
            return
        model.desk.agreements.remove(self)
        model.under_agreement.difference_update(in_force.contract.id for in_force in lives)
        for item in self.items:
            item.procuring = False
        self.model.succession.buy_again(self.commissioner, self.items)


def _parties(in_force: ContractInForce) -> list[Provider]:
    return [in_force.holder, *(a.deliverer for a in in_force.allocations if a.share)]
