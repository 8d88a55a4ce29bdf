"""The same seed gives the same market, anywhere; arms that share a seed differ by their lever alone."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from caremarket.agents.costs.estimates import estimate_cost
from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.records.measures import summary_names
from caremarket.agents.records.tables import SCHEMAS
from caremarket.agents.world.result import RunResult
from caremarket.market.errors import ConfigurationError

from .conftest import changed, composed, small

ROOT = Path(__file__).parents[2]


def fingerprint(result: RunResult) -> str:
    """Digest of the summary and of every table, to the byte."""
    digest = hashlib.sha256(json.dumps(result.summary).encode())
    for name, table in sorted(result.tables.items()):
        stream = io.BytesIO()
        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
        digest.update(name.encode() + stream.getvalue())
    return digest.hexdigest()


def arms() -> tuple[CareMarket, CareMarket]:
    """Two arms that differ in form, payment and route, at their beginning."""
    one = small(policy={"form": "separate", "route": "two_stage"})
    two = small(
        policy={"form": "prime_provider", "lot_scope": "pathway", "payment": "tariff", "route": "single_stage"},
        mechanisms={"exit": False, "bid_cost": False},
    )
    return CareMarket(one, 11), CareMarket(two, 11)


def test_the_same_seed_gives_the_same_tables_and_another_seed_gives_others() -> None:
    scenario = small(policy={"form": "prime_provider", "lot_scope": "pathway"})
    first = simulate(scenario, 8)
    assert set(first.tables) == set(SCHEMAS)
    again = simulate(scenario, 8)
    assert again.summary == first.summary
    assert all(again.tables[name].equals(table, check_metadata=True) for name, table in first.tables.items())
    other = simulate(scenario, 9)
    assert fingerprint(other) != fingerprint(first)
    assert other.summary != first.summary


def test_what_is_recorded_does_not_change_what_happens() -> None:
    scenario = small()
    everything = simulate(scenario, 3)
    nothing = simulate(changed(scenario, record=composed("record=summary").record.model_dump()), 3)
    assert nothing.summary == everything.summary
    assert not nothing.tables


def test_results_do_not_depend_on_the_hash_seed() -> None:
    """Two processes with different PYTHONHASHSEED, for a form with a supply chain and one without."""
    code = (
        "from tests.agents.conftest import small\n"
        "from tests.agents.test_reproducibility import fingerprint\n"
        "from caremarket.agents.model import simulate\n"
        "terms = {'form': 'prime_provider', 'lot_scope': 'pathway', 'outcome_share': 0.1}\n"
        "print(fingerprint(simulate(small(policy=terms), 4)), fingerprint(simulate(small(), 4)))\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "4242")
    ]
    printed = [process.communicate()[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert printed[0] == printed[1]
    assert printed[0][0] != printed[0][1]


def test_arms_that_share_a_seed_have_the_same_people_and_organisations() -> None:
    one, two = arms()
    assert len(one.organisations) == len(two.organisations)
    for a, b in zip(one.organisations, two.organisations, strict=True):
        assert (a.id, a.kind, a.key, a.area, a.reserves) == (b.id, b.kind, b.key, b.area, b.reserves)
        if isinstance(a, Provider) and isinstance(b, Provider):
            assert (a.unit_cost, a.capacity, a.quality, a.skill) == (b.unit_cost, b.capacity, b.quality, b.skill)
            assert (a.turnover, a.markup, a.sme) == (b.turnover, b.markup, b.sme)
        if isinstance(a, Practice) and isinstance(b, Practice):
            assert (a.list_size, a.autonomy) == (b.list_size, b.autonomy)
    assert [(i.key, i.base_cost, i.historic_price) for i in one.items] == [
        (i.key, i.base_cost, i.historic_price) for i in two.items
    ]
    assert [(c.contract.holder, c.contract.end) for c in one.contracts.values()] == [
        (c.contract.holder, c.contract.end) for c in two.contracts.values()
    ]


def test_arms_that_share_a_seed_meet_the_same_demand_and_costs_whatever_happened_before() -> None:
    one, two = arms()
    one.run_until(40.0)
    two.run_until(25.0)
    quarters = range(24)
    for a, b in zip(one.items, two.items, strict=True):
        assert [a.need.demand(q) for q in quarters] == [b.need.demand(q) for q in quarters]
        assert [a.case_cost(one.streams, q) for q in quarters] == [b.case_cost(two.streams, q) for q in quarters]
    assert len({a.need.demand(7) for a in one.items}) > 1
    other = CareMarket(one.scenario_data, 12)
    assert [i.need.demand(3) for i in other.items] != [i.need.demand(3) for i in one.items]


def test_a_bidder_errs_alike_in_two_arms_and_anew_in_every_round() -> None:
    one, two = arms()
    compared = 0
    for item, twin in zip(one.items, two.items, strict=True):
        for bidder in one.bidders(one.commissioners[item.commissioner].area, item.function):
            same = two.provider(bidder.index)
            here = estimate_cost(one, bidder, item, 2.0)
            assert here == estimate_cost(two, same, twin, 2.0) == estimate_cost(one, bidder, item, 2.0)
            for copy in (item, twin):
                copy.next_round()
            again = estimate_cost(one, bidder, item, 2.0)
            assert again[0] != here[0]
            assert again == estimate_cost(two, same, twin, 2.0)
            compared += 1
    assert compared > 50


def test_a_provider_more_changes_no_draw_of_the_others() -> None:
    few = CareMarket(small(), 5)
    more = CareMarket(small(market={"synthetic": {"primes": 4}}), 5)
    traits = {o.id: (o.quality, o.skill, o.unit_cost) for o in more.organisations if isinstance(o, Provider)}
    shared = [o for o in few.organisations if isinstance(o, Provider)]
    assert len(traits) == len(shared) + 1
    assert all(traits[o.id] == (o.quality, o.skill, o.unit_cost) for o in shared)


def test_a_summary_names_every_figure_in_order_and_never_says_zero_for_nothing() -> None:
    summary = simulate(small(horizon_years=0.25), 1).summary
    assert tuple(summary) == summary_names()
    assert summary["tenders"] == 0
    for name in ("bids_per_tender", "sme_win_rate", "single_bid_share", "outcome_index", "challenge_rate"):
        assert summary[name] is None
    assert summary["hhi_direct"] is not None


@pytest.mark.parametrize("form", ["separate", "prime_provider"])
def test_shares_and_indices_stay_on_their_scale(form: str) -> None:
    scope = "function" if form == "separate" else "pathway"
    for seed in range(4):
        summary = simulate(small(policy={"form": form, "lot_scope": scope}, horizon_years=4), seed).summary
        for name, value in summary.items():
            if value is None:
                continue
            if name.startswith("hhi"):
                assert 0.0 < value <= 10_000.0 + 1e-6
            elif name.endswith(("_share", "_rate")) or "_share_" in name or name.startswith(("cr", "gini")):
                assert 0.0 <= value <= 1.0 + 1e-9, name
            elif name.endswith("_pence"):
                assert isinstance(value, int), name
                assert value >= 0, name


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        simulate(small(), seed)
    assert caught.value.key == "seed"
