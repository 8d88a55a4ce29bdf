"""The model description is complete by the checklist of the ODD protocol, and in step with the code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from caremarket.agents.model import CareMarket
from caremarket.experiments.evidence.theory import CHECKS
from caremarket.market.levers import PolicySpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.validation import Strict
from tests.agents.conftest import small
from tools.docs.pages import pages

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")

CHECKLIST = (
    "## 1 Purpose and patterns",
    "### Purpose",
    "### Patterns",
    "## 2 Entities, state variables and scales",
    "### Entities",
    "### State variables",
    "### Scales",
    "## 3 Process overview and scheduling",
    "### Processes",
    "### Scheduling",
    "## 4 Design concepts",
    "### Basic principles",
    "### Emergence",
    "### Adaptation",
    "### Objectives",
    "### Learning",
    "### Prediction",
    "### Sensing",
    "### Interaction",
    "### Stochasticity",
    "### Collectives",
    "### Observation",
    "## Decisions of people (ODD+D)",
    "### Theoretical and empirical background",
    "### Individual decision-making",
    "### Individual sensing and prediction",
    "### Heterogeneity",
    "### Implementation",
    "## 5 Initialisation",
    "## 6 Input data",
    "## 7 Submodels",
)
"""Elements of Grimm et al. 2020 and of Müller et al. 2013, in their order."""

DECISIONS = {
    "Cost estimate": ("Cost and its estimate", "c · exp(s·z − s²/2)"),
    "Bid or not": ("Whether to bid", "an expected surplus above the cost of the bid"),
    "Beliefs": ("Beliefs of best response", "(1 − b · G)^r"),
    "Best response": ("Price", "chance to win · chance that the commissioner can pay · (price − f)"),
    "Offered quality": ("Price", "quality_cost / 2 · Δ²"),
    "Markup": ("Price", "(C · (1 + m) + premium + (transfer + bid cost) / T)"),
    "Supply chain": ("Supply chain", "> outside_option_margin · cost"),
    "Evaluation": ("Evaluation and award", "weight_price · lowest / price + weight_quality · quality"),
    "Challenge": ("Dialogue, challenge, interests, impact", "P · V > challenge_cost_gbp"),
    "Impact assessment": ("Dialogue, challenge, interests, impact", "stranded · shedding_months / 12"),
    "After award": (
        "Delivery, payment, trust",
        "d = min(1 − volume_guarantee, gain / (monitoring · penalty_multiple))",
    ),
    "Effort and outcomes": ("Delivery, payment, trust", "min(effort_cap, effort_gain · share that reaches"),
    "Activity": ("Activity", "ρ (i·p − r·c) / (k·p)"),
    "Remedies": ("Failure and its remedies", "− detection_months · ln u / attention"),
    "Trust": ("Delivery, payment, trust", "t + w · trust_gain · (1 − t)"),
    "Alliance": ("Contract forms and payment models", "`g / (a · V)` of the expected surplus"),
    "Federation and cascade": ("Federations", "risk shared · (base_risk + alarm"),
    "Network withholding": ("Primary care", "quality_effort · (1 − w + w p + w a p'"),
    "Exit": ("Money trouble, exit, entry", "3 / `shedding_months`".strip("`")),
    "Entry": (
        "Money trouble, exit, entry",
        "chance · ((price · earned − cost) · kept · A − transfer · B) − bid cost · C",
    ),
}
"""Every decision of the design, the section of the submodel, and its equation as it stands there."""


@cache
def sections() -> dict[str, str]:
    """Heading -> text up to the next heading of the same or a higher level, in order."""
    found: dict[str, str] = {}
    for match in re.finditer(r"^(#{2,3}) (.+)$", TEXT, re.M):
        level = len(match[1])
        rest = TEXT[match.end() :]
        end = re.search(rf"^#{{2,{level}}} ", rest, re.M)
        found[match[0]] = rest[: end.start()] if end else rest
    return found


def test_every_element_of_the_checklist_is_there_in_order() -> None:
    headings = list(sections())
    assert [h for h in headings if h in CHECKLIST] == list(CHECKLIST)
    assert headings[: len(CHECKLIST)] == list(CHECKLIST)


@pytest.mark.parametrize("heading", CHECKLIST)
def test_no_element_of_the_checklist_is_empty(heading: str) -> None:
    assert len(re.sub(r"[|`#-]", " ", sections()[heading]).split()) >= 15


@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_has_a_submodel_with_its_equation(decision: str) -> None:
    section, equation = DECISIONS[decision]
    assert equation in sections()[f"### {section}"].replace("\n  ", " ")


def test_every_submodel_names_its_file_and_says_how() -> None:
    submodels = list(sections())[len(CHECKLIST) :]
    assert len(submodels) >= 15
    for heading in submodels:
        assert re.search(r"`(?:[a-z_]+/)+[a-z_]*(?:\.py)?`", sections()[heading]), heading


def keys(model: type[Strict], prefix: str) -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        group = isinstance(field.default, Strict) and prefix == "behaviour"
        found |= keys(type(field.default), f"{prefix}.{name}") if group else {f"{prefix}.{name}"}
    return found


def test_the_parameter_table_has_every_parameter_with_default_and_meaning() -> None:
    page = pages()[ROOT / "docs" / "configuration.md"]
    rows = dict(re.findall(r"^\| `([^`]+)` \|(.*)\|$", page, re.M))
    wanted = keys(PolicySpec, "policy") | keys(MechanismSpec, "mechanisms") | keys(BehaviourSpec, "behaviour")
    assert len(wanted) > 200
    assert wanted <= set(rows)
    for key in wanted:
        _, _, default, meaning = re.split(r"(?<!\\)\|", rows[key])
        assert default.strip(), key
        assert len(meaning.split()) > 1, key


def test_the_event_table_has_every_handler_once() -> None:
    page = (ROOT / "docs" / "odd-tables.md").read_text(encoding="utf-8")
    section = page.partition("## Events")[2].partition("## State variables")[0]
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (.+) \| (.+) \|$", section, re.M)
    marked = sum(
        len(re.findall(r"^ *@event_handler$", path.read_text(encoding="utf-8"), re.M))
        for path in (ROOT / "agents").rglob("*.py")
    )
    assert len({name for name, _, _ in rows}) == len(rows) == marked > 40


def test_state_variables_are_those_that_objects_have() -> None:
    """The table reads the source; what an object of a running market has is another way to see it."""
    page = (ROOT / "docs" / "odd-tables.md").read_text(encoding="utf-8")
    tables = {
        name: set(re.findall(r"^\| `(\w+)` \|", body, re.M))
        for name, body in re.findall(r"^### (\w+)\n(.*?)(?=^##)", page, re.M | re.S)
    }
    model = CareMarket(small(), 1)
    model.run_until(30.0)
    in_force = next(iter(model.contracts.values()))
    entities = {
        "Commissioner": (next(iter(model.commissioners.values())), ("Organisation",)),
        "ServiceItem": (model.items[0], ()),
        "Contract": (in_force.contract, ()),
        "ContractInForce": (in_force, ()),
        "Allocation": (in_force.allocations[0], ()),
        "Procurement": (next(iter(model.processes.values())).procurement, ()),
        "StagedTender": (next(iter(model.processes.values())), ("Tender",)),
    }
    of_mesa = {"unique_id", "model", "rng", "random", "scenario", "pos"}
    for name, (entity, parents) in entities.items():
        slots = {s for kind in type(entity).__mro__ for s in getattr(kind, "__slots__", ())}
        has = {a for a in {*getattr(entity, "__dict__", {}), *slots} if not a.startswith("_")} - of_mesa
        assert has == tables[name].union(*(tables[p] for p in parents)), name


def test_the_measure_table_says_rightly_what_is_measured_yearly() -> None:
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (yes|yes, so far|no) \| [^|]* \|$", page, re.M)
    said = {name for name, yearly in rows if yearly != "no"}
    (also,) = re.findall(r"`yearly.parquet` also has (.*?:)", page, re.S)
    said |= set(re.findall(r"`(\w+)`", also))
    model = CareMarket(small(), 1)
    model.run()
    measured = set(model.recorder.tables()["yearly"].column("measure").to_pylist())
    assert said == measured


def test_every_check_against_theory_is_in_the_description() -> None:
    rows = re.findall(r"^\| (\d[a-z]?) ([^|]+) \| (.+) \| (.*) \|$", sections()["### Checks against theory"], re.M)
    assert [(number, name) for number, name, _, _ in rows] == [(c.id, c.name) for c in CHECKS]
