"""Headline figures beside each policy's name, from the tables of a run at a month."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caremarket.market.measures import herfindahl_hirschman_index
from caremarket.market.provider_kinds import lasting_kinds

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure with its name and meaning."""

    key: str
    name: str
    value: str
    about: str


def headlines(tables: Mapping[str, pa.Table], month: float) -> list[Headline]:
    """Concentration, shares of SMEs, contracts in force and exits at a month."""
    positions = at_month(tables["positions"], month)
    organisations = tables["organisations"]
    contracts = tables["contracts"]
    ended = contracts["ended"].to_numpy()
    running = int(((contracts["start"].to_numpy() <= month) & ((ended < 0) | (ended > month))).sum())
    exited = organisations["exited"].to_numpy()
    providers = np.isin(organisations["kind"].to_numpy(zero_copy_only=False), [k.name for k in lasting_kinds()])
    gone = int(((exited >= 0) & (exited <= month) & providers).sum())
    small = organisations["sme"].to_numpy(zero_copy_only=False)
    who = positions["organisation"].to_numpy()
    held = positions["direct"].to_numpy()
    done = positions["delivered"].to_numpy()
    return [
        Headline("hhi-held", "HHI held", _index(held), "Concentration of who holds contracts, 0 to 10,000"),
        Headline("hhi-done", "HHI delivered", _index(done), "Concentration of who does the work, 0 to 10,000"),
        Headline("sme-held", "SMEs hold", _share(held, small[who]), "Value of contracts that small providers hold"),
        Headline("sme-done", "SMEs do", _share(done, small[who]), "Value of work that small providers do"),
        Headline("contracts", "Contracts", f"{running:,}", "Contracts in force"),
        Headline("exits", "Left", f"{gone:,}", "Providers that have left the market so far"),
    ]


def at_month(positions: pa.Table, month: float) -> pa.Table:
    """The latest positions recorded up to a month."""
    months = positions["month"]
    known = pc.filter(months, pc.less_equal(months, pa.scalar(month + 1e-9)))
    if len(known) == 0:
        return positions.slice(0, 0)
    return positions.filter(pc.equal(months, pc.max(known)))


def _index(values: np.ndarray) -> str:
    found = herfindahl_hirschman_index(values.tolist()) if values.sum() > 0 else math.nan
    return NOTHING if found is None or math.isnan(found) else f"{found:,.0f}"


def _share(values: np.ndarray, small: np.ndarray) -> str:
    whole = float(values.sum())
    return NOTHING if whole <= 0 else f"{100.0 * float(values[small].sum()) / whole:.0f}%"
