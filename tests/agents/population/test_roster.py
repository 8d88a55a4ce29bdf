from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from caremarket.agents.population import build_population, read_roster
from caremarket.agents.world.blueprint import ProviderSeed
from caremarket.market.errors import ConfigurationError
from caremarket.market.randomness import Streams
from caremarket.market.scenario import Scenario


def roster(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "commissioners": [{"id": "c", "population": 200_000, "practices": 5}],
        "providers": [
            {"id": "t", "kind": "acute_trust"},
            {"id": "k", "kind": "third_sector", "turnover_gbp": 2_000_000},
        ],
    }
    return content | changes


def save(folder: Path, content: dict[str, Any]) -> str:
    path = folder / "roster.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


def build(folder: Path, local: Scenario, content: dict[str, Any], seed: int = 1):
    market = local.market.model_copy(update={"source": "roster", "roster": read_roster(save(folder, content))})
    return build_population(local.model_copy(update={"market": market}), Streams(seed))


def by_id(providers: tuple[ProviderSeed, ...]) -> dict[str, ProviderSeed]:
    return {p.id: p for p in providers}


PATHWAY = {"name": "p", "cost_per_head_gbp": 10, "cases_per_1000": 10, "function_shares": {"acute": 1}}
TRUST = {"id": "t", "kind": "acute_trust"}
CONTRACT = {"commissioner": "c", "pathway": "p", "function": "acute", "provider": "t"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"providers": [TRUST, {"id": "k", "kind": "third_sector", "unit_cost": {"surgery": 1.0}}]},
            r"providers\.1\.unit_cost\.surgery: 'surgery' is unknown; allowed: acute, community, .*voluntary",
        ),
        (
            {"providers": [{"id": "t", "kind": "hospital"}]},
            r"providers\.0\.kind: 'hospital' is unknown; allowed: acute_trust, community_trust, .*, prime",
        ),
        (
            {"providers": [{"id": "t", "kind": "prime", "turnover_gbp": "much"}]},
            r"providers\.0\.turnover_gbp: input should be a valid number.*'much'",
        ),
        (
            {"providers": [{"id": "t", "kind": "prime", "skill": 1.5}]},
            r"providers\.0\.skill: input should be less than or equal to 1, not 1\.5",
        ),
        (
            {"commissioners": [{"id": "c", "population": -5}]},
            r"commissioners\.0\.population: input should be greater than 0, not -5",
        ),
        ({"commissioners": [{"id": "c"}]}, r"commissioners\.0\.population: is missing"),
        ({"commissioners": []}, r"commissioners: at least one is needed"),
        (
            {"providers": [{"id": "t", "kind": "prime", "colour": "red"}]},
            r"providers\.0\.colour: unknown key; allowed: id, name, kind, area, .*, practices",
        ),
        ({"vendors": []}, r"vendors: unknown key; allowed: pathways, commissioners, providers, contracts"),
        ({"providers": [{"id": "c", "kind": "prime"}]}, r"organisation id 'c' is used twice"),
        (
            {"contracts": [CONTRACT | {"provider": "nobody"}]},
            r"contracts: no provider 'nobody'",
        ),
        (
            {"pathways": [PATHWAY], "contracts": [CONTRACT | {"pathway": "q"}]},
            r"contracts\.0\.pathway: 'q' is unknown; allowed: p",
        ),
        (
            {"pathways": [PATHWAY | {"function_shares": {"acute": 0.4}}]},
            r"pathways\.0: function_shares must sum to 1, they sum to 0\.4",
        ),
        (
            {"providers": [TRUST | {"unit_cost": {"community": 1}}], "contracts": [CONTRACT]},
            r"contracts\.0\.function: t does not deliver acute; allowed: community",
        ),
        (
            {"providers": [{"id": "f", "kind": "gp_federation", "practices": 6}]},
            r"providers\.0\.practices: 6 are 1 more than the commissioners of area-1 have left",
        ),
        (
            {"providers": [{"id": "t", "kind": "acute_trust", "practices": 1}]},
            r"providers\.0\.practices: only a gp_federation has practices",
        ),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_one_line_naming_file_entry_and_what_is_allowed(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^roster .*roster\.yaml: {message}") as raised:
        read_roster(save(tmp_path, roster(**changes)))
    assert "\n" not in str(raised.value)


def test_files_that_are_no_roster_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^roster .*none\.yaml: no such file"):
        read_roster(str(tmp_path / "none.yaml"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_roster(str(tmp_path))
    bad = tmp_path / "bad.yaml"
    bad.write_text("commissioners: [\n  {id: c\n")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml: is not YAML: line \d+, column \d+: "):
        read_roster(str(bad))
    bad.write_text("- a\n- list\n")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml: must be a mapping"):
        read_roster(str(bad))
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml: is not"):
        read_roster(str(bad))


def test_what_is_given_is_kept_and_the_rest_is_drawn_from_the_kind(tmp_path: Path, local: Scenario) -> None:
    given = {
        "id": "k",
        "kind": "third_sector",
        "name": "Carers",
        "reach": "nation",
        "unit_cost": {"social": 0.8},
        "capacity_gbp": {"social": 300_000, "voluntary": 200_000},
        "quality": 0.9,
        "reserves_gbp": 12_345,
        "markup": 0.0,
        "sme": False,
        "strategy": "equilibrium",
    }
    providers = [{"id": "t", "kind": "acute_trust"}, given]
    carers = by_id(build(tmp_path, local, roster(providers=providers)).providers)["k"]
    assert carers.name == "Carers"
    assert carers.reach == "nation"
    assert carers.capacity == {"social": 30_000_000, "voluntary": 20_000_000}
    assert carers.unit_cost["social"] == 0.8
    assert 0.5 < carers.unit_cost["voluntary"] < 1.6
    assert (carers.quality, carers.reserves, carers.markup) == (0.9, 1_234_500, 0.0)
    assert not carers.sme
    assert carers.strategy == "equilibrium"
    assert carers.fixed_share == local.market.kinds["third_sector"].fixed_share


def test_leaving_something_out_changes_nothing_else(tmp_path: Path, local: Scenario) -> None:
    def charity(**given: Any) -> ProviderSeed:
        provider = {"id": "k", "kind": "third_sector", "turnover_gbp": 2_000_000, **given}
        return by_id(build(tmp_path, local, roster(providers=[provider])).providers)["k"]

    plain, better = charity(), charity(quality=0.99)
    assert plain.turnover == 200_000_000
    assert plain.unit_cost == better.unit_cost
    assert plain.capacity == better.capacity
    assert (plain.skill, plain.reserves) == (better.skill, better.reserves)


def test_an_outside_share_given_is_kept(tmp_path: Path, local: Scenario) -> None:
    provider = {"id": "k", "kind": "independent", "turnover_gbp": 10_000_000, "outside_share": 0.5}
    clinic = by_id(build(tmp_path, local, roster(providers=[provider])).providers)["k"]
    assert clinic.outside_turnover == 500_000_000


def test_contracts_are_those_given_none_or_left_to_the_model(tmp_path: Path, local: Scenario) -> None:
    contract = {"commissioner": "c", "pathway": "msk", "function": "acute", "provider": "t", "months_left": 7}
    (seed,) = build(tmp_path, local, roster(contracts=[contract])).contracts or ()
    assert (seed.commissioner, seed.pathway, seed.function, seed.provider) == ("c", "msk", "acute", "t")
    assert seed.months_left == 7
    assert build(tmp_path, local, roster()).contracts is None
    assert build(tmp_path, local, roster(initial_contracts=False)).contracts == ()


def test_whoever_holds_a_contract_can_deliver_it(tmp_path: Path, local: Scenario) -> None:
    contract = CONTRACT | {"function": "social"}
    for seed in range(5):
        providers = by_id(build(tmp_path, local, roster(contracts=[contract]), seed).providers)
        assert providers["t"].capacity["social"] > 0


def test_federations_hold_as_many_practices_as_they_say(tmp_path: Path, local: Scenario) -> None:
    providers = [{"id": "f", "kind": "gp_federation", "practices": 3}, {"id": "g", "kind": "gp_federation"}]
    blueprint = build(tmp_path, local, roster(providers=providers))
    members = [p.federation for p in blueprint.practices]
    assert members[:3] == ["f", "f", "f"]
    assert set(members[3:]) <= {"g", None}
    assert sum(p.list_size for p in blueprint.practices) == 200_000


def test_a_shortage_of_capacity_is_noted(tmp_path: Path, local: Scenario) -> None:
    notes = build(tmp_path, local, roster(providers=[TRUST])).notes
    assert "capacity for mental_health in area-1 is 0.00 times demand, below 1.3" in notes
    assert not [n for n in notes if " acute " in n]


def test_the_case_study_in_tests_data(case_study: Scenario) -> None:
    blueprint = build_population(case_study, Streams(1))
    assert len(blueprint.commissioners) == 2
    assert len(blueprint.practices) == 21
    assert sum(p.federation == "shire_gps" for p in blueprint.practices) == 15
    assert len(blueprint.contracts or ()) == 18
    assert blueprint.notes == ()
    providers = by_id(blueprint.providers)
    assert providers["hospice"].turnover == 600_000_000
    assert providers["integrator"].capacity == {}
    for contract in blueprint.contracts or ():
        assert providers[contract.provider].capacity.get(contract.function, 0) > 0, contract
