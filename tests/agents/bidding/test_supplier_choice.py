"""Rules by which leads choose suppliers: each one's preferences, and that every choice goes through the rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from caremarket.agents.contracts.volume_split import find_replacement
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.supplier_choice import SUPPLIER_CHOICES, Rank, SupplierChoice, SupplierView, Weights
from caremarket.market.scenario import Scenario
from tests.agents.conftest import ROSTERED, changed, composed, small


class Supplier(NamedTuple):
    """A supplier with the attributes that a rule may read."""

    trust: float
    experience: float
    quality: float
    unit_cost: float
    social_value: float
    at_home: bool
    public: bool
    sme: bool
    spare: int


NOBODY = Supplier(
    trust=0.5,
    experience=0.0,
    quality=0.7,
    unit_cost=1.0,
    social_value=0.5,
    at_home=True,
    public=False,
    sme=False,
    spare=100,
)
WEIGHTS = Weights(social_value=0.1, away=0.2, experience=0.3)
LED = {"form": "prime_contractor", "lot_scope": "pathway", "payment": "capitated"}


def best(name: str, occasion: str, *others: SupplierView) -> int:
    """Position of the one that the rule puts first."""
    rank = getattr(SUPPLIER_CHOICES[name], occasion)
    return min(range(len(others)), key=lambda n: (rank(others[n], WEIGHTS), n))


def test_the_default_weighs_everything_a_lead_knows() -> None:
    better = {
        "trust": 0.6,
        "experience": 0.1,
        "quality": 0.8,
        "unit_cost": 0.9,
        "social_value": 0.6,
    }
    for name, value in better.items():
        assert best("balanced", "asks", NOBODY, NOBODY._replace(**{name: value})) == 1
    assert best("balanced", "asks", NOBODY._replace(at_home=False), NOBODY) == 1
    (liking,) = SUPPLIER_CHOICES["balanced"].asks(NOBODY._replace(at_home=False, experience=0.5), WEIGHTS)
    assert liking == pytest.approx(-(0.5 + 0.7 - 1.0 + 0.1 * 0.5 - 0.2 + 0.3 * 0.5))


def test_the_lowest_price_wins_whatever_a_partner_is_like() -> None:
    cheap = NOBODY._replace(trust=0.0, quality=0.1, unit_cost=0.9, experience=-1.0)
    for occasion in ("asks", "partners", "small", "replaces"):
        assert best("lowest_price", occasion, NOBODY, cheap) == 1
    takes = SUPPLIER_CHOICES["lowest_price"].takes
    assert takes(cheap, 99.0, 0.0) < takes(NOBODY, 100.0, 50.0)
    assert SUPPLIER_CHOICES["balanced"].takes(cheap, 99.0, 0.0) > SUPPLIER_CHOICES["balanced"].takes(
        NOBODY, 100.0, 50.0
    )


def test_known_partners_come_first_and_trust_decides_among_strangers() -> None:
    known = NOBODY._replace(experience=0.1, trust=0.1, unit_cost=2.0)
    for occasion in ("asks", "partners", "small", "replaces"):
        assert best("known_partners", occasion, NOBODY, known) == 1
        assert best("known_partners", occasion, NOBODY, NOBODY._replace(trust=0.6, unit_cost=2.0)) == 1
        # A bad partner is no better than a stranger.
        assert best("known_partners", occasion, NOBODY, NOBODY._replace(experience=-0.5)) == 0
    takes = SUPPLIER_CHOICES["known_partners"].takes
    assert takes(known, 100.0, 0.0) < takes(NOBODY, 50.0, 50.0)


@pytest.mark.parametrize("name", sorted(SUPPLIER_CHOICES))
def test_a_rule_draws_the_same_for_the_same_seed_and_care_goes_on(name: str) -> None:
    scenario = small(policy=LED, behaviour={"supplier_choice": name})
    first, second = (simulate(scenario, 3) for _ in range(2))
    assert first.summary == second.summary
    assert first.tables["subcontracts"].num_rows > 0


def mean_unit_cost(scenario: Scenario, seed: int) -> float:
    """Mean unit cost of those who supply leads, in the functions they supply."""
    model = CareMarket(scenario, seed)
    model.run()
    costs = [
        model.provider(sub.supplier).unit_cost[sub.items[0].function]
        for in_force in model.contracts.values()
        for sub in in_force.contract.subcontracts
    ]
    return sum(costs) / len(costs)


def test_leads_that_look_at_price_alone_have_cheaper_suppliers() -> None:
    scenario = small(policy=LED)
    cheap = changed(scenario, behaviour={"supplier_choice": "lowest_price"})
    seeds = range(1, 5)
    assert sum(mean_unit_cost(cheap, s) for s in seeds) < sum(mean_unit_cost(scenario, s) for s in seeds)


def test_every_choice_of_a_supplier_goes_through_the_lead_s_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    used: Counter[str] = Counter()
    usual = SUPPLIER_CHOICES["balanced"]

    def counted(occasion: str) -> Callable[..., Rank]:
        rank: Callable[..., Rank] = getattr(usual, occasion)

        def count(other: SupplierView, *rest: Any) -> Rank:
            used[occasion] += 1
            return rank(other, *rest)

        return count

    occasions = ("asks", "takes", "partners", "small", "replaces", "hires")
    watched = SupplierChoice("watched", "this test", **{o: counted(o) for o in occasions})
    monkeypatch.setitem(SUPPLIER_CHOICES, "watched", watched)
    reserved = {**LED, "reserved_share": 0.3}
    # Leads of two kinds, a share for small providers, joint bids, and suppliers that fail and are replaced.
    poor = {"outside_income_cv": 0.3, "overdraft_months": 0.0}
    for policy in (reserved, {"form": "alliance", "lot_scope": "pathway"}, {**reserved, "form": "prime_provider"}):
        plain = small(policy=policy, behaviour=poor)
        watching = changed(plain, behaviour={"supplier_choice": "watched"})
        assert simulate(watching, 2).summary == simulate(plain, 2).summary
    # Nobody has room: whoever takes the work on must hire.
    model = CareMarket(small(policy=LED, behaviour={"supplier_choice": "watched"}), 2)
    item = model.items[0]
    commissioner = model.commissioners[item.commissioner]
    for provider in model.bidders(commissioner.area, item.function):
        provider.capacity = list(provider.committed)
    (lead, *_) = model.primes(commissioner.area)
    asked = find_replacement(model, lead, commissioner, [item])
    assert asked is not None
    assert asked.is_trust
    assert set(used) == set(occasions)


def test_a_lead_of_the_roster_can_have_a_rule_of_its_own() -> None:
    scenario = composed(*ROSTERED)
    plain = CareMarket(scenario, 1)
    given = scenario.model_dump()
    name = given["market"]["roster"]["providers"][0]["id"]
    given["market"]["roster"]["providers"][0]["supplier_choice"] = "known_partners"
    model = CareMarket(Scenario.model_validate(given), 1)
    rules = {p.id: p.supplier_choice.name for p in model.organisations if isinstance(p, Provider)}
    assert rules.pop(name) == "known_partners"
    assert set(rules.values()) == {"balanced"} == {plain.provider(i).supplier_choice.name for i in indices(plain)}


def indices(model: CareMarket) -> list[int]:
    return [p.index for p in model.organisations if isinstance(p, Provider)]
