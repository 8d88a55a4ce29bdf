"""Group membership: practices join, stay or leave, and one withdrawal can cause the next (K, sites A and D)."""

from __future__ import annotations

from math import exp, log1p
from types import MethodType
from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.practice_group import GPFederation
from caremarket.agents.entities.notices import PracticeWithdrew
from caremarket.agents.entities.performance_level import strained
from caremarket.agents.primary_care.pooled_staff import pooling_worth
from caremarket.agents.primary_care.quality import believed_chance
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
    from caremarket.market.parameters.primary_care import PrimaryCareParameters


def scale_gain(list_size: int, pooled_list: int, joining_gain: float) -> float:
    """Value of pooling to a practice, on the scale of its taste for autonomy.

    ``joining_gain * ln(1 + pooled list / own list)``: small practices gain most (K, site A).
    """
    return joining_gain * log1p(pooled_list / max(list_size, 1))


def surplus(practice: Practice, group: PracticeGroup) -> float:
    """Value of membership less the autonomy lost, on the scale of ``joining_gain``.

    ``joining_gain * (ln(1 + list of the others / own list) * scale of the form + pounds a patient a year)
    - autonomy * loss of the form``. The pounds are last year's dividends and the value of shared staff.
    """
    joining_gain = practice.model.scenario_data.behaviour.joining_gain
    size = practice.list_size
    member = practice.federation is group
    others = group.pooled_list - size if member else group.pooled_list
    worth = group.form.scale * scale_gain(size, others, joining_gain)
    pounds = pooling_worth(practice, group, others + size)
    if member:
        pounds += practice.dividends / 100.0 / max(size, 1)
    return worth + joining_gain * pounds - practice.autonomy * group.form.autonomy_loss


def perceived_risk(group: PracticeGroup, now: float) -> float:
    """Risk that members perceive in a group: the group's risk times the share that members bear.

    Risk is a share of income. The group's risk adds up a basic part, a part for financial strain, a part for pay
    withheld until the network reaches its target, and alarm from recent withdrawals (K, site D).
    """
    form = group.form
    if not form.risk_sharing:
        return 0.0
    model = group.model
    care = model.scenario_data.behaviour.primary_care
    risk = care.base_risk + alarm(group, now)
    if isinstance(group, GPFederation) and strained(group):
        risk += care.strain_risk
    withheld = model.policy.quality_network_share
    if withheld and model.scenario_data.mechanisms.quality_framework and group.networks:
        worst = min(believed_chance(n, care.network_target, care.network_belief) for n in group.networks)
        risk += withheld * framework_share(care) * (1.0 - worst)
    return form.risk_sharing * risk


def why_too_risky(practice: Practice, group: PracticeGroup) -> str:
    """Reason for leaving: "risk" if it is too high without the alarm from withdrawals, else "others_left"."""
    now = practice.model.time
    without = perceived_risk(group, now) - group.form.risk_sharing * alarm(group, now)
    return "risk" if without > practice.risk_threshold else "others_left"


def framework_share(care: PrimaryCareParameters) -> float:
    """Share of a practice's usual pay, in [0, 1], that comes from the quality framework."""
    core = sum(care.core_pay_gbp[kind] * share for kind, share in care.core_share.items())
    return care.quality_pay_gbp / max(care.quality_pay_gbp + core / sum(care.core_share.values()), 1e-9)


def alarm(group: PracticeGroup, now: float) -> float:
    """Remaining alarm from withdrawals, as a share of income; it decays exponentially."""
    if not group.alarm:
        return 0.0
    return group.alarm * exp((group.alarmed_at - now) / group.model.scenario_data.behaviour.primary_care.alarm_months)


def withdrawal_seen(group: PracticeGroup, leaver: Practice, before: int, now: float) -> None:
    """Raise alarm after a practice left a group of ``before`` patients; some members reconsider soon.

    Only members with a threshold below the risk now perceived reconsider, each after its own number of weeks.
    """
    cascade = group.last_withdrawal >= 0.0 and now - group.last_withdrawal <= 12.0
    group.model.tell(PracticeWithdrew(cascade))
    group.last_withdrawal = now
    scenario = group.model.scenario_data
    if not (scenario.mechanisms.contagion and group.form.risk_sharing):
        return
    care = scenario.behaviour.primary_care
    group.alarm = alarm(group, now) + care.contagion * leaver.list_size / max(before, 1)
    group.alarmed_at = now
    if scenario.mechanisms.membership_choice:
        risk = perceived_risk(group, now)
        for member in list(group.members.values()):
            if member.risk_threshold < risk and not member.worried:
                _worry(member)


def months_to_decide(practice: Practice) -> float:
    """Months until a worried member decides on its membership."""
    care = practice.model.scenario_data.behaviour.primary_care
    return practice.model.streams.between(
        care.look_again_months_low,
        care.look_again_months_high,
        Purpose.RISK_THRESHOLD,
        practice.key,
        1,
        int(practice.model.time),
    )


def choose_membership(practice: Practice) -> None:
    """Stay, leave or join by value, net of the cost of leaving or of buying a share."""
    model = practice.model
    now = model.time
    home = practice.federation
    care = model.scenario_data.behaviour.primary_care
    # Converts a pound paid once into value a year over the horizon.
    yearly = model.scenario_data.behaviour.joining_gain / care.horizon_years
    if home is not None:
        if surplus(practice, home) < -care.leaving_gbp * yearly:
            withdraw(practice, "autonomy")
        elif perceived_risk(home, now) > practice.risk_threshold:
            withdraw(practice, why_too_risky(practice, home))
        return
    if practice.left_at >= 0.0 and now - practice.left_at < care.rejoin_months:
        return
    best, most = None, 0.0
    for group in practice.office.groups:
        if group.alive:
            share = care.capital_gbp if group.form.vehicle else 0.0
            worth = surplus(practice, group) - share * yearly
            if worth > most and perceived_risk(group, now) <= practice.risk_threshold:
                best, most = group, worth
    if best is not None:
        best.admit(practice)


def withdraw(practice: Practice, why: str, call: int = 0) -> None:
    """Leave the group; the other members notice. ``call`` is the capital it was asked for, in pence."""
    home = practice.federation
    if home is None:
        return
    model = practice.model
    before = home.pooled_list
    practice.left_at = model.time
    cost = int(100.0 * model.scenario_data.behaviour.primary_care.leaving_gbp * practice.list_size)
    model.ledger.post(model.time, practice.account, WORLD, cost, Reason.PRACTICE_COST)
    model.log("practice_leaves", practice.index, home.index, amount=call, detail=why)
    home.remove_member(practice)
    withdrawal_seen(home, practice, before, model.time)


def _worry(practice: Practice) -> None:
    """Schedule a decision on membership before the yearly review, because another member left."""
    practice.worried = True
    practice.model.schedule(MethodType(reconsider_membership, practice), after=months_to_decide(practice))


@event_handler
def reconsider_membership(practice: Practice) -> None:
    """Leave if perceived risk still exceeds the practice's threshold."""
    practice.worried = False
    home = practice.federation
    if home is not None and perceived_risk(home, practice.model.time) > practice.risk_threshold:
        withdraw(practice, why_too_risky(practice, home))


def call_on_members(federation: GPFederation) -> None:
    """Ask members for capital, at most once a year; members that prefer leaving to paying leave.

    A member pays, up to its reserves, if the value of membership over the horizon plus the cost of leaving exceeds the
    call. Liability is limited: no member can be made to pay (C).
    """
    model = federation.model
    now = model.time
    scenario = model.scenario_data
    care = scenario.behaviour.primary_care
    if now - federation.called_at < 12.0 or not (scenario.mechanisms.exit and federation.can_fail):
        return
    federation.called_at = now
    wanted = care.call_months * federation.turnover / 12.0 - (federation.reserves + federation.receivable)
    call = min(100.0 * care.call_limit_gbp, wanted / max(federation.pooled_list, 1))
    joining_gain = scenario.behaviour.joining_gain
    raised = 0
    for practice in list(federation.members.values()):
        if practice.federation is not federation:  # a withdrawal may have dissolved it
            continue
        worth = 100.0 * surplus(practice, federation) / joining_gain * care.horizon_years if joining_gain else 0.0
        if worth + 100.0 * care.leaving_gbp < call and scenario.mechanisms.membership_choice:
            withdraw(practice, "capital_call", int(call * practice.list_size))
            continue
        paid = min(int(call * practice.list_size), max(0, practice.reserves))
        model.ledger.post(now, practice.account, federation.account, paid, Reason.SPONSOR_EQUITY)
        raised += paid
    model.log("capital_call", federation.index, amount=raised)
