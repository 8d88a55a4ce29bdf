"""Staff that members of a group share for enhanced services: their cost to a member, and their value to it (K, site A).

For the shared part, a member pays its list's share of the common posts, and a little for travel between sites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.enhanced_service import Terms

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.enhanced_service import Uptake
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
    from caremarket.market.parameters.primary_care import PrimaryCareParameters


def shared_terms(
    uptake: Uptake, list_size: int, pooled_list: int, pooling: float, care: PrimaryCareParameters
) -> Terms:
    """Cost of a service's staff to a member, in pence, if a share ``pooling`` serves ``pooled_list`` patients.

    Members expect all others to take part: the group organises the service for all (K, site A).
    """
    part = list_size / max(pooled_list, 1)
    service = uptake.service
    staff = service.staff_a_patient * pooled_list
    lacking = service.least_staff - staff
    idle = lacking * part if lacking > 0.0 else 0.0
    posts = max(1.0, staff / (care.post_gbp * 100.0))
    hire = care.hiring_gbp * 100.0 * posts * part
    own = 1.0 - pooling
    return Terms(
        pooling * idle + own * uptake.idle,
        pooling * care.pooling_cost_share * uptake.staff,
        pooling * hire + own * uptake.hire,
    )


def refresh_terms(practice: Practice, group: PracticeGroup, pooling: float) -> None:
    """Recalculate the cost of the group's shared staff to a member, if the group's list has changed."""
    known = (group.index, group.pooled_list, pooling)
    if practice.terms_known != known:
        practice.terms_known = known
        care = practice.model.scenario_data.behaviour.primary_care
        for uptake in practice.services:
            uptake.terms = shared_terms(uptake, practice.list_size, group.pooled_list, pooling, care)


def pooling_of(practice: Practice, group: PracticeGroup | None) -> float:
    """Share of staff, in [0, 1], that members of ``group`` pool; 0 for a practice in no group."""
    if group is None or not practice.model.scenario_data.mechanisms.pooled_staffing:
        return 0.0
    return group.form.pooling


def pooling_worth(practice: Practice, group: PracticeGroup, pooled_list: int) -> float:
    """Value of shared staff to a practice, in pounds per patient a year, with the income it protects.

    The gain is the margin on services with shared staff less the margin without. Neighbours may provide the services
    that the practice cannot provide alone, and it fears to lose that income (K, sites A and B).
    """
    model = practice.model
    pooling = pooling_of(practice, group)
    if pooling <= 0.0 or practice.list_size <= 0:
        return 0.0
    policy = model.policy
    known = (policy.enhanced_price, policy.enhanced_years, group.index, pooled_list)
    if practice.pooling_known != known:
        practice.pooling_known = known
        practice.pooling_gain, practice.pooling_feared = _weigh_pooling(practice, pooling, pooled_list)
    gain = practice.pooling_gain
    if practice.pooling_feared:
        care = model.scenario_data.behaviour.primary_care
        office = practice.office
        for number, income in practice.pooling_feared:
            gain += care.income_fear * income * office.providing[number] / office.practices
    return gain / 100.0 / practice.list_size


def _weigh_pooling(practice: Practice, pooling: float, pooled_list: int) -> tuple[float, list[tuple[int, float]]]:
    """Gain from sharing staff, in pence a year, and (service, pay) for each service that only sharing makes viable."""
    model = practice.model
    care = model.scenario_data.behaviour.primary_care
    hiring = model.scenario_data.mechanisms.hiring_cost
    policy = model.policy
    gain = 0.0
    feared = []
    for uptake in practice.services:
        shared = shared_terms(uptake, practice.list_size, pooled_list, pooling, care)
        margin = policy.enhanced_price * uptake.expected - uptake.cost
        alone, together = margin, margin - shared.travel
        if hiring:
            alone -= uptake.idle + uptake.hire / policy.enhanced_years
            together -= shared.idle + shared.hire / policy.enhanced_years
        if together > 0.0:
            gain += together
            if alone <= 0.0:
                feared.append((uptake.number, policy.enhanced_price * uptake.expected))
        if alone > 0.0:
            gain -= alone
    return max(0.0, gain), feared
