"""One organisation's part in one tender: its application, its bid, and why it made none."""

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
class Stake:
    """What a learner took for a tender and what each option would have asked. Money in pence a year.

    Attributes:
        chosen: option taken; the one after the last price is to stay out.
        prices: price asked by each option but staying out.
        worth: pence a year gained by winning at a price: ``earned * (price - reservation)``.
        quality, social_value, integration: what it would be scored on beside price.
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
        """Whether it decided not to bid."""
        return self.chosen == len(self.prices)


class Submission:
    """One organisation's part in one tender.

    Attributes:
        tender: the tender.
        bidder: the organisation that bids, alone or as lead of a consortium.
        applied: whether it answered the notice.
        qualified: whether it passed the selection tests.
        bid: its bid; None before it has made one.
        plan: how it would deliver the lot.
        consortium: those with whom it bids; None where it bids alone.
        stake: what it chose from what it has learned; None where its strategy does not learn.
        why: why it made no bid.
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
        self.stake: Stake | None = None
        self.why: Why | None = None
