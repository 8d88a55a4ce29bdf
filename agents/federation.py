"""General practice: practices with lists, and the federations in which they pool what they can offer."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

from agents.events import event_handler
from agents.organisation import ExitReason, Organisation
from agents.provider import Provider
from market.ledger import Reason
from market.randomness import Purpose

if TYPE_CHECKING:
    from agents.model import CareMarket
    from agents.population.blueprint import PracticeSeed, ProviderSeed


def scale_gain(list_size: int, pooled_list: int, joining_gain: float) -> float:
    """What pooling is worth to a practice, on the scale of its taste for autonomy.

    ``joining_gain * ln(1 + pooled list / own list)``: small practices gain most (K, site A).
    """
    return joining_gain * log1p(pooled_list / max(list_size, 1))


class Practice(Organisation):
    """A GP practice: stays in or joins a federation while what that is worth exceeds its wish for autonomy."""

    def __init__(self, model: CareMarket, seed: PracticeSeed, area: str, region: str) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="gp_practice", area=area, region=region)
        self.commissioner = seed.commissioner
        self.list_size = seed.list_size
        self.autonomy = seed.autonomy
        self.federation: GPFederation | None = None
        self.dividends = 0
        self.wants_to_leave = False
        model.schedule(self.review_membership, after=12.0 * model.streams.uniform(Purpose.PHASE, self.key))

    @event_handler
    def review_membership(self) -> None:
        """Once a year: stay, leave or join."""
        model = self.model
        if not model.scenario_data.mechanisms.membership_choice:
            return
        joining_gain = model.scenario_data.behaviour.joining_gain
        home = self.federation
        if home is not None:
            # A year's dividend in pounds a patient counts beside the gain from scale.
            worth = scale_gain(self.list_size, home.pooled_list - self.list_size, joining_gain)
            worth += self.dividends / 100.0 / max(self.list_size, 1) * joining_gain
            if worth < self.autonomy:
                self.withdraw()
        else:
            best = None
            most = self.autonomy
            for federation in model.federations_by_commissioner.get(self.commissioner, ()):
                if federation.alive:
                    worth = scale_gain(self.list_size, federation.pooled_list, joining_gain)
                    if worth > most:
                        best, most = federation, worth
            if best is not None:
                best.add_member(self)
                model.log("practice_joins", self.index, best.index)
        self.dividends = 0
        model.schedule(self.review_membership, after=12.0)

    def withdraw(self) -> None:
        """Leave the federation it is in."""
        home = self.federation
        if home is not None:
            home.remove_member(self)
            self.model.tally.withdrawals += 1
            self.model.log("practice_leaves", self.index, home.index)


class GPFederation(Provider):
    """A federation of practices: one bidder with the pooled capacity of its members' lists (K, site A)."""

    def __init__(self, model: CareMarket, seed: ProviderSeed) -> None:
        super().__init__(model, seed)
        self.members: dict[int, Practice] = {}
        self.pooled_list = 0
        self._founding_list = 0
        self._capacity_per_patient = [0.0] * len(self.capacity)

    def found(self, members: list[Practice]) -> None:
        """Take in the founding members; capacity is what it is with them."""
        for practice in members:
            self.members[practice.index] = practice
            practice.federation = self
            self.pooled_list += practice.list_size
        self._founding_list = self.pooled_list
        if self.pooled_list:
            self._capacity_per_patient = [c / self.pooled_list for c in self.capacity]

    def add_member(self, practice: Practice) -> None:
        """Take in a practice; capacity grows with its list."""
        self.members[practice.index] = practice
        practice.federation = self
        self._resize(practice.list_size)

    def remove_member(self, practice: Practice) -> None:
        """Let a practice go; below the minimum the federation dissolves."""
        self.members.pop(practice.index, None)
        practice.federation = None
        self._resize(-practice.list_size)
        too_few = len(self.members) < self.model.scenario_data.behaviour.minimum_members
        if too_few and self.alive and self._founding_list and self.model.scenario_data.mechanisms.exit:
            self.leave(ExitReason.DISSOLVED)
        for function, committed in enumerate(self.committed):
            if committed > self.capacity[function]:
                # What the practice did must still be done.
                self.hire(function, self.unit_cost[function])

    def _resize(self, patients: int) -> None:
        self.pooled_list += patients
        self.capacity = [
            max(0, c + round(per_patient * patients))
            for c, per_patient in zip(self.capacity, self._capacity_per_patient, strict=True)
        ]

    def close_year(self) -> None:
        """Pay members half of what reserves hold above three months of turnover, by list size."""
        super().close_year()
        surplus = (self.reserves - self.turnover // 4) // 2
        if surplus > 0 and self.members:
            self._distribute(surplus)

    def _distribute(self, amount: int) -> None:
        model = self.model
        total = max(self.pooled_list, 1)
        for practice in self.members.values():
            part = amount * practice.list_size // total
            model.ledger.post(model.time, self.account, practice.account, part, Reason.DIVIDEND)
            practice.dividends += part

    def before_winding_up(self, now: float) -> None:
        """Give what is left to the members and let them go."""
        if self.reserves > 0 and self.members:
            self._distribute(self.reserves)
        for practice in list(self.members.values()):
            practice.federation = None
        self.members.clear()
        self.pooled_list = 0
