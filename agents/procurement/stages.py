"""Steps common to all stages of a procurement: enter a state, stay in it, pay for it, and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_learning import learn_from
from caremarket.agents.bidding.capacity_check import unbind
from caremarket.agents.entities.items import items_label
from caremarket.agents.entities.notices import TenderClosed
from caremarket.agents.entities.tender import Tender
from caremarket.agents.money.pooled_budget import charge_buyer, joint_cost_multiple
from caremarket.market.ledger import Reason
from caremarket.market.procurement import State
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.market.levers import PolicySpec
    from caremarket.market.procurement import Procurement

LOGGED_AS = {state: f"procurement_{state.name.lower()}" for state in State}
"""Kind of event logged on entering each state."""

_SAY_WHAT_IS_BOUGHT = frozenset({State.ENGAGEMENT, State.NOTICE, State.PREFERRED})


class StagedTender(Tender):
    """A tender that moves from state to state; ``award`` is its award, or None before the award."""

    __slots__ = ("award",)

    def __init__(
        self,
        model: Market,
        commissioner: Commissioner,
        procurement: Procurement,
        policy: PolicySpec,
        *,
        on_market: bool,
    ) -> None:
        super().__init__(model, commissioner, procurement, policy, on_market=on_market)
        self.award: object | None = None

    def stay(self, state: State) -> float:
        """Months this procurement stays in a state."""
        low, high = self.model.desk.durations[state]
        lot = self.procurement.lot
        return self.model.streams.between(low, high, Purpose.DURATION, lot.items[0].key, state, lot.items[0].rounds)

    def move(self, state: State) -> None:
        """Enter a state."""
        model = self.model
        procurement = self.procurement
        procurement.move(state, model.time)
        if not model.records_events:
            return
        winner, amount, lot = -1, 0, ""
        if state in _SAY_WHAT_IS_BOUGHT:
            amount, lot = procurement.lot.budget, items_label(model, procurement.lot.items)
        if state is State.PREFERRED:
            winner, amount = procurement.winner, procurement.price
        number = procurement.id
        model.log(LOGGED_AS[state], self.commissioner.index, winner, procurement=number, amount=amount, detail=lot)

    def pay_for_procurement(self) -> None:
        """Pay the cost of a procurement: a fixed part, higher for some routes and where more must agree (P 4.7)."""
        cost = self.commissioner.cost_of_procuring(self.procurement.route)
        charge_buyer(self, int(cost * joint_cost_multiple(self.model, self.pooled_budget)), Reason.TRANSACTION)

    def fail(self, state: State) -> None:
        """End without a contract; the commissioner decides the next step."""
        self.move(state)
        for response in self.responses.values():
            if state is not State.WITHDRAWN:
                response.bidder.bids_in_hand -= 1
        learn_from(self)
        if self.winner is not None and self.winner.bidder.alive:
            self.winner.bidder.loses_award()
        self.close(state.name.lower())
        self.model.succession.procurement_failed(self)

    def withdraw(self, why: str) -> None:
        """Withdraw the award because of a ``challenge`` or its ``impact``."""
        self.setback = why
        self.model.desk.withdrawn += 1
        self.fail(State.WITHDRAWN)

    def close(self, outcome: str) -> None:
        """End the procurement and release the capacity kept for it."""
        model = self.model
        model.tell(TenderClosed(self, outcome))
        model.processes.pop(self.procurement.id, None)
        unbind(self)
        # Responses and process refer to each other: clear both, so that no cycle is left to the garbage collector.
        self.consortia.clear()
        self.applicants.clear()
        self.responses.clear()
        self.shortlist.clear()
        self.winner = self.award = None
