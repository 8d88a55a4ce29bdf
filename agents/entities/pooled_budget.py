"""Pooled budget: payers of jointly commissioned care and their shares, and co-signatories (S, questions 4; P 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.world.organisation import Organisation
from caremarket.market.ledger import WORLD, Reason, split_pence
from caremarket.market.responsibility import LOCAL_AUTHORITY, RESPONSIBLE

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.market.pathways import ServiceItem


class CoCommissioner(Organisation):
    """A local authority or NHS England: co-signs contracts and pays for the functions of its responsibility."""

    def bring(self, amount: int) -> None:
        """Pay ``amount`` pence into its account from its own budget outside the market."""
        self.model.ledger.post(self.model.time, WORLD, self.account, amount, Reason.ALLOCATION)


def co_commissioner_of(model: Market, item: ServiceItem, joint: str) -> CoCommissioner | None:
    """Co-signatory for an item: the local authority of the area, NHS England, or None."""
    if joint == "none" or RESPONSIBLE[item.function] != joint:
        return None
    commissioner = model.commissioners[item.commissioner]
    local = joint == LOCAL_AUTHORITY
    place = commissioner.area if local else ""
    known = model.co_commissioners
    found = known.get((joint, place))
    if found is None:
        region = commissioner.region
        name = f"Local authority of {place}" if local else "NHS England"
        identifier = f"local-authority-{place}" if local else "nhs-england"
        found = CoCommissioner(model, id=identifier, name=name, kind=joint, area=place, region=region)
        known[joint, place] = found
    return found


class PooledBudget:
    """Payers of jointly commissioned items, each for its share.

    Attributes:
        joint: co-signatory: ``none``, ``local_authority`` or ``nhs_england``.
        payers: organisations that pay, in order of the items they pay for, with reference cost of those items.
    """

    __slots__ = ("_model", "joint", "payers")

    def __init__(self, model: Market, items: list[ServiceItem], joint: str) -> None:
        self._model = model
        self.joint = joint
        self.payers: dict[Organisation, float] = {}
        self.share_by(items)

    def share_by(self, items: list[ServiceItem]) -> None:
        """Set the payers' shares by reference cost of ``items``; without items, shares stay as they were."""
        if not items:
            return
        model = self._model
        payers: dict[Organisation, float] = {}
        for item in sorted(items, key=lambda i: i.index):
            payer = co_commissioner_of(model, item, self.joint) or model.commissioners[item.commissioner]
            payers[payer] = payers.get(payer, 0.0) + item.reference_cost
        self.payers = payers

    def pay(self, payee: int, amount: int, reason: int, contract: int = -1) -> None:
        """Pay ``amount`` pence to the account ``payee``, split between the payers exactly to the penny."""
        model = self._model
        for payer, part in zip(self.payers, split_pence(amount, list(self.payers.values())), strict=True):
            if isinstance(payer, CoCommissioner):
                payer.bring(part)
            model.ledger.post(model.time, payer.account, payee, part, reason, contract)

    def receive(self, payer: int, amount: int, reason: int, contract: int = -1) -> None:
        """Receive ``amount`` pence from the account ``payer``, split between the payers exactly to the penny."""
        model = self._model
        for payee, part in zip(self.payers, split_pence(amount, list(self.payers.values())), strict=True):
            model.ledger.post(model.time, payer, payee.account, part, reason, contract)
