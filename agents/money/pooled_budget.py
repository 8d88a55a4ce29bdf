"""Buying together: neighbouring commissioners through one of them, and with a local authority or NHS England.

Each pays its part of every bill, by reference cost of what is bought for it, straight from its own account. A local
authority or NHS England brings the money for the functions that are its business from outside the market as bills
fall due (S, questions 4; P 1.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.world.organisation import Organisation
from caremarket.market.ledger import WORLD, Reason, split_pence
from caremarket.market.responsibility import CCG, LOCAL_AUTHORITY, RESPONSIBLE

if TYPE_CHECKING:
    from caremarket.agents.contracts.lifecycle import ContractLife
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.model import CareMarket
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


class PartnerOrganisation(Organisation):
    """A local authority or NHS England: signs beside commissioners and pays for the functions that are its own."""

    def bring(self, amount: int) -> None:
        """Money for a bill comes from its own budget, which lies outside the market."""
        self.model.ledger.post(self.model.time, WORLD, self.account, amount, Reason.ALLOCATION)


def partner_of(model: CareMarket, item: ServiceItem, joint: str) -> PartnerOrganisation | None:
    """Who beside the commissioner signs for an item: the local authority of the area, or NHS England, or nobody."""
    if joint == "none" or RESPONSIBLE[item.function] != joint:
        return None
    commissioner = model.commissioners[item.commissioner]
    local = joint == LOCAL_AUTHORITY
    place = commissioner.area if local else ""
    partners = model.procurement.partners
    found = partners.get((joint, place))
    if found is None:
        region = commissioner.region
        name = f"Local authority of {place}" if local else "NHS England"
        identifier = f"local-authority-{place}" if local else "nhs-england"
        found = PartnerOrganisation(model, id=identifier, name=name, kind=joint, area=place, region=region)
        partners[joint, place] = found
    return found


class JointPurse:
    """Who pays which part of what is bought together.

    Attributes:
        joint: who signs beside the commissioners: ``none``, ``local_authority`` or ``nhs_england``.
        payers: organisations that pay, in order of the items they pay for, with reference cost of those items.
    """

    __slots__ = ("_model", "joint", "payers")

    def __init__(self, model: CareMarket, items: list[ServiceItem], joint: str) -> None:
        self._model = model
        self.joint = joint
        self.payers: dict[Organisation, float] = {}
        self.share_by(items)

    def share_by(self, items: list[ServiceItem]) -> None:
        """Share by what is bought now; shares stay as they were once nothing is left."""
        if not items:
            return
        model = self._model
        payers: dict[Organisation, float] = {}
        for item in sorted(items, key=lambda i: i.index):
            payer = partner_of(model, item, self.joint) or model.commissioners[item.commissioner]
            payers[payer] = payers.get(payer, 0.0) + item.reference_cost
        self.payers = payers

    def pay(self, payee: int, amount: int, reason: int, contract: int = -1) -> None:
        """Pay ``amount`` pence between them, exact to the penny."""
        model = self._model
        for payer, part in zip(self.payers, split_pence(amount, list(self.payers.values())), strict=True):
            if isinstance(payer, PartnerOrganisation):
                payer.bring(part)
            model.ledger.post(model.time, payer.account, payee, part, reason, contract)

    def receive(self, payer: int, amount: int, reason: int, contract: int = -1) -> None:
        """Share what somebody pays them."""
        model = self._model
        for payee, part in zip(self.payers, split_pence(amount, list(self.payers.values())), strict=True):
            model.ledger.post(model.time, payer, payee.account, part, reason, contract)


def joint_purse(
    model: CareMarket, commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec
) -> JointPurse | None:
    """The purse from which ``items`` are paid; None where the commissioner pays for all of it alone."""
    joint = policy.joint_commissioning
    alone = all(
        i.commissioner == commissioner.index and (joint == "none" or RESPONSIBLE[i.function] != joint) for i in items
    )
    return None if alone else JointPurse(model, items, joint)


def joint_cost_multiple(model: CareMarket, purse: JointPurse | None) -> float:
    """What signing and running something together costs, relative to doing it alone."""
    if purse is None:
        return 1.0
    return 1.0 + model.scenario_data.behaviour.procurement.joint_cost_per_party * (len(purse.payers) - 1)


def charge(life: ContractLife, payee: int, amount: int, reason: int) -> None:
    """Whoever commissions a contract pays ``amount`` pence under it."""
    purse = life.purse
    if purse is None:
        life.model.ledger.post(life.model.time, life.commissioner.account, payee, amount, reason, life.contract.id)
    else:
        purse.share_by(life.contract.items)
        purse.pay(payee, amount, reason, life.contract.id)


def payer_of(life: ContractLife, item: ServiceItem) -> Organisation:
    """Who pays for an item of a contract."""
    joint = life.purse.joint if life.purse is not None else "none"
    return partner_of(life.model, item, joint) or life.model.commissioners[item.commissioner]


def refund(life: ContractLife, payer: int, amount: int, reason: int) -> None:
    """Somebody pays ``amount`` pence to whoever commissions a contract."""
    purse = life.purse
    if purse is None:
        life.model.ledger.post(life.model.time, payer, life.commissioner.account, amount, reason, life.contract.id)
    else:
        purse.share_by(life.contract.items)
        purse.receive(payer, amount, reason, life.contract.id)


def common_table(life: ContractLife) -> float:
    """Share of a contract, by reference cost, whose commissioners sit at one table.

    One plan does not reach across the boundary between commissioners: the functions of a local authority or of NHS
    England stay outside unless it has signed (S, questions 4).
    """
    joined = life.purse.joint if life.purse is not None else "none"
    tables: dict[str, float] = {}
    for item in life.contract.items:
        who = RESPONSIBLE[item.function]
        table = CCG if who == joined else who
        tables[table] = tables.get(table, 0.0) + item.reference_cost
    total = sum(tables.values())
    return max(tables.values()) / total if total else 1.0
