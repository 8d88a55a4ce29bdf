"""One composer and one recorded run for all tests of the page: composing takes a second each time."""

from pathlib import Path

import pytest

from caremarket.agents.model import CareMarket
from caremarket.runners.commands.run import make_run
from caremarket.runners.demo.choices import Choice, Composer

SEPARATE = Choice("local", "separate", 1)
PRIME = Choice("local", "prime_provider", 1)


@pytest.fixture(scope="session")
def composer() -> Composer:
    return Composer(["market=tiny", "horizon_years=3"])


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    root = tmp_path_factory.mktemp("recorded")
    made = make_run(["market=tiny", "policy=prime_provider", "horizon_years=3", "tracking=none", f"output_root={root}"])
    return made.folder


@pytest.fixture
def market(composer: Composer) -> CareMarket:
    return CareMarket(composer.scenario(PRIME), 1)
