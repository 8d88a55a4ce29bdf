"""Commissioners choose a contract form by what they want, know and can do, and learn from results."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.contracts.exit import leave
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.options_appraisal import EARLY, OUTCOME, Appraiser, Results
from caremarket.agents.world.result import RunResult
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from tests.agents.conftest import SMALL, changed, composed, small

OPEN = {"form": "appraise", "duration_years": 2.0, "turnover_ratio": 0.0}


def market(**sections: Any) -> Scenario:
    return changed(small(policy=OPEN), **sections)


def needing(need: float, **sections: Any) -> Scenario:
    """Pathways that all need so much coordination."""
    pathways = [p.model_dump() | {"coordination_need": need} for p in composed(*SMALL).pathways]
    return changed(market(pathways=pathways), **sections)


def appraiser(scenario: Scenario) -> tuple[CareMarket, Appraiser]:
    model = CareMarket(scenario, 1)
    assert model.appraiser is not None
    return model, model.appraiser


def chosen(result: RunResult) -> list[str]:
    return [e["detail"] for e in result.tables["events"].to_pylist() if e["kind"] == "form_chosen"]


def test_results_are_weighted_exponentially() -> None:
    results = Results()
    for value in (1.0, 0.0, 0.0):
        results.see(OUTCOME, value, 0.5)
    assert results.evidence[OUTCOME] == pytest.approx(1.75)
    assert results.means[OUTCOME] == pytest.approx(0.25 / 1.75)


def test_contracts_tables_and_terms_have_the_form_that_was_chosen() -> None:
    model = CareMarket(market(), 3)
    result = model.run()
    forms = set(chosen(result))
    assert len(forms) > 1
    assert forms <= set(model.scenario_data.behaviour.learning.appraisal_forms)
    for name in ("procurements", "contracts"):
        assert {row["form"] for row in result.tables[name].to_pylist()} <= forms | {"separate"}
    led = [in_force for in_force in model.contracts.values() if in_force.contract.form.name != "separate"]
    assert led
    for in_force in led:
        form = in_force.contract.form.name
        assert in_force.terms.form == form
        # What goes with a form is chosen with it.
        terms = model.scenario_data.behaviour.learning.appraisal_terms[form]
        assert in_force.contract.payment.name == terms.get("payment", model.policy.payment)
        assert in_force.terms.lot_scope == terms["lot_scope"] == "pathway"


def test_more_need_for_coordination_speaks_for_one_plan() -> None:
    """Form follows function: the advantage of a led form grows with the need, and is gone without coordination."""

    def advantage(need: float, **mechanisms: bool) -> float:
        model, choice = appraiser(needing(need, mechanisms=mechanisms))
        commissioner = next(iter(model.commissioners.values()))
        items = commissioner.items[:1]
        led, single = (choice.variant(model.policy, form) for form in ("prime_provider", "separate"))
        return choice.score(commissioner, items, led) - choice.score(commissioner, items, single)

    assert advantage(1.0) > advantage(0.5) > advantage(0.0)
    assert advantage(1.0, coordination=False) == pytest.approx(advantage(0.0, coordination=False))


def test_a_prime_saves_management_and_hard_forms_need_skill() -> None:
    model, choice = appraiser(market(behaviour={"learning": {"skill_needed": {"prime_provider": 0.9}}}))
    commissioner = next(iter(model.commissioners.values()))
    items = commissioner.items[:1]
    led, single = (choice.variant(model.policy, form) for form in ("prime_provider", "separate"))
    assert choice.prior(commissioner, items, led).own_cost < choice.prior(commissioner, items, single).own_cost
    commissioner.skill = 0.3
    unskilled = choice.prior(commissioner, items, led).outcome
    commissioner.skill = 0.9
    assert choice.prior(commissioner, items, led).outcome == pytest.approx(unskilled + 0.6 * 0.3)


def test_only_unskilled_commissioners_misjudge_their_options() -> None:
    model, choice = appraiser(market())
    commissioner = next(iter(model.commissioners.values()))

    def choices() -> set[str]:
        found = set()
        for item in commissioner.items:
            for item.rounds in range(40):
                found.add(choice.choose(commissioner, [item]).form)
            item.rounds = 0
        return found

    commissioner.skill = 1.0
    best = {
        max(
            (choice.variant(model.policy, f) for f in model.scenario_data.behaviour.learning.appraisal_forms),
            key=lambda policy: choice.score(commissioner, [item], policy),
        ).form
        for item in commissioner.items
    }
    assert choices() == best
    commissioner.skill = 0.0
    assert len(choices()) > len(best)


def test_results_move_the_choice_only_while_commissioners_learn() -> None:
    for learns in (True, False):
        model, choice = appraiser(market(mechanisms={"commissioner_learning": learns}))
        one, neighbour = list(model.commissioners.values())[:2]
        led = choice.variant(model.policy, "prime_provider")
        before = [choice.score(c, c.items[:1], led) for c in (one, neighbour)]
        tender: Any = type("T", (), {"on_market": True, "commissioner": one, "form": choice_form("prime_provider")})
        for _ in range(10):
            choice.failed(tender)
        after = [choice.score(c, c.items[:1], led) for c in (one, neighbour)]
        if learns:
            # Its own failures count most, a neighbour's count too.
            assert before[0] - after[0] > before[1] - after[1] > 0.0
            assert choice.expected(one, one.items[:1], led).early > 0.5
        else:
            assert after == before


def choice_form(name: str) -> Any:
    from caremarket.market.forms import FORMS

    return FORMS[name]


def test_learning_turns_commissioners_away_from_what_fails() -> None:
    """A fifth off the budget is too little for a lead: in time fewer look for one than where nobody learns."""
    scenario = needing(0.0, horizon_years=8, policy={"budget_discount": 0.2})

    def led(learns: bool) -> float:
        late: list[str] = []
        for seed in (1, 2, 3):
            tried = simulate(changed(scenario, mechanisms={"commissioner_learning": learns}), seed)
            events = tried.tables["events"].to_pylist()
            late += [e["detail"] for e in events if e["kind"] == "form_chosen" and e["time"] >= 36.0]
        return sum(form != "separate" for form in late) / len(late)

    assert led(True) < led(False) - 0.05


def test_learning_is_nothing_where_nobody_appraises() -> None:
    scenario = small(policy={"form": "prime_provider", "lot_scope": "pathway"})
    assert CareMarket(scenario, 1).appraiser is None
    off = changed(scenario, mechanisms={"commissioner_learning": False})
    assert simulate(scenario, 1).summary == simulate(off, 1).summary


def test_unfit_options_are_refused_by_their_key() -> None:
    for override, key in (
        ("behaviour.learning.appraisal_forms=[separate,prim_contractor]", "appraisal_forms"),
        ("++behaviour.learning.appraisal_terms.separate={lot_scop: function}", "appraisal_terms.separate.lot_scop"),
        ("++behaviour.learning.appraisal_terms.separate={payment: blok}", "appraisal_terms.separate.payment"),
    ):
        with pytest.raises(ConfigurationError, match=key.replace(".", r"\.")):
            composed("policy.form=appraise", override)


def test_early_ends_are_seen_when_a_contract_ends() -> None:
    model, choice = appraiser(market())
    in_force = next(iter(model.contracts.values()))
    leave(in_force.holder, type(in_force.holder.exit_reason).INSOLVENT)
    seen = choice._own[in_force.commissioner.index, "separate"]
    assert seen.evidence[EARLY] > 0.0
    assert seen.means[EARLY] > 0.0
