"""The market as rules use it: time and draws, organisations, contracts, tenders, and ports.

A rule takes a :class:`Market`, never the model itself, which is above all rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from caremarket.agents.world.organisation import Register

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
    from caremarket.agents.entities.pooled_budget import CoCommissioner
    from caremarket.agents.entities.ports import (
        Beliefs,
        Counts,
        Experience,
        FormAppraisal,
        MergerSearch,
        Offers,
        OutcomeRegister,
        PrimaryCareOffice,
        Regulation,
        Succession,
    )
    from caremarket.agents.entities.procurement_desk import ProcurementDesk
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.providers.special_purpose_vehicle import Vehicle
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.world.blueprint import ProviderSeed
    from caremarket.agents.world.organisation import ExitReason, Organisation
    from caremarket.market.forms import ContractForm
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathway_spec import PathwaySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Lot
    from caremarket.market.relationships import TrustNetwork


class Market(Register, Protocol):
    """A market: its organisations, the items bought in it, its contracts and tenders, and its ports.

    Attributes:
        policy: the policy in force; reforms replace it.
        pathways: the care pathways, by index.
        trust: trust between organisations.
        organisations: every organisation, by index; those that left stay listed with ``alive`` False.
        commissioners: commissioners by index of organisation.
        providers: every provider in order of arrival, federations and vehicles among them; also those that left.
        practices: every practice in order of arrival, also those that left.
        practice_groups: every federation and network of practices in order of arrival, also those that left.
        items: all items: one for each commissioner, pathway and function.
        contracts: contracts in force by id.
        winding_up: contracts that have ended with bills still owed, by id.
        processes: procurements in progress by id.
        vehicles: special-purpose vehicles that have not been wound up, by index of organisation.
        co_commissioners: local authorities and NHS England, by kind and place.
        under_agreement: ids of contracts under an overarching agreement.
        desk: memory of procurement.
        hears_challenge: probability that a loser's challenge to an award is upheld, in [0, 1].
        outsiders_sigma: log standard deviation of a newcomer's estimate, by commissioner and months of engagement.
    """

    policy: PolicySpec
    pathways: tuple[PathwaySpec, ...]
    trust: TrustNetwork
    organisations: list[Organisation]
    commissioners: dict[int, Commissioner]
    providers: list[Provider]
    practices: list[Practice]
    practice_groups: list[PracticeGroup]
    items: list[ServiceItem]
    contracts: dict[int, ContractInForce]
    winding_up: dict[int, ContractInForce]
    processes: dict[int, Tender]
    vehicles: dict[int, Vehicle]
    co_commissioners: dict[tuple[str, str], CoCommissioner]
    under_agreement: set[int]
    outsiders_sigma: dict[tuple[int, float], float]
    desk: ProcurementDesk
    hears_challenge: Callable[[Tender, Submission], float]

    # Ports: answered by rooms above ---------------------------------------------------------------------

    @property
    def counts(self) -> Counts:
        """Running counts of delivery and payment."""
        ...

    @property
    def beliefs(self) -> Beliefs:
        """Public knowledge of prices, competition and results."""
        ...

    @property
    def offers(self) -> Offers:
        """Public record of offers in tenders."""
        ...

    @property
    def experience(self) -> Experience | None:
        """Experience of leads with their suppliers; None with the mechanism off."""
        ...

    @property
    def succession(self) -> Succession:
        """Continuation of care when a contract ends."""
        ...

    @property
    def outcome_register(self) -> OutcomeRegister:
        """Register of outcome pay of all payers."""
        ...

    @property
    def primary_care(self) -> PrimaryCareOffice:
        """Primary care of the market as a whole."""
        ...

    @property
    def regulation(self) -> Regulation | None:
        """The economic regulator; None with the mechanism off."""
        ...

    @property
    def appraiser(self) -> FormAppraisal | None:
        """Choice of contract form; None where no policy leaves it to commissioners."""
        ...

    @property
    def merger_search(self) -> MergerSearch | None:
        """Search for merger partners; None with the mechanism off."""
        ...

    # Look-ups -------------------------------------------------------------------------------------------

    @property
    def expected_achievement(self) -> float:
        """Share of outcome pay that contracts usually earn, in [0, 1]."""
        ...

    def provider(self, index: int) -> Provider:
        """The provider with this index."""
        ...

    def bidders(self, area: str, function: int) -> list[Provider]:
        """Providers that can deliver a function in an area, in order of arrival."""
        ...

    def primes(self, area: str) -> list[Provider]:
        """Integrators without delivery of their own that work in an area, in order of arrival."""
        ...

    def potential_bidders(self, lot: Lot, form: ContractForm) -> list[Provider]:
        """Providers that could take part in a tender for a lot, given the contract form."""
        ...

    def areas_of(self, lot: Lot) -> list[str]:
        """Areas of the commissioners a lot is bought for, the lead's first."""
        ...

    def able_to(self, lot: Lot, function: int) -> list[Provider]:
        """Providers that can deliver a function of a lot in any of its areas."""
        ...

    # Entry and exit -------------------------------------------------------------------------------------

    def add_provider(self, seed: ProviderSeed) -> Provider:
        """Create a provider and list it in the areas where it may work."""
        ...

    def list_provider(self, provider: Provider) -> None:
        """List a provider in the areas where it may work."""
        ...

    def withdraw_from_index(self, provider: Provider) -> None:
        """Take a provider off the lists."""
        ...

    def provider_leaves(self, provider: Provider, reason: ExitReason) -> None:
        """Have a provider leave: its contracts end, its suppliers are replaced, its account is wound up."""
        ...
