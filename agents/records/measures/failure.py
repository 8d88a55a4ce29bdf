"""Contracts and providers that fail, and detection of failures."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.measures import ratio

MEASURE = (
    Measure(
        "early_termination_rate",
        "Failure",
        "share",
        "contracts that ended before their time, whoever ended them, over contracts begun",
        lambda view: ratio(view.tally.early_terminations, view.tally.contracts_begun),
        null_when="no contract began",
    ),
    Measure(
        "hand_back_rate",
        "Failure",
        "share",
        "contracts given up by their holder, by notice (counted when it is given) or at once with limited "
        "liability, over contracts begun",
        lambda view: ratio(view.oversight.handed_back, view.oversight.begun),
        null_when="no contract began",
    ),
    Measure(
        "step_in_rate",
        "Failure",
        "share",
        "contracts in which a failing sub-contractor was removed by stepping in, over contracts begun",
        lambda view: ratio(len(view.oversight.stepped_in), view.oversight.begun),
        null_when="no contract began",
    ),
    Measure(
        "warning_rate",
        "Failure",
        "ratio",
        "warnings of the commissioner to a holder over contract-years",
        lambda view: ratio(view.oversight.warnings, view.oversight.contract_years),
        null_when="no contract was reviewed",
    ),
    Measure(
        "distressed_incumbent_rate",
        "Failure",
        "share",
        "of work that moved to somebody else when it was bought anew, by reference cost, the share whose "
        "loser was rescued or insolvent within two years",
        lambda view: view.tally.distressed_incumbents(),
        null_when="no work moved",
    ),
    Measure(
        "months_to_detect_failure",
        "Failure",
        "months",
        "months from the start of a deliverer's failure until the commissioner knew, mean over failures it "
        "came to know of",
        lambda view: ratio(view.oversight.months, view.oversight.detected),
        null_when="it came to know of none",
    ),
)
