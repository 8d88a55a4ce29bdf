"""Commands start without the packages that only a run, its tracking or its figures need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["matplotlib", "mesa", "mlflow", "optuna", "pandas", "ray", "SALib", "scipy"]


@pytest.mark.parametrize("command", ["run", "sweep", "search", "compare", "story"])
def test_a_command_starts_without_packages_that_it_may_not_need(command: str) -> None:
    script = f"import sys, caremarket.runners.commands.{command}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
