"""Continuity of care when a contract ends: calls from contracts to procurement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from caremarket.agents.procurement.buying import procure, procurement_failed
from caremarket.agents.procurement.caretaker import keep_care_going
from caremarket.agents.procurement.initial_contracts import start_directly
from caremarket.agents.procurement.patient_choice.opened_services import choice_terms, is_open_to_choice
from caremarket.agents.world.schedule import event_handler
from caremarket.market.levers import APPRAISE

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import ContractEnded
    from caremarket.agents.entities.ports import Present
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


class Errand:
    """A commissioner's plan to buy an item later."""

    __slots__ = ("__weakref__", "commissioner", "errands", "item", "model")

    def __init__(self, model: Market, errands: set[Errand], commissioner: Commissioner, item: ServiceItem) -> None:
        self.model = model
        self.errands = errands
        self.commissioner = commissioner
        self.item = item

    @event_handler
    def run(self) -> None:
        """Start buying the item; no effect if it is already being procured."""
        self.errands.discard(self)
        procure(self.commissioner, [self.item])


class CareSuccession:
    """Continuity of care at the end of contracts; see :class:`caremarket.agents.entities.ports.Succession`.

    Attributes:
        errands: purchases that commissioners plan for later.
    """

    def __init__(self, model: Market) -> None:
        self._model = model
        self.errands: set[Errand] = set()

    def lead_time(self, in_force: ContractInForce) -> float:
        """Months before the end of a contract at which the next procurement must begin."""
        # If forms are chosen by appraisal, the route of this contract is the best guess for the next.
        model = self._model
        ahead = in_force.terms if model.policy.form == APPRAISE else model.policy
        items = in_force.contract.items
        if items and all(is_open_to_choice(model, item, model.policy) for item in items):
            ahead = choice_terms(model.policy)
        return model.desk.lead_time(ahead)

    def buy_again(
        self, commissioner: Commissioner, items: list[ServiceItem], *, policy: PolicySpec | None = None
    ) -> None:
        """Have a commissioner buy items again, on the terms of ``policy`` if given."""
        procure(commissioner, items, policy=policy)

    def buy_later(self, commissioner: Commissioner, item: ServiceItem, months: float = 0.0) -> None:
        """Have a commissioner buy an item without a provider, after ``months``."""
        errand = Errand(self._model, self.errands, commissioner, item)
        self.errands.add(errand)
        self._model.schedule(errand.run, after=months)

    def procurement_failed(self, tender: Tender) -> None:
        """Have the commissioner decide the next step after a procurement that led to no contract."""
        procurement_failed(tender.commissioner, tender)

    def caretaker(
        self,
        commissioner: Commissioner,
        items: list[ServiceItem],
        *,
        without: frozenset[int] = frozenset(),
        present: Present | None = None,
        at_most: Callable[[list[ServiceItem]], float] | None = None,
    ) -> None:
        """Extend contracts in force for a short term, and give uncovered items to the most suitable provider."""
        keep_care_going(self._model, commissioner, items, without, present or {}, at_most)

    def start_directly(
        self,
        commissioner: Commissioner,
        items: list[ServiceItem],
        provider: Provider,
        price: int,
        months: float,
        present: Present,
        equipped: ContractInForce | None = None,
    ) -> ContractInForce:
        """Begin a separate block contract without a procurement."""
        return start_directly(self._model, commissioner, items, provider, price, months, present, equipped)

    def patients_choose_others(self, in_force: ContractInForce, items: list[ServiceItem]) -> bool:
        """Let patients of a provider that has exited choose among the others; False if there are none."""
        scheme = (
            self._model.desk.schemes.get(items[0].index) if items and in_force.contract.form.patients_choose else None
        )
        if scheme is None or not scheme.lives():
            return False
        scheme.rebalance()
        return True

    def contract_ended(self, notice: ContractEnded) -> None:
        """Close a choice scheme with its last contract."""
        desk = self._model.desk
        scheme = desk.scheme_of.pop(notice.in_force.contract.id, None)
        if scheme is not None and not scheme.lives():
            scheme.close()
            desk.schemes.pop(scheme.item.index, None)
