"""What is going on between organisations that work together: pools, schemes, agreements, alliances, joint bids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.special_purpose_vehicle import Vehicle

if TYPE_CHECKING:
    from caremarket.agents.contracts.lifecycle import ContractLife
    from caremarket.agents.model import CareMarket
    from caremarket.agents.procurement.call_off import Framework
    from caremarket.agents.procurement.choice_scheme import ChoiceScheme
    from caremarket.agents.procurement.overarching_agreement import OverarchingAgreement
    from caremarket.agents.world.result import Number
    from caremarket.market.pathways import ServiceItem


class Collaboration:
    """Keeps what belongs to no single contract, and counts it.

    Attributes:
        schemes: choice scheme by index of item; ``scheme_of``: by number of contract.
        frameworks: pool by (commissioner, function).
        agreements: overarching agreements in force.
        overarching: ids of contracts under an overarching agreement.
        phased: indices of items that have been through one.
        companies: vehicles that have not been wound up, by index; ``vehicles`` counts all that were formed.
    """

    def __init__(self, model: CareMarket) -> None:
        self._model = model
        self.schemes: dict[int, ChoiceScheme] = {}
        self.scheme_of: dict[int, ChoiceScheme] = {}
        self.frameworks: dict[tuple[int, int], Framework] = {}
        self.agreements: list[OverarchingAgreement] = []
        self.overarching: set[int] = set()
        self.phased: set[int] = set()
        self.companies: dict[int, Vehicle] = {}
        self.alliances = 0
        self.vehicles = 0
        self.joint_bids = 0

    def contract_begins(self, life: ContractLife) -> None:
        """Note what kind of holder a contract has."""
        if life.contract.form.joint_holding:
            self.alliances += 1
            self._model.log("alliance_formed", life.holder.index, contract=life.contract.id)
        if isinstance(life.holder, Vehicle):
            life.holder.contract = life.contract.id

    def contract_ended(self, life: ContractLife) -> None:
        """Forget what depended on a contract."""
        self.overarching.discard(life.contract.id)
        scheme = self.scheme_of.pop(life.contract.id, None)
        if scheme is not None and not scheme.lives():
            scheme.close()
            self.schemes.pop(scheme.item.index, None)

    def others_take_over(self, life: ContractLife, items: list[ServiceItem]) -> bool:
        """A provider that patients chose is gone: they choose among the others; False if there are none."""
        scheme = self.schemes.get(items[0].index) if items and life.contract.form.patients_choose else None
        if scheme is None or not scheme.lives():
            return False
        scheme.rebalance()
        return True

    def measures(self) -> dict[str, Number]:
        """Alliances and vehicles formed, and the share of bids made jointly."""
        bids = self._model.tally.bids
        return {
            "alliances_formed": self.alliances,
            "vehicles_formed": self.vehicles,
            "joint_bid_share": self.joint_bids / bids if bids else None,
        }
