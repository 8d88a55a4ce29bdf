"""General practice: practices with lists, and the groups in which they pool what they can offer (K)."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.entities.provider import Provider
from caremarket.agents.primary_care.core import core_cost_gbp, draw_core_contract, draw_income, settle_core
from caremarket.agents.primary_care.enhanced import (
    Uptake,
    lose_shared_staff,
    offered_services,
    settle_enhanced,
    sign_up,
)
from caremarket.agents.primary_care.membership import (
    choose_membership,
    perceived_risk,
    scale_gain,
    surplus,
    weeks_to_decide,
    why_too_risky,
    withdrawal_seen,
)
from caremarket.agents.primary_care.quality import QualityNetwork, settle_quality
from caremarket.agents.world.organisation import ExitReason, Organisation
from caremarket.agents.world.schedule import event_handler
from caremarket.market.federation_forms import FEDERATION_FORMS, FederationForm
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.primary_care.office import LocalOffice, PrimaryCare
    from caremarket.agents.world.blueprint import NetworkSeed, PracticeSeed, ProviderSeed

__all__ = ["GPFederation", "Practice", "PracticeGroup", "PracticeNetwork", "scale_gain"]


class Practice(Organisation):
    """A GP practice: holds a core contract, takes up services that pay, and stays in a group while it is worth it.

    Attributes:
        commissioner: id of its CCG.
        list_size: registered patients.
        autonomy: taste for autonomy, on the scale of ``behaviour.joining_gain``.
        federation: the group it is in.
        network: the network with which its quality-framework pay stands and falls.
        core_contract: kind of core contract it holds, empty where there are none.
        core_pay, core_cost, quality_pay, working_capital: pence, the first three a year.
        quality: attainment without effort, in [0, 1].
        attainment: its last return under the quality framework, -1 before the first.
        services: the enhanced services offered to it.
        small: whether it has fewer patients than the median practice.
        risk_threshold: perceived risk above which it leaves.
        worried: whether it is about to look at its membership again.
        left_at: month in which it last withdrew from a group, -1 for never.
        dividends: pence paid out to it since its last review.
        reviews: yearly reviews so far.
    """

    model: Market
    office: LocalOffice
    small: bool

    def __init__(self, model: Market, seed: PracticeSeed, area: str, region: str) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="gp_practice", area=area, region=region)
        care = model.scenario_data.behaviour.primary_care
        streams = model.streams
        self.commissioner = seed.commissioner
        self.list_size = seed.list_size
        self.autonomy = seed.autonomy
        self.federation: PracticeGroup | None = None
        self.network: QualityNetwork | None = None
        mechanisms = model.scenario_data.mechanisms
        self.core_contract = ""
        self.core_pay = self.core_cost = 0.0
        if mechanisms.core_contracts:
            self.core_contract = draw_core_contract(self.key, care, streams)
            self.core_pay = 100.0 * care.core_pay_gbp[self.core_contract] * self.list_size
            self.core_cost = 100.0 * core_cost_gbp(self.list_size, care)
        self.working_capital = int(self.core_pay * care.working_capital_months / 12.0)
        self.quality_pay = 100.0 * care.quality_pay_gbp * self.list_size
        level = care.quality_without_effort
        z = streams.normal(Purpose.QUALITY_FRAMEWORK, self.key)
        self.quality = min(1.0, max(0.0, level.mean + level.sd * z))
        self.attainment = -1.0
        spread = care.risk_threshold
        self.risk_threshold = spread.median * exp(spread.sigma * streams.normal(Purpose.RISK_THRESHOLD, self.key))
        self.services: list[Uptake] = []
        self.pooling_known: tuple[float, float, int, int] | None = None
        self.pooling_gain = 0.0
        self.terms_known: tuple[int, int, float] | None = None
        self.pooling_feared: list[tuple[int, float]] = []
        self.worried = False
        self.left_at = -1.0
        self.dividends = 0
        self.reviews = 0
        self._reviewed_at = model.time
        if (
            mechanisms.core_contracts
            or mechanisms.enhanced_services
            or mechanisms.quality_framework
            or mechanisms.membership_choice
        ):
            model.schedule(self.review_year, after=12.0 * streams.uniform(Purpose.PHASE, self.key))

    def settle_in(self, office: LocalOffice, primary_care: PrimaryCare) -> None:
        """Learn who pays it, and which services are on offer."""
        self.office = office
        self.services = offered_services(self, primary_care.services)

    @event_handler
    def review_year(self) -> None:
        """Once a year: settle what was earned since the last time, take up services, stay, leave or join."""
        model = self.model
        mechanisms = model.scenario_data.mechanisms
        now = model.time
        since = self._reviewed_at
        years = (now - since) / 12.0
        self._reviewed_at = now
        if mechanisms.core_contracts:
            settle_core(self, years)
        if mechanisms.enhanced_services:
            settle_enhanced(self, since, now)
        if mechanisms.quality_framework:
            settle_quality(self, years)
        if mechanisms.membership_choice:
            choose_membership(self)
        if mechanisms.enhanced_services:
            sign_up(self, model, now)
        if mechanisms.core_contracts:
            draw_income(self)
        self.dividends = 0
        self.reviews += 1
        model.schedule(self.review_year, after=12.0)

    # Membership -----------------------------------------------------------------------------------------

    def worry(self) -> None:
        """Somebody left: look at membership again before the yearly review."""
        self.worried = True
        self.model.schedule(self.look_again, after=weeks_to_decide(self))

    @event_handler
    def look_again(self) -> None:
        """Leave if what is perceived is still more than it bears."""
        self.worried = False
        home = self.federation
        if home is not None and perceived_risk(home, self.model.time) > self.risk_threshold:
            self.withdraw(why_too_risky(self, home))

    def withdraw(self, why: str, call: int = 0) -> None:
        """Leave the group it is in; the others see it. ``call`` is capital in pence it was asked for."""
        home = self.federation
        if home is None:
            return
        model = self.model
        before = home.pooled_list
        self.left_at = model.time
        cost = int(100.0 * model.scenario_data.behaviour.primary_care.leaving_gbp * self.list_size)
        model.ledger.post(model.time, self.account, WORLD, cost, Reason.PRACTICE_COST)
        model.log("practice_leaves", self.index, home.index, amount=call, detail=why)
        home.remove_member(self)
        withdrawal_seen(home, self, before, model.time)

    def join_network(self) -> None:
        """Belong to a network of its group, or of its neighbours if it is in none."""
        if self.federation is not None:
            self.federation.take_into_network(self)
        else:
            self.office.join_network(self)


class PracticeGroup(Organisation):
    """Practices that work together, in one of the forms of :data:`caremarket.market.federation_forms.FEDERATION_FORMS`.

    Attributes:
        form: the form.
        members: practices by index.
        pooled_list: their patients.
        networks: the networks with which members' quality-framework pay stands and falls.
        alarm: risk perceived because of withdrawals, as it stood at ``alarmed_at``.
        last_withdrawal: month of the last, -1 for none.
    """

    model: Market
    form: FederationForm
    members: dict[int, Practice]
    networks: list[QualityNetwork]
    pooled_list = 0
    alarm = 0.0
    alarmed_at = 0.0
    last_withdrawal = -1.0
    _founding_list = 0

    def _open(self, form: str) -> None:
        self.form = FEDERATION_FORMS[form]
        self.members = {}
        self.networks = []

    def found(self, members: list[Practice]) -> None:
        """Take in the founding members."""
        for practice in members:
            self.members[practice.index] = practice
            practice.federation = self
            self.pooled_list += practice.list_size
            self.take_into_network(practice)
        self._founding_list = self.pooled_list

    def admit(self, practice: Practice) -> None:
        """A practice joins of its own will."""
        self.add_member(practice)
        self.model.log("practice_joins", practice.index, self.index)

    def add_member(self, practice: Practice) -> None:
        """Take in a practice."""
        self._leave_network(practice)
        self.members[practice.index] = practice
        practice.federation = self
        self._resize(practice.list_size)
        self.take_into_network(practice)

    def remove_member(self, practice: Practice) -> None:
        """Let a practice go; below the minimum the group dissolves."""
        self.members.pop(practice.index, None)
        self._let_go(practice)
        self._resize(-practice.list_size)
        too_few = len(self.members) < self.model.scenario_data.behaviour.minimum_members
        if too_few and self.alive and self._founding_list and self.model.scenario_data.mechanisms.exit:
            self.dissolve()

    def dissolve(self) -> None:
        """Too few are left: part."""
        self.alive = False
        self.exited_at = self.model.time
        self.exit_reason = ExitReason.DISSOLVED
        self.model.log("exit", self.index, detail=self.exit_reason.name.lower())
        self.release_members()

    def release_members(self) -> None:
        """The group is no more: let everyone go."""
        for practice in list(self.members.values()):
            self._let_go(practice)
        self.members.clear()
        self.networks.clear()
        self.pooled_list = 0

    def _let_go(self, practice: Practice) -> None:
        self._leave_network(practice)
        practice.federation = None
        lose_shared_staff(practice, self.model.time)
        practice.join_network()

    def _resize(self, patients: int) -> None:
        self.pooled_list += patients

    def take_into_network(self, practice: Practice) -> None:
        """One network for all, or small ones within the group (K, site C)."""
        if self.form.networks_within:
            size = self.model.scenario_data.behaviour.primary_care.network_practices
            for network in self.networks:
                if network.members < size:
                    break
            else:
                network = QualityNetwork(self.model)
                self.networks.append(network)
        elif self.networks:
            network = self.networks[0]
        else:
            network = QualityNetwork(self.model)
            self.networks.append(network)
        network.enter(practice)

    def _leave_network(self, practice: Practice) -> None:
        network = practice.network
        if network is not None:
            network.quit(practice)
            if not network.members and network in self.networks:
                self.networks.remove(network)


class PracticeNetwork(PracticeGroup):
    """Practices that work together without a legal body: it cannot bid; its account is a purse that stays empty."""

    def __init__(self, model: Market, seed: NetworkSeed) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="gp_network", area=seed.area, region=seed.region)
        self._open(seed.form)


class GPFederation(PracticeGroup, Provider):
    """A federation with a legal body: one bidder with the pooled capacity of its members' lists (K, site A).

    Members put capital in when they join, and may be called on for more when reserves are gone. Surplus is paid out
    only above what it may need. Staff whose work is lost move into members' practices as posts fall free there.
    """

    def __init__(self, model: Market, seed: ProviderSeed) -> None:
        super().__init__(model, seed)
        self._open(seed.federation_form or "limited_company")
        self._capacity_per_patient = [0.0] * len(self.capacity)
        self._called_at = -12.0

    def found(self, members: list[Practice]) -> None:
        """Take in the founding members; capacity is what it is with them."""
        super().found(members)
        if self.pooled_list:
            self._capacity_per_patient = [c / self.pooled_list for c in self.capacity]

    def admit(self, practice: Practice) -> None:
        """A practice joins of its own will, and buys its share as far as it has the money."""
        super().admit(practice)
        model = self.model
        share = int(100.0 * model.scenario_data.behaviour.primary_care.capital_gbp * practice.list_size)
        paid = min(share, max(0, practice.reserves))
        model.ledger.post(model.time, practice.account, self.account, paid, Reason.SPONSOR_EQUITY)

    def dissolve(self) -> None:
        """Too few are left: wind up."""
        self.model.provider_leaves(self, ExitReason.DISSOLVED)

    def at_home(self, commissioner: Commissioner) -> bool:
        """Its sites are its members' surgeries: it is at home with a commissioner whose practices it has among them."""
        return any(practice.commissioner == commissioner.id for practice in self.members.values())

    def _resize(self, patients: int) -> None:
        super()._resize(patients)
        self.forget_costs()
        self.capacity = [
            max(0, c + round(per_patient * patients))
            for c, per_patient in zip(self.capacity, self._capacity_per_patient, strict=True)
        ]
        for function, committed in enumerate(self.committed):
            if committed > self.capacity[function]:
                # What the practice did must still be done.
                self.hire(function, self.unit_cost[function])

    # Money ----------------------------------------------------------------------------------------------

    def redeploy(self) -> None:
        """A quarter's vacancies in members' practices are filled with staff whose work the federation has lost."""
        scenario = self.model.scenario_data
        if not scenario.mechanisms.pooled_staffing:
            return
        care = scenario.behaviour.primary_care
        staff = 100.0 * care.member_staff_gbp * self.pooled_list
        taken = 0.25 * care.member_staff_turnover * staff * self.form.pooling
        self.fixed_cost = max(self.fixed_target, self.fixed_cost - taken)

    def close_year(self) -> None:
        """Pay members part of what reserves hold above what it may need, by list size."""
        super().close_year()
        care = self.model.scenario_data.behaviour.primary_care
        needed = int(care.payout_reserve_months * self.turnover / 12.0 + self.fixed_cost - self.fixed_target)
        surplus_cash = int(care.payout_share * (self.reserves - needed))
        if surplus_cash > 0 and self.members and self.form.distributes:
            self._distribute(surplus_cash)

    def look_at_reserves(self) -> None:
        """Call on members before creditors do."""
        if self.alive and self.members and self.reserves + self.receivable < 0:
            self._call_on_members()
        if self.alive:
            super().look_at_reserves()

    def _call_on_members(self) -> None:
        """Ask members for capital, once a year at most; who would rather leave than pay leaves.

        A member pays if some years of what membership is worth to it, and the cost of leaving, exceed the call, and as
        far as it has the money.
        Liability is limited: nobody can be made to pay (C).
        """
        model = self.model
        now = model.time
        scenario = model.scenario_data
        care = scenario.behaviour.primary_care
        if now - self._called_at < 12.0 or not (scenario.mechanisms.exit and self.can_fail):
            return
        self._called_at = now
        wanted = care.call_months * self.turnover / 12.0 - (self.reserves + self.receivable)
        call = min(100.0 * care.call_limit_gbp, wanted / max(self.pooled_list, 1))
        joining_gain = scenario.behaviour.joining_gain
        raised = 0
        for practice in list(self.members.values()):
            if practice.federation is not self:  # a withdrawal may have dissolved it
                continue
            worth = 100.0 * surplus(practice, self) / joining_gain * care.horizon_years if joining_gain else 0.0
            if worth + 100.0 * care.leaving_gbp < call and scenario.mechanisms.membership_choice:
                practice.withdraw("capital_call", int(call * practice.list_size))
                continue
            paid = min(int(call * practice.list_size), max(0, practice.reserves))
            model.ledger.post(now, practice.account, self.account, paid, Reason.SPONSOR_EQUITY)
            raised += paid
        model.log("capital_call", self.index, amount=raised)

    def _distribute(self, amount: int) -> None:
        model = self.model
        total = max(self.pooled_list, 1)
        for practice in self.members.values():
            part = amount * practice.list_size // total
            model.ledger.post(model.time, self.account, practice.account, part, Reason.DIVIDEND)
            practice.dividends += part

    def before_winding_up(self, now: float) -> None:
        """Give what is left to the members, unless it is locked, and let them go."""
        if self.reserves > 0 and self.members:
            if self.form.distributes:
                self._distribute(self.reserves)
            else:
                self.model.ledger.post(now, self.account, WORLD, self.reserves, Reason.RETURNED_EQUITY)
        self.release_members()
