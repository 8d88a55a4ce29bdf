"""State of a contract in force: terms, allocation of work, payments due, and failures.

Its rules are in :mod:`caremarket.agents.contracts`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from types import MethodType
from typing import TYPE_CHECKING

from caremarket.agents.entities.investment import NOTHING
from caremarket.agents.entities.performance_level import initial_performance_margin
from caremarket.market.payments import BLOCK

if TYPE_CHECKING:
    from mesa.time import Event

    from caremarket.agents.entities.judgement import Judgement
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.pooled_budget import PooledBudget
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.contracts import Contract, SubContract
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem

Dues = list[tuple["SubContract", int]]
"""Pence due to sub-contractors for the work in an invoice."""


class DuesClock(IntEnum):
    """Payer and time of sub-contractors' dues in an invoice.

    ``WHEN_PAID``: the lead, once it has been paid. ``OWN_TERM``: the lead, after its own payment days. ``DIRECT``: the
    commissioner, with the invoice.
    """

    WHEN_PAID = 0
    OWN_TERM = 1
    DIRECT = 2


@dataclass(slots=True)
class ActivityResponse:
    """Departure of a deliverer's activity from need.

    Attributes:
        intensity: units of activity for a case, relative to need.
        effort: cost of that departure, relative to the quarter's variable cost at plan.
        moved: cases of this function after work has been moved between functions, relative to need.
        refused: share of severe cases turned away.
        treated: share of all cases treated.
        severity: mean severity of the cases treated, relative to all.
    """

    intensity: float = 1.0
    effort: float = 0.0
    moved: float = 1.0
    refused: float = 0.0
    treated: float = 1.0
    severity: float = 1.0


class Allocation:
    """A share of an item and its deliverer. Rates are pence a quarter at planned activity.

    Attributes:
        item: the item of care.
        deliverer: provider that does the work.
        sub: the sub-contract for the work; None where the holder does it.
        share: share of the item, in [0, 1].
        full_cost: yearly cost of the whole item to the deliverer, pence, with instalments on its investment.
        fixed_rate: fixed cost of the deliverer.
        cost_rate: variable cost of the deliverer.
        whole_sub_rate: pay of the sub-contractor for the whole item; the other rates are for the share.
        head_rate: pay of the holder.
        reporting_rate: cost to the deliverer of reporting on the work.
        reference: reference cost of the share, pence a year.
        response: departure of activity from need; None where the deliverer simply meets need.
        waiting: patients waiting, in quarters of planned activity.
        performance_margin: performance above the standard, before luck and financial strain.
        cut: share of variable cost saved by corner cutting.
        raised: quality promised in the bid above the deliverer's usual quality.
        repaired: whether the deliverer has carried out a remedial plan.
        judged: the commissioner's judgement of its lasting performance; None while it has had nothing to query.
        failure: the present failure; None if performance is sufficient.
    """

    __slots__ = (
        "cost_rate",
        "cut",
        "deliverer",
        "failure",
        "fixed_rate",
        "full_cost",
        "head_rate",
        "item",
        "judged",
        "performance_margin",
        "raised",
        "reference",
        "repaired",
        "reporting_rate",
        "response",
        "share",
        "sub",
        "waiting",
        "whole_sub_rate",
    )

    def __init__(
        self, item: ServiceItem, deliverer: Provider, sub: SubContract | None, full_cost: float, raised: float = 0.0
    ) -> None:
        self.item = item
        self.deliverer = deliverer
        self.sub = sub
        self.share = 0.0
        self.full_cost = full_cost
        self.cost_rate = 0.0
        self.fixed_rate = 0.0
        self.whole_sub_rate = 0.0
        self.head_rate = 0.0
        self.reporting_rate = 0.0
        self.reference = 0.0
        self.response: ActivityResponse | None = None
        self.waiting = 0.0
        self.performance_margin = initial_performance_margin(deliverer, item.key) + raised
        self.raised = raised
        self.cut = 0.0
        self.repaired = False
        self.judged: Judgement | None = None
        self.failure: Failure | None = None


class Failure:
    """A deliverer's failure at one service under a contract.

    Attributes:
        onset: month in which it began.
        over: whether the deliverer has recovered or lost the work.
        known: whether the commissioner knows.
        asked: whether a remedial plan has been asked for.
        kept: whether the commissioner has decided to go on in spite of it.
        withholding: whether payment for the failing work is being withheld: the failure has become material.
        withheld: pence withheld from the holder so far.
        passed: pence of it that the holder withheld from the sub-contractor at fault.
        planned: planned actions of lead and commissioner, by name of the rule.
    """

    __slots__ = (
        "__weakref__",
        "allocation",
        "asked",
        "in_force",
        "kept",
        "known",
        "model",
        "onset",
        "over",
        "passed",
        "planned",
        "withheld",
        "withholding",
    )

    def __init__(self, in_force: ContractInForce, allocation: Allocation) -> None:
        self.in_force = in_force
        self.model = in_force.model
        self.allocation = allocation
        self.onset = in_force.model.time
        self.over = False
        self.known = False
        self.asked = False
        self.kept = False
        self.withholding = False
        self.withheld = 0
        self.passed = 0
        self.planned: dict[str, Event] = {}
        in_force.failures.append(self)

    @property
    def noticed(self) -> bool:
        """Whether the commissioner has given notice to terminate because of it."""
        return "commissioner_ends" in self.planned

    @property
    def weight(self) -> float:
        """Failing share of the contract's work, by reference cost."""
        total = sum([a.reference for a in self.in_force.allocations])
        return self.allocation.reference / total if total else 0.0

    def plan(self, rule: Callable[[Failure], None], after: float | None) -> None:
        """Schedule ``rule`` in ``after`` months, unless it is scheduled already; None for never."""
        name = rule.__name__
        if after is not None and name not in self.planned:
            self.planned[name] = self.model.schedule(MethodType(rule, self), after=after)

    def end(self) -> None:
        """End the failure; the commissioner may still detect it later while the contract runs."""
        self.over = True
        self.withholding = False
        self.allocation.failure = None
        for name in [n for n in self.planned if n != "commissioner_sees"]:
            self.model.cancel(self.planned.pop(name))
        if not self.planned:
            self.in_force.failures.remove(self)

    def drop(self) -> None:
        """Cancel all planned actions, because the contract has ended."""
        for event in self.planned.values():
            self.model.cancel(event)
        self.planned.clear()


class ContractInForce:
    """A contract in force.

    Attributes:
        contract: the contract as it was signed.
        terms: the policy under which it was awarded.
        holder: the provider that holds it.
        commissioner: the commissioner that awarded it.
        pooled_budget: the pooled budget that pays for it; None where the commissioner pays alone.
        allocations: shares of the work and their deliverers.
        expiry: month of its agreed end.
        noticed: whether its holder has given notice.
        payment: the payment model in force; a block while the agreed one runs in shadow.
        shadow_until: month in which the shadow period ends; -1 outside one.
        management_rate: cost to the holder of managing the chain, pence a quarter.
        shift_rate: cost to the holder of moving work between functions, pence a quarter.
        held_back: pay held back against outcomes, pence; ``held_back_for`` the same by item.
        gain_share: commissioner's share of surplus and deficit.
        guarantee_share: share of the yearly price that is guaranteed.
        investment: its deliverers' investment in the work; ``repaid_at`` the month in which it is repaid.
        surplus: income less cost since gain and pain were last shared, pence.
        quarters: quarters delivered.
        invoices: invoices to the commissioner: pence, month, dues of sub-contractors, their payer and time.
        due: dues of sub-contractors that the holder is to pay, with the month of the invoice.
        owed: outcome pay held back from sub-contractors, pence by sub-contract.
        set_off: pence to be set off against the holder's next invoices.
        deferrals: consecutive deferrals of payments to sub-contractors.
        friction: performance lost to poor coordination.
        books: shared accounts of an alliance or a vehicle, pence by organisation; None where each keeps its own.
        bearing: weight of each member of an alliance in gain and pain over its weight in the work.
        planned: the next event of each kind, by name of the rule.
    """

    __slots__ = (
        "__weakref__",
        "_values",
        "allocations",
        "bearing",
        "books",
        "capped",
        "commissioner",
        "contract",
        "deferrals",
        "due",
        "expiry",
        "failures",
        "friction",
        "gain_share",
        "guarantee_share",
        "held_back",
        "held_back_for",
        "holder",
        "investment",
        "invoices",
        "last_delivery",
        "management_rate",
        "model",
        "noticed",
        "owed",
        "payment",
        "planned",
        "pooled_budget",
        "quarters",
        "repaid_at",
        "set_off",
        "shadow_until",
        "shift_rate",
        "start_population",
        "surplus",
        "terms",
    )

    def __init__(self, model: Market, contract: Contract, terms: PolicySpec) -> None:
        self.model = model
        self.terms = terms
        self.contract = contract
        self.holder: Provider = model.provider(contract.holder)
        self.holder.party_to[contract.id] = self
        self.commissioner = model.commissioners[contract.commissioner]
        self.pooled_budget: PooledBudget | None = None
        self.allocations: list[Allocation] = []
        self.last_delivery = model.time
        self.noticed = False
        self.management_rate = 0.0
        self.held_back = 0.0
        self.held_back_for: dict[ServiceItem, float] = {}
        # Contracts without a procurement are plain blocks: no gain share, guarantee or shadow period.
        let = contract.procurement >= 0
        # Where risk is pooled, the shared accounts share gain and pain.
        self.gain_share = terms.gain_share if let and not contract.form.pooled_risk else 0.0
        self.guarantee_share = terms.guarantee_share if let else 0.0
        self.investment = NOTHING
        self.repaid_at = contract.end
        self.surplus = 0.0
        self.shadow_until = contract.start + terms.shadow_months if let and terms.shadow_months else -1.0
        self.payment = BLOCK if self.shadow_until > model.time else contract.payment
        self.capped = model.scenario_data.mechanisms.volume_response
        self.shift_rate = 0.0
        self.quarters = 0
        self.deferrals = 0
        self.start_population = contract.items[0].need.population(model.time)
        self.invoices: deque[tuple[int, float, Dues, DuesClock]] = deque()
        self.due: deque[tuple[Dues, float]] = deque()
        self.owed: dict[int, float] = {}
        self.failures: list[Failure] = []
        self.friction = 0.0
        self.set_off = 0
        self.expiry = contract.end
        self.planned: dict[str, Event] = {}
        self._values: dict[int, float] = {}
        joint = contract.form.pooled_risk or self.holder.sponsors
        self.books: dict[int, float] | None = {} if joint else None
        self.bearing: dict[int, float] = {}

    # Its events -----------------------------------------------------------------------------------------

    def later(
        self, rule: Callable[[ContractInForce], None], *, after: float | None = None, at: float | None = None
    ) -> Event:
        """Schedule a rule ``after`` some months or ``at`` a month; it runs even if the contract has ended by then."""
        return self.model.schedule(MethodType(rule, self), after=after, at=at)

    def plan(
        self, rule: Callable[[ContractInForce], None], *, after: float | None = None, at: float | None = None
    ) -> None:
        """Schedule the next event of a kind. It replaces a pending one, and is cancelled when the contract ends."""
        name = rule.__name__
        earlier = self.planned.get(name)
        if earlier is not None:
            self.model.cancel(earlier)
        self.planned[name] = self.later(rule, after=after, at=at)

    # Work and price -------------------------------------------------------------------------------------

    @property
    def population_growth(self) -> float:
        """Population today, relative to the first day of the contract; 1 where it covers nothing any more."""
        items = self.contract.items
        return items[0].need.population(self.model.time) / self.start_population if items else 1.0

    def deliverers(self, item: ServiceItem) -> list[tuple[Provider, float]]:
        """Deliverers of an item, with their shares."""
        return [(a.deliverer, a.share) for a in self.allocations if a.item is item and a.share]

    def cost_to(self, provider: Provider, item: ServiceItem) -> float:
        """Yearly cost of the whole of an item to a provider under this contract, pence, with its investment."""
        return provider.true_cost(item) * self.investment.factor

    def price_of(self, item: ServiceItem) -> float:
        """Yearly payment of the commissioner for an item under this contract, pence."""
        return sum([a.head_rate for a in self.allocations if a.item is item]) * 4.0

    def share_of(self, provider: Provider, item: ServiceItem) -> float:
        """Share of an item that a provider delivers."""
        return sum(a.share for a in self.allocations if a.item is item and a.deliverer is provider)

    def outcome_at_stake(self) -> float:
        """Share of payment held back against outcomes now; 0 while the payment model runs in shadow."""
        return self.contract.outcome_share if self.shadow_until < 0.0 else 0.0

    # Value to each organisation -------------------------------------------------------------------------

    def revalue(self, values: dict[int, float]) -> None:
        """Set the yearly value of this contract to each organisation, pence, and their market values with it."""
        provider = self.model.provider
        for index, before in self._values.items():
            provider(index).market_value -= before
        for index, value in values.items():
            provider(index).market_value += value
        self._values = values

    def forget(self) -> None:
        """Remove it from the records of all parties, once the last bill under it is paid."""
        provider = self.model.provider
        number = self.contract.id
        self.holder.party_to.pop(number, None)
        for sub in self.contract.subcontracts:
            provider(sub.supplier).party_to.pop(number, None)
