"""Primary care of the whole market: area teams, local offices of commissioners, and counts for the measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.local_office import AreaTeam, LocalOffice
from caremarket.agents.primary_care.claims import primary_shares
from caremarket.agents.primary_care.enhanced import offered_services, service_list
from caremarket.agents.primary_care.membership import call_on_members
from caremarket.market.ledger import Reason
from caremarket.market.measures import ratio

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.practice_group import GPFederation, PracticeGroup
    from caremarket.agents.entities.market import Market

_ALLOCATION = int(Reason.ALLOCATION)
_ENHANCED = int(Reason.ENHANCED_SERVICE)


class PrimaryCare:
    """Keeps the local offices and the counts of primary care that the summary shows.

    Args:
        model: the market.
        practices: all practices, in order.
        commissioners: commissioner by id.
    """

    def __init__(
        self,
        model: Market,
        practices: list[Practice],
        commissioners: Mapping[str, Commissioner],
        groups: Mapping[str, Sequence[PracticeGroup]],
    ) -> None:
        self.model = model
        self.services = service_list(model.scenario_data.behaviour.primary_care)
        self.primary_shares = primary_shares(model.pathways)
        self.offered = [0, 0]
        self.provided = [0, 0]
        self.attained = 0.0
        self.returns = 0
        self._teams: dict[str, AreaTeam] = {}
        self.offices: dict[str, LocalOffice] = {}
        for practice in practices:
            office = self.offices.get(practice.commissioner)
            if office is None:
                commissioner = commissioners[practice.commissioner]
                team = self._team(commissioner.area, commissioner.region)
                office = LocalOffice(commissioner, team, len(self.services), groups.get(practice.commissioner, ()))
                self.offices[practice.commissioner] = office
            office.practices += 1
            practice.office = office
            practice.services = offered_services(practice, self.services)
        middle = _median(p.list_size for p in practices)
        for practice in practices:
            practice.small = practice.list_size < middle

    def _team(self, area: str, region: str) -> AreaTeam:
        team = self._teams.get(area)
        if team is None:
            team = self._teams[area] = AreaTeam(self.model, area, region)
        return team

    def start_networks(self, practices: Iterable[Practice]) -> None:
        """Form the networks at the start of the run, after practices are assigned to groups."""
        for practice in practices:
            if practice.network is None:
                practice.join_network()

    def call_on_members(self, federation: GPFederation) -> None:
        """Ask the members of a federation for capital; see :func:`call_on_members`."""
        call_on_members(federation)

    # The quality premium --------------------------------------------------------------------------------

    def premium_of(self, commissioner: Commissioner) -> int:
        """Unspent quality premium of a commissioner, pence."""
        office = self.offices.get(commissioner.id)
        return office.premium_fund if office is not None else 0

    def close_year(self, commissioner: Commissioner) -> None:
        """Pay a commissioner's quality premium, yearly with the allocation, and set the uplift it pays from it.

        The premium is ``premium_gbp`` per head times the rise in mean attainment over last year divided by
        ``premium_improvement``, capped at 1. It must be spent on outcomes (K): the commissioner pays more for local
        services in the coming year, by at most ``premium_uplift``.
        """
        model = self.model
        office = self.offices.get(commissioner.id)
        if office is None or model.time <= 0.0:
            return
        care = model.scenario_data.behaviour.primary_care
        attainment = ratio(office.attained, office.weight)
        if attainment is not None:
            rise = attainment - office.last_attainment
            if model.policy.quality_premium and office.last_attainment >= 0.0 and rise > 0.0:
                share = min(1.0, rise / care.premium_improvement)
                amount = int(care.premium_gbp * 100.0 * commissioner.population * share)
                office.area_team.pay(commissioner.account, amount, Reason.QUALITY_PREMIUM)
                office.premium_fund += amount
                model.log("quality_premium", commissioner.index, amount=amount)
            office.last_attainment = attainment
        office.attained = office.weight = 0.0
        office.uplift = 0.0
        if office.premium_fund and office.local_spend:
            office.uplift = min(care.premium_uplift, office.premium_fund / office.local_spend)
        office.local_spend = 0


def _median(sizes: Iterable[int]) -> float:
    ordered = sorted(sizes)
    if not ordered:
        return 0.0
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])
