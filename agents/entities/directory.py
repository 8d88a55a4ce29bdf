"""The directory of a market: organisations, items, contracts and tenders by number, and look-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.commissioner import Commissioner
from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.provider_lists import ProviderLists
from caremarket.agents.world.timeline import Timeline

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.pooled_budget import CoCommissioner
    from caremarket.agents.entities.providers.special_purpose_vehicle import Vehicle
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.world.organisation import Organisation
    from caremarket.market.forms import ContractForm
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Lot


class Directory(Timeline):
    """Organisations, items, contracts and tenders of a market, and the look-ups that rules make.

    Empty at first. The attributes are those of :class:`~caremarket.agents.entities.market.Market`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.organisations: list[Organisation] = []
        self.commissioners: dict[int, Commissioner] = {}
        self.providers: list[Provider] = []
        self.practices: list[Practice] = []
        self.practice_groups: list[PracticeGroup] = []
        self.provider_lists = ProviderLists()
        self.items: list[ServiceItem] = []
        self.contracts: dict[int, ContractInForce] = {}
        self.winding_up: dict[int, ContractInForce] = {}
        self.processes: dict[int, Tender] = {}
        self.vehicles: dict[int, Vehicle] = {}
        self.co_commissioners: dict[tuple[str, str], CoCommissioner] = {}
        self.under_agreement: set[int] = set()
        self.outsiders_sigma: dict[tuple[int, float], float] = {}
        self._ids: dict[str, int] = {}

    # Entries --------------------------------------------------------------------------------------------

    def enrol(self, organisation: Organisation) -> int:
        """Give an organisation its number."""
        index = len(self.organisations)
        self.organisations.append(organisation)
        if isinstance(organisation, Commissioner):
            self.commissioners[index] = organisation
        if isinstance(organisation, Provider):
            self.providers.append(organisation)
        if isinstance(organisation, Practice):
            self.practices.append(organisation)
        if isinstance(organisation, PracticeGroup):
            self.practice_groups.append(organisation)
        return index

    def next_id(self, what: str) -> int:
        """Next number of a kind of thing, from 0."""
        number = self._ids.get(what, 0)
        self._ids[what] = number + 1
        return number

    def list_provider(self, provider: Provider) -> None:
        """List a provider in the areas where it may work."""
        self.provider_lists.add(provider)

    def withdraw_from_index(self, provider: Provider) -> None:
        """Take a provider off the lists."""
        self.provider_lists.remove(provider)

    # Look-ups -------------------------------------------------------------------------------------------

    def provider(self, index: int) -> Provider:
        """The provider with this index."""
        found = self.organisations[index]
        if not isinstance(found, Provider):
            raise TypeError(f"organisation {index} is no provider")
        return found

    def bidders(self, area: str, function: int) -> list[Provider]:
        """Providers that can deliver a function in an area, in order of arrival."""
        return self.provider_lists.able(area, function)

    def primes(self, area: str) -> list[Provider]:
        """Integrators without delivery of their own that work in an area, in order of arrival."""
        return self.provider_lists.primes(area)

    def potential_bidders(self, lot: Lot, form: ContractForm) -> list[Provider]:
        """Providers that could take part in a tender for a lot, given the contract form.

        Integrators where the holder may not deliver; otherwise everyone who can deliver any of its functions.
        """
        areas = self.areas_of(lot)
        if form.self_delivery_max <= 0.0:
            found = {p.index: p for area in areas for p in self.primes(area)}
            return list(found.values())
        functions = sorted({i.function for i in lot.items})
        if form.lead_functions:
            # Only providers able to deliver a lead function can lead; their spare capacity is checked later.
            functions = [f for f in functions if f in form.lead_indices]
        if len(functions) == 1:
            return self.able_to(lot, functions[0])
        found = {p.index: p for area in areas for f in functions for p in self.bidders(area, f)}
        return [found[i] for i in sorted(found)]

    def areas_of(self, lot: Lot) -> list[str]:
        """Areas of the commissioners a lot is bought for, the lead's first."""
        home = self.commissioners[lot.commissioner].area
        if not lot.joint:
            return [home]
        return list(dict.fromkeys([home, *(self.commissioners[i.commissioner].area for i in lot.items)]))

    def able_to(self, lot: Lot, function: int) -> list[Provider]:
        """Providers that can deliver a function of a lot in any of its areas."""
        areas = self.areas_of(lot)
        if len(areas) == 1:
            return list(self.bidders(areas[0], function))
        return list({p.index: p for area in areas for p in self.bidders(area, function)}.values())
