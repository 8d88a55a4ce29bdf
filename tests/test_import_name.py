"""One import name: what a user's folder holds is never mistaken for the package, and the package never for it.

Three places are tried: a folder with modules of the user's own that go by the names of the package's parts, the folder
above a clone that is itself named ``caremarket``, and an environment in which a wheel is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("agents", "configs", "experiments", "market", "runners")
SMALL = ("horizon_years=2", "pathway=two", "market=tiny", "tracking=none")
SCRIPT = """
import sys

import caremarket as cm

SMALL = {small!r}

if __name__ == "__main__":
    assert hasattr(cm, "run") and cm.__file__.endswith("__init__.py"), cm
    assert cm.run(*SMALL, seed=1).summary["hhi_direct"] > 0
    for runner in sys.argv[1:]:
        sweep = cm.sweep(*SMALL, f"runner={{runner}}", "runner.workers=2", "policy=separate,alliance", replicates=1)
        assert sweep.failed == 0
        assert len(sweep.runs) == 2
    print("done with", cm.__file__)
"""


def environment(**more: str) -> dict[str, str]:
    """The environment of a command, without what would lead Python to this checkout."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONSAFEPATH", "PYTHONHOME"}}
    return {**kept, "RAY_USAGE_STATS_ENABLED": "0", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def called(*command: str | Path, cwd: Path, **more: str) -> str:
    """Output of a command that has to end with 0."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment(**more), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def scripts(python: Path) -> Path:
    """The ``caremarket`` command that belongs to an interpreter."""
    return python.with_name("caremarket")


def same_tree(target: Path) -> Path:
    """A copy of the checkout as far as packaging goes, links as links."""
    target.mkdir(parents=True)
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, target)
    for name in ("caremarket", *PARTS):
        shutil.copytree(ROOT / name, target / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def bare_environment(folder: Path) -> Path:
    """An environment with the locked packages and no caremarket; returns its interpreter."""
    called(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    # A path file names the packages' folder; path files in that folder, such as that of this checkout, are not read.
    (site / "locked.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder / "bin" / "python"


def install(python: Path, *what: str | Path) -> None:
    """Install without a network into an environment that has no pip of its own."""
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
    called(*pip, "--no-deps", "--no-build-isolation", *what, cwd=python.parent)


# --- a folder with the user's own agents.py, market.py, runners.py, experiments.py and configs/ --------------------


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """A folder in which importing any module by the name of a part of the package fails."""
    for name in ("agents", "market", "runners", "experiments"):
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('the user has a {name}.py')\n")
    (tmp_path / "configs" / "policy").mkdir(parents=True)
    (tmp_path / "configs" / "__init__.py").write_text("raise ImportError('the user has a folder configs')\n")
    (tmp_path / "configs" / "policy" / "mine.yaml").write_text("defaults: [separate, _self_]\nflow_down: 0.25\n")
    (tmp_path / "script.py").write_text(SCRIPT.format(small=SMALL))
    return tmp_path


def test_a_script_beside_modules_of_those_names_runs_and_sweeps_in_processes(own_folder: Path) -> None:
    assert "done" in called(sys.executable, "script.py", "local", cwd=own_folder, PYTHONPATH=str(own_folder))


@pytest.mark.ray
def test_a_script_beside_modules_of_those_names_sweeps_over_ray(own_folder: Path) -> None:
    assert "done" in called(sys.executable, "script.py", "ray", cwd=own_folder, PYTHONPATH=str(own_folder))


@pytest.mark.parametrize(
    "command", [(scripts(Path(sys.executable)),), (sys.executable, "-m", "caremarket.runners.cli")]
)
def test_the_command_runs_there_with_a_folder_of_configuration_called_configs(
    own_folder: Path, command: tuple[str | Path, ...]
) -> None:
    asked = ("run", "--config-dir", "configs", "policy=mine", "output_root=out")
    called(*command, *asked, *SMALL, cwd=own_folder, PYTHONPATH=str(own_folder))
    (config,) = own_folder.glob("out/*/*/config.yaml")
    assert "flow_down: 0.25" in config.read_text()


def test_commands_that_read_the_package_s_own_files_find_them_there(own_folder: Path) -> None:
    command = scripts(Path(sys.executable))
    listed = called(command, "scenarios", cwd=own_folder, PYTHONPATH=str(own_folder))
    assert "architect" in next(line for line in listed.splitlines() if line.startswith("house"))
    two = ("sweep", "policy=separate,alliance", "runner=local", "replicates=3", "name=two", *SMALL)
    called(command, *two, cwd=own_folder, PYTHONPATH=str(own_folder))
    called(command, "compare", "two", cwd=own_folder, PYTHONPATH=str(own_folder))
    assert list(own_folder.glob("outputs/two/*/report.html"))


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", pytest.param("ray", marks=pytest.mark.ray)])
def test_a_multirun_there_imports_the_package_in_other_processes(own_folder: Path, launcher: str) -> None:
    asked = ("run", "--multirun", f"hydra/launcher={launcher}", "seed=1,2", "output_root=out")
    called(scripts(Path(sys.executable)), *asked, *SMALL, cwd=own_folder, PYTHONPATH=str(own_folder))
    assert len(list(own_folder.glob("out/*/*/summary.json"))) == 2


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["local", pytest.param("ray", marks=pytest.mark.ray)])
def test_the_command_sweeps_there(own_folder: Path, runner: str) -> None:
    asked = ("sweep", f"runner={runner}", "runner.workers=2", "replicates=2", "output_root=out")
    called(scripts(Path(sys.executable)), *asked, *SMALL, cwd=own_folder, PYTHONPATH=str(own_folder))
    assert len(list(own_folder.glob("out/*/*/runs.parquet"))) == 1


@pytest.mark.slow
def test_the_teaching_page_is_served_there(own_folder: Path) -> None:
    assert "caremarket" in page_served(scripts(Path(sys.executable)), own_folder, PYTHONPATH=str(own_folder))


def page_served(command: Path, cwd: Path, **more: str) -> str:
    """The page that ``caremarket demo`` serves."""
    asked = [str(command), "demo", "host=127.0.0.1", "port=0", "market=tiny", "pathway=two"]
    with subprocess.Popen(asked, cwd=cwd, env=environment(**more), stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            address = next(line.split()[1] for line in serving.stdout if line.startswith("Ready:"))
            with urllib.request.urlopen(address, timeout=60) as answer:
                text: str = answer.read().decode()
        finally:
            serving.terminate()
    return text


# --- the folder above a clone that is itself named caremarket -------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout in a folder named ``caremarket``."""
    return same_tree(tmp_path_factory.mktemp("clone") / "caremarket")


IS_WHOLE = "import caremarket as cm; cm.run; import caremarket.market as m; print(cm.__file__, m.__file__)"


def test_from_a_clone_s_parent_the_clone_is_no_namespace_package(clone: Path) -> None:
    found = called(sys.executable, "-c", IS_WHOLE, cwd=clone.parent, PYTHONPATH=str(clone)).split()
    inside = clone / "caremarket"
    assert found == [str(inside / "__init__.py"), str(inside / "market" / "__init__.py")]


def test_from_this_checkout_s_parent_the_package_is_whole() -> None:
    found = called(sys.executable, "-c", IS_WHOLE, cwd=ROOT.parent).split()
    assert found[0] == str(ROOT / "caremarket" / "__init__.py")


@pytest.mark.slow
@pytest.mark.ray
def test_a_notebook_beside_an_editable_clone_runs_and_sweeps(clone: Path, tmp_path: Path) -> None:
    python = bare_environment(tmp_path / "env")
    beside = tmp_path / "beside"
    shutil.copytree(clone, beside / "caremarket", symlinks=True)
    install(python, "--editable", beside / "caremarket")
    (beside / "script.py").write_text(SCRIPT.format(small=SMALL))
    assert str(beside / "caremarket" / "caremarket" / "__init__.py") in called(
        python, "script.py", "local", "ray", cwd=beside
    )


# --- a wheel, and an archive of sources -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(clone: Path) -> Path:
    """A wheel built from the checkout without a network."""
    built = clone.parent / "wheels"
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    called(*pip, "--wheel-dir", built, clone, cwd=clone.parent)
    (found,) = built.glob("*.whl")
    return found


def sources() -> Iterator[str]:
    """Every file that an installed package needs, as it is called in a wheel."""
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                yield f"caremarket/{path.relative_to(ROOT).as_posix()}"


def test_a_wheel_holds_all_files_as_files_under_one_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entries = [entry for entry in archive.infolist() if ".dist-info/" not in entry.filename]
    assert {entry.filename for entry in entries} == {"caremarket/__init__.py", *sources()}
    assert not [entry.filename for entry in entries if (entry.external_attr >> 16) & 0o170000 == 0o120000]  # links
    kinds = Counter(Path(entry.filename).suffix for entry in entries)
    assert all(kinds[suffix] for suffix in (".py", ".yaml", ".j2", ".vue", ".css"))


def test_an_archive_of_sources_holds_the_parts_as_files(clone: Path, tmp_path: Path) -> None:
    build = f"import setuptools.build_meta as b; b.build_sdist({str(tmp_path)!r})"
    called(sys.executable, "-c", build, cwd=clone)
    (made,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as archive:
        files = {m.name.partition("/")[2]: m for m in archive.getmembers() if not m.isdir()}
    assert not [name for name, member in files.items() if not member.isfile()]
    assert {"caremarket/__init__.py", *sources()} <= set(files)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with the wheel."""
    python = bare_environment(tmp_path_factory.mktemp("fresh") / "env")
    install(python, wheel)
    return python


def test_an_installed_wheel_takes_one_name_and_runs(installed: Path, own_folder: Path, tmp_path: Path) -> None:
    assert "site-packages" in called(installed, "script.py", cwd=own_folder)
    named = f"import importlib.util as u; print([n for n in {PARTS!r} if u.find_spec(n)])"
    assert called(installed, "-I", "-c", named, cwd=own_folder).strip() == "[]"


@pytest.mark.slow
@pytest.mark.ray
def test_an_installed_wheel_sweeps_in_processes_and_over_ray(installed: Path, own_folder: Path) -> None:
    assert "site-packages" in called(installed, "script.py", "local", "ray", cwd=own_folder)
    called(scripts(installed), "sweep", "runner=ray", "replicates=1", *SMALL, cwd=own_folder)


@pytest.mark.slow
def test_an_installed_wheel_serves_the_page_and_writes_a_report(installed: Path, own_folder: Path) -> None:
    # Of Jupyter's files, which Solara asks for, the environment has none of its own.
    jupyter = {
        "JUPYTER_CONFIG_PATH": str(Path(sys.prefix, "etc", "jupyter")),
        "JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter")),
    }
    assert "caremarket" in page_served(scripts(installed), own_folder, **jupyter)
    sweep = ("sweep", "policy=separate,alliance", "runner=local", "replicates=3", "name=two", *SMALL)
    called(scripts(installed), *sweep, cwd=own_folder)
    called(scripts(installed), "compare", "two", cwd=own_folder)
    assert list(own_folder.glob("outputs/two/*/report.html"))
