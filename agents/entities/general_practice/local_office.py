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
    """The area team of one area: it is allocated exactly what it pays, so its account stays empty."""

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
        """Pay ``amount`` pence to an account, out of an allocation of the same amount."""
        if amount > 0:
            model = self.model
            post = model.ledger.post
            post(model.time, WORLD, self.account, amount, _ALLOCATION)
            post(model.time, self.account, payee, amount, reason)


class LocalOffice:
    """What a commissioner and its area team know of the commissioner's practices.

    Attributes:
        practices: how many there are.
        groups: federations and networks that have had practices of this commissioner among their founders.
        providing: practices that provide each enhanced service now, in the order of the services.
        attained, weight: sum of attainment times patients, and of patients, of this year's returns.
        last_attainment: mean attainment of last year's returns, or -1.
        premium_fund: pence of quality premium not spent yet.
        uplift: share by which local services are paid better this year.
        local_spend: pence paid this year for local services at their price without uplift.
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
        """Pay a practice for local services, as far as they go with what is left of the premium on top.

        The commissioner is allocated exactly what it pays at the usual price: enhanced services are no part of the
        pathways it buys. What it pays on top it has earned as premium.
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
        """A practice in no group belongs to a locality network of its neighbours (K, site C)."""
        size = practice.model.scenario_data.behaviour.primary_care.network_practices
        if not self.networks or self.networks[-1].members >= size:
            self.networks.append(QualityNetwork(practice.model))
        self.networks[-1].enter(practice)
