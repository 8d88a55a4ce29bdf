"""Extensions: what a module of one's own adds is there for its own request, in every process, and nowhere else."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import caremarket as cm
import caremarket.agents.model  # declares all registries
from caremarket.experiments import extensions
from caremarket.experiments.extensions import Extension, extended, extensions_in_use, read_extensions
from caremarket.market.errors import ConfigurationError
from caremarket.market.forms import FORMS
from caremarket.market.payments import PAYMENTS
from caremarket.market.registry import REGISTRIES
from caremarket.runners.cli import main

SMALL = ("horizon_years=2", "pathway=two", "market=tiny", "tracking=none")
MODULE = """
from __future__ import annotations

from dataclasses import dataclass, replace

from caremarket.agents.strategies import PricingStrategy, PricingView
from caremarket.market.payments import PAYMENTS


@dataclass(frozen=True)
class Times:
    factor: float

    def markup(self, view: PricingView) -> float:
        return view.own_markup * self.factor


STRATEGY = [PricingStrategy(name=f"times_{n}", source="a test", markup=Times(n).markup) for n in (2, 3)]
PAYMENT = replace(PAYMENTS["block"], name="my_block")
"""
ASKED = ("extensions=[my_module]", "behaviour.strategy=times_3")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a module of the user's own; whatever a test does, nothing of it is left."""
    (tmp_path / "my_module.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    before = [dict(registry) for registry in REGISTRIES]
    path, modules = list(sys.meta_path), set(sys.modules)
    yield tmp_path
    assert extensions_in_use() == ()
    assert [dict(registry) for registry in REGISTRIES] == before
    assert sys.meta_path == path
    assert not [name for name in set(sys.modules) - modules if name.startswith("my_")]


def manifest(run: cm.Run | cm.Sweep) -> dict[str, object]:
    found: dict[str, object] = json.loads((run.folder / "manifest.json").read_bytes())
    return found


def test_a_run_takes_what_a_module_adds_and_the_next_run_does_not() -> None:
    plain = cm.run(*SMALL)
    mine = cm.run(*SMALL, "behaviour.strategy=times_3", extensions=["my_module"])
    assert mine.summary["winner_margin"] != plain.summary["winner_margin"]
    with pytest.raises(ConfigurationError, match=r"behaviour\.strategy: 'times_3' is unknown"):
        cm.run(*SMALL, "behaviour.strategy=times_3")
    with pytest.raises(ConfigurationError, match=r"policy.payment: 'nonsense' is unknown; .*my_block"):
        cm.run(*SMALL, "policy.payment=nonsense", extensions=["my_module"])
    assert cm.run(*SMALL).folder == plain.folder
    assert cm.run(*SMALL, "behaviour.strategy=times_3", extensions="my_module").folder == mine.folder


def test_a_changed_module_makes_a_new_run_and_is_imported_as_it_is_now(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(folder))
    import my_module  # as a notebook would  # type: ignore[import-not-found]

    first = cm.run(*SMALL, *ASKED)
    (folder / "my_module.py").write_text(MODULE.replace("self.factor", "self.factor * 0.1"))
    second = cm.run(*SMALL, *ASKED)
    (folder / "my_module.py").write_text(MODULE)
    assert second.folder != first.folder
    assert second.summary["winner_margin"] != first.summary["winner_margin"]
    assert cm.run(*SMALL, *ASKED).folder == first.folder
    (named,) = manifest(first)["extensions"]  # type: ignore[misc]
    assert named[0] == "my_module"
    assert named[1] != manifest(second)["extensions"][0][1]  # type: ignore[index]
    assert sys.modules.pop("my_module") is my_module


FAILING = """
from caremarket.agents.strategies import PricingStrategy
from caremarket.agents.supplier_choice import SupplierChoice

SUPPLIER_CHOICE = SupplierChoice("my_choice", "a test", asks=lambda other, weights: (other.price,))
STRATEGY = PricingStrategy("my_strategy", "a test", markup=lambda view: -0.2)
"""
FAILS = {
    "behaviour.strategy=my_strategy": "pricing strategy 'my_strategy': its markup is -0.2; allowed: zero or more",
    "behaviour.supplier_choice=my_choice": "extension 'my_failing' failed: AttributeError: '_View' object has no "
    "attribute 'price' (my_failing.py, line 5)",
}


@pytest.mark.parametrize("asked", FAILS)
def test_a_rule_that_fails_in_a_run_is_named_in_the_first_line(
    folder: Path, asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "my_failing.py").write_text(FAILING)
    words = (*SMALL, "extensions=my_failing", "policy=prime_contractor", asked)
    assert main(["run", *words]) == 1
    first, *others = capsys.readouterr().err.splitlines()
    assert first == f"caremarket: {FAILS[asked]}"
    # The author of the rule gets the traceback too; a broken rule of ours has none to show.
    assert ("my_failing.py" in "".join(others)) == ("my_failing.py" in first)
    sweep = cm.sweep(*words, "replicates=2", "runner=local", "runner.workers=1")
    reasons = pq.read_table(sweep.folder / "failures.parquet").column("reason").to_pylist()
    assert len(reasons) == 2
    assert all(FAILS[asked] in reason for reason in reasons)


def test_runs_without_extensions_are_called_as_before() -> None:
    assert extensions.identity() == {}
    assert "extensions" not in manifest(cm.run(*SMALL))


def test_the_module_is_found_beside_the_command_then_on_python_s_path(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "my_module.py").write_text("")
    (elsewhere / "my_other.py").write_text(MODULE.replace("times_", "other_").replace("my_block", "other_block"))
    monkeypatch.syspath_prepend(str(elsewhere))
    (folder / "my_other").mkdir()  # a folder that is no package is no module either
    both = {"extensions": ["my_module", "my_other", "my_module"]}
    here, there = read_extensions(both, folder)
    assert (here.place, there.place) == (folder / "my_module.py", elsewhere / "my_other.py")
    with extended((here, there)):
        assert {"my_block", "other_block"} <= set(PAYMENTS)
        assert list(PAYMENTS)[-2:] == ["my_block", "other_block"]


def test_a_package_is_read_whole_and_imports_its_own_modules(folder: Path) -> None:
    package = folder / "my_package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("from .inner.forms import FORM\n")
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "table.csv").write_text("0.5\n")
    (package / "inner" / "forms.py").write_text(
        "from pathlib import Path\nfrom dataclasses import replace\nfrom caremarket.market.forms import FORMS\n"
        "half = float((Path(__file__).parent / 'table.csv').read_text())\n"
        "FORM = replace(FORMS['prime_provider'], name='my_half', self_delivery_min=half)\n"
    )
    named = {"extensions": ["my_package"]}
    (first,) = read_extensions(named, folder)
    with extended([first]):
        assert FORMS["my_half"].self_delivery_min == 0.5
    (package / "inner" / "table.csv").write_text("0.6\n")
    (second,) = read_extensions(named, folder)
    assert second.digest != first.digest
    (part,) = read_extensions({"extensions": ["my_package.inner.forms"]}, folder)
    assert part.digest == second.digest
    with extended([part]):
        assert FORMS["my_half"].self_delivery_min == 0.6


WRONG = {
    "[nowhere]": "there is no module 'nowhere' in {folder} or on Python's path",
    "[my-module.py]": "'my-module.py' is no name of a module; a file my_module.py is my_module",
    "7": "7 must be a list of names of modules, such as [my_module]",
    "[1]": "[1] must be a list of names of modules",
    "[sys]": "'sys' is no module written in Python",
    "[caremarket.market]": "'caremarket.market' is part of caremarket",
    "[my_raising]": "'my_raising' cannot be imported: ZeroDivisionError: division by zero (my_raising.py, line 2)",
    "[my_exit]": "'my_exit' cannot be imported: SystemExit",
    "[my_typo]": "'my_typo' cannot be imported: SyntaxError: invalid syntax (my_typo.py, line 1)",
    "[my_empty]": "'my_empty' ({folder}/my_empty.py) defines nothing to add; it may define: FORM (ContractForm), "
    "FORM (FederationForm), ",
    "[my_text]": "FORM of 'my_text' is a str; it must be a ContractForm or FederationForm, or a list of them",
    "[my_taken]": "FORM of 'my_taken': 'alliance' is taken; taken are: accountable_lead, alliance, ",
    "[my_appraise]": "FORM of 'my_appraise': 'appraise' is taken; taken are: ",
    "[my_field]": "'my_field' cannot be imported: ValueError: ContractForm 'alliance': scope is 'path'; "
    "allowed: 'any', 'function' or 'pathway' (my_field.py, line 3)",
    "[my_blok]": "ContractForm 'my_blok': payments is 'blok'; allowed: block, bundle, ",
    "[my_module,my_again]": "PAYMENT of 'my_again': 'my_block' is taken",
}
MODULES = {
    "my_raising": "x = 1\nx / 0\n",
    "my_exit": "raise SystemExit(0)\n",
    "my_typo": "def f(:\n",
    "my_empty": "FORMS = 1\n",
    "my_text": "FORM = 'alliance'\n",
    "my_taken": "from caremarket.market.forms import FORMS\nFORM = FORMS['alliance']\n",
    "my_appraise": "from caremarket.market.forms import FORMS\nfrom dataclasses import replace\n"
    "FORM = replace(FORMS['alliance'], name='appraise')\n",
    "my_field": "from caremarket.market.forms import FORMS\nfrom dataclasses import replace\n"
    "FORM = replace(FORMS['alliance'], scope='path')\n",
    "my_blok": "from caremarket.market.forms import FORMS\nfrom dataclasses import replace\n"
    "FORM = replace(FORMS['separate'], name='my_blok', payments=('blok',), payments_why='of a test')\n",
    "my_again": MODULE.replace("times_", "again_"),
}


@pytest.mark.parametrize("command", ["run", "sweep"])
@pytest.mark.parametrize("asked", WRONG)
def test_what_is_no_extension_gets_one_line_and_nothing_is_written(
    folder: Path, command: str, asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text)
    before = sorted(folder.rglob("*"))
    assert main([command, *SMALL, f"extensions={asked}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("caremarket: extensions: " + WRONG[asked].format(folder=folder))
    assert said.count("\n") == 1
    assert sorted(folder.rglob("*")) == before
    assert extensions_in_use() == ()


@pytest.mark.parametrize("command", ["search", "calibrate", "validate", "demo"])
def test_every_command_that_runs_markets_honours_it(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, *SMALL[:3], "extensions=[nowhere]"]) == 2
    assert "extensions: there is no module 'nowhere'" in capsys.readouterr().err
    # Known now; what is wrong is the next thing.
    more = ("experiment=sme_frontier",) if command == "search" else ()
    asked = (*SMALL[:3], "extensions=[my_module]", "policy.payment=nonsense", *more)
    assert main([command, *asked]) == 2
    assert "my_block" in capsys.readouterr().err


def test_help_and_the_composed_configuration_show_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    assert "extensions: []" in capsys.readouterr().out
    assert main(["run", "--cfg", "job", *ASKED]) == 0
    assert "extensions:\n- my_module\n" in capsys.readouterr().out
    assert cm.compose(*ASKED)["extensions"] == ["my_module"]


def test_points_of_a_sweep_cannot_have_extensions_of_their_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "my_configs" / "policy").mkdir(parents=True)
    mine = "# @package _global_\nextensions: [my_module]\npolicy: {form: separate}\n"
    (folder / "my_configs" / "policy" / "mine.yaml").write_text(mine)
    asked = ("--config-dir", "my_configs", *SMALL)
    assert main(["sweep", *asked, "policy=separate,mine"]) == 2
    assert "extensions: must be the same for all that is run together" in capsys.readouterr().err
    assert main(["run", *asked, "policy=mine", "behaviour.strategy=times_2"]) == 0


SWEEP = (*SMALL, *ASKED, "policy.flow_down=0,1", "replicates=2", "runner.workers=2")


def margins(sweep: cm.Sweep) -> list[float]:
    return sweep.runs.sort_by("run").column("winner_margin").to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("runner", ["local", pytest.param("ray", marks=pytest.mark.ray)])
def test_workers_run_what_the_request_has_read(folder: Path, runner: str) -> None:
    expected = margins(cm.sweep(*SWEEP[:-1], "runner=local", "runner.workers=1"))
    sweep = cm.sweep(*SWEEP, f"runner={runner}", "output_root=out")
    assert sweep.failed == 0
    assert margins(sweep) == expected
    assert manifest(sweep)["extensions"]


@pytest.mark.ray
@pytest.mark.slow
def test_a_ray_that_was_started_elsewhere_takes_extensions_and_lets_go_of_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import ray

    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    monkeypatch.chdir(folder)
    try:
        mine = cm.sweep(*SWEEP, "runner=ray")
        assert mine.failed == 0
        known = ray.remote(lambda: sorted(sys.modules["caremarket.market.payments"].PAYMENTS))
        cm.sweep(*(word for word in SWEEP if word not in ASKED), "runner=ray")
        assert "my_block" not in {name for names in ray.get([known.remote() for _ in range(4)]) for name in names}
    finally:
        ray.shutdown()
    assert margins(mine) == margins(cm.sweep(*SWEEP[:-1], "runner=local", "runner.workers=1", "output_root=out"))


@pytest.mark.parametrize("runner", ["local", pytest.param("ray", marks=pytest.mark.ray)])
def test_a_module_that_workers_cannot_import_gets_one_line(
    folder: Path, runner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here = f"import os\nif os.getpid() != {os.getpid()}:\n    import my_absent\n"
    (folder / "my_module.py").write_text(MODULE.replace("from dataclasses", f"{here}from dataclasses", 1))
    assert main(["sweep", *SWEEP, f"runner={runner}"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(
        "caremarket: extensions: 'my_module' cannot be imported: ModuleNotFoundError: No module named"
    )
    assert not (folder / "outputs").exists()


SHOW = """
import pickle, sys
from caremarket.agents.strategies import STRATEGIES
from caremarket.experiments.extensions import use
use(pickle.load(sys.stdin.buffer))
print(*STRATEGIES)
"""


def test_another_process_elsewhere_needs_no_file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    found: tuple[Extension, ...] = read_extensions({"extensions": ["my_module"]}, folder)
    (folder / "my_module.py").unlink()
    there = subprocess.run(
        [sys.executable, "-c", SHOW], input=pickle.dumps(found), cwd="/", capture_output=True, check=True, timeout=120
    )
    assert there.stdout.decode().split()[-2:] == ["times_2", "times_3"]


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", pytest.param("ray", marks=pytest.mark.ray)])
def test_jobs_of_a_multirun_in_other_processes_have_it(folder: Path, launcher: str) -> None:
    asked = ("run", "--multirun", f"hydra/launcher={launcher}", "seed=1,2", *SMALL, *ASKED)
    assert main(asked) == 0
    assert len(list(folder.glob("outputs/*/*/summary.json"))) == 2


def test_an_entry_point_of_an_installed_package_is_in_use_unasked(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    (site / "my_package").mkdir()
    (site / "my_package" / "__init__.py").write_text("")
    (site / "my_package" / "care.py").write_text(MODULE.replace("times_", "installed_"))
    (site / "my_package-1.0.dist-info").mkdir()
    (site / "my_package-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n"
    )
    (site / "my_package-1.0.dist-info" / "entry_points.txt").write_text(
        "[caremarket.extensions]\ncare = my_package.care\n"
    )
    command = Path(sys.executable).with_name("caremarket")

    def called(*words: str) -> subprocess.CompletedProcess[str]:
        path = {**os.environ, "PYTHONPATH": str(site)}
        return subprocess.run([command, *words], env=path, capture_output=True, text=True, timeout=240, check=False)

    two = ("sweep", *SMALL, "replicates=2", "runner=local", "runner.workers=2", "behaviour.strategy=installed_2")
    assert called(*two).returncode == 0
    (found,) = folder.glob("outputs/*/*/manifest.json")
    assert [name for name, _ in json.loads(found.read_bytes())["extensions"]] == ["my_package.care"]
    assert pq.read_table(found.with_name("runs.parquet")).num_rows == 2
    # Naming one that is in use anyway, and another, is no mistake.
    more = ("run", *SMALL, "policy.payment=my_block", "extensions=[my_package.care]")
    assert called(*more).returncode == 0
    (site / "my_package" / "care.py").write_text("raise RuntimeError('broken')")
    broken = called("run", *SMALL)
    assert broken.returncode == 2
    assert "extensions: 'my_package.care' cannot be imported: RuntimeError: broken (care.py, line 1)" in broken.stderr


def test_the_teaching_page_offers_what_an_extension_adds(folder: Path) -> None:
    from caremarket.runners.demo.lever_controls import lever
    from caremarket.runners.demo.settings import settings_from

    settings = settings_from([*SMALL[:3], *ASKED, "policy.payment=my_block"])
    assert "my_block" not in lever("payment").choices
    with extended(settings.extensions):
        assert "my_block" in lever("payment").choices
        assert settings.composer.scenario(settings.choices[0]).policy.payment == "my_block"
