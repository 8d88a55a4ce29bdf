"""Direct agreement: the key sub-contractor continues under the commissioner when the head contract ends (P 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import margin_of

if TYPE_CHECKING:
    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


class DirectAgreement:
    """Right and duty of the key sub-contractor to continue to its agreed end, at ``price`` pence a year."""

    __slots__ = ("in_force", "items", "price", "supplier")

    def __init__(self, in_force: ContractInForce, supplier: Provider, items: list[ServiceItem], price: int) -> None:
        self.in_force = in_force
        self.supplier = supplier
        self.items = items
        self.price = price

    def covers(self, allocation: Allocation) -> bool:
        """True if the deliverer of an allocation continues it under the agreement."""
        return allocation.deliverer is self.supplier and allocation.item in self.items

    def take_effect(self, items: list[ServiceItem], present: Present) -> list[ServiceItem]:
        """Begin the direct contract; returns the ``items`` that it does not cover."""
        model = self.in_force.model
        months = max(self.in_force.expiry - model.time, model.scenario_data.behaviour.bridge_months)
        in_force = model.succession.start_directly(
            self.in_force.commissioner, self.items, self.supplier, self.price, months, present, equipped=self.in_force
        )
        model.log("direct_agreement", self.supplier.index, contract=in_force.contract.id, amount=self.price)
        return [i for i in items if i not in self.items]


def direct_agreement(in_force: ContractInForce) -> DirectAgreement | None:
    """Direct agreement that takes effect if the head contract ends now; None if there is none or it is refused.

    The key sub-contractor is the one with the highest pay. It continues at its price, net of the lead's fee, if its
    present margin is not negative. Work that it shares with others becomes wholly its own.
    """
    if not in_force.terms.direct_agreement:
        return None
    running = [s for s in in_force.contract.subcontracts if s.end < 0 and s.share > 0.0 and s.items]
    failing = {f.allocation.sub for f in in_force.failures if f.withholding}
    running = [s for s in running if s not in failing and in_force.model.provider(s.supplier).alive]
    if not running:
        return None
    key = max(running, key=lambda s: (s.price * s.share, -s.id))
    supplier = in_force.model.provider(key.supplier)
    if sum([margin_of(in_force, a)[0] for a in in_force.allocations if a.sub is key]) < 0.0:
        return None
    fee = in_force.terms.management_fee
    return DirectAgreement(in_force, supplier, list(key.items), round(key.price * (1.0 - fee)))
