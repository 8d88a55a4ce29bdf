"""Enhanced services: their pay and cost to a practice, and its decision to provide them (K).

NHS England pays for directed services and the CCG for local ones, both at ``policy.enhanced_price`` times their
expected running cost, for ``policy.enhanced_years``. A practice's own running cost differs, and it needs staff. A post
below ``least_post`` cannot be filled, so a small practice pays for unused hours. Filling a post costs ``hiring_gbp``
for any list size. A practice signs up if pay over the contract's length less running cost less hiring exceeds zero:
it expects no income after that length (K, site B). Staff stay when a contract is renewed. Members of a group may share
staff (:mod:`caremarket.agents.primary_care.pooled_staff`).
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.enhanced_service import Service, Uptake
from caremarket.agents.primary_care.pooled_staff import pooling_of, refresh_terms
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
    from caremarket.agents.entities.market import Market
    from caremarket.market.parameters.primary_care import PrimaryCareParameters

_ENHANCED = int(Reason.ENHANCED_SERVICE)
_COST = int(Reason.PRACTICE_COST)
_HIRING = int(Reason.HIRING)
_POOLED = int(Reason.POOLED_STAFF)
_SOON = 1e-9


def service_list(care: PrimaryCareParameters) -> tuple[Service, ...]:
    """Services on offer: directed ones first, then local ones, each sorted by name."""
    found = [(name, True, cost) for name, cost in sorted(care.directed_services.items())]
    found += [(name, False, cost) for name, cost in sorted(care.local_services.items())]
    return tuple(
        Service(
            name,
            directed,
            cost * 100.0,
            cost * 100.0 * care.service_staff_share,
            care.least_post[name] * care.post_gbp * 100.0,
        )
        for name, directed, cost in found
    )


def offered_services(practice: Practice, services: tuple[Service, ...]) -> list[Uptake]:
    """Services offered to a practice; directed ones go to GMS and PMS practices first, and to no APMS practice (K)."""
    model = practice.model
    care = model.scenario_data.behaviour.primary_care
    found = []
    for number, service in enumerate(services):
        if service.directed and practice.core_contract == "apms":
            continue
        sigma = care.service_cost_sigma
        z = model.streams.normal(Purpose.ENHANCED_SERVICE, practice.key, number) if sigma else 0.0
        found.append(Uptake(number, service, practice.list_size, exp(sigma * z - 0.5 * sigma * sigma), care))
    return found


def settle_enhanced(practice: Practice, since: float, now: float) -> None:
    """Pay the practice for services provided since the last review, and charge it their cost."""
    directed = local = own = shared = 0.0
    scenario = practice.model.scenario_data
    hiring = scenario.mechanisms.hiring_cost
    group = practice.federation
    pooling = pooling_of(practice, group)
    if group is not None and pooling:
        refresh_terms(practice, group, pooling)
    for uptake in practice.services:
        end = uptake.end
        if end <= since:
            continue
        years = ((end if end < now else now) - since) / 12.0
        pay = uptake.price * uptake.expected * years
        if uptake.service.directed:
            directed += pay
        else:
            local += pay
        cost = uptake.cost
        idle = uptake.idle
        if uptake.pooled:
            part = pooling * uptake.staff
            shared += (part + uptake.terms.travel) * years
            cost -= part
            idle = uptake.terms.idle
        own += (cost + idle if hiring else cost) * years
    if directed:
        practice.office.area_team.pay(practice.account, int(directed), _ENHANCED)
    if local:
        practice.office.pay_locally(practice, int(local))
    if own > 0.0:
        practice.model.ledger.post(now, practice.account, WORLD, int(own), _COST)
    if shared and group is not None:
        _share(practice, group, int(shared), _COST)


def _share(practice: Practice, group: PracticeGroup, amount: int, reason: int) -> None:
    """Move ``amount`` pence from a member to its group, which pays the shared staff."""
    post = practice.model.ledger.post
    post(practice.model.time, practice.account, group.account, amount, _POOLED)
    post(practice.model.time, group.account, WORLD, amount, reason)


def sign_up(practice: Practice, model: Market, now: float) -> None:
    """Renew, start or drop each service whose contract has ended, and count the services provided."""
    policy = model.policy
    price, length = policy.enhanced_price, policy.enhanced_years
    hiring = model.scenario_data.mechanisms.hiring_cost
    group = practice.federation
    pooling = pooling_of(practice, group)
    if group is not None and pooling:
        refresh_terms(practice, group, pooling)
    office = practice.office
    hired_alone = hired_together = 0.0
    provided = 0
    for uptake in practice.services:
        if uptake.end > now + _SOON:
            provided += 1
            continue
        pay = price * uptake.expected
        alone = length * (pay - uptake.cost)
        if office.uplift and not uptake.service.directed:
            # The uplift from the quality premium is promised for one year only.
            alone += office.uplift * pay
        together = 0.0
        terms = uptake.terms
        hire_alone = hire_together = 0.0
        if pooling:
            together = alone - length * terms.travel
            if hiring:
                hire_together = 0.0 if uptake.staffed and uptake.pooled else terms.hire
                together -= length * terms.idle + hire_together
        if hiring:
            hire_alone = 0.0 if uptake.staffed and not uptake.pooled else uptake.hire
            alone -= length * uptake.idle + hire_alone
        if alone > 0.0 or together > 0.0:
            provided += 1
            if not uptake.end:
                office.providing[uptake.number] += 1
            uptake.end = now + 12.0 * length
            uptake.price = price
            uptake.staffed = True
            uptake.pooled = together > alone
            if uptake.pooled:
                hired_together += hire_together
            else:
                hired_alone += hire_alone
        elif uptake.end:
            uptake.end = 0.0
            uptake.staffed = uptake.pooled = False
            office.providing[uptake.number] -= 1
    if hired_alone:
        model.ledger.post(now, practice.account, WORLD, int(hired_alone), _HIRING)
    if hired_together and group is not None:
        _share(practice, group, int(hired_together), _HIRING)
    counts = model.primary_care
    counts.offered[practice.small] += len(practice.services)
    counts.provided[practice.small] += provided
