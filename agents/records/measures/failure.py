"""Contracts and providers that fail, and detection of failures."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.measures import ratio

MEASURE = (
    Measure(
        "early_termination_rate",
        "Failure",
        "share",
        "contracts that ended early, for any reason, over contracts begun",
        lambda view: ratio(view.tally.early_terminations, view.tally.contracts_begun),
        null_when="no contract began",
    ),
    Measure(
        "hand_back_rate",
        "Failure",
        "share",
        "contracts ended by their holder, by notice (counted when it is given) or at once with limited "
        "liability, over contracts begun",
        lambda view: ratio(view.oversight.handed_back, view.oversight.begun),
        null_when="no contract began",
    ),
    Measure(
        "step_in_rate",
        "Failure",
        "share",
        "contracts in which a failing sub-contractor was removed by step-in, over contracts begun",
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
        "termination_notice_rate",
        "Failure",
        "ratio",
        "notices of the commissioner to terminate for failure over contract-years",
        lambda view: ratio(view.oversight.noticed, view.oversight.contract_years),
        null_when="no contract was reviewed",
    ),
    Measure(
        "default_rate",
        "Failure",
        "ratio",
        "contracts terminated for failure or handed back in default over contract-years",
        lambda view: ratio(view.oversight.defaults, view.oversight.contract_years),
        null_when="no contract was reviewed",
    ),
    Measure(
        "distressed_incumbent_rate",
        "Failure",
        "share",
        "share of the work that moved to another provider when it was bought again, by reference cost, whose "
        "loser was rescued or insolvent within two years",
        lambda view: view.tally.distressed_incumbents(),
        null_when="no work moved",
    ),
    Measure(
        "months_to_detect_failure",
        "Failure",
        "months",
        "months from the start of a deliverer's failure to its detection by the commissioner, mean over failures "
        "detected",
        lambda view: ratio(view.oversight.months, view.oversight.detected),
        null_when="no failure was detected",
    ),
)
