"""A failure from its onset to its end, and the staged remedies in between (P 3.14, P 3.15).

Commissioner: warning, remedial plan, payment withheld, step-in, termination, a stage at a time and each only if the
one before has not helped. A lead watches its sub-contractors too, sees them sooner, and may remove one: at once where
the contract gives a right to step in, else only once the failure has become material to the head contract.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from caremarket.agents.contracts.monitoring import attention, attention_of_lead, months_to_see, seen_by_commissioner
from caremarket.agents.contracts.removal import replace_failing
from caremarket.agents.contracts.termination import terminate_for_failure, termination_pays
from caremarket.agents.costs.contract_margin import margin_of, saved_by_cutting, yearly_cost, years_left
from caremarket.agents.money.withholding import release
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from mesa.time import Event

    from caremarket.agents.contracts.lifecycle import Allocation, ContractLife


class Failure:
    """One deliverer failing at one service under a contract, and what lead and commissioner do about it.

    Attributes:
        onset: month in which it began.
        over: whether the deliverer has recovered or lost the work.
        known: whether the commissioner knows.
        withholding: whether payment for the failing work is being withheld: the failure has become material.
        withheld: pence withheld from the holder so far.
        passed: pence of that which the holder withheld from the sub-contractor at fault.
    """

    __slots__ = (
        "__weakref__",
        "allocation",
        "asked",
        "known",
        "life",
        "model",
        "onset",
        "over",
        "passed",
        "planned",
        "withheld",
        "withholding",
    )

    def __init__(self, life: ContractLife, allocation: Allocation) -> None:
        self.life = life
        self.model = life.model
        self.allocation = allocation
        self.onset = life.model.time
        self.over = False
        self.known = False
        self.asked = False
        self.withholding = False
        self.withheld = 0
        self.passed = 0
        self.planned: dict[str, Event] = {}
        life.failures.append(self)
        deliverer = allocation.deliverer
        self.model.log("failure_begins", deliverer.index, life.holder.index, contract=life.contract.id)
        self._plan(
            self.commissioner_sees,
            months_to_see(life, allocation, attention(life), 1 if allocation.sub is None else 2),
        )
        if allocation.sub is not None:
            self._plan(self.lead_sees, months_to_see(life, allocation, attention_of_lead(life), 1))

    def _plan(self, handler: Callable[[], None], after: float | None) -> None:
        name = handler.__name__
        if after is not None and name not in self.planned:
            self.planned[name] = self.model.schedule(handler, after=after)

    @property
    def weight(self) -> float:
        """Share of the contract's work that fails, by reference cost."""
        total = sum([a.reference for a in self.life.allocations])
        return self.allocation.reference / total if total else 0.0

    # Its end --------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Quarterly: recovered once performance is clear of the standard; what was withheld is then released."""
        allocation = self.allocation
        margin = self.model.scenario_data.behaviour.life.recovery_margin
        if allocation.standing + allocation.deliverer.fitness > margin:
            release(self)
            self.end()

    def end(self) -> None:
        """It is over. Whoever has not seen it yet may still come to know of it while the contract runs."""
        self.over = True
        self.withholding = False
        self.allocation.failure = None
        for name in [n for n in self.planned if n != "commissioner_sees"]:
            self.model.cancel(self.planned.pop(name))
        if not self.planned:
            self.life.failures.remove(self)

    def drop(self) -> None:
        """The contract has ended: nobody asks any more."""
        for event in self.planned.values():
            self.model.cancel(event)
        self.planned.clear()

    # What the deliverer does ----------------------------------------------------------------------------

    def _ask_for_plan(self) -> None:
        """Ask the deliverer, once, to put things right; it does if it can and if that is worth its while."""
        if self.asked:
            return
        self.asked = True
        life, allocation = self.life, self.allocation
        deliverer = allocation.deliverer
        cost = worthwhile_plan(life, allocation)
        number = life.contract.id
        if isinstance(cost, Why):
            self.model.log(
                "remedial_plan_refused",
                deliverer.index,
                life.holder.index,
                contract=number,
                amount=cost.amount,
                detail=cost.code,
            )
            return
        self.model.ledger.post(self.model.time, deliverer.account, WORLD, cost, Reason.REMEDIAL_PLAN, life.contract.id)
        deliverer.market_cost += cost
        carry_out_plan(allocation)
        self.model.log("remedial_plan", deliverer.index, life.holder.index, contract=number, amount=cost)

    # What the lead does ---------------------------------------------------------------------------------

    @event_handler
    def lead_sees(self) -> None:
        """The lead warns its sub-contractor and asks for a remedial plan."""
        del self.planned["lead_sees"]
        if self.allocation.sub is None:
            return
        self._ask_for_plan()
        self._plan(self.lead_acts, self.model.scenario_data.behaviour.life.remedy_months)

    @event_handler
    def lead_acts(self) -> None:
        """No better: with a right to step in the lead may replace it now, else only once the failure is material."""
        del self.planned["lead_acts"]
        if self.model.policy.step_in:
            replace_failing(self, stepping_in=True, by_commissioner=False)
        elif self.withholding:
            self._give_notice()

    def _give_notice(self) -> None:
        """Without a right to step in, removal takes notice and a dispute (P 3.12, P 3.14)."""
        behaviour = self.model.scenario_data.behaviour.life
        deliverer, item = self.allocation.deliverer, self.allocation.item
        months = self.model.streams.between(
            behaviour.removal_months_low,
            behaviour.removal_months_high,
            Purpose.MONITORING,
            deliverer.key,
            item.key,
            -1 - int(self.onset),
        )
        self._plan(self.lead_removes, months)

    @event_handler
    def lead_removes(self) -> None:
        """Notice has run out."""
        del self.planned["lead_removes"]
        replace_failing(self, stepping_in=False, by_commissioner=False)

    # What the commissioner does -------------------------------------------------------------------------

    @event_handler
    def commissioner_sees(self) -> None:
        """The commissioner learns of it: it warns the holder, and a remedial plan is asked for."""
        del self.planned["commissioner_sees"]
        life = self.life
        model = self.model
        self.known = True
        seen_by_commissioner(life, self.onset)
        if self.over:
            life.failures.remove(self)
            return
        model.oversight.warnings += 1
        model.trust.broken(life.holder.key, life.commissioner.key, model.time)
        deliverer = self.allocation.deliverer.index
        model.log("warning", life.holder.index, deliverer, contract=life.contract.id)
        self._ask_for_plan()
        self._plan(self.commissioner_withholds, model.scenario_data.behaviour.life.remedy_months)

    @event_handler
    def commissioner_withholds(self) -> None:
        """No better: part of the pay for the failing work is withheld, and the failure is material to the lead."""
        del self.planned["commissioner_withholds"]
        life = self.life
        self.withholding = True
        self.model.log(
            "payment_withheld", life.holder.index, self.allocation.deliverer.index, contract=life.contract.id
        )
        lead_is_at_it = {"lead_sees", "lead_acts"} & self.planned.keys() or self.model.policy.step_in
        if self.allocation.sub is not None and not lead_is_at_it:
            self._give_notice()
        self._plan(self.commissioner_acts, self.model.scenario_data.behaviour.life.remedy_months)

    @event_handler
    def commissioner_acts(self) -> None:
        """Still no better: step in on a failing sub-contractor where the policy allows, else think of terminating."""
        del self.planned["commissioner_acts"]
        if self.model.policy.step_in and replace_failing(self, stepping_in=True, by_commissioner=True):
            return
        if termination_pays(self.life):
            terminate_for_failure(self)


def worthwhile_plan(life: ContractLife, allocation: Allocation) -> int | Why:
    """Cost in pence of putting a failure right; why not if that cannot be done or is not worth it.

    Put right means that the work is done in full again and better than before. What is at stake is what the work earns
    to the end of the contract and the pay that would be withheld.
    """
    behaviour = life.model.scenario_data.behaviour.life
    deliverer = allocation.deliverer
    gain = behaviour.remedial_gain + behaviour.cutting_harm * allocation.cut
    if allocation.standing + deliverer.fitness + gain <= behaviour.recovery_margin:
        return Why("beyond_repair")
    years = years_left(life)
    margin, income = margin_of(life, allocation)
    plan = behaviour.remedial_cost_share * yearly_cost(life, allocation)
    cost = plan + saved_by_cutting(life, allocation) * years
    stake = (max(0.0, margin) + behaviour.withheld_share * max(0.0, income)) * years
    return int(plan) if stake > cost else Why("not_worth_it", round(cost))


def carry_out_plan(allocation: Allocation) -> None:
    """Do the work in full again and better; from now on it is watched, so no more corners are cut."""
    behaviour = allocation.deliverer.model.scenario_data.behaviour.life
    allocation.standing += behaviour.remedial_gain + behaviour.cutting_harm * allocation.cut
    allocation.cut = 0.0
    allocation.cost_rate = allocation.full_cost * allocation.share / 4.0 - allocation.fixed_rate
    allocation.repaired = True
