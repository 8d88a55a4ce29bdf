"""Payers of general practice: NHS England's area team, and a commissioner's office for its practices (K)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.quality_network import QualityNetwork
from caremarket.agents.world.organisation import Organisation
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
    from caremarket.agents.entities.market import Market

_ALLOCATION = int(Reason.ALLOCATION)
_ENHANCED = int(Reason.ENHANCED_SERVICE)


class AreaTeam(Organisation):
    """The area team of one area: its allocation equals its payments, so its account stays empty."""

    model: Market

    def __init__(self, model: Market, area: str, region: str) -> None:
        super().__init__(
            model,
            id=f"{area}-area-team",
            name=f"NHS England area team of {area}",
            kind="area_team",
            area=area,
            region=region,
        )

    def pay(self, payee: int, amount: int, reason: int) -> None:
        """Pay ``amount`` pence to an account from an allocation of the same amount."""
        if amount > 0:
            model = self.model
            post = model.ledger.post
            post(model.time, WORLD, self.account, amount, _ALLOCATION)
            post(model.time, self.account, payee, amount, reason)


class LocalOffice:
    """Records of a commissioner and its area team on the commissioner's practices.

    Attributes:
        practices: number of practices.
        groups: federations and networks with practices of this commissioner among their founders.
        providing: number of practices that provide each enhanced service now, in the order of the services.
        attained, weight: sum of attainment times patients, and sum of patients, over this year's returns.
        last_attainment: mean attainment over last year's returns, or -1 for none.
        premium_fund: unspent quality premium, in pence.
        uplift: share added to the pay for local services this year.
        local_spend: pence paid this year for local services, without uplift.
    """

    __slots__ = (
        "area_team",
        "attained",
        "commissioner",
        "groups",
        "last_attainment",
        "local_spend",
        "networks",
        "practices",
        "premium_fund",
        "providing",
        "uplift",
        "weight",
    )

    def __init__(
        self, commissioner: Commissioner, area_team: AreaTeam, services: int, groups: Sequence[PracticeGroup]
    ) -> None:
        self.commissioner = commissioner
        self.groups = groups
        self.area_team = area_team
        self.practices = 0
        self.providing = [0] * services
        self.networks: list[QualityNetwork] = []
        self.attained = 0.0
        self.weight = 0.0
        self.last_attainment = -1.0
        self.premium_fund = 0
        self.uplift = 0.0
        self.local_spend = 0

    def pay_locally(self, practice: Practice, amount: int) -> None:
        """Pay a practice ``amount`` pence for local services, plus the uplift while premium is left.

        The commissioner's allocation covers the usual price exactly: enhanced services are not part of the pathways it
        buys. The uplift comes from the premium it earned.
        """
        if amount <= 0:
            return
        post = practice.model.ledger.post
        now = practice.model.time
        account = self.commissioner.account
        self.local_spend += amount
        extra = min(self.premium_fund, int(amount * self.uplift))
        self.premium_fund -= extra
        post(now, WORLD, account, amount, _ALLOCATION)
        post(now, account, practice.account, amount + extra, _ENHANCED)

    def join_network(self, practice: Practice) -> None:
        """Put a practice that is in no group into a locality network of its neighbours (K, site C)."""
        size = practice.model.scenario_data.behaviour.primary_care.network_practices
        if not self.networks or self.networks[-1].members >= size:
            self.networks.append(QualityNetwork(practice.model))
        self.networks[-1].enter(practice)
