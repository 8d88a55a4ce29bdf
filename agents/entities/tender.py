"""State of a tender: lot, terms, participants and public information.

Its stages are in :mod:`caremarket.agents.procurement.tender_process`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.consortium import Consortium
    from caremarket.agents.entities.contest import Contest
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.pooled_budget import PooledBudget
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Bid, Procurement


class Tender:
    """A procurement in progress.

    Attributes:
        policy: terms of the tender.
        commissioner: the commissioner that buys.
        procurement: its lot, route, state and bids.
        on_market: whether the tender is open to the market; False for a direct award.
        budget_known: whether bidders know the budget.
        engagement_months: months of market engagement, competitive dialogue included.
        term_factor: cost of the work with investments that the term repays, over its cost without.
        able: number of providers that could take part; ``small_able`` the number of SMEs among them.
        applicants: submissions that answered the notice.
        responses: submissions with a bid, by index of organisation.
        invited: number of bidders invited to tender; ``qualified`` of those that passed selection.
        winner: the preferred bidder.
        writing_cost: pence that preparing a bid costs a bidder of average skill.
        present_price: pence a year paid for the lot's work now.
        expected_bidders: number of bidders that each bidder expects, itself included.
        usual: usual price of each item, pence a year; ``usual_price`` their sum.
        holders: indices of incumbents: holders of the lot's work now, sponsors of vehicles that hold it, members that
            hold it together, and bidders that one of these bids together with
            (:mod:`caremarket.agents.entities.incumbency`).
        leading_asked: contract-years of leading that bidders must show at selection, 0 if none.
        contest: beliefs of bidders about their rivals; None if not worked out yet in this stage.
        held: pence a year of the lot's work that each organisation delivers now, by reference cost.
        pooled_budget: pooled budget that pays; None where the commissioner pays alone.
        ranked: compliant bids, best first.
        bound: capacity kept for the award: provider, function, pence a year of reference cost.
        setback: reason why an award was withdrawn: ``challenge`` or ``impact``.
    """

    __slots__ = (
        "__weakref__",
        "able",
        "applicants",
        "bound",
        "budget_known",
        "commissioner",
        "consortia",
        "contest",
        "dialogue_months",
        "engagement_months",
        "expected_bidders",
        "form",
        "held",
        "holders",
        "invited",
        "leading_asked",
        "model",
        "on_market",
        "policy",
        "pooled_budget",
        "present_price",
        "procurement",
        "qualified",
        "ranked",
        "responses",
        "setback",
        "shortlist",
        "small_able",
        "sunk_share",
        "term_factor",
        "usual",
        "usual_price",
        "winner",
        "writing_cost",
    )

    def __init__(
        self,
        model: Market,
        commissioner: Commissioner,
        procurement: Procurement,
        policy: PolicySpec,
        *,
        on_market: bool,
    ) -> None:
        self.model = model
        self.policy = policy
        self.budget_known = policy.publish_budget
        self.form = FORMS[policy.form]
        self.commissioner = commissioner
        self.procurement = procurement
        self.on_market = on_market
        self.engagement_months = policy.engagement_months if on_market else 0.0
        self.term_factor = 1.0
        self.able = 0
        self.small_able = 0
        self.consortia: list[Consortium] = []
        self.applicants: list[Submission] = []
        self.responses: dict[int, Submission] = {}
        self.invited = 0
        self.qualified = 0
        self.winner: Submission | None = None
        self.writing_cost = 0.0
        self.present_price = 0.0
        self.expected_bidders = 1.0
        self.usual: list[float] = []
        self.usual_price = 0.0
        self.held: dict[int, float] = {}
        self.holders: frozenset[int] = frozenset()
        self.leading_asked = 0.0
        self.contest: Contest | None = None
        self.pooled_budget: PooledBudget | None = None
        self.shortlist: list[Submission] = []
        self.ranked: list[Bid] = []
        self.bound: list[tuple[Provider, int, int]] = []
        self.setback = ""
        self.dialogue_months = 0.0
        self.sunk_share = 0.0

    def held_work(self, bidder: Provider) -> float:
        """Pence a year of the lot's work, by reference cost, that ``bidder`` delivers now."""
        return self.held.get(bidder.index, 0.0)

    def held_together(self, members: Iterable[Provider]) -> float:
        """Pence a year of the lot's work, by reference cost, that ``members`` deliver now."""
        return sum([self.held.get(m.index, 0.0) for m in members])

    @property
    def price_ceiling(self) -> float:
        """Highest price that bidders who know the budget expect to be paid, pence a year; higher in a direct award."""
        scenario = self.model.scenario_data
        if self.on_market or not scenario.mechanisms.budget_binds:
            return float(self.procurement.lot.budget)
        return self.commissioner.most_for(self.procurement.lot.budget)

    def rivals(self) -> set[int]:
        """Indices of organisations that compete for the lot, alone or in a consortium."""
        found: set[int] = set()
        for response in self.applicants:
            if response.qualified and response.why is None:
                together = response.consortium
                found |= {response.bidder.index} if together is None else {m.index for m in together.members}
        return found

    def room_for(self, bidder: Provider, item: ServiceItem, share: float = 1.0) -> bool:
        """True if ``bidder`` has capacity for a share of ``item``, counting staff that would transfer (TUPE, P 3.19).

        An incumbent already has the staff for the part that it does now.
        """
        function = item.function
        free = bidder.capacity[function] - bidder.committed[function] - bidder.bound[function]
        needed = share * item.reference_cost * (1.0 - self.model.scenario_data.behaviour.staff_transfer)
        if needed <= free:
            return True
        if bidder.index not in self.held:
            return False
        kept = sum(self.model.contracts[number].share_of(bidder, item) for number in item.contracts)
        return needed * (1.0 - kept) <= max(free, 0)
