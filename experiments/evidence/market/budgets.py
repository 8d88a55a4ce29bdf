"""Figures about budgets: what is carried over, deficits where allocations lag, and what a cut does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from caremarket.experiments.evidence.market.arms import CUT, DEFAULT, LAGGING
from caremarket.experiments.evidence.market.bidders import summary
from caremarket.experiments.evidence.market.estimates import paired
from caremarket.experiments.evidence.market.figure import MILLIONS, NUMBER, RATIO, SHARE, Figure, Found
from caremarket.experiments.evidence.market.runs import Runs

if TYPE_CHECKING:
    import pandas as pd

CUT_AT = "(select min(time) from events where kind = 'allocation_cut')"
PRICE = """
select replicate, avg(value) as value from yearly join (select run, label from runs) using (run)
where label = ? and dimension = 'nation' and measure = 'price_to_reference' and 12 * year {side} {cut}
group by replicate
"""
FAILED = f"""
select replicate, avg((outcome in ('no_bids', 'over_budget'))::double) as value
from tenders where arm = ? and opened > {CUT_AT} group by replicate
"""
REFUSED = f"""
select r.replicate, count(e.kind)::double as value from runs r left join events e
    on e.run = r.run and e.kind in ('gives_notice', 'refuses_to_go_on', 'handed_back') and e.time > {CUT_AT}
where r.label = ? group by r.replicate
"""


def _prices(runs: Runs, arm: str, side: str) -> pd.Series[float]:
    """Price over reference cost of contracts in force, mean over the years before (<) or after (>) the cut, by seed."""
    return runs.by_seed(PRICE.format(side=side, cut=CUT_AT), arm)


def prices_change(side: str, runs: Runs) -> Found:
    """What the cut changes in prices in the years before or after it."""
    return paired(_prices(runs, DEFAULT, side), _prices(runs, CUT, side))


def query_change(query: str, runs: Runs) -> Found:
    """What the cut changes in a figure that a query gives for each seed of an arm."""
    return paired(runs.by_seed(query, DEFAULT), runs.by_seed(query, CUT))


def measure_change(arm: str, name: str, factor: float, runs: Runs) -> Found:
    """What an arm changes in a measure, times ``factor``."""
    return paired(factor * runs.measure(DEFAULT, name), factor * runs.measure(arm, name))


_LAGS = "the share of commissioners in deficit grows as allocations lag demand"
_CUT = "a cut of allocations by a tenth, pre-trends equal, moves prices, refusals, exits and rescue in the years after"
_BINDS = "a budget that binds"
_DEFICITS = "32 of 209 groups in 2015/16"

BUDGETS: tuple[Figure, ...] = (
    Figure(
        id="3 carried",
        name="carried over, of a year's allocation",
        unit=SHARE,
        find=partial(summary, DEFAULT, "carried_over"),
        says="balances carried over are within 5% of a year's allocation",
        source="rules on what may be carried over",
        bar_high=0.05,
    ),
    Figure(
        id="3 deficit",
        name="commissioners in deficit, allocations constant",
        unit=SHARE,
        find=partial(summary, DEFAULT, "commissioners_in_deficit"),
        says=_LAGS,
        source=_DEFICITS,
    ),
    Figure(
        id="3 deficit -2%",
        name="commissioners in deficit, allocations fall by 2% a year",
        unit=SHARE,
        find=partial(summary, LAGGING, "commissioners_in_deficit"),
        says=_LAGS,
        source=_DEFICITS,
    ),
    Figure(
        id="3 lag",
        name="commissioners in deficit, change with allocations that fall by 2% a year",
        unit=SHARE,
        find=partial(measure_change, LAGGING, "commissioners_in_deficit", 1.0),
        says=_LAGS,
        source=_BINDS,
        bar_low=0.0,
        sure=True,
    ),
    Figure(
        id="3 before",
        name="price over reference cost, change in the years before a cut",
        unit=RATIO,
        find=partial(prices_change, "<"),
        says=_CUT,
        source="arms with the same seeds are the same until the cut",
        bar_low=0.0,
        bar_high=0.0,
    ),
    Figure(
        id="3 price",
        name="price over reference cost, change in the years after a cut",
        unit=RATIO,
        find=partial(prices_change, ">"),
        says=_CUT,
        source=_BINDS,
        bar_high=0.0,
        sure=True,
    ),
    Figure(
        id="3 tenders",
        name="tenders without a bid or over budget, change after a cut",
        unit=SHARE,
        find=partial(query_change, FAILED),
        says=_CUT,
        source=_BINDS,
        bar_low=0.0,
        sure=True,
    ),
    Figure(
        id="3 refusals",
        name="holders that give notice, refuse to go on or hand back, change after a cut",
        unit=NUMBER,
        find=partial(query_change, REFUSED),
        says=_CUT,
        source=_BINDS,
        bar_low=0.0,
        sure=True,
    ),
    Figure(
        id="3 exits",
        name="providers that leave, change after a cut",
        unit=NUMBER,
        find=partial(measure_change, CUT, "exits", 1.0),
        says=_CUT,
        source=_BINDS,
        bar_low=0.0,
        sure=True,
    ),
    Figure(
        id="3 rescue",
        name="support of trusts, change after a cut",
        unit=MILLIONS,
        find=partial(measure_change, CUT, "rescue_pence", 1e-8),
        says=_CUT,
        source=_BINDS,
        bar_low=0.0,
        sure=True,
    ),
)
