"""Mergers: search for a partner, expected gain, and takeover of one organisation by another (C; P 3.18).

A provider in distress looks for a provider of its family of kinds in its area. Two providers in good health merge if
they have complementary functions and trust each other. The smaller becomes part of the larger: contracts,
sub-contracts, staff, capacity, commitments, claims and money are transferred, and part of its fixed cost is saved once
it has been shed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import resize
from caremarket.agents.contracts.ending import end_subcontract
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.entities.special_purpose_vehicle import Vehicle
from caremarket.agents.procurement.patient_choice.accreditation import Accreditation
from caremarket.agents.world.organisation import ExitReason
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import EndReason
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import Part, SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.contracts import SubContract

REACHES = ("area", "region", "nation")
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


def take_over(model: Market, larger: Provider, smaller: Provider, saving: float, cost_share: float) -> None:
    """Make ``smaller`` part of ``larger``; only ``larger`` remains.

    Args:
        model: the market.
        larger, smaller: the organisation that continues and the one that ends.
        saving: part of the smaller's fixed cost that is saved.
        cost_share: one-off cost, share of the smaller's turnover.
    """
    now = model.time
    cost = int(cost_share * smaller.turnover)
    model.log("merger", larger.index, smaller.index, amount=cost)
    model.withdraw_from_index(larger)
    model.withdraw_from_index(smaller)
    _settle_claims(model, larger, smaller)
    lives = larger.supplies | smaller.supplies | smaller.holdings
    idle = [a + b for a, b in zip(larger.idle, smaller.idle, strict=True)]
    _combine(larger, smaller, saving)
    for in_force in lives.values():
        _join_chain(in_force, larger, smaller)
    _recommit(larger, smaller, list(larger.supplies.values()))
    # The merger itself does not change idle capacity.
    larger.idle = idle
    smaller.idle = [0] * len(smaller.idle)
    for in_force in lives.values():
        allocate_price(in_force)
    model.list_provider(larger)
    for process in model.processes.values():
        _step_into_process(process, larger, smaller)
    larger.bound = [a + b for a, b in zip(larger.bound, smaller.bound, strict=True)]
    smaller.bound = [0] * len(smaller.bound)
    _step_into_ventures(model, larger, smaller)
    balance = smaller.reserves
    payer, payee = (smaller, larger) if balance >= 0 else (larger, smaller)
    model.ledger.post(now, payer.account, payee.account, abs(balance), Reason.MERGED_BALANCE)
    model.ledger.post(now, larger.account, WORLD, cost, Reason.OVERHEAD)
    larger.market_cost += cost
    smaller.alive = False
    smaller.exited_at = now
    smaller.exit_reason = ExitReason.MERGED
    model.log("exit", smaller.index, detail=ExitReason.MERGED.name.lower())


def _step_into_process(process: Tender, larger: Provider, smaller: Provider) -> None:
    """Replace the smaller by the larger in bids, and in awards that are not live yet."""
    if smaller.index in process.held:
        process.held[larger.index] = process.held.get(larger.index, 0.0) + process.held.pop(smaller.index)
    for response in process.responses.values():
        if response.plan is not None:
            _join_plan(response.plan, larger, smaller)
    winner = process.winner
    if winner is not None and winner.plan is not None:
        _join_plan(winner.plan, larger, smaller)  # direct award; otherwise already joined
    if process.bound:
        process.bound[:] = [(larger if p is smaller else p, f, pence) for p, f, pence in process.bound]
    if isinstance(process, Accreditation):
        named = getattr(process, "accredited", [])
        named[:] = dict.fromkeys(larger if p is smaller else p for p in named)


def _join_plan(plan: SupplyPlan, larger: Provider, smaller: Provider) -> None:
    """Assign the smaller's parts of a plan to the larger, and combine two parts with the same items."""
    if smaller not in [part.deliverer for part in plan.parts]:
        return
    parts: list[Part] = []
    for part in plan.parts:
        if part.deliverer is smaller:
            part.deliverer = larger
        same = next((p for p in parts if p.deliverer is part.deliverer is larger and p.items == part.items), None)
        if same is None:
            parts.append(part)
            continue
        share = same.share + part.share
        same.price = (same.price * same.share + part.price * part.share) / share if share else same.price
        same.share = min(1.0, share)
        same.named = same.named or part.named
        same.agreed = same.agreed or part.agreed
    plan.parts[:] = parts


def _step_into_ventures(model: Market, larger: Provider, smaller: Provider) -> None:
    """Make the larger sponsor of the smaller's vehicles, once in each, and member of its frameworks."""
    for vehicle in model.vehicles.values():
        if any(sponsor is smaller for sponsor, _ in vehicle.sponsors):
            _replace_sponsor(vehicle, larger, smaller)
    for framework in model.desk.frameworks.values():
        if smaller in framework.members:
            framework.members[:] = [m for m in framework.members if m is not smaller and m is not larger] + [larger]


def _replace_sponsor(vehicle: Vehicle, larger: Provider, smaller: Provider) -> None:
    equity: dict[Provider, int] = {}
    guaranteed: dict[Provider, int] = {}
    for (sponsor, put_in), guarantee in zip(vehicle.sponsors, vehicle.guarantees, strict=True):
        now = larger if sponsor is smaller else sponsor
        equity[now] = equity.get(now, 0) + put_in
        guaranteed[now] = guaranteed.get(now, 0) + guarantee
    vehicle.sponsors[:] = equity.items()
    vehicle.guarantees[:] = guaranteed.values()


def _settle_claims(model: Market, larger: Provider, smaller: Provider) -> None:
    """Transfer contracts and claims of the smaller to the larger, and cancel claims between the two."""
    for number, in_force in smaller.party_to.items():
        larger.party_to[number] = in_force
        if in_force.holder is smaller:
            in_force.holder = larger
            in_force.contract.holder = larger.index
        if in_force.books and smaller.index in in_force.books:
            in_force.books[larger.index] = in_force.books.get(larger.index, 0.0) + in_force.books.pop(
                smaller.index, 0.0
            )
        inside: list[SubContract] = []
        for sub in in_force.contract.subcontracts:
            if sub.supplier == smaller.index:
                sub.supplier = larger.index
            if in_force.holder is larger and sub.supplier == larger.index:
                inside.append(sub)
        if inside:
            gone = {id(sub) for sub in inside}
            for _, _, dues, _ in in_force.invoices:
                dues[:] = [due for due in dues if id(due[0]) not in gone]
            for dues, _ in in_force.due:
                dues[:] = [due for due in dues if id(due[0]) not in gone]
            for sub in inside:
                in_force.owed.pop(sub.id, None)
    smaller.party_to.clear()
    larger.receivable += smaller.receivable
    smaller.receivable = 0


def _combine(larger: Provider, smaller: Provider, saving: float) -> None:
    """Combine the attributes of both: sums of quantities, otherwise means weighted by turnover or capacity."""
    weight = smaller.turnover / max(larger.turnover + smaller.turnover, 1)
    # Share of total cost saved: the saving applies to the smaller's fixed cost.
    fixed = (1.0 - weight) * larger.fixed_share + weight * smaller.fixed_share
    saved = saving * weight * smaller.fixed_share
    for function, cost in enumerate(smaller.unit_cost):
        own = larger.unit_cost[function]
        if cost > 0.0 and own > 0.0:
            both = larger.capacity[function] + smaller.capacity[function]
            part = smaller.capacity[function] / both if both else 0.5
            own = (1.0 - part) * own + part * cost
        elif cost > 0.0:
            own = cost
        larger.unit_cost[function] = own * (1.0 - saved)
        larger.capacity[function] += smaller.capacity[function]
        smaller.capacity[function] = 0
    larger.fixed_share = (fixed - saved) / (1.0 - saved)
    larger.support += smaller.support
    for trait in ("quality", "skill", "social_value", "markup", "relative_risk_aversion"):
        setattr(larger, trait, (1.0 - weight) * getattr(larger, trait) + weight * getattr(smaller, trait))
    outside = larger.outside_turnover + smaller.outside_turnover
    if outside:
        earned = larger.outside_margin * larger.outside_turnover + smaller.outside_margin * smaller.outside_turnover
        larger.outside_margin = earned / outside
    larger.outside_turnover = outside
    larger.turnover += smaller.turnover
    larger.reach = max(larger.reach, smaller.reach, key=REACHES.index)
    larger.forget_costs()
    for pathway, count in smaller.track.items():
        larger.track[pathway] = larger.track.get(pathway, 0) + count
    for commissioner, month in smaller.defaults.items():
        larger.defaults[commissioner] = max(month, larger.defaults.get(commissioner, month))
    larger.distressed_at = max(larger.distressed_at, smaller.distressed_at)
    larger.losses += smaller.losses
    smaller.losses = []


def _join_chain(in_force: ContractInForce, larger: Provider, smaller: Provider) -> None:
    """Put the larger in the smaller's place in a contract, and end sub-contracts of the larger with itself."""
    number = in_force.contract.id
    if smaller.holdings.pop(number, None) is not None:
        larger.holdings[number] = in_force
    if smaller.supplies.pop(number, None) is not None:
        larger.supplies[number] = in_force
    for allocation in in_force.allocations:
        if allocation.deliverer is smaller:
            allocation.deliverer = larger
    if smaller.index in in_force.bearing:
        in_force.bearing.setdefault(larger.index, in_force.bearing.pop(smaller.index))
    if in_force.holder is larger:
        for sub in in_force.contract.subcontracts:
            if sub.supplier == larger.index and sub.end < 0:
                for allocation in in_force.allocations:
                    if allocation.sub is sub:
                        allocation.sub = None
                        allocation.whole_sub_rate = 0.0
                end_subcontract(in_force, sub, EndReason.SUPPLIER_GONE)
    _unite(in_force, larger)


def _unite(in_force: ContractInForce, provider: Provider) -> None:
    """Combine the allocations of an item that one provider delivers without a sub-contract."""
    kept: dict[int, Allocation] = {}
    for allocation in list(in_force.allocations):
        if allocation.deliverer is provider and allocation.sub is None:
            first = kept.setdefault(allocation.item.index, allocation)
            if first is not allocation:
                _absorb(in_force, first, allocation)
                in_force.allocations.remove(allocation)


def _absorb(in_force: ContractInForce, first: Allocation, other: Allocation) -> None:
    """Add another allocation of the same work; failures continue, and withheld payment stays withheld."""
    share = first.share + other.share
    part = other.share / share if share else 0.5
    first.performance_margin += part * (other.performance_margin - first.performance_margin)
    first.cut += part * (other.cut - first.cut)
    first.waiting += part * (other.waiting - first.waiting)
    first.repaired = first.repaired or other.repaired
    first.share = min(1.0, share)
    for failure in list(in_force.failures):
        if failure.allocation is not other:
            continue
        failure.allocation = first
        if failure.over:
            continue
        if first.failure is None:
            first.failure = failure
            continue
        first.failure.withheld += failure.withheld
        first.failure.passed += failure.passed
        failure.drop()
        in_force.failures.remove(failure)


def _recommit(larger: Provider, smaller: Provider, lives: list[ContractInForce]) -> None:
    """Rebuild commitments and rates at the costs of the merged provider; saved fixed cost is shed over time."""
    stock = larger.fixed_cost + smaller.fixed_cost
    larger.committed = [0] * len(larger.committed)
    larger.fixed_target = larger.fixed_cost = 0.0
    for in_force in lives:
        for allocation in in_force.allocations:
            if allocation.deliverer is larger:
                share, allocation.share = allocation.share, 0.0
                allocation.full_cost = in_force.cost_to(larger, allocation.item)
                resize(in_force, allocation, share, transfer=False)
    smaller.committed = [0] * len(smaller.committed)
    smaller.fixed_target = smaller.fixed_cost = 0.0
    if larger.model.scenario_data.mechanisms.sticky_fixed_costs:
        larger.fixed_cost = max(stock, larger.fixed_target)
