"""Response of deliverers' activity to payment: intensity, place of care, choice of cases (K on payment; M; K, site D).

Demand of the quarter sets need. When a contract or its terms change, and once a year, each deliverer compares the
income and the cost of a further unit and chooses:

- units of activity per case (``volume_response``),
- as lead of a pathway under one plan, the share of acute work done outside hospital instead (``own_margin_motive``
  decides whether the fixed cost of its own work counts),
- the share of severe cases that it turns away (``cream_skimming``).

Only incentives that reach the deliverer count: for a sub-contractor the part of the head contract that flows down, for
a holder the part that the commissioner does not share. Money in pence a quarter at planned activity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import flow_down_factor
from caremarket.agents.costs.ratchet import kept_of_savings
from caremarket.agents.entities.contract import ActivityResponse
from caremarket.agents.money.pooled_budget import charge_commissioner, pay_commissioner
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.market.parameters.activity import ActivityParameters
    from caremarket.market.payments import PaymentModel

ACUTE = FUNCTION_INDEX["acute"]
OUT_OF_HOSPITAL = (FUNCTION_INDEX["community"], FUNCTION_INDEX["primary"])
"""Functions that can take over acute work."""


def choose_activity(in_force: ContractInForce) -> None:
    """Have every deliverer under a contract choose its activity response again."""
    model = in_force.model
    mechanisms = model.scenario_data.mechanisms
    payment = in_force.payment
    in_force.shift_rate = 0.0
    active = mechanisms.volume_response or mechanisms.cream_skimming or mechanisms.own_margin_motive
    for allocation in in_force.allocations:
        allocation.response = best_response(in_force, allocation, payment) if active else None
    if active and in_force.contract.form.one_plan and (mechanisms.volume_response or mechanisms.own_margin_motive):
        _move_work(in_force, payment)


def best_response(in_force: ContractInForce, allocation: Allocation, payment: PaymentModel) -> ActivityResponse | None:
    """One deliverer's choice of intensity and of cases; None where it simply meets need."""
    model = in_force.model
    mechanisms = model.scenario_data.mechanisms
    parameters = model.scenario_data.behaviour.activity
    sub = allocation.sub
    reach = 1.0 - in_force.gain_share if sub is None else sub.flow_down
    price = allocation.head_rate if sub is None else allocation.whole_sub_rate * allocation.share
    cost = allocation.cost_rate
    if cost <= 0.0 or price <= 0.0 or reach <= 0.0:
        return None
    response = ActivityResponse()
    if mechanisms.volume_response:
        acute = allocation.item.function == ACUTE
        curvature = parameters.activity_curvature_acute if acute else parameters.activity_curvature_other
        kept = kept_of_savings(in_force, allocation.item, in_force.commissioner.data_quality)
        gain = reach * (payment.activity * payment.intensity * price - kept * cost)
        step = gain / (curvature * price)
        step = min(parameters.activity_cap, max(-parameters.activity_cap, step))
        response.intensity = 1.0 + step
        response.effort = 0.5 * curvature * step * step * price / cost
    if mechanisms.cream_skimming:
        # The commissioner pays for these patients elsewhere, and so knows of every one of them.
        kept = kept_of_savings(in_force, allocation.item, parameters.elsewhere_multiple)
        response.refused = refused_share(model, parameters, payment, allocation, price, cost, reach, kept)
        severe = parameters.severe_share * response.refused
        response.treated = 1.0 - severe
        response.severity = (1.0 - severe * parameters.severe_cost) / response.treated if severe < 1.0 else 1.0
    return response


def refused_share(
    model: Market,
    parameters: ActivityParameters,
    payment: PaymentModel,
    allocation: Allocation,
    price: float,
    cost: float,
    reach: float,
    kept: float,
) -> float:
    """Share ``d`` of severe cases that a deliverer turns away, in [0, ``severity_known``] (M).

    ``gain`` is its saving for each pound of their price, of which it keeps a share ``kept``. Detection
    has probability ``monitoring * d`` and costs
    ``skimming_penalty * d / 2`` of that price, so the best ``d`` is ``gain / (monitoring * skimming_penalty)``. It
    cannot exceed ``severity_known``, the share of severe cases recognised before treatment.
    """
    extra = parameters.severe_cost
    earned = payment.activity * (1.0 + payment.severity * (extra - 1.0)) * price
    gain = reach * (kept * cost * extra - earned) / (price * extra)
    gain -= parameters.skimming_reluctance * allocation.deliverer.social_value
    if gain <= 0.0:
        return 0.0
    price_of_detection = model.policy.monitoring * parameters.skimming_penalty
    if price_of_detection <= 0.0:
        return parameters.severity_known
    return min(parameters.severity_known, gain / price_of_detection)


# Moving work out of hospital ----------------------------------------------------------------------------


def _move_work(in_force: ContractInForce, payment: PaymentModel) -> None:
    """Move acute work of each pathway to where it costs the lead less."""
    if not in_force.contract.price:
        return
    by_need: dict[int, list[Allocation]] = {}
    for allocation in in_force.allocations:
        if allocation.share:
            by_need.setdefault(allocation.item.need.key, []).append(allocation)
    for allocations in by_need.values():
        acute = [a for a in allocations if a.item.function == ACUTE]
        for function in OUT_OF_HOSPITAL:
            outside = [a for a in allocations if a.item.function == function]
            if acute and outside:
                _move(in_force, payment, acute, outside)
                break


def _unit_cost(in_force: ContractInForce, allocations: list[Allocation]) -> float:
    """Cost to the lead of a further pound of work by reference cost: its own variable cost, or what it pays others.

    Without the own-margin motive, its own work and bought work both count at the contract's price.
    """
    usual = in_force.contract.price / sum([i.reference_cost for i in in_force.contract.items])
    if not in_force.model.scenario_data.mechanisms.own_margin_motive:
        return usual
    fee = 1.0 - in_force.terms.management_fee
    total = work = 0.0
    for allocation in allocations:
        work += allocation.reference
        if allocation.deliverer is in_force.holder:
            total += allocation.cost_rate * 4.0
        else:
            total += allocation.whole_sub_rate * allocation.share * 4.0 * fee
    return total / work if work else usual


def shift_share(
    parameters: ActivityParameters,
    payment: PaymentModel,
    *,
    usual: float,
    acute_cost: float,
    outside_cost: float,
    reach: float,
    kept: float,
) -> float:
    """Share of acute work that a lead moves out of hospital, in [0, ``shift_cap``] (K, site D).

    Costs and the price ``usual`` are per pound of reference cost. Moving a pound saves ``acute_cost`` and costs
    ``shift_ratio * outside_cost``, and a share ``kept`` of that is left after the next letting. Where each function
    earns its own price, the lead also loses the price of the acute work and gains the price of the work that replaces
    it.
    """
    if usual <= 0.0:
        return 0.0
    ratio = parameters.shift_ratio
    gain = kept * (acute_cost - ratio * outside_cost)
    if payment.by_function:
        gain -= payment.activity * usual * (1.0 - ratio)
    best = reach * gain / (parameters.shift_curvature * usual) if parameters.shift_curvature else parameters.shift_cap
    return min(parameters.shift_cap, max(0.0, best))


def _move(in_force: ContractInForce, payment: PaymentModel, acute: list[Allocation], outside: list[Allocation]) -> None:
    parameters = in_force.model.scenario_data.behaviour.activity
    reference = sum([a.reference for a in acute])
    elsewhere = sum([a.reference for a in outside])
    if reference <= 0.0 or elsewhere <= 0.0:
        return
    usual = in_force.contract.price / sum([i.reference_cost for i in in_force.contract.items])
    share = shift_share(
        parameters,
        payment,
        usual=usual,
        acute_cost=_unit_cost(in_force, acute),
        outside_cost=_unit_cost(in_force, outside),
        reach=1.0 - in_force.gain_share,
        kept=kept_of_savings(in_force, acute[0].item, in_force.commissioner.data_quality),
    )
    # Spare capacity of the providers that take the work over limits the share.
    room = min([max(0.0, capacity_limit(a) - 1.0) for a in outside]) * elsewhere
    if parameters.shift_ratio > 0.0:
        share = min(share, room / (parameters.shift_ratio * reference))
    if share <= 0.0:
        return
    for allocation in acute:
        allocation.response = _moved(allocation.response, 1.0 - share)
    for allocation in outside:
        allocation.response = _moved(allocation.response, 1.0 + share * parameters.shift_ratio * reference / elsewhere)
    in_force.shift_rate += 0.5 * parameters.shift_curvature * share * share * usual * reference / 4.0


def _moved(response: ActivityResponse | None, moved: float) -> ActivityResponse:
    found = response or ActivityResponse()
    found.moved = moved
    return found


# Every quarter ------------------------------------------------------------------------------------------


def adjusted_activity(
    in_force: ContractInForce, allocation: Allocation, cases: float, population: float, case_cost: float
) -> tuple[float, float, float, float, float, float]:
    """Activity and pay of a quarter in which the deliverer departs from need or lacks the capacity to meet it.

    Args:
        in_force: the contract.
        allocation: the work and its deliverer.
        cases: need of the quarter relative to plan.
        population: registered people relative to the start of the contract.
        case_cost: cost a case relative to expectation.

    Returns:
        Six numbers relative to plan: work done, in reference cost, at most the deliverer's capacity; effort, in
        variable cost; factor on the holder's income; factor on the sub-contractor's income; reference cost of severe
        cases turned away; reference cost of cases that can neither be treated nor wait.
    """
    parameters = in_force.model.scenario_data.behaviour.activity
    response = allocation.response or _STANDARD
    payment = in_force.payment
    # Patients not treated in earlier quarters have waited.
    due = cases * response.moved + allocation.waiting
    met = (cases + allocation.waiting / response.moved) * response.treated
    intensity = response.intensity
    volume = due * response.treated * response.severity * intensity
    limit = capacity_limit(allocation) if in_force.capped else volume
    if volume > limit:
        # Intensity falls first, down to what need asks; then cases wait.
        if intensity > 1.0:
            intensity = max(1.0, intensity * limit / volume)
            volume = due * response.treated * response.severity * intensity
        if volume > limit:
            met *= limit / volume
            volume = limit
    patients = population
    if payment.patients:
        # cases = population x demand, of which a part is the number of patients.
        patients = population + parameters.register_share * (cases - population)
    severity = response.severity
    if payment.severity:
        severity *= 1.0 + parameters.severity_share * (case_cost - 1.0)
    paid = payment.factor(met, population, patients, intensity, severity)
    head = paid * response.moved if payment.by_function else paid
    flow_down = allocation.sub.flow_down if allocation.sub is not None else 1.0
    below = response.moved * flow_down_factor(met, paid, flow_down)
    wanted = due * response.treated * response.severity
    unmet = max(0.0, wanted - volume / intensity)
    allocation.waiting = min(unmet, parameters.waiting_limit)
    over = unmet - allocation.waiting
    return volume, response.effort, head, below, due - wanted, over


_STANDARD = ActivityResponse()


def capacity_limit(allocation: Allocation) -> float:
    """Largest activity possible in an allocation, relative to plan: a deliverer's commitments share its capacity."""
    deliverer = allocation.deliverer
    function = allocation.item.function
    committed = deliverer.committed[function]
    return deliverer.capacity[function] / committed if committed > 0 else 1.0


def pay_for_care_elsewhere(in_force: ContractInForce, refused: float, over: float) -> None:
    """Pay for the care elsewhere of patients who were not treated.

    ``refused`` is the need of severe cases turned away, ``over`` that of cases beyond capacity, both in pence at
    reference cost. The commissioner pays for both, unless the holder's budget covers the whole population: then the
    holder pays for ``over``.
    """
    model = in_force.model
    multiple = model.scenario_data.behaviour.activity.elsewhere_multiple
    post = model.ledger.post
    if over and in_force.payment.population_budget and in_force.holder.alive:
        cost = int(over * multiple)
        post(model.time, in_force.holder.account, WORLD, cost, Reason.CARE_ELSEWHERE, in_force.contract.id)
        in_force.holder.market_cost += cost
        in_force.surplus -= cost
        over = 0.0
    cost = int((refused + over) * multiple)
    charge_commissioner(in_force, WORLD, cost, Reason.CARE_ELSEWHERE)


# Every year ---------------------------------------------------------------------------------------------


def check_for_skimming(in_force: ContractInForce) -> None:
    """Fine deliverers that the commissioner detects turning severe cases away (yearly)."""
    model = in_force.model
    now = model.time
    parameters = model.scenario_data.behaviour.activity
    for allocation in in_force.allocations:
        response = allocation.response
        if response is None or response.refused <= 0.0 or not allocation.deliverer.alive:
            continue
        deliverer = allocation.deliverer
        u = model.streams.uniform(Purpose.CASE_MIX, deliverer.key, allocation.item.key, int(now))
        if u >= model.policy.monitoring * response.refused:
            continue
        worth = parameters.severe_share * parameters.severe_cost * allocation.head_rate * 4.0
        fine = int(parameters.skimming_penalty * response.refused / 2.0 * worth)
        pay_commissioner(in_force, deliverer.account, fine, Reason.FINE)
        deliverer.market_cost += fine
        model.trust.broken(deliverer.key, in_force.commissioner.key, now)
        model.log("skimming_detected", deliverer.index, contract=in_force.contract.id, amount=fine)
