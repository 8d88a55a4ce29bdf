"""Figures used to calibrate the market: contracts that commissioning groups awarded, by kind of holder.

An investigation of 2014 asked England's clinical commissioning groups for the contracts they had awarded from April
2013 to August 2014 (BMJ 2014;349:g7606). docs/calibration.md states which contracts count; in short

- contracts awarded in the window, by any route: signed in it or, if nothing is signed before the start, begun in it;
  those inherited at its start do not count;
- that cover at least one care function that is a group's own business (:mod:`caremarket.market.responsibility`), so
  that purchases by a local authority or NHS England count only if made together with the group;
- the holder's kind decides the group: trusts are NHS, independents and integrators private, the third sector
  voluntary and social enterprise, federations and joint vehicles other;
- value is the yearly price times the agreed term. Under any qualified provider no volume is promised, so
  such a contract states no value and counts only by number;
- a tender is a procurement that anyone could bid for against others: not a direct award, and not an accreditation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING

from caremarket.market.forms import FORMS
from caremarket.market.measures import ratio
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.responsibility import CCG, RESPONSIBLE
from caremarket.market.routes import ROUTES

if TYPE_CHECKING:
    import pyarrow as pa

    from caremarket.agents.world.result import RunResult
    from caremarket.market.scenario import Scenario

WINDOW_MONTHS = 17.0
"""April 2013 to August 2014."""

MOBILISED_MONTHS = 9.0
"""Months after which contracts signed in the window have begun, or have failed."""

NHS, PRIVATE, VOLUNTARY, OTHER = "nhs", "private", "voluntary", "other"
GROUPS = (NHS, PRIVATE, VOLUNTARY, OTHER)
"""The investigation's groups; the record of a kind of provider names its group."""

TARGETS: Mapping[str, float] = MappingProxyType(
    {
        "awarded_number_nhs": 0.55,
        "awarded_number_private": 0.33,
        "awarded_number_voluntary": 0.10,
        "awarded_number_other": 0.03,
        "awarded_value_nhs": 0.85,
        "awarded_value_private": 0.05,
        "awarded_value_voluntary": 0.07,
        "awarded_value_other": 0.03,
        "awarded_by_tender": 0.06,
        "tenders_won_nhs": 0.30,
        "tenders_won_private": 0.41,
    }
)
"""Figure -> its value in England (BMJ 2014;349:g7606). Other by value is the remainder after the three named."""

TOLERANCE = 0.05
"""Largest accepted distance of a figure from its target: five percentage points."""

COUNTS = ("awarded", "tendered", "awarded_value_gbp")
"""Denominators of the shares: contracts, tenders, and pounds of stated value."""

DISTANCE = "calibration_distance"
NAMES = (*TARGETS, DISTANCE, *COUNTS)

TABLES = ("yearly", "events", "procurements", "bids", "contracts", "subcontracts", "organisations", "postings")
NEEDED = ("contracts", "procurements", "organisations")
"""Tables of a run from which the figures are computed."""


@dataclass(frozen=True, slots=True)
class Awarded:
    """A contract that counts: its holder, its value in pence over its term (None if not stated), and its route."""

    group: str
    value: float | None
    tendered: bool


def awarded(tables: Mapping[str, pa.Table], until: float = WINDOW_MONTHS) -> list[Awarded]:
    """The contracts that count, from the tables of a run; ``until`` is the end of the window in months."""
    organisations = tables["organisations"].select(["index", "kind"]).to_pylist()
    kinds = {row["index"]: row["kind"] for row in organisations}
    bought = {row["id"]: row for row in tables["procurements"].select(["id", "route", "signed"]).to_pylist()}
    columns = ["procurement", "holder", "form", "functions", "price", "start", "agreed_end"]
    found = []
    for row in tables["contracts"].select(columns).to_pylist():
        process = bought.get(row["procurement"], {"route": "", "signed": None})
        signed = process["signed"]
        month = row["start"] if signed is None or signed < 0.0 else signed
        if not (row["start"] > 0.0 and month <= until) or not _a_groups_business(row["functions"]):
            continue
        chosen = FORMS[row["form"]].patients_choose
        route = ROUTES.get(process["route"])
        value = None if chosen else row["price"] * (row["agreed_end"] - row["start"]) / 12.0
        tendered = route is not None and route.competitive and not chosen
        found.append(Awarded(PROVIDER_KINDS[kinds[row["holder"]]].calibration_group, value, tendered))
    return found


def _a_groups_business(functions: str) -> bool:
    return any(RESPONSIBLE[FUNCTION_INDEX[name]] == CCG for name in functions.split("+") if name)


def figures(contracts: Sequence[Awarded]) -> dict[str, float | None]:
    """The figures of :data:`NAMES`; shares in [0, 1], None if the total is zero."""
    stated = [c for c in contracts if c.value is not None]
    tendered = [c for c in contracts if c.tendered]
    worth = sum(c.value or 0.0 for c in stated)
    found: dict[str, float | None] = {}
    for group in GROUPS:
        found[f"awarded_number_{group}"] = ratio(sum(c.group == group for c in contracts), len(contracts))
    for group in GROUPS:
        found[f"awarded_value_{group}"] = ratio(sum(c.value or 0.0 for c in stated if c.group == group), worth)
    found["awarded_by_tender"] = ratio(len(tendered), len(contracts))
    for group in (NHS, PRIVATE):
        found[f"tenders_won_{group}"] = ratio(sum(c.group == group for c in tendered), len(tendered))
    found[DISTANCE] = distance(found)
    return found | {"awarded": len(contracts), "tendered": len(tendered), "awarded_value_gbp": worth / 100.0}


def distance(found: Mapping[str, float | None]) -> float | None:
    """Root mean square distance of the figures from :data:`TARGETS`, in shares; None if one was not measured."""
    squares = []
    for name, target in TARGETS.items():
        value = found.get(name)
        if value is None:
            return None
        squares.append((value - target) ** 2)
    return sqrt(sum(squares) / len(squares))


def simulate(scenario: Scenario, seed: int) -> RunResult:
    """Run one market until contracts awarded in the window have begun; return the figures as its summary.

    Raises:
        ConfigurationError, LedgerError, LostEventError: as :func:`caremarket.agents.simulate`.
    """
    from caremarket import agents

    kept = {name: name in NEEDED for name in TABLES}
    record = scenario.record.model_copy(update={**kept, "positions_months": 0, "check_ledger": "end"})
    short = scenario.model_copy(update={"record": record, "horizon_years": (WINDOW_MONTHS + MOBILISED_MONTHS) / 12.0})
    result = agents.simulate(short, seed)
    return type(result)(result.seed, dict(figures(awarded(result.tables))), {}, result.notes)
