"""Mergers: search for a partner, expected gain, and completion on the agreed date (C; P 3.18).

A provider in distress looks for a provider of its family of kinds in its area. Two providers in good health merge if
they have complementary functions and trust each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.market_structure.takeover import take_over
from caremarket.agents.world.schedule import event_handler
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender

POSTPONED = 3.0
"""Months by which a merger waits for an award in progress."""


def family_of(provider: Provider) -> str | None:
    """Family of kinds that merge with one another; None for a kind that does not merge."""
    return PROVIDER_KINDS[provider.kind].merger_family


class Merger:
    """Two providers that have agreed to merge."""

    __slots__ = ("__weakref__", "alternatives", "desk", "larger", "model", "smaller")

    def __init__(
        self, desk: MergerDesk, model: Market, larger: Provider, smaller: Provider, alternatives: list[Provider]
    ) -> None:
        self.desk = desk
        self.model = model
        self.larger = larger
        self.smaller = smaller
        self.alternatives = alternatives

    @event_handler
    def complete(self) -> None:
        """Carry out the merger on its date."""
        self.desk.complete(self)


class MergerDesk:
    """Search for merger partners by all providers, and the mergers that result.

    Attributes:
        done: mergers carried out.
        planned: mergers agreed and not yet carried out, by the index of either side.
    """

    def __init__(self, model: Market) -> None:
        self._model = model
        self._rules = model.scenario_data.behaviour.regulation
        self.done = 0
        self.planned: dict[int, Merger] = {}
        self._forbidden: set[tuple[int, int]] = set()

    # Search for a partner -------------------------------------------------------------------------------

    def distressed(self, provider: Provider) -> bool:
        """True if the finances of a provider make it seek a takeover.

        True of a trust rescued repeatedly, and of another provider whose funds, with receivables, fall below some
        months of turnover. It is not the strain of :func:`~caremarket.agents.entities.performance_level.strained`.
        """
        rules = self._rules
        if provider.is_trust:
            since: float = self._model.time - rules.distress_window_months
            return sum(month >= since for month in provider.rescues) >= rules.distress_rescues
        funds = provider.reserves + provider.receivable
        return provider.can_fail and funds < rules.distress_reserve_months * provider.turnover / 12.0

    def consider(self, provider: Provider) -> None:
        """Once a year: look for a partner, if in distress or to complement its functions."""
        if provider.index in self.planned or family_of(provider) is None or not provider.alive:
            return
        if self.distressed(provider):
            willing = self._willing_to_take_over(provider)
            if willing:
                self._agree(willing[0], provider, willing[1:], "distress")
            return
        complement = self._complement(provider)
        if complement is not None:
            larger, smaller = provider, complement
            if (smaller.turnover, -smaller.index) > (larger.turnover, -larger.index):
                larger, smaller = smaller, larger
            self._agree(larger, smaller, [], "complement")

    def _near(self, one: Provider, other: Provider) -> bool:
        pair = (min(one.index, other.index), max(one.index, other.index))
        return (
            one is not other
            and family_of(one) == family_of(other)
            and one.area == other.area
            and other.alive
            and other.index not in self.planned
            and pair not in self._forbidden
        )

    def gain(self, larger: Provider, smaller: Provider) -> float:
        """Gain of the larger in pence: fixed cost saved, less the cost of merging and the smaller's net debt."""
        rules = self._rules
        saved = rules.merger_saving * smaller.fixed_share * smaller.turnover * rules.merger_horizon_years
        debt = max(0, -(smaller.reserves + smaller.receivable))
        return saved - rules.merger_cost_share * smaller.turnover - debt

    def autonomy(self, provider: Provider) -> float:
        """Gain in pence at which the board would give up independence without need: a preference, drawn once."""
        u = self._model.streams.uniform(Purpose.MERGER, provider.key)
        return 2.0 * u * self._rules.merger_autonomy * provider.turnover

    def _willing_to_take_over(self, provider: Provider) -> list[Provider]:
        """Providers in the area that would take over a distressed provider, the most trusted first."""
        model = self._model
        now = model.time
        trust = model.trust.between
        pool: dict[int, Provider] = {}
        for function, cost in enumerate(provider.unit_cost):
            if cost > 0.0:
                pool |= {p.index: p for p in model.bidders(provider.area, function)}
        if not any(provider.unit_cost):
            pool = {p.index: p for p in model.primes(provider.area)}
        found = []
        for other in pool.values():
            if not self._near(provider, other) or self.distressed(other) or other.turnover < provider.turnover:
                continue
            liking = trust(provider.key, other.key, now)
            if liking >= self._rules.merger_trust and self.gain(other, provider) > 0.0:
                found.append((-liking, other.index, other))
        return [entry[2] for entry in sorted(found)]

    def _complement(self, provider: Provider) -> Provider | None:
        """Most trusted contract partner with complementary functions, if merging would pay; else None.

        The gain must exceed the value that the smaller places on its independence.
        """
        model = self._model
        now = model.time
        rules = self._rules
        known: dict[int, Provider] = {}
        for in_force in provider.holdings.values():
            for sub in in_force.contract.subcontracts:
                if sub.end < 0:
                    known[sub.supplier] = model.provider(sub.supplier)
        for in_force in provider.supplies.values():
            known[in_force.holder.index] = in_force.holder
        mine = {f for f, cost in enumerate(provider.unit_cost) if cost > 0.0}
        best: Provider | None = None
        most = rules.complement_trust
        for index in sorted(known):
            other = known[index]
            if not self._near(provider, other) or self.distressed(other):
                continue
            theirs = {f for f, cost in enumerate(other.unit_cost) if cost > 0.0}
            both = mine | theirs
            if not mine or not theirs or len(mine ^ theirs) < rules.complement_line * len(both):
                continue
            liking = model.trust.between(provider.key, other.key, now)
            larger, smaller = (provider, other) if provider.turnover >= other.turnover else (other, provider)
            if liking >= most and self.gain(larger, smaller) > self.autonomy(smaller):
                best, most = other, liking
        return best

    def _agree(self, larger: Provider, smaller: Provider, alternatives: list[Provider], why: str) -> None:
        model = self._model
        rules = self._rules
        merger = Merger(self, model, larger, smaller, alternatives)
        self.planned[larger.index] = self.planned[smaller.index] = merger
        high = max(rules.merger_months_low, rules.merger_months_high)
        months = model.streams.between(
            rules.merger_months_low, high, Purpose.MERGER, larger.key, smaller.key, int(model.time)
        )
        model.log("merger_agreed", larger.index, smaller.index, detail=why)
        model.schedule(merger.complete, after=months)

    # Completion -----------------------------------------------------------------------------------------

    def complete(self, merger: Merger) -> None:
        """Merge, unless either has exited or the regulator forbids it; wait if the smaller has an award in progress."""
        model = self._model
        larger, smaller = merger.larger, merger.smaller
        if larger.alive and smaller.alive and any(_awaits(p, smaller) for p in model.processes.values()):
            model.schedule(merger.complete, after=POSTPONED)
            return
        del self.planned[larger.index], self.planned[smaller.index]
        if not (larger.alive and smaller.alive):
            return
        regulator = model.regulation
        if regulator is not None:
            others = [o for o in merger.alternatives if o.alive]
            elsewhere = any(regulator.allows_merger(o, smaller, failing=False) for o in others)
            failing = smaller.can_fail and self.distressed(smaller) and not elsewhere
            if not regulator.allows_merger(larger, smaller, failing=failing):
                self._forbidden.add((min(larger.index, smaller.index), max(larger.index, smaller.index)))
                regulator.mergers_forbidden += 1
                model.log("merger_forbidden", larger.index, smaller.index, detail="concentration")
                return
        take_over(model, larger, smaller, self._rules.merger_saving, self._rules.merger_cost_share)
        self.done += 1


def _awaits(process: Tender, provider: Provider) -> bool:
    """True if a procurement not yet live has this provider as its winner or as a member of a bidding consortium."""
    if process.winner is not None and process.winner.bidder is provider:
        return True
    return any(provider in consortium.members for consortium in process.consortia)
