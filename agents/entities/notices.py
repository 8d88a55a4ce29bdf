"""Notices: events reported at once to their observers, in a fixed order.

A notice has no answer. Observers keep records, counts and the memory behind beliefs; they change nothing that a rule in
progress reads. ``model.py`` lists the observers. Quarterly delivery sends no notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.contracts import SubContract
    from caremarket.market.procurement import Bid

# Tenders ------------------------------------------------------------------------------------------------


class SelectionTested(NamedTuple):
    """A provider took the selection tests of a tender."""

    bidder: Provider
    qualified: bool


class BidMade(NamedTuple):
    """A bidder submitted a bid; ``sme`` if it counts as the bid of an SME."""

    bidder: Provider
    sme: bool


class JointBidMade(NamedTuple):
    """Several providers submitted a bid together."""

    lead: Provider


class OfferAnswered(NamedTuple):
    """A candidate gave its final answer to a lead's offer of a sub-contract.

    ``market`` is area and function, ``fair`` whether the price was no lower than usual. Both are set, and ``lead`` too,
    only for offers that were not made to meet a quota.
    """

    candidate: Provider
    accepted: bool
    lead: Provider | None = None
    market: tuple[str, int] = ("", -1)
    fair: bool = False


class BiddingClosed(NamedTuple):
    """No more bids can come in for a tender."""

    tender: Tender


class TenderEvaluated(NamedTuple):
    """The number of bids in a tender became public."""

    tender: Tender


class BidsRanked(NamedTuple):
    """A competitive tender has a preferred bidder: the first of ``ranked``."""

    tender: Tender
    ranked: list[Bid]


class AwardPublished(NamedTuple):
    """The price of an award became public."""

    tender: Tender


class PatientsChose(NamedTuple):
    """A provider was accredited and chosen by patients."""

    provider: Provider


class TenderClosed(NamedTuple):
    """A procurement ended: ``awarded``, or the state in which it failed."""

    tender: Tender
    outcome: str


class VehicleFormed(NamedTuple):
    """Sponsors set up a special-purpose vehicle."""

    vehicle: Provider


# Contracts ----------------------------------------------------------------------------------------------


class ContractBegun(NamedTuple):
    """A contract began."""

    in_force: ContractInForce


class SubcontractSigned(NamedTuple):
    """A sub-contract was signed."""

    sub: SubContract


class OutcomeMeasured(NamedTuple):
    """A year's outcome of a contract became known; ``achieved`` is the share of outcome pay earned, in [0, 1]."""

    in_force: ContractInForce
    achieved: float


class YearReviewed(NamedTuple):
    """The accounts of a contract's year are settled."""

    in_force: ContractInForce
    achieved: float


class PromiseReviewed(NamedTuple):
    """A year's review of a promise: share, in [0, 1], of the promised work that a sub-contractor received."""

    kept: float


class DiversionFound(NamedTuple):
    """A commissioner detected that a holder diverted promised work of a function."""

    in_force: ContractInForce
    function: int


class FailureSeen(NamedTuple):
    """A commissioner came to know of a failure that began at month ``onset``."""

    in_force: ContractInForce
    onset: float


class WarningGiven(NamedTuple):
    """A commissioner warned a holder."""

    in_force: ContractInForce


class TerminationNoticed(NamedTuple):
    """A commissioner gave notice to terminate a contract for failure."""

    in_force: ContractInForce


class SteppedIn(NamedTuple):
    """A failing sub-contractor was replaced under a right to step in."""

    in_force: ContractInForce


class SupplierFailed(NamedTuple):
    """A sub-contractor was removed or left the market."""

    in_force: ContractInForce
    supplier: int


class WithheldReleased(NamedTuple):
    """Pence withheld for failing work were released."""

    amount: int


class DamagesPaid(NamedTuple):
    """Pence of damages were paid to a commissioner, without guarantees."""

    amount: int


class NoticeGiven(NamedTuple):
    """A holder gave notice."""

    in_force: ContractInForce


class HandedBack(NamedTuple):
    """A holder handed its contract back in default."""

    in_force: ContractInForce


class EndedEarly(NamedTuple):
    """A contract ended before its term, without notice of its holder."""

    in_force: ContractInForce


class SubcontractEnded(NamedTuple):
    """A sub-contract ended."""

    sub: SubContract
    supplier: Provider


class ContractEnded(NamedTuple):
    """A contract ended; ``early`` if it was terminated."""

    in_force: ContractInForce
    early: bool


class WorkLost(NamedTuple):
    """A provider lost work that was bought again."""

    loser: Provider


# Organisations ------------------------------------------------------------------------------------------


class ProviderEntered(NamedTuple):
    """A provider entered the market."""

    provider: Provider


class EntryConsidered(NamedTuple):
    """A potential entrant considered to enter an area."""

    area: str


class EntrantReviewed(NamedTuple):
    """The horizon of an entrant's plan has passed: its profit till then, discounted to its entry, pence.

    The cost of entry is not deducted.
    """

    provider: Provider
    profit: float


class ProviderLeft(NamedTuple):
    """A provider left the market."""

    provider: Provider


class PracticeWithdrew(NamedTuple):
    """A practice left its group; ``cascade`` if another had left within the previous year."""

    cascade: bool
