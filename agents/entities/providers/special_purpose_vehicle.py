"""Special-purpose vehicles: companies that sponsors set up for one lot, such as joint ventures (P 2.3, 3.8, 4.2).

A consortium bids under a bidding agreement, and founds the company once its bid is preferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import VehicleFormed
from caremarket.agents.entities.provider import Provider
from caremarket.agents.world.blueprint import ProviderSeed
from caremarket.agents.world.organisation import ExitReason
from caremarket.market.ledger import WORLD, Reason, split_pence
from caremarket.market.randomness import entity_key

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.market.contracts import Contract


class Vehicle(Provider):
    """A company with limited liability that holds one contract; its sponsors do the work.

    Sponsors lose at most their equity and, where the commissioner asked for one, their guarantee. It is wound up if the
    award falls, or once the contract is over and its bills paid.

    Attributes:
        sponsors: organisations and the equity of each, pence.
        guarantees: pence each sponsor guarantees to the commissioner, in the order of ``sponsors``.
        procurement: the procurement it was set up for.
        contract: its contract, -1 before there is one.
        owed_to_sponsors: pence by which the cost of sponsors' work exceeds the payments to them so far.
    """

    sponsors: list[tuple[Provider, int]]

    def __init__(
        self,
        model: Market,
        seed: ProviderSeed,
        sponsors: list[tuple[Provider, int]],
        guarantees: list[int],
        procurement: int,
    ) -> None:
        self.sponsors = sponsors
        self.guarantees = guarantees
        self.procurement = procurement
        self.contract = -1
        self.owed_to_sponsors = 0
        super().__init__(model, seed)
        for sponsor, equity in sponsors:
            model.ledger.post(model.time, sponsor.account, self.account, equity, Reason.SPONSOR_EQUITY)

    def experience_of_leading(self) -> float:
        """Contract-years that its sponsors have led, together."""
        return sum([sponsor.led for sponsor, _ in self.sponsors if sponsor.alive])

    def holds(self, contract: Contract) -> None:
        """Record its one contract."""
        self.contract = contract.id

    def loses_award(self) -> None:
        """Wind up: the sponsors get their equity back."""
        self.wind_up()

    def overdraft(self) -> int:
        """Overdraft limit, pence: 0, since no bank lends to a company without assets."""
        return 0

    def check_reserves(self) -> None:
        """Exit as insolvent if it cannot pay its sponsors; wind up once its contract is settled."""
        model = self.model
        waiting = self.procurement in model.processes
        if not self.holdings and not waiting and self.contract not in model.winding_up:
            self.wind_up()
        elif model.scenario_data.mechanisms.exit and self.reserves + self.receivable < max(0, self.owed_to_sponsors):
            model.provider_leaves(self, ExitReason.INSOLVENT)

    def guarantee_pence(self, contract: Contract, share: float) -> int:
        """Pence that its sponsors guarantee under its contract (P 3.8)."""
        return sum(amount for (sponsor, _), amount in zip(self.sponsors, self.guarantees, strict=True) if sponsor.alive)

    def guaranteed_by(self, sponsor: Provider) -> int:
        """Pence that one organisation guarantees as its sponsor."""
        return sum([g for (s, _), g in zip(self.sponsors, self.guarantees, strict=True) if s is sponsor])

    def means_pence(self, owed: int, contract: Contract, share: float) -> int:
        """Pence of ``owed`` that it can be made to pay: at most its reserves and its sponsors' guarantees."""
        return min(owed, max(0, self.reserves) + self.guarantee_pence(contract, share))

    def honour_guarantee(self, creditor: int, amount: int, contract: Contract) -> None:
        """Have sponsors pay ``amount`` pence into the account ``creditor``, in proportion to their guarantees."""
        there = [(s, g) for (s, _), g in zip(self.sponsors, self.guarantees, strict=True) if s.alive and g > 0]
        if not there:
            return
        for (sponsor, _), part in zip(there, split_pence(amount, [float(g) for _, g in there]), strict=True):
            self.model.ledger.post(self.model.time, sponsor.account, creditor, part, Reason.GUARANTEE, contract.id)
            sponsor.market_cost += part

    def wind_up(self) -> None:
        """Close the company; it does not count as an exit from the market."""
        model = self.model
        self.alive = False
        self.exited_at = model.time
        self.exit_reason = ExitReason.DISSOLVED
        model.log("vehicle_wound_up", self.index, amount=self.reserves)
        self.before_winding_up(model.time)
        model.ledger.post(model.time, WORLD, self.account, max(0, -self.reserves), Reason.CREDITORS)
        model.ledger.post(model.time, self.account, WORLD, max(0, self.reserves), Reason.RETURNED_EQUITY)

    def before_winding_up(self, now: float) -> None:
        """Return remaining reserves to the sponsors, in proportion to their equity."""
        self.model.vehicles.pop(self.index, None)
        there = [(s, e) for s, e in self.sponsors if s.alive]
        if self.reserves <= 0 or not there:
            return
        put_in = [float(e) for _, e in there]
        parts = split_pence(self.reserves, put_in if any(put_in) else [1.0] * len(there))
        for (sponsor, _), amount in zip(there, parts, strict=True):
            self.model.ledger.post(now, self.account, sponsor.account, amount, Reason.SPONSOR_RETURN)


def found_vehicle(
    model: Market, sponsors: Sequence[Provider], weights: Sequence[float], lot_key: int, occasion: int, **terms: int
) -> Vehicle:
    """Set up a vehicle for a lot. Its key depends on sponsors, lot and round alone.

    Args:
        model: the market.
        sponsors: its sponsors, the lead first.
        weights: each sponsor's weight in equity, guarantee and work.
        lot_key: stable key of the lot's first item.
        occasion: round of the lot.
        terms: ``equity`` and ``guarantee`` in pence, and the number of the ``procurement``.
    """
    lead = sponsors[0]
    number = entity_key("vehicle", *(str(s.key) for s in sponsors), str(lot_key), str(occasion))
    identity = f"vehicle-{number:016x}"
    total = sum(weights)

    def mean(values: Sequence[float]) -> float:
        return sum(w * v for w, v in zip(weights, values, strict=True)) / total

    seed = ProviderSeed(
        id=identity,
        name=f"Joint venture led by {lead.name}",
        kind="vehicle",
        area=lead.area,
        region=lead.region,
        reach="area",
        unit_cost={},
        capacity={},
        quality=mean([s.quality for s in sponsors]),
        skill=max(s.skill for s in sponsors),
        turnover=0,
        outside_turnover=0,
        outside_margin=0.0,
        reserves=0,
        fixed_share=0.0,
        markup=mean([s.markup for s in sponsors]),
        relative_risk_aversion=mean([s.relative_risk_aversion for s in sponsors]),
        social_value=mean([s.social_value for s in sponsors]),
        # A company owned by a large one is no SME (Recommendation 2003/361/EC, article 6).
        sme=all(s.sme for s in sponsors),
        can_fail=True,
        limited_liability=True,
    )
    equity = split_pence(terms["equity"], list(weights))
    guarantees = split_pence(terms["guarantee"], list(weights))
    vehicle = Vehicle(model, seed, list(zip(sponsors, equity, strict=True)), guarantees, terms["procurement"])
    model.vehicles[vehicle.index] = vehicle
    model.tell(VehicleFormed(vehicle))
    model.log("vehicle_formed", vehicle.index, lead.index, procurement=terms["procurement"], amount=terms["equity"])
    return vehicle
