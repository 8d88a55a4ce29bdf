"""Whether a commissioner ends a contract for failure: what going on is expected to cost against what ending costs.

A commissioner learns from the reports on work that it has queried how much of a failing is lasting and how much will
pass. It ends a contract only where the harm of going on with the remedies in hand, over the rest of the term, exceeds
the harm that is to be expected from a successor too and the cost of changing (NHS Standard Contract, general conditions
9 and 17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import years_left
from caremarket.agents.costs.default_cost import cost_above_price, cost_of_changing
from caremarket.agents.entities.judgement import Judgement
from caremarket.market.procurement import State

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce, Failure
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider


def months_of_notice(model: Market) -> float:
    """Notice of termination, months: as long as a newcomer takes to mobilise, so that care is handed over."""
    return sum(model.desk.durations[State.MOBILISATION]) / 2.0


# Judgement ----------------------------------------------------------------------------------------------


def judgement_of(model: Market, quality: float) -> Judgement:
    """Judgement of a deliverer at a service before any report, from the ``quality`` that it is known for."""
    life = model.scenario_data.behaviour.life
    usual = quality - life.performance_standard
    return Judgement(usual, life.service_sd, life.form_sd, life.form_persistence)


def report_on(allocation: Allocation) -> None:
    """Have the commissioner, which has queried the work, receive a report of its performance."""
    model = allocation.deliverer.model
    if allocation.judged is None:
        allocation.judged = judgement_of(model, allocation.deliverer.quality + allocation.raised)
    allocation.judged.hear(allocation.performance_margin + allocation.deliverer.fitness, model.time)


def _judged(allocation: Allocation) -> Judgement:
    """The commissioner's judgement of an allocation, or the one it would come to after a first report now."""
    if allocation.judged is not None:
        return allocation.judged
    model = allocation.deliverer.model
    first = judgement_of(model, allocation.deliverer.quality + allocation.raised)
    first.hear(allocation.performance_margin + allocation.deliverer.fitness, model.time)
    return first


# Choice -------------------------------------------------------------------------------------------------


def replacements(in_force: ContractInForce, failure: Failure) -> list[Provider]:
    """Other providers with capacity for the failing work, counting the staff that would move with it."""
    item = failure.allocation.item
    needed = failure.allocation.reference * (1.0 - in_force.model.scenario_data.behaviour.staff_transfer)
    failing = failure.allocation.deliverer
    return [
        p
        for p in in_force.model.bidders(in_force.commissioner.area, item.function)
        if p is not failing and p.spare(item.function) >= needed
    ]


def termination_pays(in_force: ContractInForce, extra: Failure | None = None) -> bool:
    """True if the commissioner expects less cost from giving notice now than from going on to the agreed end.

    Failures with pay withheld count, and ``extra``. Without a replacement for any of them it does not terminate.

    - Going on: ``failure_harm``, less the pay withheld, for the time that each is expected to go on failing.
    - Ending: the same during the notice; then ``failure_harm`` for the time that a replacement, of whom it knows no
      more than the quality, is expected to fail; the cost of changing; and the usual price above the present one.
    """
    years = years_left(in_force)
    notice = min(years, months_of_notice(in_force.model) / 12.0)
    life = in_force.model.scenario_data.behaviour.life
    price = in_force.contract.price
    saved = 0.0
    replaceable = False
    for failure in in_force.failures:
        if not (failure.withholding or failure is extra):
            continue
        judged = _judged(failure.allocation)
        going_on = judged.failing_years(years) - judged.failing_years(notice)
        others = replacements(in_force, failure)
        replaceable |= bool(others)
        quality = sum([p.quality for p in others]) / len(others) if others else failure.allocation.deliverer.quality
        after = judgement_of(in_force.model, quality).chance_failing(0.0) * (years - notice)
        harm = max(0.0, life.failure_harm - life.withheld_share) * going_on - life.failure_harm * after
        saved += harm * failure.weight * price
    return replaceable and saved > cost_of_changing(in_force) + cost_above_price(in_force) * (years - notice)


def gravity_of(failure: Failure) -> float:
    """Gravity of a default for failure, in [0, 1]: 1 if corners were cut, else the probability that it is lasting."""
    return 1.0 if failure.allocation.cut > 0.0 else _judged(failure.allocation).chance_lasting
