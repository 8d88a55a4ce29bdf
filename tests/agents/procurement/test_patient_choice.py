"""Services opened to any qualified provider beside whatever form the others have."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.patient_choice.opened_services import choice_terms, is_open_to_choice
from caremarket.market.compatibility import clash
from caremarket.market.levers import PolicySpec
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.procurement import ROUTES
from tests.agents.conftest import small

OPENED = {"choice_share": 0.5, "choice_functions": ["community", "diagnostics"], "duration_years": 2.0}
AQP = "any_qualified_provider"


def test_what_is_opened_hangs_on_the_service_and_grows_with_the_share() -> None:
    model = CareMarket(small(), 1)
    shares = (0.0, 0.3, 0.6, 1.0)
    policies = [PolicySpec(choice_share=s, choice_functions=("community", "diagnostics")) for s in shares]
    opened = [{i.index for i in model.items if is_open_to_choice(model, i, policy)} for policy in policies]
    assert not opened[0]
    assert opened[0] < opened[1] < opened[2] < opened[3]
    assert opened[3] == {i.index for i in model.items if FUNCTIONS[i.function] in {"community", "diagnostics"}}


@pytest.mark.parametrize("form", ["separate", "prime_provider", "alliance", "appraise"])
def test_opened_services_are_accredited_one_by_one_and_no_lead_holds_them(form: str) -> None:
    """``simulate`` raises unless the books balance and no event is lost."""
    policy: dict[str, Any] = {**OPENED, "form": form, "ccgs_per_lot": 2, "turnover_ratio": 3.0}
    policy["lot_scope"] = "pathway" if form in {"prime_provider", "alliance"} else "function"
    if form == "separate":
        policy["renewal"] = "if_it_pays"
    scenario = small(policy=policy, horizon_years=5)
    model = CareMarket(scenario, 1)
    keys = {i.index for i in model.items if is_open_to_choice(model, i, scenario.policy)}
    assert 0 < len(keys) < len(model.items)
    forms: Counter[str] = Counter()
    for month in range(6, 61, 9):
        model.run_until(float(month))
        for in_force in model.contracts.values():
            contract = in_force.contract
            inside = {i.index in keys for i in contract.items}
            if contract.procurement >= 0:
                forms[contract.form.name] += 1
                if contract.form.name == AQP:
                    assert inside == {True}
                    assert contract.payment.name == "tariff"
                elif any(i.index in keys for i in contract.items):
                    # Nobody was accredited: by itself, on the policy's other terms, until it is tried again.
                    assert contract.form.name == "separate"
                    assert len(contract.items) == 1
    assert forms[AQP] > 0
    assert len(forms) > 1
    model.ledger.check()
    model.check_no_event_lost()


def test_where_nobody_is_accredited_the_service_is_bought_on_the_policys_own_terms() -> None:
    nobody = {"collaboration": {"accreditation_quality": 1.0}}
    policy = OPENED | {"choice_share": 1.0, "turnover_ratio": 0.5}
    result = simulate(small(policy=policy, behaviour=nobody, horizon_years=4), 1)
    rows = [r for r in result.tables["procurements"].to_pylist() if r["functions"] in {"community", "diagnostics"}]
    assert {r["outcome"] for r in rows if r["form"] == AQP} == {"no_bids"}
    bought = [r for r in rows if r["form"] == "separate"]
    assert bought
    assert {r["route"] for r in bought if r["attempt"] == 1} == {"two_stage"}


def test_terms_of_an_opened_service_go_together_and_ask_for_no_size() -> None:
    terms = choice_terms(PolicySpec(form="prime_provider", lot_scope="pathway", turnover_ratio=2.0, ccgs_per_lot=3))
    assert clash(terms) is None
    assert ROUTES[terms.route].name == AQP
    assert (terms.turnover_ratio, terms.ccgs_per_lot, terms.duration_years) == (0.0, 1, 3.0)


def test_a_share_needs_functions_and_a_policy_of_choice_is_as_it_was() -> None:
    with pytest.raises(ValidationError, match="choice_functions"):
        PolicySpec(choice_share=0.1, choice_functions=())
    plain, both = (simulate(small("policy=" + AQP, policy={"choice_share": s}), 2).summary for s in (0.0, 0.7))
    assert plain == both
