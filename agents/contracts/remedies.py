"""Failures of deliverers from onset to end, and the staged remedies against them (P 3.14, P 3.15).

Remedies of the commissioner are, one after the other until one helps: a contract query, which warns the holder and
asks for a remedial plan; payment withheld; an exception report, on which it steps in, goes on with the remedies, or
gives notice to terminate; and, if nothing has changed by the end of the notice, termination (NHS Standard Contract,
general conditions 9 and 17). A lead detects failures of its sub-contractors sooner and may remove one: at once where
the contract gives a right to step in, else only once the failure is material to the head contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.monitoring import attention, attention_of_lead, months_to_see
from caremarket.agents.contracts.supplier_removal import replace_failing
from caremarket.agents.contracts.termination import terminate_for_failure
from caremarket.agents.costs.contract_margin import margin_of, saved_by_cutting, yearly_cost, years_left
from caremarket.agents.costs.default_cost import cost_of_changing, reputation
from caremarket.agents.costs.termination_choice import months_of_notice, report_on, termination_pays
from caremarket.agents.entities.contract import Failure
from caremarket.agents.entities.notices import FailureSeen, TerminationNoticed, WarningGiven
from caremarket.agents.money.withholding import release
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def begin_failure(in_force: ContractInForce, allocation: Allocation) -> None:
    """Begin the failure of a deliverer below the standard, and plan its detection by commissioner and lead."""
    failure = allocation.failure = Failure(in_force, allocation)
    in_force.model.log(
        "failure_begins", allocation.deliverer.index, in_force.holder.index, contract=in_force.contract.id
    )
    tiers = 1 if allocation.sub is None else 2
    failure.plan(commissioner_sees, months_to_see(in_force, allocation, attention(in_force), tiers))
    if allocation.sub is not None:
        failure.plan(lead_sees, months_to_see(in_force, allocation, attention_of_lead(in_force), 1))


def check_for_recovery(failure: Failure) -> None:
    """End a failure once performance exceeds the standard by the recovery margin; withheld pay is released."""
    allocation = failure.allocation
    margin = failure.model.scenario_data.behaviour.life.recovery_margin
    if allocation.performance_margin + allocation.deliverer.fitness > margin:
        release(failure)
        if failure.noticed:
            _withdraw_notice(failure, "recovered")
        failure.end()


# Deliverer ----------------------------------------------------------------------------------------------


def _ask_for_plan(failure: Failure) -> None:
    """Ask the deliverer, once, for a remedial plan; it carries one out if that would work and pays.

    Notice of termination puts the question to it again, with more at stake.
    """
    if failure.asked and not failure.noticed:
        return
    failure.asked = True
    in_force, allocation = failure.in_force, failure.allocation
    deliverer = allocation.deliverer
    cost = worthwhile_plan(in_force, allocation, at_stake=lost_by_termination(failure) if failure.noticed else 0.0)
    number = in_force.contract.id
    if isinstance(cost, Why):
        failure.model.log(
            "remedial_plan_refused",
            deliverer.index,
            in_force.holder.index,
            contract=number,
            amount=cost.amount,
            detail=cost.code,
        )
        return
    failure.model.ledger.post(
        failure.model.time, deliverer.account, WORLD, cost, Reason.REMEDIAL_PLAN, in_force.contract.id
    )
    deliverer.market_cost += cost
    carry_out_plan(allocation)
    failure.model.log("remedial_plan", deliverer.index, in_force.holder.index, contract=number, amount=cost)


# Lead ---------------------------------------------------------------------------------------------------


@event_handler
def lead_sees(failure: Failure) -> None:
    """Have the lead warn its sub-contractor and ask for a remedial plan."""
    del failure.planned["lead_sees"]
    if failure.allocation.sub is None:
        return
    _ask_for_plan(failure)
    failure.plan(lead_acts, failure.model.scenario_data.behaviour.life.remedy_months)


@event_handler
def lead_acts(failure: Failure) -> None:
    """Have the lead replace its sub-contractor: at once with a right to step in, else if the failure is material."""
    del failure.planned["lead_acts"]
    if failure.model.policy.step_in:
        replace_failing(failure, stepping_in=True, by_commissioner=False)
    elif failure.withholding:
        _give_notice(failure)


def _give_notice(failure: Failure) -> None:
    """Plan a removal after notice and dispute, which it takes without a right to step in (P 3.12, P 3.14)."""
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
    """Have the lead remove its sub-contractor at the end of the notice."""
    del failure.planned["lead_removes"]
    replace_failing(failure, stepping_in=False, by_commissioner=False)


# Commissioner -------------------------------------------------------------------------------------------


@event_handler
def commissioner_sees(failure: Failure) -> None:
    """Have the commissioner, which now knows of the failure, warn the holder and ask for a remedial plan."""
    del failure.planned["commissioner_sees"]
    in_force = failure.in_force
    model = failure.model
    failure.known = True
    model.tell(FailureSeen(in_force, failure.onset))
    if failure.over:
        in_force.failures.remove(failure)
        return
    report_on(failure.allocation)
    model.tell(WarningGiven(in_force))
    model.trust.broken(in_force.holder.key, in_force.commissioner.key, model.time)
    deliverer = failure.allocation.deliverer.index
    model.log("warning", in_force.holder.index, deliverer, contract=in_force.contract.id)
    _ask_for_plan(failure)
    failure.plan(commissioner_withholds, model.scenario_data.behaviour.life.remedy_months)


@event_handler
def commissioner_withholds(failure: Failure) -> None:
    """Have the commissioner withhold part of the pay for failing work, which makes the failure material to the lead."""
    del failure.planned["commissioner_withholds"]
    in_force = failure.in_force
    failure.withholding = True
    failure.model.log(
        "payment_withheld", in_force.holder.index, failure.allocation.deliverer.index, contract=in_force.contract.id
    )
    lead_is_acting = {"lead_sees", "lead_acts"} & failure.planned.keys() or failure.model.policy.step_in
    if failure.allocation.sub is not None and not lead_is_acting:
        _give_notice(failure)
    failure.plan(commissioner_acts, failure.model.scenario_data.behaviour.life.remedy_months)


@event_handler
def commissioner_acts(failure: Failure) -> None:
    """On an exception report: step in where the policy allows, give notice to terminate if it pays, or go on."""
    del failure.planned["commissioner_acts"]
    model = failure.model
    if model.policy.step_in and replace_failing(failure, stepping_in=True, by_commissioner=True):
        return
    in_force, deliverer = failure.in_force, failure.allocation.deliverer.index
    if termination_pays(in_force):
        model.tell(TerminationNoticed(in_force))
        model.log("termination_notice", in_force.holder.index, deliverer, contract=in_force.contract.id)
        failure.plan(commissioner_ends, months_of_notice(model))
        _ask_for_plan(failure)
        return
    if not failure.kept:
        failure.kept = True
        model.log("kept_with_remedy", in_force.holder.index, deliverer, contract=in_force.contract.id)
    failure.plan(commissioner_acts, model.scenario_data.behaviour.life.remedy_months)


@event_handler
def commissioner_ends(failure: Failure) -> None:
    """At the end of the notice, terminate the contract if that still pays; otherwise go on."""
    del failure.planned["commissioner_ends"]
    if termination_pays(failure.in_force):
        terminate_for_failure(failure)
        return
    _withdraw_notice(failure, "no_longer_pays")
    failure.plan(commissioner_acts, failure.model.scenario_data.behaviour.life.remedy_months)


def _withdraw_notice(failure: Failure, why: str) -> None:
    """Log that the commissioner withdraws its notice to terminate."""
    in_force, deliverer = failure.in_force, failure.allocation.deliverer.index
    in_force.model.log(
        "termination_withdrawn", in_force.holder.index, deliverer, contract=in_force.contract.id, detail=why
    )


# Remedial plan ------------------------------------------------------------------------------------------


def lost_by_termination(failure: Failure) -> float:
    """Loss of the deliverer at fault from termination besides its margin, pence: part of damages, and reputation."""
    in_force, sub = failure.in_force, failure.allocation.sub
    deliverer = failure.allocation.deliverer
    owed = cost_of_changing(in_force) * (1.0 if sub is None else sub.flow_down)
    if deliverer.limited_liability:
        owed = min(owed, max(0, deliverer.reserves))
    return owed + reputation(deliverer, in_force.contract.price * failure.weight)


def worthwhile_plan(in_force: ContractInForce, allocation: Allocation, at_stake: float = 0.0) -> int | Why:
    """Cost of a remedial plan in pence, or the reason for refusing one.

    A plan ends corner cutting and raises performance. At stake are, to the end of the contract, the margin on the work
    and the pay that would be withheld, and ``at_stake`` pence more.
    """
    behaviour = in_force.model.scenario_data.behaviour.life
    deliverer = allocation.deliverer
    gain = behaviour.remedial_gain + behaviour.cutting_harm * allocation.cut
    if allocation.performance_margin + deliverer.fitness + gain <= behaviour.recovery_margin:
        return Why("beyond_repair")
    years = years_left(in_force)
    margin, income = margin_of(in_force, allocation)
    plan = behaviour.remedial_cost_share * yearly_cost(in_force, allocation)
    cost = plan + saved_by_cutting(in_force, allocation) * years
    stake = (max(0.0, margin) + behaviour.withheld_share * max(0.0, income)) * years + at_stake
    return int(plan) if stake > cost else Why("not_worth_it", round(cost))


def carry_out_plan(allocation: Allocation) -> None:
    """Carry out a remedial plan: no corners are cut from now on, and performance rises by ``remedial_gain``.

    The commissioner expects that gain; its later reports show what the plan has yielded.
    """
    behaviour = allocation.deliverer.model.scenario_data.behaviour.life
    allocation.performance_margin += behaviour.remedial_gain + behaviour.cutting_harm * allocation.cut
    allocation.cut = 0.0
    allocation.cost_rate = allocation.full_cost * allocation.share / 4.0 - allocation.fixed_rate
    allocation.repaired = True
    if allocation.judged is not None:
        allocation.judged.expect_gain(behaviour.remedial_gain)
