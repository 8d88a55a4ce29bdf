"""Provenance of results: the version of the code and of packages."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from caremarket import agents, market

PACKAGES = ("hydra-core", "mesa", "mlflow", "numpy", "pyarrow", "pydantic", "ray", "scipy")


def package_home() -> Path:
    """The folder that holds the package ``caremarket``: the checkout, or where it is installed."""
    spec = find_spec("caremarket")  # importing it would make it a dependency of this module
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).resolve().parents[1]


@cache
def code_version() -> dict[str, str | bool | None]:
    """Release, commit and whether modified (in a checkout), and a digest of the code that determines results."""
    root = package_home()
    # An installed package may be inside another repository.
    commit = _git(root, "rev-parse", "HEAD") if (root / "pyproject.toml").exists() else None
    return {
        "release": _version("caremarket"),
        "commit": commit,
        "modified": None if commit is None else bool(_git(root, "status", "--porcelain", "-uno")),
        "source": source_digest(),
    }


@cache
def source_digest() -> str:
    """SHA-256 of the Python source of ``market`` and ``agents``: while it is the same, so are results."""
    digest = sha256()
    for package in (market, agents):
        folder = Path(str(package.__file__)).resolve().parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder.parent).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def package_versions() -> dict[str, str | None]:
    """Versions of Python and of each installed package that may influence a result."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
