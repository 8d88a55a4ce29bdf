"""A procurement goes only where the state machine lets it, and awards go to the best score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.contracts import CONTRACT_TRANSITIONS, ContractState
from caremarket.market.errors import TransitionError
from caremarket.market.levers import PolicySpec
from caremarket.market.parameters.procurement import ProcurementParameters
from caremarket.market.procurement import (
    FINAL,
    ROUTES,
    TRANSITIONS,
    Bid,
    Lot,
    Procurement,
    Route,
    State,
    expected_months,
    price_paid,
    price_score,
    score_bids,
    stage_durations,
)

DURATIONS = stage_durations(ProcurementParameters())

ENDING = [State.SIGNED, State.MOBILISATION, State.LIVE]


def procurement(route: str = "two_stage") -> Procurement:
    return Procurement(id=1, lot=Lot(0, 0, [], 100, 100, 1), route=ROUTES[route], opened=0.0, attempt=1)


def bid(bidder: int, price: int, quality: float = 0.5, social: float = 0.5, integration: float = 0.5) -> Bid:
    return Bid(bidder, price, price, quality, social, integration, 0.0, 0, 1.0)


def main_line(route: Route) -> list[State]:
    """Stages of a procurement that succeeds, by the data of its route."""
    if not route.competitive:
        return [State.PREFERRED, *ENDING]
    line = [State.ENGAGEMENT, State.NOTICE]
    line += [State.QUESTIONNAIRE] if route.questionnaire else []
    line += [State.DIALOGUE] if route.dialogue else []
    return [*line, State.TENDER, State.EVALUATION, State.PREFERRED, State.STANDSTILL, State.CHALLENGED, *ENDING]


WAYS = [pytest.param(route, main_line(ROUTES[route]), id=route) for route in sorted(ROUTES)] + [
    # Without a notice of its own: members of a framework have already qualified.
    pytest.param("call_off", [State.TENDER, State.EVALUATION, State.PREFERRED, State.STANDSTILL, *ENDING], id="pool"),
    # Every applicant that qualifies has a contract.
    pytest.param(
        "any_qualified_provider", [State.NOTICE, State.QUESTIONNAIRE, State.PREFERRED, *ENDING], id="accreditation"
    ),
]


@pytest.mark.parametrize(("route", "stages"), WAYS)
def test_every_route_has_a_legal_way_to_a_live_contract(route: str, stages: list[State]) -> None:
    buying = procurement(route)
    for month, state in enumerate(stages):
        buying.move(state, float(month))
    assert buying.state in FINAL
    assert [state for _, state in buying.history] == stages


@pytest.mark.parametrize(
    ("rivals", "second", "paid"),
    [([70, 80], False, 60), ([70, 80], True, 70), ([], True, 100), ([], False, 60)],
)
def test_the_winner_is_paid_its_own_or_the_next_best_price(rivals: list[int], second: bool, paid: int) -> None:
    assert price_paid(60, rivals, 100, second=second) == paid


def test_every_state_is_reached_from_appraisal_and_leads_to_an_end() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {State.APPRAISAL}
    for _ in State:
        reached |= {after for before in reached for after in TRANSITIONS[before]}
    assert reached == set(State)
    ending = set(FINAL)
    for _ in State:
        ending |= {before for before, after in TRANSITIONS.items() if after & ending}
    assert ending == set(State)


@pytest.mark.parametrize("state", list(State))
def test_a_move_the_machine_does_not_have_is_refused_and_changes_nothing(state: State) -> None:
    for other in State:
        buying = procurement()
        buying.state = state
        if other in TRANSITIONS[state]:
            buying.move(other, 1.0)
            assert buying.state is other
        else:
            with pytest.raises(TransitionError, match=f"{state.name} does not lead to {other.name}"):
                buying.move(other, 1.0)
            assert buying.state is state
            assert not buying.history


def test_nothing_follows_an_end() -> None:
    assert all(not TRANSITIONS[state] for state in FINAL)
    ends = {ContractState.EXPIRED, ContractState.TERMINATED}
    assert {state for state, after in CONTRACT_TRANSITIONS.items() if not after} == ends


def test_no_contract_lives_without_having_been_signed() -> None:
    assert [before for before, after in TRANSITIONS.items() if State.LIVE in after] == [State.MOBILISATION]
    assert [before for before, after in TRANSITIONS.items() if State.MOBILISATION in after] == [State.SIGNED]
    assert [before for before, after in CONTRACT_TRANSITIONS.items() if ContractState.LIVE in after] == [
        ContractState.SIGNED
    ]


def test_a_standstill_is_ten_days_for_everybody() -> None:
    low, high = DURATIONS[State.STANDSTILL]
    assert low == high == pytest.approx(10.0 / 30.4)


def test_longer_routes_take_longer_and_engagement_adds_its_months_where_there_is_a_notice() -> None:
    times = {name: expected_months(route, 0.0, DURATIONS) for name, route in ROUTES.items()}
    assert times["direct_award"] < times["single_stage"] < times["two_stage"] < times["competitive_dialogue"]
    for name, route in ROUTES.items():
        added = expected_months(route, 6.0, DURATIONS) - times[name]
        assert added == pytest.approx(6.0 if route.competitive else 0.0)
    # Appraisal 3, notice 0.3, questionnaire 1.5, tender 3, evaluation 1.5, preferred 0.2, standstill 10 days,
    # signing 0.4, mobilisation 4.5.
    assert times["two_stage"] == pytest.approx(14.4 + 10.0 / 30.4)
    # Nine to eighteen months of dialogue.
    assert times["competitive_dialogue"] == pytest.approx(times["two_stage"] + 13.5)


def test_dearer_routes_are_dearer_for_both_sides() -> None:
    def cost(route: Route) -> tuple[float, float]:
        return route.cost_multiple, route.commissioner_cost_multiple

    routes = ("direct_award", "single_stage", "two_stage", "competitive_dialogue")
    costs = [cost(ROUTES[name]) for name in routes]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)


def test_a_stage_cannot_be_shorter_at_most_than_at_least() -> None:
    with pytest.raises(ValueError, match="tender_min_months must not be above tender_max_months"):
        ProcurementParameters(tender_min_months=5.0)


def weights(price: float, quality: float, social_value: float = 0.0, integration: float = 0.0) -> PolicySpec:
    return PolicySpec(
        weight_price=price, weight_quality=quality, weight_social_value=social_value, weight_integration=integration
    )


def test_price_scores_are_the_lowest_price_over_the_price() -> None:
    assert price_score(80.0, 80.0) == 1.0
    assert price_score(160.0, 80.0) == 0.5
    assert price_score(100.0, 80.0) == pytest.approx(0.8)


def test_bids_are_scored_as_by_hand() -> None:
    """Lowest price 80, so that prices score 1, 0.8 and 0.5; the middling price wins on quality."""
    bids = [bid(1, 80, 0.4, 0.2, 0.6), bid(2, 100, 0.8, 0.6, 0.4), bid(3, 160, 1.0, 0.8, 1.0)]
    ranked = score_bids(bids, weights(0.5, 0.3, 0.15, 0.05))
    # 0.4 + 0.24 + 0.09 + 0.02; 0.25 + 0.3 + 0.12 + 0.05; 0.5 + 0.12 + 0.03 + 0.03
    assert [(b.bidder, round(b.score, 9)) for b in ranked] == [(2, 0.75), (3, 0.72), (1, 0.68)]


def test_a_bid_over_budget_neither_wins_nor_sets_the_lowest_price() -> None:
    cheap, dear = bid(1, 50), bid(2, 100)
    cheap.compliant = False
    ranked = score_bids([cheap, dear], weights(1.0, 0.0))
    assert ranked == [dear]
    assert dear.score == 1.0
    dear.compliant = False
    assert score_bids([cheap, dear], weights(1.0, 0.0)) == []


def test_equal_scores_go_to_the_cheaper_then_to_the_one_registered_first() -> None:
    same = [bid(3, 100), bid(2, 100), bid(1, 90)]
    ranked = score_bids(same, weights(0.0, 1.0))
    assert [b.bidder for b in ranked] == [1, 2, 3]


@given(
    st.lists(st.tuples(st.integers(1, 10**10), st.floats(0.0, 1.0)), min_size=1, max_size=10),
    st.floats(0.0, 1.0),
)
def test_scores_are_shares_and_the_winner_is_never_worse_on_both_counts(
    offers: list[tuple[int, float]], weight: float
) -> None:
    bids = [bid(n, price, quality) for n, (price, quality) in enumerate(offers)]
    ranked = score_bids(bids, weights(weight, 1.0 - weight))
    best = ranked[0]
    assert all(0.0 <= b.score <= 1.0 + 1e-12 for b in ranked)
    assert [b.score for b in ranked] == sorted((b.score for b in ranked), reverse=True)
    assert not any(b.price < best.price and b.quality > best.quality for b in ranked)
