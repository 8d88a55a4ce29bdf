"""Whatever the policy, mechanisms and mishaps: what must hold in any market, tried on hundreds of random ones."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any, get_args

import annotated_types
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic.fields import FieldInfo

from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket
from caremarket.agents.records.summary import national_shares
from caremarket.agents.strategies import STRATEGIES
from caremarket.market.compatibility import why_not
from caremarket.market.contracts import CONTRACT_TRANSITIONS, ContractState
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES

from .conftest import small
from .test_conservation import HARSH, check_commitments, check_federations, check_services

EXAMPLES = 100
MONTHS = 42
TINY = {
    "horizon_years": MONTHS / 12.0,
    "market": {
        "synthetic": {
            "ccgs": 2,
            "practices_per_ccg": 5,
            "acute_trusts": 2,
            "community_trusts": 1,
            "federations": 2,
            "third_sector": 6,
            "independents": 3,
            "primes": 2,
        }
    },
}
NAMED: dict[str, list[str]] = {
    "form": [*sorted(FORMS), "appraise"],
    "payment": sorted(PAYMENTS),
    "route": sorted(ROUTES),
}
# Wide enough to meet every branch, narrow enough that contracts end and come back within the horizon.
NARROWER: dict[str, tuple[float, float]] = {
    "duration_years": (1.0, 2.5),
    "extension_years": (0.0, 1.0),
    "phasing_years": (0.0, 1.0),
    "engagement_months": (0.0, 3.0),
    "pathways_per_lot": (1, 2),
    "ccgs_per_lot": (1, 2),
    "indicators": (0, 60),
    "turnover_ratio": (0.0, 1.5),
    "guarantee_share": (0.0, 0.2),
    "payment_days": (0.0, 120.0),
    "subcontract_payment_days": (0.0, 120.0),
    "prompt_payment_days": (0.0, 60.0),
    "shadow_months": (0.0, 18.0),
}


def lever(name: str, field: FieldInfo) -> SearchStrategy[Any]:
    """Values of a lever, from its type and range."""
    if name in NAMED:
        return st.sampled_from(NAMED[name])
    if field.annotation is bool:
        return st.booleans()
    choices = get_args(field.annotation)
    if choices and all(isinstance(c, str) for c in choices):
        return st.sampled_from(choices)
    low = next((float(m.ge) for m in field.metadata if isinstance(m, annotated_types.Ge)), 0.0)  # type: ignore[arg-type]
    high = next((float(m.le) for m in field.metadata if isinstance(m, annotated_types.Le)), 1.0)  # type: ignore[arg-type]
    low, high = NARROWER.get(name, (low, high))
    if field.annotation is int:
        return st.integers(int(low), int(high))
    return st.floats(low, high).map(lambda x: round(x, 3))


LEVERS = {
    name: lever(name, field)
    for name, field in PolicySpec.model_fields.items()
    if "weight_" not in name and not isinstance(field.default, tuple)
}


@st.composite
def policies(draw: DrawFn) -> dict[str, Any]:
    """A policy: a few levers away from their defaults, and award criteria that sum to one."""
    names = draw(st.lists(st.sampled_from(sorted(set(LEVERS) - set(NAMED))), max_size=12, unique=True))
    found = {name: draw(LEVERS[name]) for name in [*NAMED, *names]}
    found["lot_scope"] = draw(st.sampled_from(["function", "pathway"]))
    parts = [draw(st.integers(1, 10)) for _ in range(4)]
    weights = ("weight_price", "weight_quality", "weight_social_value", "weight_integration")
    found |= {name: part / sum(parts) for name, part in zip(weights, parts, strict=True)}
    policy = {"duration_years": 1.0} | found
    assume(why_not(PolicySpec.model_validate(policy)) is None)
    return policy


@st.composite
def sections(draw: DrawFn) -> dict[str, Any]:
    """What differs from the small market."""
    off = draw(st.lists(st.sampled_from(sorted(MechanismSpec.model_fields)), max_size=5, unique=True))
    found: dict[str, Any] = {
        "policy": draw(policies()),
        "mechanisms": dict.fromkeys(off, False),
        "behaviour": {"strategy": draw(st.sampled_from(sorted(STRATEGIES)))},
        "record": {"check_ledger": "event"},
    }
    if draw(st.booleans()):
        found["market"] = HARSH
    if draw(st.booleans()):
        shock = draw(st.sampled_from(["practice_withdraws", "provider_fails", "funds_lost"]))
        found["shocks"] = {"one": {"month": draw(st.integers(1, 36)), "kind": shock, "count": draw(st.integers(1, 4))}}
    if draw(st.booleans()):
        month = draw(st.integers(0, 36))
        reform = draw(policies())
        # A reform changes the levers it names and leaves the others.
        assume(why_not(PolicySpec.model_validate(found["policy"] | reform)) is None)
        found["calendar"] = {"reform": {"month": month, "policy": reform}}
    return found


def _both(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        merged[key] = (
            _both(merged[key], value) if isinstance(value, dict) and isinstance(merged.get(key), dict) else value
        )
    return merged


class Watch:
    """Contracts' states as they pass, written down beside the state machine."""

    def __init__(self) -> None:
        self.seen: dict[int, list[ContractState]] = defaultdict(list)

    def look(self, model: CareMarket) -> None:
        for contract in (in_force.contract for in_force in [*model.contracts.values(), *model.winding_up.values()]):
            states = self.seen[contract.id]
            if not states or states[-1] is not contract.state:
                states.append(contract.state)

    def check(self) -> None:
        for states in self.seen.values():
            for before, after in pairwise(states):
                assert after in _reachable(before), (before, after)


def _reachable(state: ContractState) -> set[ContractState]:
    found: set[ContractState] = set()
    open_ = [state]
    while open_:
        for after in CONTRACT_TRANSITIONS[open_.pop()] - found:
            found.add(after)
            open_.append(after)
    return found


def check_chains(model: CareMarket) -> None:
    """Every sub-contract belongs to a live head contract, or is over."""
    for in_force in model.contracts.values():
        assert in_force.contract.running
        for sub in in_force.contract.subcontracts:
            assert sub.head == in_force.contract.id
            assert sub.end >= 0.0 or model.organisations[sub.supplier].alive
    for in_force in model.winding_up.values():
        assert not in_force.contract.running
        assert all(sub.end >= 0.0 for sub in in_force.contract.subcontracts)


def check_volume(model: CareMarket) -> None:
    """Nobody is bound to deliver, or delivers, more than it can."""
    for provider in model.organisations:
        if isinstance(provider, Provider) and provider.alive:
            for committed, capacity in zip(provider.committed, provider.capacity, strict=True):
                assert committed <= capacity + 1, (provider.id, committed, capacity)


def check_public_figures(model: CareMarket) -> None:
    """Shares sum to one in both views, and trust lies between nothing and full."""
    shares = national_shares(model)
    for view in (shares.direct, shares.delivered):
        total = sum(view.values())
        assert all(value >= 0.0 for value in view.values())
        if total:
            assert abs(sum(value / total for value in view.values()) - 1.0) < 1e-9
    assert abs(sum(shares.direct.values()) - sum(shares.delivered.values())) <= 1e-6 * sum(shares.direct.values()) + 1.0
    for value, _, start in model.trust.pairs():
        assert 0.0 <= value <= 1.0
        assert 0.0 <= start <= 1.0


def check_the_dead(result: Any) -> None:
    """No posting and no entry in the log after an organisation's exit."""
    organisations = result.tables["organisations"].to_pylist()
    exited = {o["index"]: o["exited"] for o in organisations if o["exited"] >= 0.0}
    by_id = {o["id"]: o["exited"] for o in organisations if o["exited"] >= 0.0}
    for event in result.tables["events"].to_pylist():
        assert event["time"] <= exited.get(event["organisation"], 1e9), event
    for posting in result.tables["postings"].to_pylist():
        assert posting["time"] <= min(by_id.get(posting["payer"], 1e9), by_id.get(posting["payee"], 1e9)), posting


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(changes=sections(), seed=st.integers(0, 2**31))
def test_any_market_keeps_its_books_and_its_word(changes: dict[str, Any], seed: int) -> None:
    """The ledger is checked after every event by the run itself (``record.check_ledger=event``)."""
    model = CareMarket(small(**_both(TINY, changes)), seed)
    watch = Watch()
    for month in range(1, MONTHS, 2):
        model.run_until(float(month))
        watch.look(model)
        check_services(model)
        check_commitments(model)
        check_federations(model)
        check_chains(model)
        check_volume(model)
        check_public_figures(model)
    watch.check()
    result = model.run()
    check_the_dead(result)
    assert result.summary["ledger_imbalance_pence"] == 0


def test_a_contract_that_jumps_is_noticed() -> None:
    """The watch is no idle one."""
    assert ContractState.LIVE not in _reachable(ContractState.EXPIRED)
    assert ContractState.HELD_OVER not in _reachable(ContractState.TERMINATED)
