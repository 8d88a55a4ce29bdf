"""Counts, and the check of the ledger."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure

MEASURE = (
    Measure(
        "tenders",
        "Counts",
        "count",
        "tenders closed",
        lambda view: view.tally.tenders,
        yearly="so_far",
        place=10,
    ),
    Measure(
        "awards",
        "Counts",
        "count",
        "procurements that led to a contract, direct awards included",
        lambda view: view.tally.awards,
        yearly="so_far",
        place=11,
    ),
    Measure(
        "contracts",
        "Counts",
        "count",
        "contracts begun, those running at the start included",
        lambda view: view.tally.contracts_begun,
    ),
    Measure(
        "subcontracts",
        "Counts",
        "count",
        "sub-contracts signed with a head contract at its start",
        lambda view: view.tally.subcontracts_signed,
    ),
    Measure(
        "exits",
        "Counts",
        "count",
        "providers that failed, withdrew or dissolved, without mergers and vehicles wound up",
        lambda view: view.tally.exits,
        yearly="so_far",
        place=12,
    ),
    Measure(
        "entries",
        "Counts",
        "count",
        "providers that entered",
        lambda view: view.tally.entries,
        yearly="so_far",
        place=13,
    ),
    Measure(
        "potential_entrants",
        "Counts",
        "count",
        "providers that considered to enter an area",
        lambda view: view.tally.potential_entrants,
    ),
    Measure(
        "contracts_in_force",
        "Counts",
        "count",
        "contracts in force",
        lambda view: view.shares.contracts,
        yearly="in_force",
        place=0,
        in_summary=False,
    ),
    Measure(
        "events",
        "Counts",
        "count",
        "events executed",
        lambda view: view.market.executed,
    ),
    Measure(
        "ledger_imbalance_pence",
        "Check",
        "pence",
        "money held by organisations, less money entered, plus money left: 0",
        lambda view: view.market.ledger.imbalance(),
    ),
)
