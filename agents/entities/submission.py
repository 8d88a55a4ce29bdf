"""An organisation's part in a tender: its application, its bid, or its reason for not bidding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.consortium import Consortium
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.strategies import Learner
    from caremarket.agents.world.reasons import Why
    from caremarket.market.procurement import Bid


@dataclass(slots=True, eq=False)
class LearnerChoice:
    """A learner's choice for a tender, and the data for its payoff. Money in pence a year.

    Winning at a price is worth ``earned * (price - reservation)``.

    Attributes:
        chosen: index of the option taken; the one after the last price is not to bid.
        prices: price of each option except not to bid.
        writing: cost of bidding, pence once.
        quality, social_value, integration: scores besides price, in [0, 1].
    """

    learner: Learner
    chosen: int
    prices: list[float]
    reservation: float
    earned: float
    writing: float
    quality: float
    social_value: float
    integration: float

    @property
    def stays_out(self) -> bool:
        """True if it decided not to bid."""
        return self.chosen == len(self.prices)


class Submission:
    """An organisation's part in a tender.

    Attributes:
        tender: the tender.
        bidder: the organisation that bids, alone or as lead of a consortium; the consortium's vehicle once it exists.
        applied: whether it answered the notice.
        qualified: whether it passed the selection tests.
        bid: its bid; None before it has made one.
        plan: its supply plan for the lot.
        consortium: the consortium with which it bids; None where it bids alone.
        stake: its learner's choice; None where its strategy does not learn.
        why: its reason for not bidding; None if it has none so far.
    """

    __slots__ = (
        "__weakref__",
        "applied",
        "bid",
        "bidder",
        "consortium",
        "model",
        "plan",
        "qualified",
        "stake",
        "tender",
        "why",
    )

    def __init__(self, model: Market, tender: Tender, bidder: Provider) -> None:
        self.model = model
        self.tender = tender
        self.bidder = bidder
        self.applied = False
        self.qualified = False
        self.bid: Bid | None = None
        self.plan: SupplyPlan | None = None
        self.consortium: Consortium | None = None
        self.stake: LearnerChoice | None = None
        self.why: Why | None = None

    @property
    def members(self) -> list[Provider]:
        """Organisations that bid: the members of the consortium, the lead first, or the bidder alone."""
        return [self.bidder] if self.consortium is None else self.consortium.members

    @property
    def through_vehicle(self) -> bool:
        """True if a vehicle holds the contract in case of an award, whether or not it exists yet."""
        return self.consortium is not None and self.consortium.vehicle

    @property
    def sme(self) -> bool:
        """True for a bid of an SME; a vehicle counts as one if all its sponsors do."""
        return all(m.sme for m in self.members) if self.through_vehicle else self.bidder.sme
