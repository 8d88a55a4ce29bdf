"""Groups of practices: networks without a legal body, and federations, which can bid (K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.quality_network import QualityNetwork
from caremarket.agents.entities.provider import Provider
from caremarket.agents.world.organisation import ExitReason, Organisation
from caremarket.market.federation_forms import FEDERATION_FORMS, FederationForm
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.market import Market
    from caremarket.agents.world.blueprint import NetworkSeed, ProviderSeed


class PracticeGroup(Organisation):
    """Practices that work together, in one of the forms of :data:`caremarket.market.federation_forms.FEDERATION_FORMS`.

    Attributes:
        form: the legal or organisational form.
        members: practices by index.
        pooled_list: total patients of the members.
        networks: the networks on which members' withheld quality-framework pay depends.
        alarm: risk perceived because of withdrawals, at month ``alarmed_at``.
        last_withdrawal: month of the last withdrawal, -1 for none.
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
        """Add the founding members."""
        for practice in members:
            self.members[practice.index] = practice
            practice.federation = self
            self.pooled_list += practice.list_size
            self.take_into_network(practice)
        self._founding_list = self.pooled_list

    def admit(self, practice: Practice) -> None:
        """Add a practice that chose to join, and log it."""
        self.add_member(practice)
        self.model.log("practice_joins", practice.index, self.index)

    def add_member(self, practice: Practice) -> None:
        """Add a practice to the members and to a network."""
        self._leave_network(practice)
        self.members[practice.index] = practice
        practice.federation = self
        self._resize(practice.list_size)
        self.take_into_network(practice)

    def remove_member(self, practice: Practice) -> None:
        """Remove a practice; the group dissolves if it has fewer than the minimum of members."""
        self.members.pop(practice.index, None)
        self._let_go(practice)
        self._resize(-practice.list_size)
        too_few = len(self.members) < self.model.scenario_data.behaviour.minimum_members
        if too_few and self.alive and self._founding_list and self.model.scenario_data.mechanisms.exit:
            self.dissolve()

    def dissolve(self) -> None:
        """Dissolve the group because too few members are left."""
        self.alive = False
        self.exited_at = self.model.time
        self.exit_reason = ExitReason.DISSOLVED
        self.model.log("exit", self.index, detail=self.exit_reason.name.lower())
        self.release_members()

    def release_members(self) -> None:
        """Remove all members when the group ends."""
        for practice in list(self.members.values()):
            self._let_go(practice)
        self.members.clear()
        self.networks.clear()
        self.pooled_list = 0

    def _let_go(self, practice: Practice) -> None:
        self._leave_network(practice)
        practice.federation = None
        practice.lose_shared_staff(self.model.time)
        practice.join_network()

    def _resize(self, patients: int) -> None:
        self.pooled_list += patients

    def take_into_network(self, practice: Practice) -> None:
        """Put a practice into a network: one for the whole group, or small ones within it (K, site C)."""
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
    """Practices that work together without a legal body: the network cannot bid and its account stays empty."""

    def __init__(self, model: Market, seed: NetworkSeed) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="gp_network", area=seed.area, region=seed.region)
        self._open(seed.form)


class GPFederation(PracticeGroup, Provider):
    """A federation with a legal body: one bidder with the pooled capacity of its members' lists (K, site A).

    Members pay in capital when they join, and may be asked for more when reserves are exhausted. Only reserves above
    its needs are paid out. Staff whose work is lost move to members' practices as posts become vacant.
    """

    def __init__(self, model: Market, seed: ProviderSeed) -> None:
        super().__init__(model, seed)
        self._open(seed.federation_form or "limited_company")
        self._capacity_per_patient = [0.0] * len(self.capacity)
        self.called_at = -12.0

    def found(self, members: list[Practice]) -> None:
        """Add the founding members, and set capacity per patient from their lists."""
        super().found(members)
        if self.pooled_list:
            self._capacity_per_patient = [c / self.pooled_list for c in self.capacity]

    def admit(self, practice: Practice) -> None:
        """Add a practice that chose to join; it buys its share up to its reserves."""
        super().admit(practice)
        model = self.model
        share = int(100.0 * model.scenario_data.behaviour.primary_care.capital_gbp * practice.list_size)
        paid = min(share, max(0, practice.reserves))
        model.ledger.post(model.time, practice.account, self.account, paid, Reason.SPONSOR_EQUITY)

    def dissolve(self) -> None:
        """Wind up because too few members are left."""
        self.model.provider_leaves(self, ExitReason.DISSOLVED)

    def at_home(self, commissioner: Commissioner) -> bool:
        """True if a member is a practice of this commissioner: members' surgeries are its sites."""
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
                # The work of a practice that left must still be done.
                self.hire(function, self.unit_cost[function])

    # Money ----------------------------------------------------------------------------------------------

    def redeploy(self) -> None:
        """Fill a quarter's vacancies in members' practices with staff whose work the federation has lost."""
        scenario = self.model.scenario_data
        if not scenario.mechanisms.pooled_staffing:
            return
        care = scenario.behaviour.primary_care
        staff = 100.0 * care.member_staff_gbp * self.pooled_list
        taken = 0.25 * care.member_staff_turnover * staff * self.form.pooling
        self.fixed_cost = max(self.fixed_target, self.fixed_cost - taken)

    def close_year(self) -> None:
        """Pay members, by list size, part of the reserves above the federation's needs."""
        super().close_year()
        care = self.model.scenario_data.behaviour.primary_care
        needed = int(care.payout_reserve_months * self.turnover / 12.0 + self.fixed_cost - self.fixed_target)
        surplus_cash = int(care.payout_share * (self.reserves - needed))
        if surplus_cash > 0 and self.members and self.form.distributes:
            self.distribute(surplus_cash)

    def check_reserves(self) -> None:
        """Ask members for capital before insolvency is tested."""
        if self.alive and self.members and self.reserves + self.receivable < 0:
            self.model.primary_care.call_on_members(self)
        if self.alive:
            super().check_reserves()

    def distribute(self, amount: int) -> None:
        """Pay ``amount`` pence to the members, by list size."""
        model = self.model
        total = max(self.pooled_list, 1)
        for practice in self.members.values():
            part = amount * practice.list_size // total
            model.ledger.post(model.time, self.account, practice.account, part, Reason.DIVIDEND)
            practice.dividends += part

    def before_winding_up(self, now: float) -> None:
        """Pay remaining reserves to the members, unless the form forbids it, and release the members."""
        if self.reserves > 0 and self.members:
            if self.form.distributes:
                self.distribute(self.reserves)
            else:
                self.model.ledger.post(now, self.account, WORLD, self.reserves, Reason.RETURNED_EQUITY)
        self.release_members()
