"""Financial strain has one meaning, and none without the mechanism ``exit``."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.entities.general_practice.practice_group import GPFederation
from caremarket.agents.entities.notices import YearReviewed
from caremarket.agents.entities.performance_level import strained
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket
from caremarket.agents.primary_care.membership import perceived_risk
from caremarket.market.ledger import WORLD, Reason
from tests.agents.conftest import small
from tests.agents.lives import let, market, of_kind


def empty(provider: Provider) -> None:
    """Take a provider's reserves to a pound below zero."""
    model: Any = provider.model
    model.ledger.post(model.time, provider.account, WORLD, provider.reserves + 100, Reason.CARE)


@pytest.mark.parametrize("exits", [True, False])
def test_members_fear_for_a_federation_in_debt_only_while_exit_is_on(exits: bool) -> None:
    model = CareMarket(small(mechanisms={"exit": exits}), 1)
    federation = next(o for o in model.organisations if isinstance(o, GPFederation) and o.form.risk_sharing)
    before = perceived_risk(federation, 0.0)
    assert not strained(federation)
    empty(federation)
    assert strained(federation) is exits
    added = federation.form.risk_sharing * model.scenario_data.behaviour.primary_care.strain_risk if exits else 0.0
    assert perceived_risk(federation, 0.0) - before == pytest.approx(added)


@pytest.mark.parametrize("exits", [True, False])
def test_a_supplier_in_debt_disappoints_its_lead_only_while_exit_is_on(exits: bool) -> None:
    model = CareMarket(market(mechanisms={"exit": exits}), 1)
    lead, supplier = of_kind(model, "acute_trust"), of_kind(model, "community_trust")
    terms = {"form": "prime_provider", "lot_scope": "pathway", "duration_years": 5.0}
    in_force = let(model, lead, [(lead, "acute"), (supplier, "community")], **terms)
    assert model.experience is not None
    empty(supplier)
    model.experience.year_reviewed(YearReviewed(in_force, 1.0))
    assert (model.experience.experience(lead.key, supplier.key, model.time) < 0.0) is exits
