"""Working together: alliances, vehicles, federations, trust."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.measures import ratio

MEASURE = (
    Measure(
        "alliances_formed",
        "Collaboration",
        "count",
        "alliance agreements that began",
        lambda view: view.tally.alliances,
    ),
    Measure(
        "vehicles_formed",
        "Collaboration",
        "count",
        "joint ventures and special-purpose vehicles formed by consortia whose bid was preferred",
        lambda view: view.tally.vehicles,
    ),
    Measure(
        "federations_alive",
        "Collaboration",
        "count",
        "present groups of GP practices, of any form",
        lambda view: view.heads.federations,
        yearly="now",
        place=7,
    ),
    Measure(
        "federation_member_share",
        "Collaboration",
        "share",
        "practices that are in a group",
        lambda view: ratio(view.heads.members, view.heads.practices),
        null_when="there is no practice",
        yearly="now",
        place=8,
    ),
    Measure(
        "withdrawals",
        "Collaboration",
        "count",
        "practices that left a group, by choice or by a shock",
        lambda view: view.tally.withdrawals,
    ),
    Measure(
        "cascades",
        "Collaboration",
        "count",
        "withdrawals that followed another from the same group within a year",
        lambda view: view.tally.cascades,
    ),
    Measure(
        "trust_mean",
        "Collaboration",
        "0 to 1",
        "mean trust over pairs that have dealt with each other",
        lambda view: view.market.trust.mean(view.market.time),
        null_when="there is no such pair",
        yearly="now",
        place=9,
    ),
    Measure(
        "supply_centralisation",
        "Collaboration",
        "0 to 1",
        "degree centralisation of the payment network, contracts in force",
        lambda view: view.network.centralisation,
        null_when="fewer than three organisations are in it",
        yearly="now",
        place=17,
    ),
    Measure(
        "trust_density",
        "Collaboration",
        "share",
        "share of ties of the payment network, among those of known trust, with trust of 0.5 or more",
        lambda view: view.network.trusted,
        null_when="no tie is of known trust",
        yearly="now",
        place=18,
        in_summary=False,
    ),
)
