"""Who counts as incumbent: holders, sponsors of vehicles, partners, and whoever bids together with one of them."""

from __future__ import annotations

from statistics import mean

from caremarket.agents.bidding.joint_bid import incorporate
from caremarket.agents.costs.estimates import estimate_sigma
from caremarket.agents.entities.incumbency import count_as_holder, holders_of
from caremarket.agents.entities.providers.special_purpose_vehicle import Vehicle
from caremarket.agents.entities.submission import Submission
from caremarket.agents.model import CareMarket, simulate
from tests.agents.conftest import months, small

# Single services asked of organisations whose turnover is mostly too small; vehicles that cost nothing to set up.
JOINTLY = {"turnover_ratio": 4.0, "duration_years": 2.0, "route": "two_stage"}
CHEAP = {"collaboration": {"vehicle_setup_gbp": 0.0}}


def test_whoever_sponsors_the_vehicle_that_holds_the_work_is_an_incumbent() -> None:
    scenario = small(policy=JOINTLY, behaviour=CHEAP)
    for seed in range(1, 6):
        for model in months(scenario, seed):
            for process in model.processes.values():
                numbers = [n for item in process.procurement.lot.items for n in item.contracts]
                holders = [model.contracts[n].holder for n in numbers]
                if process.holders and any(isinstance(h, Vehicle) for h in holders):
                    sponsors = {s.index for h in holders for s, _ in h.sponsors if s.alive}
                    assert sponsors
                    assert sponsors <= process.holders
                    return
    raise AssertionError("no work of a vehicle was bought again")


def a_consortium(*, vehicle: bool) -> Submission:
    """A joint bid that is being judged."""
    for seed in range(1, 10):
        for model in months(small(policy=JOINTLY, behaviour=CHEAP if vehicle else {}), seed, 0.5):
            for process in model.processes.values():
                for response in process.responses.values():
                    joint = response.consortium is not None and response.through_vehicle == vehicle
                    if joint and process.winner is None:
                        return response
    raise AssertionError("nobody bid together")


def test_a_consortium_with_an_incumbent_is_an_incumbent_and_so_is_its_new_vehicle() -> None:
    response = a_consortium(vehicle=True)
    lead, partner = response.members[:2]
    tender = response.tender
    tender.holders = frozenset({partner.index})
    assert response.bidder is lead
    count_as_holder(response)
    assert tender.holders == {lead.index, partner.index}
    incorporate(response)
    assert isinstance(response.bidder, Vehicle)
    assert response.bidder.index in tender.holders


def test_a_consortium_of_outsiders_is_none() -> None:
    response = a_consortium(vehicle=False)
    tender = response.tender
    members = {m.index for m in response.members}
    stranger = next(p.index for p in response.model.providers if p.index not in members)
    for holders in (frozenset[int](), frozenset({stranger})):
        tender.holders = holders
        count_as_holder(response)
        assert tender.holders == holders


def test_partners_of_a_lead_hold_the_work_with_it_and_mere_subcontractors_do_not() -> None:
    model = CareMarket(small("policy=prime_provider"), 1)
    model.run_until(60.0)
    led = [f for f in model.contracts.values() if any(s.end < 0 and not s.agreed for s in f.contract.subcontracts)]
    assert led
    in_force = led[0]
    sub = next(s for s in in_force.contract.subcontracts if s.end < 0 and not s.agreed)
    assert sub.supplier not in set(holders_of(in_force))
    sub.agreed = True
    assert sub.supplier in set(holders_of(in_force))


def test_incumbents_win_under_primes_too() -> None:
    for policy in ("prime_contractor", "prime_provider"):
        rates = [simulate(small(f"policy={policy}"), seed).summary["incumbent_win_rate"] for seed in (1, 2)]
        assert max(r or 0.0 for r in rates) > 0.0


def test_the_incumbent_knows_its_cost_better_than_others_do() -> None:
    """Hendricks and Porter 1988: it has done the work, so its estimate has less error."""
    model = CareMarket(small("policy=separate"), 1)
    model.run_until(48.0)
    inside, outside = [], []
    for item in model.items:
        deliverers = {d.index for n in item.contracts for d, _ in model.contracts[n].deliverers(item)}
        for provider in model.bidders(model.commissioners[item.commissioner].area, item.function):
            error = estimate_sigma(model, provider, item, 0.0)
            (inside if provider.index in deliverers else outside).append(error)
    assert mean(inside) < 0.8 * mean(outside)
