"""The documentation says what is there: generated pages are in step, commands compose, files exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket import agents
from caremarket.agents.records.event_kinds import EVENT_KINDS
from caremarket.agents.records.measures import summary_names
from caremarket.agents.records.tables import SCHEMAS
from caremarket.experiments.analysis.condition import Condition
from caremarket.experiments.configuration.request import request_from_config
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.evidence.section import validate_from_config
from caremarket.experiments.search.section import search_from_config
from caremarket.market.procurement import State
from caremarket.runners.cli import COMMANDS
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.commands.calibrate import search_arguments as calibration_arguments
from caremarket.runners.commands.compare import parsed as compare_arguments
from caremarket.runners.commands.discover import arguments_of
from caremarket.runners.commands.story import asked as story_arguments
from caremarket.runners.commands.validate import hydra_arguments as validation_arguments
from caremarket.runners.compose.composition import parse
from caremarket.runners.compose.overrides import split_lists
from caremarket.runners.demo.settings import settings_from as settings_of_page
from tools.docs.pages import pages
from tools.docs.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
OF_A_RUN = ("summary.json", "outputs/", "site/", "../")
"""What a run or `make docs` writes, and what lies beside a checkout: named in the docs, not there in a checkout."""
NOT_AT_HAND = ("replay=", "market.ods_dir=", "scenario=england")
"""What the page is given that only the reader has: recordings and registers."""
SMALL = ("horizon_years=2", "pathway=two", "market=tiny")


def fenced(page: Path, language: str) -> Iterator[str]:
    for block in re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(), re.S | re.M):
        yield from block.splitlines()


def command_lines() -> list[str]:
    """Every ``caremarket ...`` line of a page: in blocks, and in code within the text where it has arguments."""
    found = [line.strip() for page in PAGES for line in fenced(page, "sh")]
    text = "\n".join(re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.S | re.M) for page in PAGES)
    found += re.findall(r"`(caremarket [^`<]+)`", text)
    return sorted({line for line in found if line.startswith("caremarket ")})


HOWTO_VARIANTS = ("lead_half", "local_first", "blended", "light_touch", "keen", "social_enterprise")
"""The variants of docs/howto-add-a-*.md, which are the reader's to write; tests/test_howtos.py runs them."""


def made(*overrides: str) -> dict[str, Any]:
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        found = OmegaConf.to_container(compose("config", list(overrides)), resolve=True)
    assert isinstance(found, dict)
    return {str(k): v for k, v in found.items()}


@pytest.mark.parametrize(
    "name", ["tables.md", "measures.md", "configuration.md", "coverage.md", "validation.md", "odd-tables.md"]
)
def test_generated_pages_are_in_step_with_the_code(name: str) -> None:
    path = ROOT / "docs" / name
    assert path.read_text(encoding="utf-8") == pages()[path], "call `make docs-tables`"


def test_every_table_and_every_kind_of_event_is_described() -> None:
    assert set(TABLES) == set(SCHEMAS)
    logged = {
        kind
        for path in (ROOT / "agents").rglob("*.py")
        for call in re.findall(r"\blog\(\s*((?:\"[a-z_]+\"[^\"()]*?)+),", path.read_text())
        for kind in re.findall(r'"([a-z_]+)"', call)
        if not kind.endswith("_")
    }
    stages = {f"procurement_{state.name.lower()}" for state in State} - {"procurement_appraisal"}
    assert set(EVENT_KINDS) == logged | stages


def test_what_a_run_logs_is_described() -> None:
    for policy in sorted(p.stem for p in (ROOT / "configs" / "policy").glob("*.yaml")):
        result = agents.simulate(scenario_from_config(made(*SMALL, f"policy={policy}")), 1)
        assert set(result.tables["events"].column("kind").to_pylist()) <= set(EVENT_KINDS)


def test_every_measure_is_defined_once_and_in_order() -> None:
    text = (ROOT / "docs" / "measures.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z0-9_]+)` \|(.*)\|$", text, re.M))
    assert tuple(rows) == summary_names()


@pytest.mark.parametrize("line", command_lines())
def test_every_command_in_the_documentation_is_one(line: str, tmp_path: Path) -> None:
    name, *words = shlex.split(line)[1:]
    assert name in COMMANDS
    words = [w for w in words if w != "..."]
    if name == "sensitivity":
        assert (ROOT / "configs" / "experiment" / f"{words[0]}.yaml").exists()
        key_values(words[1:], {"measures": None, "output_root": "outputs"})
        return
    if name in {"ui", "sync"}:
        key_values(words, {"port": "5000", "output_root": "outputs", "tracking.uri": None})
        return
    if name == "demo":
        assert settings_of_page([w for w in words if not w.startswith(NOT_AT_HAND)]).choices
        return
    if name == "story":
        assert story_arguments(words)[0]
        return
    if name == "compare":
        assert not words or compare_arguments(words).where
        return
    if name == "discover":
        assert Condition.parse(arguments_of(words)[1]).measure in summary_names()
        return
    if name == "validate":
        validate_from_config(made(*validation_arguments(words))["validate"])
        return
    args = parse(calibration_arguments(words) if name == "calibrate" else words)
    overrides, lists = split_lists(args.overrides)
    assert name == "sweep" or not lists or args.multirun
    if args.multirun:
        overrides += [f"{key}={values[0]}" for key, values in lists.items()]
    overrides = [o for o in overrides if not o.startswith("extensions=")]
    for example in HOWTO_VARIANTS:
        lists = {key: tuple(v for v in values if v != example) for key, values in lists.items()}
        overrides = [o for o in overrides if example not in o]
    config = made(*overrides, f"output_root={tmp_path}")
    request = request_from_config(config)
    if name in {"search", "calibrate"}:
        assert search_from_config(config["search"]).levers
    if name == "sweep":
        assert design_from_config(config["design"], lists, request.replicates, request.seed).points
    if config["market"]["source"] != "ods":
        assert scenario_from_config(config).pathways


def test_the_documentation_has_the_commands_a_reader_looks_for() -> None:
    text = "\n".join(command_lines())
    for part in ("experiment=contract_forms", "market=ods market.ods_dir=", "market=roster", "caremarket ui"):
        assert part in text


def test_every_make_target_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.M))
    for page in PAGES:
        text = page.read_text()
        named = set(re.findall(r"`make ([a-z-]+)", text))
        named |= {line.split()[1] for line in fenced(page, "sh") if line.startswith("make ")}
        assert named <= targets, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_file_named_is_there(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.S | re.M)
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)} - {""}
    for target in (link for link in links if "://" not in link):
        assert (page.parent / target).exists(), target
    named = re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", text)
    named += re.findall(
        r"(?<![\w/])((?:tests|configs|docs|market|agents)/[\w./-]+\.\w+)", "\n".join(fenced(page, "sh"))
    )
    for name in named:
        if not name.startswith("my_") and not name.startswith(OF_A_RUN) and name != ".venv/bin/caremarket":
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_no_page_names_a_machine(page: Path) -> None:
    assert not re.search(r"/(home|work|tmp|root|Users)/|[\w-]+\.(?:index|registry|mirror)\.\w+", page.read_text())
