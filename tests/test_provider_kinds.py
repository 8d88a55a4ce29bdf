"""Kinds of provider: a record is all it takes. The kind added is that of docs/howto-add-a-provider-kind.md."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.providers.provider_classes import provider_class
from caremarket.agents.market_structure.merger_search import family_of
from caremarket.agents.model import CareMarket, simulate
from caremarket.experiments.calibration.targets import awarded
from caremarket.experiments.report.figures.frames import Organisations
from caremarket.experiments.report.figures.style import kind_colours, kind_name
from caremarket.experiments.report.story.wording import kind_in_words
from caremarket.market.errors import ConfigurationError
from caremarket.market.market_spec import MarketSpec
from caremarket.market.provider_kinds import PROVIDER_KINDS, ProviderKind, lasting_kinds
from caremarket.market.scenario import Scenario
from caremarket.runners.demo.drawing.charts import kinds_of_organisation
from tests.agents.conftest import ROSTER, changed, composed, small

PAGE = Path(__file__).parents[1] / "docs" / "howto-add-a-provider-kind.md"
NAME = "social_enterprise"
OPEN = {"form": "separate", "route": "single_stage"}


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderKind]:
    """The kind of the page, from a module outside the package."""
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    assert found is not None
    (tmp_path / "my_kind.py").write_text(found[1])
    monkeypatch.syspath_prepend(tmp_path)
    added: ProviderKind = import_module("my_kind").PROVIDER_KIND
    monkeypatch.setitem(PROVIDER_KINDS, NAME, added)
    composed.cache_clear()  # a scenario holds the distributions of every kind there is
    yield added
    composed.cache_clear()
    sys.modules.pop("my_kind")


def with_some(**sections: Any) -> Scenario:
    """The small market with ten of the kind."""
    return changed(small(policy=OPEN), **{"market": {"synthetic": {"further": {NAME: 10}}}, **sections})


def of_kind(model: CareMarket) -> list[Provider]:
    return [o for o in model.organisations if isinstance(o, Provider) and o.kind == NAME]


def test_an_added_kind_is_drawn_from_its_own_distributions_with_its_own_class(kind: ProviderKind) -> None:
    model = CareMarket(with_some(), 1)
    found = of_kind(model)
    assert [p.id for p in found] == [f"{NAME}-{n:02d}" for n in range(1, 11)]
    assert found[0].name == "Social enterprise 1"
    assert {type(p).__name__ for p in found} == {"SocialEnterprise"}
    assert all(p.third_sector and not p.is_trust and p.overdraft() == 0 for p in found)
    assert any(p.sme for p in found)
    # Those that were there before are as they were.
    known = {o.id for o in CareMarket(small(policy=OPEN), 1).organisations}
    assert known == {o.id for o in model.organisations} - {p.id for p in found}


def test_configuration_overrides_what_the_kind_brings_along(kind: ProviderKind) -> None:
    spec = with_some().market
    assert spec.kinds[NAME] == kind.distributions
    given = spec.model_dump()
    given["kinds"][NAME]["social_value"] = 0.1
    assert MarketSpec.model_validate(given).kinds[NAME].social_value == 0.1


def test_a_kind_without_distributions_is_refused_with_what_to_do(
    kind: ProviderKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {k: v for k, v in with_some().market.model_dump().items() if k != "kinds"}
    monkeypatch.setitem(PROVIDER_KINDS, NAME, replace(kind, distributions=None))
    kinds = {name: spec for name, spec in small().market.kinds.items() if name != NAME}
    with pytest.raises(
        ValueError, match=rf"kinds: {NAME} is missing; give `distributions` in its .*market.kinds.{NAME}"
    ):
        MarketSpec.model_validate({**given, "kinds": kinds})


def test_an_added_kind_enters_as_those_that_are_shipped(kind: ProviderKind) -> None:
    free = {"entry": {"potential_entrants_per_area": 20.0, "registration_gbp": 0.0, "setup_months": 0.0}}
    terms = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}
    model = CareMarket(with_some(policy=terms, behaviour=free), 1)
    model.run_until(36.0)
    came = Counter(o.kind for o in model.organisations if o.id.startswith("area-1-entrant-"))
    assert NAME in came <= Counter(dict.fromkeys((NAME, "third_sector", "independent"), 1000))
    assert of_kind(model)[-1].name.startswith("New social enterprise")


def test_an_added_kind_merges_within_its_family(kind: ProviderKind) -> None:
    model = CareMarket(with_some(behaviour={"regulation": {"merger_trust": 0.0}}), 1)
    mergers = model.merger_search
    assert mergers is not None
    charity = next(o for o in model.organisations if isinstance(o, Provider) and o.kind == "third_sector")
    poor = of_kind(model)[0]
    assert family_of(poor) == family_of(charity) == "third_sector"
    model.ledger.post(model.time, poor.account, charity.account, poor.reserves, 0)
    mergers.consider(poor)
    assert poor.index in mergers.planned
    assert family_of(mergers.planned[poor.index].larger) == "third_sector"


def test_an_added_kind_is_named_and_coloured_wherever_it_is_shown(kind: ProviderKind) -> None:
    tables = simulate(with_some(), 1).tables
    who = Organisations.of(tables)
    ranks = {who.rank(n): who.labels[n] for n, name in enumerate(who.kinds) if name == NAME}
    assert ranks == {len(PROVIDER_KINDS) - 1: "Social enterprise"}
    assert kind_name(NAME) == "Social enterprise"
    assert {"name": "Social enterprise", "colour": "#117733"} in kinds_of_organisation()
    scale = kind_colours("light").to_dict()
    assert scale["range"][scale["domain"].index("Social enterprise")] == "#117733"
    assert "social enterprise" in kind_in_words(NAME)
    groups = {c.group for c in awarded(tables, 60.0)}
    assert groups <= {"nhs", "private", "voluntary", "other"}


def test_a_roster_and_configuration_may_name_an_added_kind_and_no_unknown_one(kind: ProviderKind) -> None:
    scenario = small("market=roster", f"market.roster={ROSTER}")
    given = scenario.model_dump()
    given["market"]["roster"]["providers"][-1]["kind"] = NAME
    model = CareMarket(Scenario.model_validate(given), 1)
    assert len(of_kind(model)) == 1
    given["market"]["roster"]["providers"][-1]["kind"] = "hospital_ship"
    with pytest.raises(ValueError, match=f"acute_trust.*{NAME}"):
        Scenario.model_validate(given)


@pytest.mark.parametrize("name", sorted(PROVIDER_KINDS))
def test_every_kind_has_a_class_a_colour_of_its_own_and_words(name: str) -> None:
    record = PROVIDER_KINDS[name]
    assert issubclass(provider_class(record.python_class), Provider)
    assert re.fullmatch(r"#[0-9A-F]{6}", record.colour)
    assert [k.colour for k in PROVIDER_KINDS.values()].count(record.colour) == 1
    assert record.words
    assert (record in lasting_kinds()) == (name != "vehicle")


@pytest.mark.parametrize(
    "wrong", ["caremarket.agents.entities.provider:Nobody", "no_such_module:X", "nothing", "re:Match"]
)
def test_a_class_that_is_not_there_is_refused_with_the_reason(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{wrong}.*(module:name|subclass)"):
        provider_class(wrong)
