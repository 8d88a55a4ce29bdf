"""Providers of care: capability, capacity, sticky fixed cost, quarterly accounts, liability and exit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.capability import decay_capability
from caremarket.agents.entities.performance_level import update_fitness
from caremarket.agents.entities.staff import fixed_cost_with_staff
from caremarket.agents.strategies import STRATEGIES
from caremarket.agents.supplier_choice import SUPPLIER_CHOICES
from caremarket.agents.world.organisation import ExitReason, Organisation
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.pathways import FUNCTION_INDEX, FUNCTIONS
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.randomness import Purpose
from caremarket.market.risk import absolute_risk_aversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.providers.default import Default
    from caremarket.agents.world.blueprint import ProviderSeed
    from caremarket.market.contracts import Contract
    from caremarket.market.pathways import ServiceItem

QUARTER = 3.0
_FIXED = int(Reason.FIXED_COST)
_OUTSIDE_IN = int(Reason.OUTSIDE_INCOME)
_OUTSIDE_OUT = int(Reason.OUTSIDE_COST)


class Provider(Organisation):
    """A provider: bids where it can do the work and expects to gain, delivers, and fails when reserves run out.

    Attributes:
        sponsors: founders of a special-purpose vehicle, with the equity of each in pence; empty for other providers.
        owed_to_sponsors: pence by which the cost of sponsors' work exceeds the payments to them so far.
        unit_cost: full cost relative to reference cost by function; 0 where it cannot deliver.
        capacity: pence of reference cost a year it can deliver by function.
        committed: pence of reference cost a year it is bound to deliver by function.
        bound: pence of capacity kept for awards that are not live yet by function.
        fixed_target: pence a year of fixed cost that its present work pays for.
        fixed_cost: pence a year of fixed cost; the part above target is stranded and shed slowly.
        market_value: pence a year of its contracts and sub-contracts.
        receivable: pence invoiced and not yet paid by the commissioner: a bank lends against them, but not against
            dues that a lead has been paid and has not passed on.
        bid_limit: number of bids it can prepare at once.
        bids_in_hand: bids being written or awaiting award.
        rescues: months in which it was rescued.
        support: pence it was given in rescues.
        learner: learned values of its pricing options; None where its strategy does not learn.
        losses_in_row: tenders lost since the last one won.
        track: contracts won by pathway, which make its cost estimates more accurate.
        led: contract-years of leading sub-contractors, as far as not forgotten.
        losses: work lost when it was bought again: month, and pence a year by reference cost.
        luck: temporary deviation of its performance from its quality.
        fitness: luck less the effect of financial strain.
        idle: pence a year of capacity that has lost its work, by function.
        defaults: its defaults under contracts, as each commissioner remembers them, by index of commissioner.
        entry_cost: pence that it paid to enter; 0 if it was there at the start.
    """

    sponsors: Sequence[tuple[Provider, int]] = ()
    entry_cost = 0
    owed_to_sponsors = 0
    model: Market

    def __init__(self, model: Market, seed: ProviderSeed) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind=seed.kind, area=seed.area, region=seed.region)
        kind = PROVIDER_KINDS[seed.kind]
        self.is_trust = kind.public
        self.third_sector = kind.third_sector
        self.reach = seed.reach
        self.unit_cost = [0.0] * len(FUNCTIONS)
        for function, cost in seed.unit_cost.items():
            self.unit_cost[FUNCTION_INDEX[function]] = cost
        self.capacity = [0] * len(FUNCTIONS)
        for function, pence in seed.capacity.items():
            self.capacity[FUNCTION_INDEX[function]] = pence
        self.committed = [0] * len(FUNCTIONS)
        self.bound = [0] * len(FUNCTIONS)
        self.quality = seed.quality
        self.skill = seed.skill
        self.turnover = seed.turnover
        self.outside_turnover = seed.outside_turnover
        self.outside_margin = seed.outside_margin
        self.fixed_share = seed.fixed_share
        self.markup = seed.markup
        self.relative_risk_aversion = seed.relative_risk_aversion
        self.social_value = seed.social_value
        self.sme = seed.sme
        self.can_fail = seed.can_fail
        self.limited_liability = seed.limited_liability
        self.strategy = STRATEGIES[seed.strategy or model.scenario_data.behaviour.strategy]
        make_learner = self.strategy.learner
        self.learner = make_learner(model.scenario_data.behaviour.learning) if make_learner else None
        rule = seed.supplier_choice or model.scenario_data.behaviour.supplier_choice
        self.supplier_choice = SUPPLIER_CHOICES[rule]
        self.fixed_target = 0.0
        self.fixed_cost = 0.0
        self.market_value = 0.0
        self.receivable = 0
        self.market_income = 0
        self.market_cost = 0
        self.bids_in_hand = 0
        self._update_bid_limit()
        self.losses_in_row = 0
        self.track: dict[int, float] = {}
        self.led = 0.0
        self.holdings: dict[int, ContractInForce] = {}
        self.supplies: dict[int, ContractInForce] = {}
        # Contracts it holds or held a part of, until the last bill under them is paid.
        self.party_to: dict[int, ContractInForce] = {}
        self.losses: list[tuple[float, int]] = []
        self.distressed_at = -1.0
        self.luck = 0.0
        self.fitness = 0.0
        self.idle = [0] * len(FUNCTIONS)
        self.defaults: dict[int, Default] = {}
        self.rescues: list[float] = []
        self.support = 0
        self._quarters = 0
        # Cost of an item over its reference cost; constant, so it is cached.
        self._cost_factors: dict[int, float] = {}
        model.ledger.post(model.time, WORLD, self.account, seed.reserves, Reason.EQUITY)
        phase = QUARTER * model.streams.uniform(Purpose.PHASE, self.key)
        model.schedule(self.close_quarter, after=phase)

    # Capability and cost --------------------------------------------------------------------------------

    def _update_bid_limit(self) -> None:
        """Set the number of bids it can prepare at once: one, and more with contracting skill and turnover (K).

        Staff time is part of the cost of bidding: with the mechanism ``bid_cost`` off there is no limit.
        """
        if not self.model.scenario_data.mechanisms.bid_cost:
            self.bid_limit = 1_000_000
            return
        behaviour = self.model.scenario_data.behaviour
        million = self.turnover / 1e8
        hands = behaviour.bids_in_hand_skilled + behaviour.bids_in_hand_per_million_gbp * million
        self.bid_limit = 1 + int(hands * self.skill)

    def experience_of_leading(self) -> float:
        """Contract-years of leading on which it can draw."""
        return self.led

    def local_fit(self, item: ServiceItem) -> float:
        """Fit of its sites and staff to an item: a private factor on cost, the same in every round and arm."""
        behaviour = self.model.scenario_data.behaviour
        streams = self.model.streams
        if behaviour.local_fit == "uniform":
            return streams.between(
                behaviour.local_fit_low, behaviour.local_fit_high, Purpose.LOCAL_FIT, self.key, item.key
            )
        if not behaviour.local_fit_sigma:
            return 1.0
        return streams.lognormal_mean_one(behaviour.local_fit_sigma, Purpose.LOCAL_FIT, self.key, item.key)

    def distance_factor(self, commissioner: Commissioner) -> float:
        """Factor of distance on the cost of work for a commissioner: 1 in its area, more in its region, most beyond."""
        if self.at_home(commissioner):
            return 1.0
        behaviour = self.model.scenario_data.behaviour
        return 1.0 + (behaviour.near_uplift if commissioner.region == self.region else behaviour.far_uplift)

    def at_home(self, commissioner: Commissioner) -> bool:
        """True if it is located in the commissioner's area."""
        return commissioner.area == self.area

    def true_cost(self, item: ServiceItem) -> float:
        """Expected full cost of the whole of an item, pence a year; bidders only know an estimate of it."""
        factor = self._cost_factors.get(item.index)
        if factor is None:
            distance = self.distance_factor(self.model.commissioners[item.commissioner])
            factor = self.unit_cost[item.function] * self.local_fit(item) * distance
            self._cost_factors[item.index] = factor
        return item.reference_cost * factor

    def forget_costs(self) -> None:
        """Clear cached cost factors, after a change of unit costs or location."""
        self._cost_factors.clear()

    def spare(self, function: int) -> int:
        """Capacity neither committed nor kept for an award, in pence of reference cost a year."""
        return self.capacity[function] - self.committed[function] - self.bound[function]

    def risk_aversion(self) -> float:
        """CARA coefficient per pence: relative aversion over reserves, at least half a month of turnover."""
        if not self.model.scenario_data.mechanisms.risk_aversion:
            return 0.0
        wealth = max(self.reserves, self.turnover / 24.0, 1.0)
        return absolute_risk_aversion(self.relative_risk_aversion, wealth)

    # Taking on and giving up work -----------------------------------------------------------------------

    def take_on(self, function: int, reference: float, yearly_cost: float, *, transfer: bool = True) -> None:
        """Commit capacity to work of ``reference`` pence a year, and add its fixed cost.

        Part of the staff transfers with the work (TUPE, P 3.19), unless ``transfer`` is False: the capacity given at
        the start of the run includes initial work. The provider hires if the work exceeds its capacity, so that
        committed work never does.
        """
        work = round(reference)
        self.committed[function] += work
        bringing = round(self.model.scenario_data.behaviour.staff_transfer * work) if transfer else 0
        self.capacity[function] += bringing
        if self.idle[function]:
            self.idle[function] = max(0, self.idle[function] - (work - bringing))
        if self.committed[function] > self.capacity[function]:
            if transfer:
                self.hire(function, yearly_cost / work if work else 0.0)
            else:
                self.capacity[function] = self.committed[function]
        built = self.fixed_share * yearly_cost
        self.fixed_target += built
        # Transferred staff must be employed, even if the provider has idle staff of its own.
        coming = built * fixed_cost_with_staff(self.model) if transfer else 0.0
        self.fixed_cost = max(self.fixed_target, self.fixed_cost + coming)

    def hire(self, function: int, cost_per_reference: float) -> None:
        """Hire staff up to committed work, at a share ``hiring_cost_share`` of their yearly cost."""
        model = self.model
        lacking = self.committed[function] - self.capacity[function]
        self.capacity[function] += lacking
        if not model.scenario_data.mechanisms.hiring_cost:
            return
        cost = int(model.scenario_data.behaviour.procurement.hiring_cost_share * lacking * cost_per_reference)
        if cost:
            model.ledger.post(model.time, self.account, WORLD, cost, Reason.HIRING)
            self.market_cost += cost
            model.log("hires", self.index, amount=cost, detail=FUNCTIONS[function])

    def give_up(self, function: int, reference: float, yearly_cost: float) -> None:
        """Free the capacity of work that ends; staff transfer with the work, and other fixed cost stays until shed."""
        work = round(reference)
        self.committed[function] = max(0, self.committed[function] - work)
        moving = round(self.model.scenario_data.behaviour.staff_transfer * work)
        self.capacity[function] = max(0, self.capacity[function] - moving)
        self.idle[function] += work - moving
        freed = self.fixed_share * yearly_cost
        self.fixed_target = max(0.0, self.fixed_target - freed)
        # The new employer pays transferred staff.
        left = self.fixed_cost - freed * fixed_cost_with_staff(self.model)
        sticky = self.model.scenario_data.mechanisms.sticky_fixed_costs
        self.fixed_cost = max(self.fixed_target, left) if sticky else self.fixed_target

    # Accounts -------------------------------------------------------------------------------------------

    @event_handler
    def close_quarter(self) -> None:
        """Pay stranded cost and shed part of it, book outside business, update performance and check reserves."""
        if not self.alive:
            return
        model = self.model
        now = model.time
        behaviour = model.scenario_data.behaviour
        self._quarters += 1
        post = model.ledger.post
        if self.fixed_cost > self.fixed_target:
            stranded = int((self.fixed_cost - self.fixed_target) / 4.0)
            post(now, self.account, WORLD, stranded, _FIXED)
            self.market_cost += stranded
            shed = QUARTER / behaviour.shedding_months
            self.fixed_cost -= (self.fixed_cost - self.fixed_target) * (shed if shed < 1.0 else 1.0)
            self.redeploy()
        if self.outside_turnover:
            self._outside_business(now)
        update_fitness(self, self._quarters)
        if self._quarters % 4 == 0:
            self.close_year()
        self.check_reserves()
        if self.alive:
            model.schedule(self.close_quarter, after=QUARTER)

    def _outside_business(self, now: float) -> None:
        model = self.model
        income = self.outside_turnover / 4.0
        cost = income * (1.0 - self.outside_margin)
        cv = model.scenario_data.behaviour.outside_income_cv
        if cv:
            income *= 1.0 + cv * model.streams.normal(Purpose.OUTSIDE, self.key, 0, self._quarters)
        model.ledger.post(now, WORLD, self.account, max(0, int(income)), _OUTSIDE_IN)
        model.ledger.post(now, self.account, WORLD, int(cost), _OUTSIDE_OUT)

    def redeploy(self) -> None:
        """Find other work for staff whose work was lost; a kind of provider may override it."""

    def close_year(self) -> None:
        """Close the year: turnover moves half-way to present income; bid limit, capability and mergers follow."""
        self.turnover = int(0.5 * self.turnover + 0.5 * (self.outside_turnover + self.market_value))
        self._update_bid_limit()
        decay_capability(self)
        if self.model.merger_search is not None:
            self.model.merger_search.consider(self)

    def holds(self, contract: Contract) -> None:
        """Act on the start of a contract that it holds; a kind of provider may override it."""

    def loses_award(self) -> None:
        """Act on the fall of an award for which it was the preferred bidder; a kind of provider may override it."""

    # Liability ------------------------------------------------------------------------------------------

    def guarantee_pence(self, contract: Contract, share: float) -> int:
        """Pence guaranteed under a contract: ``share`` of its yearly price, at most its own reserves (P 3.8).

        A vehicle whose sponsors guarantee it overrides this, :meth:`means_pence` and :meth:`honour_guarantee`.
        """
        return max(0, min(self.reserves, int(share * contract.price)))

    def means_pence(self, owed: int, contract: Contract, share: float) -> int:
        """Pence of ``owed`` that it can be made to pay: all, or with limited liability at most its reserves (P 3.8).

        Its own guarantee comes out of its own reserves and adds nothing.
        """
        return min(owed, max(0, self.reserves)) if self.limited_liability else owed

    def honour_guarantee(self, creditor: int, amount: int, contract: Contract) -> None:
        """Pay ``amount`` pence of a guarantee that has been called into the account ``creditor``."""
        self.model.ledger.post(self.model.time, self.account, creditor, amount, Reason.GUARANTEE, contract.id)

    def overdraft(self) -> int:
        """Overdraft limit of its bank, pence."""
        return int(self.model.scenario_data.behaviour.overdraft_months * self.turnover / 12.0)

    def check_reserves(self) -> None:
        """Exit as insolvent when reserves and credit are exhausted; withdraw after too many lost bids with no work."""
        model = self.model
        mechanisms = model.scenario_data.mechanisms
        if not (mechanisms.exit and self.can_fail):
            return
        if self.reserves + self.receivable < -self.overdraft():
            model.provider_leaves(self, ExitReason.INSOLVENT)
        elif (
            self.losses_in_row >= model.scenario_data.behaviour.max_bid_losses
            and not self.holdings
            and not self.supplies
            and not self.bids_in_hand
        ):
            model.provider_leaves(self, ExitReason.WITHDREW)

    def before_winding_up(self, now: float) -> None:
        """Distribute money before the account is closed; a kind of provider may override it."""
