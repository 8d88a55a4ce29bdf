"""Ports of the market: requests of rules that rooms above them answer.

A port is used where the answer, or the order of actions, matters to the caller. Mere information is a notice
(:mod:`caremarket.agents.entities.notices`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contest import Contest
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.general_practice.practice_group import GPFederation
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.world.organisation import Organisation
    from caremarket.market.ledger import Reason
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Lot

Present = dict[tuple[int, int], float]
"""Share of an item that an organisation does now, by indices of organisation and item."""


class Counts(Protocol):
    """Running counts of delivery and payment; called directly rather than by notice, for speed."""

    def delivered(
        self, years: float, needed: float, done: float, acute_planned: float, acute_done: float, refused: float
    ) -> None:
        """Count activity under a contract, pence a year at reference cost, over some ``years``."""
        ...

    def paid(self, amount: int, months: float) -> None:
        """Count ``amount`` pence that an SME was paid, ``months`` after the work was done."""
        ...


class Beliefs(Protocol):
    """Public knowledge, estimated from awards and tenders.

    Attributes:
        tenders: number of tenders by area.
        margins: usual price over reference cost, less 1, by area and function.
    """

    tenders: dict[str, int]
    margins: dict[tuple[str, int], float]

    @property
    def promises_kept(self) -> float:
        """Share of promised work that named sub-contractors have recently received, in [0, 1]."""
        ...

    def price_ratio(self, item: ServiceItem) -> float:
        """Usual contract price of an item's function in its area, over reference cost."""
        ...

    def habit(self, item: ServiceItem) -> float:
        """Share of able providers that recently bid for an item's function in its area, in [0, 1]."""
        ...

    def believed_bidders(self, tender: Tender) -> float:
        """Number of bidders that a bidder expects, itself included."""
        ...

    def start_price(self, area: str, function: int, ratio: float) -> None:
        """Set prices relative to reference cost at the start of the run."""
        ...


class Offers(Protocol):
    """Public record of offers in tenders."""

    @property
    def acceptance(self) -> float:
        """Share of suppliers that are expected to accept a lead's offer, in [0, 1]."""
        ...

    def contest(self, tender: Tender) -> Contest:
        """Beliefs of the bidders of a tender about their rivals."""
        ...

    def supply_contest(self, area: str, function: int, rivals: int) -> Sequence[float]:
        """Chance, at each point of the grid, to ask less than rivals that could supply a function to the same lead."""
        ...


class Experience(Protocol):
    """Experience of leads with their suppliers."""

    def experience(self, lead: int, partner: int, now: float) -> float:
        """Experience of a lead with a partner, by their keys, in [-1, 1] at month ``now``; 0 if it remembers none."""
        ...


class Succession(Protocol):
    """Continuation of care when a contract ends, or is about to end."""

    def lead_time(self, in_force: ContractInForce) -> float:
        """Months before the end of a contract at which procurement must begin."""
        ...

    def buy_again(
        self, commissioner: Commissioner, items: list[ServiceItem], *, policy: PolicySpec | None = None
    ) -> None:
        """Have a commissioner buy items again, on the terms of ``policy`` if one is given."""
        ...

    def buy_later(self, commissioner: Commissioner, item: ServiceItem, months: float = 0.0) -> None:
        """Have a commissioner buy an item without a provider, after some months."""
        ...

    def caretaker(
        self,
        commissioner: Commissioner,
        items: list[ServiceItem],
        *,
        without: frozenset[int] = frozenset(),
        present: Present | None = None,
        at_most: Callable[[list[ServiceItem]], float] | None = None,
    ) -> None:
        """Continue care: bridge contracts in force, and give uncovered items to a caretaker for some months.

        ``without`` are organisations asked last, ``present`` the shares of work before, and ``at_most`` gives the
        highest price the commissioner can pay for items, pence a year; None if care must continue at any price.
        """
        ...

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
        """Begin a separate block contract without a procurement.

        Investment in the work under a contract ``equipped``, if given, is carried over.
        """
        ...

    def procurement_failed(self, tender: Tender) -> None:
        """Have the commissioner respond to a procurement that led to no contract."""
        ...

    def patients_choose_others(self, in_force: ContractInForce, items: list[ServiceItem]) -> bool:
        """Let patients of a provider that has left choose among the others; False if there are none."""
        ...


class OutcomeRegister(Protocol):
    """Register of outcome pay, which reveals double payment for the same outcome.

    Attributes:
        contracts_pay: whether any policy of the run pays for outcomes.
    """

    contracts_pay: bool

    def pay(
        self,
        payer: Organisation,
        payee: Organisation,
        item: ServiceItem,
        amount: int,
        *,
        scheme: str,
        reason: Reason,
        contract: int = -1,
    ) -> int:
        """Pay ``amount`` pence for the outcome of an item; returns pence paid."""
        ...

    def split(
        self,
        payee: Organisation,
        commissioner: int,
        pathway: int,
        function: int,
        year: int,
        key: int,
        amount: int,
        *,
        scheme: str,
    ) -> tuple[int, int]:
        """Claim an outcome; returns pence to pay, and pence to pay although another scheme has paid them."""
        ...


class PrimaryCareOffice(Protocol):
    """Primary care of the market as a whole.

    Attributes:
        primary_shares: share of each pathway's cost that is primary care.
        offered, provided: enhanced services offered and taken up, by small and large practices.
        attained: attainment in the quality framework, summed over ``returns``.
    """

    primary_shares: list[tuple[int, float]]
    offered: list[int]
    provided: list[int]
    attained: float
    returns: int

    def call_on_members(self, federation: GPFederation) -> None:
        """Ask the members of a federation for capital."""
        ...

    def premium_of(self, commissioner: Commissioner) -> int:
        """Unspent quality premium of a commissioner, pence."""
        ...

    def close_year(self, commissioner: Commissioner) -> None:
        """Close a year of enhanced services and the quality framework for a commissioner's practices."""
        ...


class Regulation(Protocol):
    """The economic regulator.

    Attributes:
        cases_opened: investigations opened.
        mergers_forbidden: mergers forbidden.
    """

    cases_opened: int
    mergers_forbidden: int

    @property
    def kept_open(self) -> object:
        """Markets kept open by a remedy; false if there are none."""
        ...

    def bars(self, bidder: Provider, lot: Lot) -> bool:
        """True if a remedy bars a bidder from a lot."""
        ...

    def chance_upheld(self, process: Tender, challenger: Submission) -> float:
        """Probability that it upholds a challenge."""
        ...

    def allows_merger(self, one: Provider, other: Provider, *, failing: bool) -> bool:
        """True if it lets two providers merge."""
        ...


class MergerSearch(Protocol):
    """Search for partners to merge with; ``done`` counts mergers."""

    done: int

    def consider(self, provider: Provider) -> None:
        """Have a provider consider looking for a merger partner (yearly)."""
        ...


class FormAppraisal(Protocol):
    """Choice of contract form by commissioners, where the policy leaves it to them (P 4.6 to 4.9)."""

    def choose(self, commissioner: Commissioner, items: list[ServiceItem]) -> PolicySpec:
        """The policy with the form that a commissioner chooses for items."""
        ...

    def failed(self, tender: Tender) -> None:
        """Learn that a procurement led to no contract."""
        ...


class PatientChoice(Protocol):
    """An item open to patients' choice among accredited providers."""

    @property
    def item(self) -> ServiceItem:
        """The item that is open to choice."""
        ...

    def lives(self) -> list[ContractInForce]:
        """Contracts in force under the scheme."""
        ...

    def rebalance(self) -> None:
        """Let patients choose again among the accredited providers."""
        ...

    def close(self) -> None:
        """End the scheme."""
        ...


class Agreement(Protocol):
    """An overarching agreement over the contracts of a lot, until the lot goes to the market."""

    @property
    def items(self) -> list[ServiceItem]:
        """Items of the lot."""
        ...
