"""What outlasts a single procurement: stage lengths, who buys with whom, what was challenged, withdrawn or extended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.measures import ratio
from caremarket.market.procurement import ROUTES, expected_months, stage_durations

if TYPE_CHECKING:
    from caremarket.agents.model import CareMarket
    from caremarket.agents.money.pooled_budget import PartnerOrganisation
    from caremarket.agents.world.result import Number
    from caremarket.market.levers import PolicySpec


class ProcurementDesk:
    """The memory of procurement in a market.

    Attributes:
        durations: state -> shortest and longest stay in months.
        challenges: awards challenged.
        upheld: challenges upheld.
        withdrawn: awards withdrawn after a challenge or an impact assessment.
        extensions: contracts extended.
        extended: ids of contracts that have been extended.
        spared: indices of items whose award was withdrawn after an impact assessment since they were last let.
        partners: who signs beside commissioners, by kind and place.
    """

    def __init__(self, model: CareMarket) -> None:
        self._model = model
        self.durations = stage_durations(model.scenario_data.behaviour.procurement)
        self.challenges = 0
        self.upheld = 0
        self.withdrawn = 0
        self.extensions = 0
        self.extended: set[int] = set()
        self.spared: set[int] = set()
        self.partners: dict[tuple[str, str], PartnerOrganisation] = {}
        self._neighbours: dict[int, dict[int, tuple[int, ...]]] = {}

    def lead_time(self, policy: PolicySpec) -> float:
        """Months it takes on average to buy something under a policy."""
        return expected_months(ROUTES[policy.route], policy.engagement_months, self.durations)

    def neighbours(self, commissioner: int, together: int) -> tuple[int, ...]:
        """Those with whom a commissioner buys when ``together`` buy as one, itself included, in order of number.

        Commissioners of an area are grouped in order; where an area has fewer than ``together``, those of the region
        are, area by area. The same groups for the whole run.
        """
        groups = self._neighbours.get(together)
        if groups is None:
            groups = self._neighbours[together] = self._group(together)
        return groups[commissioner]

    def _group(self, together: int) -> dict[int, tuple[int, ...]]:
        areas: dict[tuple[str, str], list[int]] = {}
        for index, commissioner in sorted(self._model.commissioners.items()):
            areas.setdefault((commissioner.region, commissioner.area), []).append(index)
        pools: dict[str, list[int]] = {}
        for (region, area), members in sorted(areas.items()):
            # An area that is large enough keeps to itself.
            pools.setdefault(region if len(members) < together else f"{region}\x1f{area}", []).extend(members)
        found: dict[int, tuple[int, ...]] = {}
        for pool in pools.values():
            for start in range(0, len(pool), together):
                group = tuple(sorted(pool[start : start + together]))
                found.update(dict.fromkeys(group, group))
        return found

    def measures(self) -> dict[str, Number]:
        """Challenges and withdrawals over tenders with a preferred bidder."""
        tenders = self._model.tally.competitive_awards
        return {
            "challenge_rate": ratio(self.challenges, tenders),
            "award_withdrawal_rate": ratio(self.withdrawn, tenders),
        }
