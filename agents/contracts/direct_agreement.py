"""Direct agreement: the key sub-contractor goes on under the commissioner when the head contract ends (P 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import margin_of

if TYPE_CHECKING:
    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


class DirectAgreement:
    """Right and duty of the key sub-contractor to go on, at ``price`` pence a year, to the end agreed with the lead."""

    __slots__ = ("items", "life", "price", "supplier")

    def __init__(self, life: ContractInForce, supplier: Provider, items: list[ServiceItem], price: int) -> None:
        self.life = life
        self.supplier = supplier
        self.items = items
        self.price = price

    def covers(self, allocation: Allocation) -> bool:
        """Whether the deliverer of an allocation goes on with it under the agreement."""
        return allocation.deliverer is self.supplier and allocation.item in self.items

    def take_effect(self, items: list[ServiceItem], present: Present) -> list[ServiceItem]:
        """Begin the direct contract; returns the ``items`` that it does not cover."""
        model = self.life.model
        months = max(self.life.expiry - model.time, model.scenario_data.behaviour.bridge_months)
        life = model.succession.start_directly(
            self.life.commissioner, self.items, self.supplier, self.price, months, present, equipped=self.life
        )
        model.log("direct_agreement", self.supplier.index, contract=life.contract.id, amount=self.price)
        return [i for i in items if i not in self.items]


def direct_agreement(life: ContractInForce) -> DirectAgreement | None:
    """Direct agreement that takes effect if the head contract ends now; None if there is none or it is refused.

    The key sub-contractor is the one with the highest pay. It goes on at its price, net of the lead's fee, if its
    present margin is not negative. Work that it shares with others becomes wholly its own.
    """
    if not life.terms.direct_agreement:
        return None
    running = [s for s in life.contract.subcontracts if s.end < 0 and s.share > 0.0 and s.items]
    failing = {f.allocation.sub for f in life.failures if f.withholding}
    running = [s for s in running if s not in failing and life.model.provider(s.supplier).alive]
    if not running:
        return None
    key = max(running, key=lambda s: (s.price * s.share, -s.id))
    supplier = life.model.provider(key.supplier)
    if sum([margin_of(life, a)[0] for a in life.allocations if a.sub is key]) < 0.0:
        return None
    fee = life.terms.management_fee
    return DirectAgreement(life, supplier, list(key.items), round(key.price * (1.0 - fee)))
