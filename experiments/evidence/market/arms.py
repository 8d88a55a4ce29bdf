"""The arms of the market part: the default market and variants of it that share its seeds.

Arms are points of one design. What an arm changes is relative to the default arm (twice its providers, a cut
in the middle of its years), so that they also fit a smaller market or a shorter run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from caremarket.experiments.design.levers import LeverValue
from caremarket.market.scenario import Scenario

DEFAULT, DOUBLED, WIDE, GENEROUS, LAGGING, CUT, CAMBRIDGESHIRE = (
    "default",
    "doubled",
    "wide",
    "generous",
    "lagging",
    "cut",
    "cambridgeshire",
)

DOUBLED_KINDS = (
    "third_sector",
    "independents",
    "federations",
    "community_trusts",
    "mental_health_trusts",
    "acute_trusts",
)
"""Numbers of ``market.synthetic`` that are doubled; primes, which deliver nothing themselves, are not."""

CUT_SHARE = 0.1
LAG = -0.02
KEPT = {
    "yearly": True,
    "events": True,
    "procurements": True,
    "bids": True,
    "contracts": True,
    "subcontracts": False,
    "organisations": False,
    "positions_months": 0,
    "postings": False,
    "check_ledger": "end",
}
"""Tables that the figures are computed from."""


def _nothing(default: Scenario) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm.

    Attributes:
        name: name of its point.
        says: what is different in it.
        choices: choices of groups in place of those of the default arm; levers and body are for the others.
        levers: levers, given the scenario of the default arm.
        body: sections merged into the configuration, given the scenario of the default arm.
    """

    name: str
    says: str
    choices: Mapping[str, str] = field(default_factory=dict)
    levers: Callable[[Scenario], Mapping[str, LeverValue]] = _nothing
    body: Callable[[Scenario], Mapping[str, Any]] = _nothing


def cut_month(default: Scenario) -> float:
    """Month of the cut of allocations: the end of the year in the middle of the run, the fifth of ten."""
    return 12.0 * max(1, int(default.horizon_years / 2))


def _twice(default: Scenario) -> dict[str, LeverValue]:
    numbers = default.market.synthetic.model_dump()
    return {f"market.synthetic.{kind}": 2 * numbers[kind] for kind in DOUBLED_KINDS}


def _cut(default: Scenario) -> dict[str, Any]:
    shock = {"month": cut_month(default), "kind": "allocation", "count": 10_000, "share": CUT_SHARE}
    return {"shocks": {"allocation_cut": shock}}


ARMS: tuple[Arm, ...] = (
    Arm(DEFAULT, "the request itself: separate contracts in the default local market for ten years"),
    Arm(DOUBLED, "twice the providers that deliver care", levers=_twice),
    Arm(WIDE, "wide and long lots under a lead (policy=prime_provider)", levers=lambda _: {"policy": "prime_provider"}),
    Arm(GENEROUS, "budgets a tenth higher", levers=lambda _: {"policy.budget_discount": -0.1}),
    Arm(LAGGING, "allocations fall by 2% a year", levers=lambda _: {"behaviour.budget_growth": LAG}),
    Arm(CUT, "allocations of all commissioners are cut by a tenth after half of the years", body=_cut),
    Arm(
        CAMBRIDGESHIRE,
        "scenario=cambridgeshire_older_people",
        choices={"scenario": "cambridgeshire_older_people", "market": "roster", "policy": "prime_provider"},
    ),
)
