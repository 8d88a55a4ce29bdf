"""A failure from its onset to its end, and the staged remedies in between (P 3.14, P 3.15).

Commissioner: warning, remedial plan, payment withheld, step-in, termination, a stage at a time and each only if the
one before has not helped. A lead watches its sub-contractors too, sees them sooner, and may remove one: at once where
the contract gives a right to step in, else only once the failure has become material to the head contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.monitoring import attention, attention_of_lead, months_to_see
from caremarket.agents.contracts.supplier_removal import replace_failing
from caremarket.agents.contracts.termination import terminate_for_failure, termination_pays
from caremarket.agents.costs.contract_margin import margin_of, saved_by_cutting, yearly_cost, years_left
from caremarket.agents.entities.contract import Failure
from caremarket.agents.entities.notices import FailureSeen, WarningGiven
from caremarket.agents.money.withholding import release
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def begin_failure(life: ContractInForce, allocation: Allocation) -> None:
    """A deliverer falls below the standard: commissioner and lead will come to see it, unless it recovers first."""
    failure = allocation.failure = Failure(life, allocation)
    life.model.log("failure_begins", allocation.deliverer.index, life.holder.index, contract=life.contract.id)
    tiers = 1 if allocation.sub is None else 2
    failure.plan(commissioner_sees, months_to_see(life, allocation, attention(life), tiers))
    if allocation.sub is not None:
        failure.plan(lead_sees, months_to_see(life, allocation, attention_of_lead(life), 1))


def check_for_recovery(failure: Failure) -> None:
    """Quarterly: recovered once performance is clear of the standard; what was withheld is then released."""
    allocation = failure.allocation
    margin = failure.model.scenario_data.behaviour.life.recovery_margin
    if allocation.performance_margin + allocation.deliverer.fitness > margin:
        release(failure)
        failure.end()


# What the deliverer does ---------------------------------------------------------------------------------


def _ask_for_plan(failure: Failure) -> None:
    """Ask the deliverer, once, to put things right; it does if it can and if that is worth its while."""
    if failure.asked:
        return
    failure.asked = True
    life, allocation = failure.life, failure.allocation
    deliverer = allocation.deliverer
    cost = worthwhile_plan(life, allocation)
    number = life.contract.id
    if isinstance(cost, Why):
        failure.model.log(
            "remedial_plan_refused",
            deliverer.index,
            life.holder.index,
            contract=number,
            amount=cost.amount,
            detail=cost.code,
        )
        return
    failure.model.ledger.post(
        failure.model.time, deliverer.account, WORLD, cost, Reason.REMEDIAL_PLAN, life.contract.id
    )
    deliverer.market_cost += cost
    carry_out_plan(allocation)
    failure.model.log("remedial_plan", deliverer.index, life.holder.index, contract=number, amount=cost)


# What the lead does --------------------------------------------------------------------------------------


@event_handler
def lead_sees(failure: Failure) -> None:
    """The lead warns its sub-contractor and asks for a remedial plan."""
    del failure.planned["lead_sees"]
    if failure.allocation.sub is None:
        return
    _ask_for_plan(failure)
    failure.plan(lead_acts, failure.model.scenario_data.behaviour.life.remedy_months)


@event_handler
def lead_acts(failure: Failure) -> None:
    """No better: with a right to step in the lead may replace it now, else only once the failure is material."""
    del failure.planned["lead_acts"]
    if failure.model.policy.step_in:
        replace_failing(failure, stepping_in=True, by_commissioner=False)
    elif failure.withholding:
        _give_notice(failure)


def _give_notice(failure: Failure) -> None:
    """Without a right to step in, removal takes notice and a dispute (P 3.12, P 3.14)."""
    behaviour = failure.model.scenario_data.behaviour.life
    deliverer, item = failure.allocation.deliverer, failure.allocation.item
    months = failure.model.streams.between(
        behaviour.removal_months_low,
        behaviour.removal_months_high,
        Purpose.MONITORING,
        deliverer.key,
        item.key,
        -1 - int(failure.onset),
    )
    failure.plan(lead_removes, months)


@event_handler
def lead_removes(failure: Failure) -> None:
    """Notice has run out."""
    del failure.planned["lead_removes"]
    replace_failing(failure, stepping_in=False, by_commissioner=False)


# What the commissioner does ------------------------------------------------------------------------------


@event_handler
def commissioner_sees(failure: Failure) -> None:
    """The commissioner learns of it: it warns the holder, and a remedial plan is asked for."""
    del failure.planned["commissioner_sees"]
    life = failure.life
    model = failure.model
    failure.known = True
    model.tell(FailureSeen(life, failure.onset))
    if failure.over:
        life.failures.remove(failure)
        return
    model.tell(WarningGiven(life))
    model.trust.broken(life.holder.key, life.commissioner.key, model.time)
    deliverer = failure.allocation.deliverer.index
    model.log("warning", life.holder.index, deliverer, contract=life.contract.id)
    _ask_for_plan(failure)
    failure.plan(commissioner_withholds, model.scenario_data.behaviour.life.remedy_months)


@event_handler
def commissioner_withholds(failure: Failure) -> None:
    """No better: part of the pay for the failing work is withheld, and the failure is material to the lead."""
    del failure.planned["commissioner_withholds"]
    life = failure.life
    failure.withholding = True
    failure.model.log(
        "payment_withheld", life.holder.index, failure.allocation.deliverer.index, contract=life.contract.id
    )
    lead_is_at_it = {"lead_sees", "lead_acts"} & failure.planned.keys() or failure.model.policy.step_in
    if failure.allocation.sub is not None and not lead_is_at_it:
        _give_notice(failure)
    failure.plan(commissioner_acts, failure.model.scenario_data.behaviour.life.remedy_months)


@event_handler
def commissioner_acts(failure: Failure) -> None:
    """Still no better: step in on a failing sub-contractor where the policy allows, else think of terminating."""
    del failure.planned["commissioner_acts"]
    if failure.model.policy.step_in and replace_failing(failure, stepping_in=True, by_commissioner=True):
        return
    if termination_pays(failure.life):
        terminate_for_failure(failure)


# The remedial plan ---------------------------------------------------------------------------------------


def worthwhile_plan(life: ContractInForce, allocation: Allocation) -> int | Why:
    """Cost in pence of putting a failure right; why not if that cannot be done or is not worth it.

    Put right means that the work is done in full again and better than before. What is at stake is what the work earns
    to the end of the contract and the pay that would be withheld.
    """
    behaviour = life.model.scenario_data.behaviour.life
    deliverer = allocation.deliverer
    gain = behaviour.remedial_gain + behaviour.cutting_harm * allocation.cut
    if allocation.performance_margin + deliverer.fitness + gain <= behaviour.recovery_margin:
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
    allocation.performance_margin += behaviour.remedial_gain + behaviour.cutting_harm * allocation.cut
    allocation.cut = 0.0
    allocation.cost_rate = allocation.full_cost * allocation.share / 4.0 - allocation.fixed_rate
    allocation.repaired = True
