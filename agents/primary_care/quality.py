"""The quality framework: a practice's attainment, effort that responds to pay, and pay withheld for the network (K).

A practice's pay is ``P a``: ``P`` is the pay for full attainment, ``a`` its attainment. A share ``w`` may be withheld
until the mean of the practice's network reaches a target (K, site C). The practice believes this has probability
``p``, logistic in the network's latest mean. Effort adds to attainment at quadratic cost, so the practice chooses
``e = e0 (1 - w + w p + w a p' (own share + what it takes to heart * the others' share))``. The bracket adds up direct
pay, the expected part of withheld pay, and the effect of its own weight in the mean on itself and on the others. Peer
pressure sets how much it takes the others to heart; it grows with the time for which the network has been stable.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.primary_care.claims import pay_claim
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.general_practice.quality_network import QualityNetwork

_COST = int(Reason.PRACTICE_COST)


def believed_chance(network: QualityNetwork, target: float, spread: float) -> float:
    """Believed probability that the network reaches its target."""
    return 1.0 / (1.0 + exp((target - network.mean(target)) / spread))


def drive(practice: Practice, network: QualityNetwork, withheld: float) -> float:
    """Marginal pay of effort relative to pay without withholding: the bracket of the module's formula."""
    scenario = practice.model.scenario_data
    care = scenario.behaviour.primary_care
    chance = believed_chance(network, care.network_target, care.network_belief)
    slope = chance * (1.0 - chance) / care.network_belief
    own = 1.0 / network.members
    concern = own
    if scenario.mechanisms.peer_pressure:
        settled = network.stability(practice.model.time, care.stability_months)
        concern += care.peer_pressure * settled * (1.0 - own)
    usual = practice.attainment if practice.attainment >= 0.0 else care.network_target
    return 1.0 - withheld + withheld * (chance + usual * slope * concern)


def settle_quality(practice: Practice, years: float) -> None:
    """Measure attainment over the past ``years``, and pay by the practice's own and its network's attainment."""
    model = practice.model
    care = model.scenario_data.behaviour.primary_care
    network = practice.network
    withheld = model.policy.quality_network_share
    effort = care.quality_effort
    if withheld and network is not None:
        effort *= drive(practice, network, withheld)
    effort = min(care.quality_effort_cap, effort)
    noise = care.quality_noise * model.streams.normal(Purpose.QUALITY_FRAMEWORK, practice.key, 1, practice.reviews)
    attainment = min(1.0, max(0.0, practice.quality + effort + noise))
    released = 1.0
    if network is not None:
        network.report(practice, attainment)
        if withheld and network.mean(0.0) < care.network_target:
            released = 1.0 - withheld
    else:
        practice.attainment = attainment
    full = practice.quality_pay * years
    pay_claim(practice, int(full * attainment * released))
    cost = int(full * effort * effort / (2.0 * care.quality_effort))
    model.ledger.post(model.time, practice.account, WORLD, cost, _COST)
    office = practice.office
    office.attained += attainment * practice.list_size
    office.weight += practice.list_size
    model.primary_care.attained += attainment
    model.primary_care.returns += 1
